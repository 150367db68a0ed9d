"""What a practice reviews and signs: one document of points and pounds, its digest, and what moved between two.

The document holds figures and what they were worked out with, no ids and no times: an extract sent again with the
same counts gives the same document, and nobody has to sign it twice.

What not every report has (reasons, parameters, determinations, deductions, marks) is left out where it is empty, never
written as empty: there is one way to write a report, and most have little of it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.halves import Achievement, Deduction, Entitlement, Indicator, Line
from qof_declarations.core.summary import Summary, summary_of
from qof_shared.counts import AppliedDeterminationLike

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What a document may hold. A float is not among it: two programs may write the same float differently."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a report comes to its bytes. They are the same whatever the way; a nation's come a quicker way than
    `PLAINLY`."""

    indicator: Callable[[Indicator], Any]
    """An indicator as a row that `document` can write."""
    line: Callable[[Line], Any]
    document: Callable[[Any], bytes]
    """Canonical JSON of all of it."""


@dataclass(frozen=True, slots=True)
class Report:
    """A document as it is stored, shown and signed."""

    document: bytes
    """Canonical JSON."""
    digest: str
    """SHA-256 of the document, hexadecimal: its strong ETag, and what a declaration signs."""
    list_size: int
    points: str
    points_available: str
    pounds: str

    @property
    def summary(self) -> Summary:
        """What of it is compared with other reports."""
        return summary_of(json.loads(self.document))


def build_report(achievement: Achievement, entitlement: Entitlement, *, writing: Writing | None = None) -> Report:
    """Put the two halves of one extract together, `PLAINLY` unless told; raises InvalidFiguresError where they do not
    belong together."""
    writing = writing or PLAINLY
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
        "indicators": _by_name(achievement.indicators, attrgetter("indicator"), writing.indicator),
        "lines": _by_name(entitlement.lines, attrgetter("line"), writing.line),
        "worked_out_with": {
            "ruleset": achievement.ruleset,
            "ruleset_digest": achievement.ruleset_digest,
            "parameters": entitlement.parameters,
            "parameters_digest": entitlement.parameters_digest,
            "national_figures_digest": entitlement.snapshot_digest,
        },
        **_where_there_is(
            {
                "achievement_pounds": entitlement.achievement_pounds,
                "deductions": _by_name(entitlement.deductions, attrgetter("deduction"), _deduction),
                "determinations": [
                    _determination(one)
                    for one in sorted(achievement.determinations, key=lambda one: (one.indicator, one.determines))
                ],
                "unverified": _where_there_is(
                    {
                        "indicators": sorted(entitlement.unverified_indicators),
                        "parameters": entitlement.unverified,
                    }
                ),
            }
        ),
    }
    document = writing.document(content)
    return Report(
        document=document,
        digest=digest_of(document),
        list_size=achievement.list_size,
        points=achievement.points,
        points_available=achievement.points_available,
        pounds=entitlement.pounds,
    )


def _where_there_is(parts: Mapping[str, Json]) -> dict[str, Json]:
    """The parts that say something."""
    return {name: part for name, part in parts.items() if part}


def _indicator(indicator: Indicator) -> dict[str, Json]:
    row: dict[str, Json] = {
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
    if indicator.exclusion_reasons:
        row["exclusion_reasons"] = indicator.exclusion_reasons
    if indicator.pca_reasons:
        row["pca_reasons"] = indicator.pca_reasons
    if indicator.parameters:
        row["parameters"] = indicator.parameters
    if indicator.is_unverified:
        row["is_unverified"] = True
    return row


def _line(line: Line) -> dict[str, Json]:
    row: dict[str, Json] = {
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
    if line.target_population_factor is not None:
        row["target_population_factor"] = line.target_population_factor
    return row


def _deduction(deduction: Deduction) -> dict[str, Json]:
    return {"description": deduction.description, "formula": deduction.formula, "pounds": deduction.pounds}


def _determination(determination: AppliedDeterminationLike) -> dict[str, Json]:
    """Who determined what, and why. When, and under which id, the practice's determinations say."""
    return {
        "determines": determination.determines,
        "indicator": determination.indicator,
        "person": determination.person,
        "reason": determination.reason,
        "value": determination.value,
        "was": determination.was,
    }


def _by_name(items: Sequence[T], name: Callable[[T], str], row: Callable[[T], Json]) -> dict[str, Json]:
    """Named, not numbered, so that a pointer means the same indicator in every version."""
    named = {name(one): row(one) for one in items}
    if len(named) != len(items):
        twice = next(known for known, times in Counter(map(name, items)).items() if times > 1)
        raise InvalidFiguresError(f"{twice} is there twice; a report names every indicator, line and deduction once")
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


PLAINLY = Writing(_indicator, _line, canonical_json)
"""Says what a report is, and does not trust what it is given; other ways are tested against it."""


def digest_of(document: bytes) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(document).hexdigest()
