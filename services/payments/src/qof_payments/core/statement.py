"""Which points are paid by one sum? Indicators' points, added up to the lines of a statement."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, TypeAlias

from qof_payments.core.exact import Ratio, short, total
from qof_shared.counts import AppliedDeterminationLike
from qof_shared.vocabulary import Determines, parse_rational


class IndicatorPoints(Protocol):
    """What is needed of an indicator's result, or of the sum of several; the contract's PointsSum fits."""

    @property
    def domain(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def points(self) -> str: ...
    @property
    def prevalence_register(self) -> str | None: ...


class PointsLine(NamedTuple):
    """Points that are paid by one sum: those of a prevalence register, of an additional service, or a domain's rest."""

    line: str
    """The register's code, the additional service's group, or the domain's name."""
    description: str
    prevalence_register: str | None
    points: Ratio
    """In lowest terms."""
    target_group: str | None = None
    """The additional service, where the year pays it by its target population."""


Belonging: TypeAlias = tuple[str | None, str, str]
"""Prevalence register, domain and group of an indicator."""

Targets: TypeAlias = tuple[tuple[str, str], ...]
"""Groups that the year pays by their target populations, and who those are."""

_REGISTER, _SERVICE, _DOMAIN = range(3)


class Layout(NamedTuple):
    """The lines that indicators make, without points, and to which line each indicator belongs."""

    lines: Sequence[tuple[str, str, str | None, str | None]]
    """Line, description, prevalence register, additional service."""
    line_of: Sequence[int]


def points_by_line(
    indicators: Sequence[IndicatorPoints], targets: Mapping[str, str] | None = None
) -> tuple[PointsLine, ...]:
    """Add up indicators' exact points to statement lines: registers, then additional services, then domains, each in
    alphabetical order.

    `targets` names the groups that have lines of their own and whom they are for. A line without points is kept, so
    that a practice sees what it did not earn. Raises ValueError for points that are no exact number.
    """
    layout = _layout_of(indicators, targets)
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
            PointsLine(
                name,
                description,
                register,
                total(((points, 1), *parts[line])) if line in parts else (points, 1),
                service,
            )
            for line, ((name, description, register, service), points) in enumerate(
                zip(layout.lines, whole, strict=True)
            )
        ]
    )


def with_adjustments(
    lines: Sequence[PointsLine],
    place: Mapping[str, int],
    applied: Iterable[AppliedDeterminationLike],
) -> tuple[PointsLine, ...]:
    """The lines, each saying whose hand changed points in it: `AF06 adjusted from 3.2 to 5 points by c1: reason`.

    `place`: indicator -> position of its line.
    """
    said: dict[int, list[str]] = {}
    for one in applied:
        if one.determines == Determines.ADJUSTED_POINTS and one.indicator in place:
            said.setdefault(place[one.indicator], []).append(
                f"{one.indicator} adjusted from {short(*_ratio(one.was or '0'))} to {short(*_ratio(one.value))} points "
                f"by {one.person}: {one.reason}"
            )
    return tuple(
        line._replace(description="; ".join([line.description, *said[number]])) if number in said else line
        for number, line in enumerate(lines)
    )


def line_of(indicators: Sequence[IndicatorPoints], targets: Mapping[str, str] | None = None) -> Sequence[int]:
    """The positions of the lines that these indicators, or sums of several, belong to."""
    return _layout_of(indicators, targets).line_of


def _layout_of(indicators: Sequence[IndicatorPoints], targets: Mapping[str, str] | None) -> Layout:
    belongings = tuple([(one.prevalence_register, one.domain, one.group) for one in indicators])
    return _layout(belongings, tuple(sorted(targets.items())) if targets else ())


@lru_cache(maxsize=64)
def _layout(indicators: tuple[Belonging, ...], targets: Targets) -> Layout:
    """The practices of a year have the same indicators, so there are as many layouts as rule sets."""
    whom = dict(targets)
    groups: dict[tuple[int, str], set[str]] = {}
    for belonging in indicators:
        groups.setdefault(_place(*belonging, whom), set()).add(belonging[2])
    places = sorted(groups)
    return Layout(
        lines=[(name, *_told(kind, name, groups[kind, name], whom)) for kind, name in places],
        line_of=[places.index(_place(*belonging, whom)) for belonging in indicators],
    )


def _place(register: str | None, domain: str, group: str, whom: Mapping[str, str]) -> tuple[int, str]:
    if register is not None:
        return _REGISTER, register
    return (_SERVICE, group) if group in whom else (_DOMAIN, domain)


def _told(kind: int, name: str, groups: Iterable[str], whom: Mapping[str, str]) -> tuple[str, str | None, str | None]:
    """Description, prevalence register and additional service of a line."""
    if kind == _REGISTER:
        return ", ".join(sorted(groups)), name, None
    if kind == _SERVICE:
        return f"{name}: additional service for {whom[name]}", None, name
    return f"{name}: paid by list size", None, None


@lru_cache(maxsize=16_384)
def _ratio(text: str) -> Ratio:
    return parse_rational(text).as_integer_ratio()
