"""Which points are paid by one sum? Indicators' points, added up to the lines of a statement."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from qof_payments.core.exact import Ratio, total
from qof_shared.vocabulary import parse_rational


class IndicatorPoints(Protocol):
    """What is needed of an indicator's result; the contract's IndicatorAchievement fits."""

    @property
    def domain(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def points(self) -> str: ...
    @property
    def prevalence_register(self) -> str | None: ...


class PointsLine(NamedTuple):
    """Points that are paid by one sum: those of a prevalence register, or a domain's points without one."""

    line: str
    """The register's code, or the domain's name."""
    description: str
    prevalence_register: str | None
    points: Ratio
    """In lowest terms."""


Belonging: TypeAlias = tuple[str | None, str, str]
"""Prevalence register, domain and group of an indicator."""


class Layout(NamedTuple):
    """The lines that indicators make, without points, and to which line each indicator belongs."""

    lines: Sequence[tuple[str, str, str | None]]
    """Line, description, prevalence register."""
    line_of: Sequence[int]


def points_by_line(indicators: Sequence[IndicatorPoints]) -> tuple[PointsLine, ...]:
    """Add up indicators' exact points to statement lines: registers in alphabetical order, then domains.

    A line without points is kept, so that a practice sees what it did not earn. Raises ValueError for points
    that are no exact number.
    """
    layout = _layout(tuple([(one.prevalence_register, one.domain, one.group) for one in indicators]))
    whole = [0] * len(layout.lines)
    parts: dict[int, list[Ratio]] = {}
    for line, indicator in zip(layout.line_of, indicators, strict=True):
        points = _ratio(indicator.points)
        if points[1] == 1:
            whole[line] += points[0]
        else:
            parts.setdefault(line, []).append(points)
    return tuple(
        [
            PointsLine(*named, total(((points, 1), *parts[line])) if line in parts else (points, 1))
            for line, (named, points) in enumerate(zip(layout.lines, whole, strict=True))
        ]
    )


@lru_cache(maxsize=64)
def _layout(indicators: tuple[Belonging, ...]) -> Layout:
    """The practices of a year have the same indicators, so there are as many layouts as rule sets."""
    groups: dict[tuple[bool, str], set[str]] = {}
    for register, domain, group in indicators:
        groups.setdefault(_place(register, domain), set()).add(group)
    places = sorted(groups)
    return Layout(
        lines=[
            (name, f"{name}: paid by list size", None) if by_list else (name, _listed(groups[by_list, name]), name)
            for by_list, name in places
        ],
        line_of=[places.index(_place(register, domain)) for register, domain, _ in indicators],
    )


def _place(register: str | None, domain: str) -> tuple[bool, str]:
    return (True, domain) if register is None else (False, register)


def _listed(groups: Iterable[str]) -> str:
    return ", ".join(sorted(groups))


@lru_cache(maxsize=16_384)
def _ratio(text: str) -> Ratio:
    return parse_rational(text).as_integer_ratio()
