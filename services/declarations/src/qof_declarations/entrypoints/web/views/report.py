"""What does a practice see of its report? Every indicator with its counts, its reason and what it is worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qof_declarations.core.availability import Availability, availability_of
from qof_declarations.core.explanation import Explanation
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.core.summary import IndicatorSummary, summary_of
from qof_declarations.entrypoints.web.words import count, percent, points, pounds
from qof_declarations.handlers.explaining import Explained
from qof_shared.vocabulary import parse_rational

NOTHING = "–"
"""Where a count has no meaning for the kind of indicator."""

COLOURS: Mapping[Availability, str] = {
    Availability.ALL: "green",
    Availability.PART: "yellow",
    Availability.NOT_ACHIEVED: "red",
    Availability.NOBODY_COUNTED: "pink",
    Availability.NOT_REPORTED: "orange",
    Availability.NOT_AVAILABLE: "grey",
}
"""Colour of an indicator's tag; its words say it all without the colour."""


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """One indicator, told."""

    code: str
    description: str
    status: str
    """Its label, the colour of its tag, and what it means."""
    status_colour: str
    status_means: str
    patients: str
    """13 of 15; nothing where patients are not counted."""
    numerator: str
    denominator: str
    percentage: str
    thresholds: str
    exclusions: str
    pcas: str
    points: str
    points_available: str
    pounds: str
    pounds_lost: str
    """Empty where nothing was lost."""
    why: str
    patients_short: str
    next_patient: str
    is_unverified: bool


@dataclass(frozen=True, slots=True)
class GroupPart:
    """A clinical area or another group, with its indicators."""

    group: str
    name: str
    rows: Sequence[IndicatorRow]
    points: str
    points_available: str
    pounds: str


@dataclass(frozen=True, slots=True)
class DomainPart:
    """A domain with its groups."""

    domain: str
    groups: Sequence[GroupPart]
    points: str
    points_available: str
    pounds: str


@dataclass(frozen=True, slots=True)
class Part:
    """A line or a deduction of the statement."""

    name: str
    formula: str
    pounds: str


@dataclass(frozen=True, slots=True)
class ReportPart:
    """A whole report, told. Immutable as the report is: the same digest is always told alike."""

    points: str
    points_available: str
    pounds: str
    achievement_pounds: str
    list_size: str
    lost: Sequence[IndicatorRow]
    """Indicators that lost pounds, the dearest first."""
    domains: Sequence[DomainPart]
    lines: Sequence[Part]
    deductions: Sequence[Part]
    registers: Sequence[tuple[str, str, str]]
    """Code, name, patients."""
    determinations: Sequence[Mapping[str, Any]]
    ruleset_digest: str
    worked_out_with: Mapping[str, str]
    unverified: Sequence[str]
    """Sentences about values that no source confirms."""


def report_part(document: Mapping[str, Any], explained: Sequence[Explained], words: RulesetWords) -> ReportPart:
    """Tell a report."""
    by_code = {one.explanation.indicator: one for one in explained}
    rows = {
        code: indicator_row(by_code[code], summary, words) for code, summary in summary_of(document).indicators.items()
    }
    dearest = [one.explanation.indicator for one in explained if one.explanation.pounds_lost]
    return ReportPart(
        points=points(document["points"]),
        points_available=points(document["points_available"]),
        pounds=pounds(document["pounds"]),
        achievement_pounds=pounds(document.get("achievement_pounds", document["pounds"])),
        list_size=count(document["list_size"]),
        lost=[rows[code] for code in dearest],
        domains=_domains(by_code, rows, words),
        lines=[
            Part(words.registers.get(name, line["description"]), line["formula"], pounds(line["pounds"]))
            for name, line in document["lines"].items()
        ],
        deductions=[
            Part(one["description"], one["formula"], pounds(one["pounds"]))
            for one in document.get("deductions", {}).values()
        ],
        registers=[
            (code, words.registers.get(code, ""), count(patients)) for code, patients in document["registers"].items()
        ],
        determinations=document.get("determinations", ()),
        ruleset_digest=document["worked_out_with"]["ruleset_digest"],
        worked_out_with=document["worked_out_with"],
        unverified=_unverified(document),
    )


