"""What a practice reviews and signs: one document of points and pounds, its digest, and what moved between two.

The document holds figures and what they were worked out with, no ids and no times: an extract sent again with the
same counts gives the same document, and nobody has to sign it twice.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias
from uuid import UUID

from qof_declarations.core.errors import InvalidFiguresError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What a document may hold. A float is not among it: two programs may write the same float differently."""

Write: TypeAlias = Callable[[Json], bytes]
"""Writes a document as canonical JSON."""


class Indicator(Protocol):
    """One indicator's result; the contract's IndicatorAchievement fits."""

    @property
    def indicator(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def points(self) -> str: ...
    @property
    def points_available(self) -> str: ...
    @property
    def numerator(self) -> int | None: ...
    @property
    def denominator(self) -> int | None: ...
    @property
    def register_count(self) -> int | None: ...
    @property
    def exclusions(self) -> int: ...
    @property
    def pcas(self) -> int: ...
    @property
    def lower_threshold(self) -> str | None: ...
    @property
    def upper_threshold(self) -> str | None: ...
    @property
    def prevalence_register(self) -> str | None: ...


class Achievement(Protocol):
    """The points half; the contract's AchievementCalculated fits."""

    @property
    def extract_id(self) -> UUID: ...
    @property
    def collection(self) -> str: ...
    @property
    def practice(self) -> str: ...
    @property
    def nation(self) -> str: ...
    @property
    def qof_year(self) -> str: ...
    @property
    def ruleset(self) -> str: ...
    @property
    def ruleset_digest(self) -> str: ...
    @property
    def list_size(self) -> int: ...
    @property
    def registers(self) -> Mapping[str, int]: ...
    @property
    def points(self) -> str: ...
    @property
    def points_available(self) -> str: ...
    @property
    def indicators(self) -> Sequence[Indicator]: ...


class Line(Protocol):
    """One line of a statement; the contract's EntitlementLine fits."""

    @property
    def line(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def prevalence_register(self) -> str | None: ...
    @property
    def points(self) -> str: ...
    @property
    def value_of_a_point(self) -> str: ...
    @property
    def contractor_population_index(self) -> str: ...
    @property
    def practice_prevalence(self) -> str | None: ...
    @property
    def national_prevalence(self) -> str | None: ...
    @property
    def adjusted_practice_disease_factor(self) -> str | None: ...
    @property
    def formula(self) -> str: ...
    @property
    def pounds(self) -> str: ...


class Entitlement(Protocol):
    """The pounds half; the contract's EntitlementCalculated fits."""

    @property
    def extract_id(self) -> UUID: ...
    @property
    def snapshot_digest(self) -> str: ...
    @property
    def parameters(self) -> str: ...
    @property
    def parameters_digest(self) -> str: ...
    @property
    def lines(self) -> Sequence[Line]: ...
    @property
    def pounds(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Report:
    """A document as it is stored, shown and signed."""

    document: bytes
    """Canonical JSON."""
    digest: str
    """SHA-256 of the document, hexadecimal: its strong ETag, and what a declaration signs."""
    points: str
    pounds: str


def build_report(achievement: Achievement, entitlement: Entitlement, *, write: Write | None = None) -> Report:
    """Put the two halves of one extract together; raises InvalidFiguresError where they do not belong together.

    `write` is a faster way to the bytes of `canonical_json`.
    """
    if achievement.extract_id != entitlement.extract_id:
        raise InvalidFiguresError(
            f"points of extract {achievement.extract_id} and pounds of extract {entitlement.extract_id} make no report"
        )
    content: dict[str, Json] = {
        "collection": achievement.collection,
        "practice": achievement.practice,
        "nation": achievement.nation,
        "qof_year": achievement.qof_year,
        "list_size": achievement.list_size,
        "registers": achievement.registers,
        "points": achievement.points,
        "points_available": achievement.points_available,
        "pounds": entitlement.pounds,
        "indicators": _by_name(
            [one.indicator for one in achievement.indicators], [_indicator(one) for one in achievement.indicators]
        ),
        "lines": _by_name([line.line for line in entitlement.lines], [_line(line) for line in entitlement.lines]),
        "worked_out_with": {
            "ruleset": achievement.ruleset,
            "ruleset_digest": achievement.ruleset_digest,
            "parameters": entitlement.parameters,
            "parameters_digest": entitlement.parameters_digest,
            "national_figures_digest": entitlement.snapshot_digest,
        },
    }
    document = (write or canonical_json)(content)
    return Report(document, digest_of(document), achievement.points, entitlement.pounds)


def _indicator(indicator: Indicator) -> dict[str, Json]:
    return {
        "denominator": indicator.denominator,
        "domain": indicator.domain,
        "exclusions": indicator.exclusions,
        "group": indicator.group,
        "kind": indicator.kind,
        "lower_threshold": indicator.lower_threshold,
        "numerator": indicator.numerator,
        "pcas": indicator.pcas,
        "points": indicator.points,
        "points_available": indicator.points_available,
        "prevalence_register": indicator.prevalence_register,
        "register_count": indicator.register_count,
        "status": indicator.status,
        "upper_threshold": indicator.upper_threshold,
    }


def _line(line: Line) -> dict[str, Json]:
    return {
        "adjusted_practice_disease_factor": line.adjusted_practice_disease_factor,
        "contractor_population_index": line.contractor_population_index,
        "description": line.description,
        "formula": line.formula,
        "national_prevalence": line.national_prevalence,
        "points": line.points,
        "pounds": line.pounds,
        "practice_prevalence": line.practice_prevalence,
        "prevalence_register": line.prevalence_register,
        "value_of_a_point": line.value_of_a_point,
    }


def _by_name(names: Sequence[str], items: Sequence[Json]) -> dict[str, Json]:
    """Named, not numbered, so that a pointer means the same indicator in every version."""
    named = dict(zip(names, items, strict=True))
    if len(named) != len(names):
        twice = next(name for name, times in Counter(names).items() if times > 1)
        raise InvalidFiguresError(f"{twice} is there twice; a report names every indicator and every line once")
    return named


def canonical_json(value: Json) -> bytes:
    """The one way to write a document: UTF-8, sorted keys, no spaces. Raises InvalidFiguresError for a float."""
    _refuse_others(value, "")
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise InvalidFiguresError(f"a text cannot be written as UTF-8: {error}") from error


def _refuse_others(value: object, pointer: str) -> None:
    if value is None or isinstance(value, (str, int)):
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InvalidFiguresError(f"{pointer}: {key!r} is no text, so it cannot name anything in a document")
            if item.__class__ not in _PLAIN:
                _refuse_others(item, f"{pointer}/{key}")
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            _refuse_others(item, f"{pointer}/{position}")
    else:
        raise InvalidFiguresError(f"{pointer}: a {type(value).__name__} has no place in a document; write it as text")


_PLAIN = frozenset({str, int, bool, type(None)})
"""Most of a document; looked at without a call of its own."""


def digest_of(document: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(document).hexdigest()
