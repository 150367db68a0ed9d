"""What does a practice see of its report? Every indicator with its counts, its reason and what it is worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from qof_declarations.core.availability import Availability, availability_of
from qof_declarations.core.explanation import Explanation, WhatIf
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.core.summary import IndicatorSummary, summary_of
from qof_declarations.entrypoints.web.words import count, percent, points, pounds, share
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


class IndicatorRow(NamedTuple):
    """One indicator, told. A tuple, because a practice has a hundred and fifty."""

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
    summaries = summary_of(document).indicators
    rows = {code: indicator_row(one, summaries[code], words) for code, one in by_code.items()}
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
    numerator, denominator = row["numerator"], row["denominator"]
    met = NOTHING if numerator is None else f"{numerator:,}"
    counted = NOTHING if denominator is None else f"{denominator:,}"
    has_patients = denominator is not None
    return IndicatorRow(
        found.indicator,
        words.indicators.get(found.indicator, ""),
        became.label,
        COLOURS[became.availability],
        became.sentence,
        f"{met} of {counted}" if has_patients and numerator is not None else NOTHING,
        met,
        counted,
        share(numerator, denominator) if denominator and numerator is not None else NOTHING,
        _thresholds(row["lower_threshold"], row["upper_threshold"]),
        f"{row['exclusions']:,}" if has_patients else NOTHING,
        f"{row['pcas']:,}" if has_patients else NOTHING,
        points(row["points"]),
        points(row["points_available"]),
        NOTHING if found.pounds is None else pounds(found.pounds),
        pounds(found.pounds_lost) if found.pounds_lost else "",
        one.why,
        "" if found.patients_to_maximum is None else _patients_short(found),
        _next_patient(found.next_patient) if found.next_patient else "",
        row.get("is_unverified", False),
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
        groups, sums = [], []
        for group, codes in sorted(domains[domain].items()):
            codes.sort()
            worth = _sum([by_code[code].explanation for code in codes])
            groups.append(GroupPart(group, words.group(group), [rows[code] for code in codes], *_told(worth)))
            sums.append(worth)
        told.append(DomainPart(domain, groups, *_told(_together(sums))))
    return told


class _Sum(NamedTuple):
    """Exact points; pounds are shares of the lines, for reading, and None where none of them is known."""

    points: Fraction | int
    points_available: Fraction | int
    pounds: Decimal | None


def _sum(found: Sequence[Explanation]) -> _Sum:
    worth = [one.pounds for one in found if one.pounds is not None]
    return _Sum(
        _total(one.row["points"] for one in found),
        _total(one.row["points_available"] for one in found),
        sum(worth, Decimal()) if worth else None,
    )


def _together(sums: Sequence[_Sum]) -> _Sum:
    worth = [one.pounds for one in sums if one.pounds is not None]
    return _Sum(
        sum(one.points for one in sums),
        sum(one.points_available for one in sums),
        sum(worth, Decimal()) if worth else None,
    )


def _told(worth: _Sum) -> tuple[str, str, str]:
    return (
        points(str(worth.points)),
        points(str(worth.points_available)),
        NOTHING if worth.pounds is None else pounds(worth.pounds),
    )


def _total(rationals: Iterable[str]) -> Fraction | int:
    """Points, added exactly; most are whole, and those are added as the integers they are."""
    total: Fraction | int = 0
    for one in rationals:
        total += int(one) if one.isdecimal() else parse_rational(one)
    return total


@lru_cache(maxsize=1024)
def _thresholds(lower: str | None, upper: str | None) -> str:
    if lower is None or upper is None:
        return NOTHING
    return f"{percent(lower).removesuffix('%')} to {percent(upper)}"


def _patients_short(found: Explanation) -> str:
    to_next, maximum = found.patients_to_next_point, found.patients_to_maximum or 0
    if to_next and to_next < maximum:
        return f"{count(to_next)} for the next point, {count(maximum)} for all"
    return f"{count(maximum)} for all points"


def _next_patient(more: WhatIf) -> str:
    if not more.points_change:
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