def indicator_row(one: Explained, summary: IndicatorSummary, words: RulesetWords) -> IndicatorRow:
    """Tell one indicator; `summary` is of the same report."""
    found, became = one.explanation, availability_of(summary)
    row = found.row
    return IndicatorRow(
        code=found.indicator,
        description=words.indicator(found.indicator),
        status=became.label,
        status_colour=COLOURS[became.availability],
        status_means=became.sentence,
        patients=f"{count(row['numerator'])} of {count(row['denominator'])}"
        if row["numerator"] is not None and row["denominator"] is not None
        else NOTHING,
        numerator=_counted(row["numerator"]),
        denominator=_counted(row["denominator"]),
        percentage=NOTHING if found.percentage is None else percent(found.percentage),
        thresholds=_thresholds(row),
        exclusions=_counted(row["exclusions"] if row["denominator"] is not None else None),
        pcas=_counted(row["pcas"] if row["denominator"] is not None else None),
        points=points(found.points),
        points_available=points(found.points_available),
        pounds=NOTHING if found.pounds is None else pounds(found.pounds),
        pounds_lost=pounds(found.pounds_lost) if found.pounds_lost else "",
        why=one.why,
        patients_short=_patients_short(found),
        next_patient=_next_patient(found),
        is_unverified=bool(row.get("is_unverified")),
    )


def _domains(
    by_code: Mapping[str, Explained], rows: Mapping[str, IndicatorRow], words: RulesetWords
) -> Sequence[DomainPart]:
    domains: dict[str, dict[str, list[str]]] = {}
    for code, one in by_code.items():
        row = one.explanation.row
        domains.setdefault(row["domain"], {}).setdefault(row["group"], []).append(code)
    told = []
    for domain in sorted(domains, key=lambda name: (name != "Clinical", name)):
        groups = [
            GroupPart(group, words.group(group), [rows[code] for code in sorted(codes)], *_sums(by_code, codes))
            for group, codes in sorted(domains[domain].items())
        ]
        codes = [code for group in domains[domain].values() for code in group]
        told.append(DomainPart(domain, groups, *_sums(by_code, codes)))
    return told


def _sums(by_code: Mapping[str, Explained], codes: Sequence[str]) -> tuple[str, str, str]:
    """Points, points available and pounds of these indicators; pounds are their shares of the lines, for reading."""
    found = [by_code[code].explanation for code in codes]
    worth = [one.pounds for one in found if one.pounds is not None]
    return (
        points(_total(one.points for one in found)),
        points(_total(one.points_available for one in found)),
        pounds(sum(worth, Decimal())) if worth else NOTHING,
    )


def _total(fractions: Iterable[Fraction]) -> Fraction:
    """Their exact sum; most are whole, so those of one denominator are added as the integers they are."""
    by_denominator: dict[int, int] = {}
    for one in fractions:
        by_denominator[one.denominator] = by_denominator.get(one.denominator, 0) + one.numerator
    return sum((Fraction(numerator, denominator) for denominator, numerator in by_denominator.items()), Fraction())


def _counted(number: int | None) -> str:
    return NOTHING if number is None else count(number)


def _thresholds(row: Mapping[str, Any]) -> str:
    if row["lower_threshold"] is None or row["upper_threshold"] is None:
        return NOTHING
    lower, upper = parse_rational(row["lower_threshold"]), parse_rational(row["upper_threshold"])
    return f"{percent(lower).removesuffix('%')} to {percent(upper)}"


def _patients_short(found: Explanation) -> str:
    if found.patients_to_maximum is None:
        return ""
    if found.patients_to_next_point and found.patients_to_next_point < found.patients_to_maximum:
        return f"{count(found.patients_to_next_point)} for the next point, {count(found.patients_to_maximum)} for all"
    return f"{count(found.patients_to_maximum)} for all points"


def _next_patient(found: Explanation) -> str:
    more = found.next_patient
    if more is None or not more.points_change:
        return ""
    if more.pounds_change is None:
        return f"{points(more.points_change)} points"
    return f"{points(more.points_change)} points, {pounds(more.pounds_change)}"


def _unverified(document: Mapping[str, Any]) -> Sequence[str]:
    found = document.get("unverified", {})
    indicators, parameters = found.get("indicators", []), found.get("parameters", {})
    told = [f"{name.replace('_', ' ')}: {why}" for name, why in parameters.items()]
    if indicators:
        told.insert(0, f"Rules of {', '.join(indicators)}: no public source confirms them.")
    return told
