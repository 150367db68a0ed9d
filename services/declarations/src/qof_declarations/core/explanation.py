"""Why has an indicator these points, what is it worth in pounds, and what would other counts change? (rules.md 9, P11)

All of it comes from the report that the practice reads, so it is answered while every other service is away, and what
is explained is what is signed. National figures and the register stay as they are: a what-if moves patients between
met and not met, and in or out of the denominator.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.scales import RULES, Area, Scale, holistic_points, percentage_for, points
from qof_shared.vocabulary import Determines, parse_rational, round_half_up

Document = Mapping[str, Any]
"""A report's document, decoded (core.report)."""

PATIENTS_AROUND = 10
"""How many patients more and fewer an explanation looks at."""

NOTHING, NO_POUNDS = Fraction(0), Decimal("0.00")


class ImpossibleCountsError(DeclarationsError):
    """The counts asked about cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A report with other counts for one indicator: exact points, pounds as they would be paid."""

    numerator: int
    denominator: int
    points: Fraction
    """Of the indicator."""
    total_points: Fraction
    """Of the practice, with what else follows from this indicator (holistic care)."""
    pounds: Decimal | None
    """Of the practice; None where the report does not know what a point of this line is worth."""
    points_change: Fraction
    """Of the practice's total; negative for a loss. So are the pounds."""
    pounds_change: Decimal | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One indicator of one report. Pounds are this indicator's share of its line, rounded for reading."""

    indicator: str
    row: Mapping[str, Any]
    """The indicator as the report has it."""
    line: str
    """The statement's line that pays it."""
    percentage: Fraction | None
    points: Fraction
    points_available: Fraction
    pounds: Decimal | None
    pounds_lost: Decimal | None
    """What the missing points would be worth."""
    patients_to_next_point: int | None
    """How many more have to meet it for the next whole point, or for all points where that is nearer; None: no
    number of patients would."""
    patients_to_maximum: int | None
    next_patient: WhatIf | None
    """One patient more who meets it; None where nobody is left who does not."""


def explain(document: Document, indicator: str) -> Explanation:
    """Explain an indicator of a report. Raises NotFoundError where the report has no such indicator."""
    line = _line_of(document, _row(document, indicator))
    return _explain(document, indicator, line, _pounds_per_point(document["lines"].get(line)))


def explain_all(document: Document) -> list[Explanation]:
    """Explain every indicator of a report, in its order: what a point of a line is worth is worked out once."""
    worths = {name: _pounds_per_point(line) for name, line in document["lines"].items()}
    lines = {indicator: _line_of(document, row) for indicator, row in document["indicators"].items()}
    return [_explain(document, indicator, line, worths.get(line)) for indicator, line in lines.items()]


def _explain(document: Document, indicator: str, line: str, worth: Fraction | None) -> Explanation:
    row = document["indicators"][indicator]
    earned, available = parse_rational(row["points"]), parse_rational(row["points_available"])
    numerator, denominator = row["numerator"], row["denominator"]
    is_counted = bool(denominator) and numerator is not None and not _is_fixed(document, indicator)
    is_full = _is_full(row)
    next_point = maximum = next_patient = None
    if is_counted and row["kind"] in RULES and not is_full and earned < available:
        scale = _scale(row)
        next_point = _patients_short(row, scale, min(Fraction(floor(earned) + 1), available))
        maximum = _patients_short(row, scale, available)
    if is_counted and numerator < denominator:
        next_patient = what_if(document, indicator, numerator + 1, denominator)
    return Explanation(
        indicator=indicator,
        row=row,
        line=line,
        percentage=Fraction(100 * numerator, denominator) if denominator and numerator is not None else None,
        points=earned,
        points_available=available,
        pounds=_pounds_of(earned, worth),
        pounds_lost=_pounds_of(NOTHING if is_full else max(available - earned, NOTHING), worth),
        patients_to_next_point=next_point,
        patients_to_maximum=maximum,
        next_patient=next_patient,
    )


def _pounds_of(points: Fraction, worth: Fraction | None) -> Decimal | None:
    if worth is None:
        return None
    return round_half_up(points * worth, 2) if points else NO_POUNDS


def patients_around(document: Document, indicator: str) -> Iterator[WhatIf]:
    """What up to ten patients fewer and more who meet the indicator would change, in order; the practice's own
    counts are among them. Nothing for an indicator without counts."""
    row = _row(document, indicator)
    numerator, denominator = row["numerator"], row["denominator"]
    if numerator is not None and denominator is not None:
        fewest, most = max(0, numerator - PATIENTS_AROUND), min(denominator, numerator + PATIENTS_AROUND)
        for met in range(fewest, most + 1):
            yield what_if(document, indicator, met, denominator)


def what_if(document: Document, indicator: str, numerator: int, denominator: int) -> WhatIf:
    """The report with these counts for the indicator. Raises NotFoundError or ImpossibleCountsError."""
    row = _row(document, indicator)
    if row["numerator"] is None or row["denominator"] is None:
        raise ImpossibleCountsError(f"{indicator} has no numerator and denominator to change; it is {row['kind']}.")
    if not 0 <= numerator <= denominator:
        raise ImpossibleCountsError(
            f"{numerator} of {denominator} cannot be: the numerator lies within the denominator."
        )
    before = parse_rational(row["points"])
    after = _points_with(document, row, indicator, numerator, denominator)
    moved = {indicator: after - before} if after != before else {}
    if moved:
        moved |= _follows(document, moved)
    change = sum(moved.values(), NOTHING)
    pounds_change = _pounds_change(document, moved)
    return WhatIf(
        numerator=numerator,
        denominator=denominator,
        points=after,
        total_points=parse_rational(document["points"]) + change,
        pounds=None if pounds_change is None else Decimal(document["pounds"]) + pounds_change,
        points_change=change,
        pounds_change=pounds_change,
    )


def _points_with(
    document: Document, row: Mapping[str, Any], indicator: str, numerator: int, denominator: int
) -> Fraction:
    """The indicator's points with these counts; its own where they do not move with the counts."""
    own = parse_rational(row["points"])
    if row["status"] == "not-available" or _is_fixed(document, indicator):
        return own
    if _is_full(row) and denominator == row["denominator"] and numerator >= row["numerator"]:
        return own  # points never fall with the numerator, and there are no more to have
    found = points(_scale(row), numerator, denominator)
    return own if found is None else found


def adjustment_of(document: Document, indicator: str) -> Mapping[str, Any] | None:
    """The manual adjustment of an indicator's points, where somebody made one."""
    for determination in document.get("determinations", ()):
        if determination["indicator"] == indicator and determination["determines"] == Determines.ADJUSTED_POINTS:
            adjustment: Mapping[str, Any] = determination
            return adjustment
    return None


def _row(document: Document, indicator: str) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = document["indicators"].get(indicator)
    if row is None:
        raise NotFoundError(f"The report of practice {document['practice']} has no indicator {indicator}.")
    return row


def _scale(row: Mapping[str, Any]) -> Scale:
    return Scale(
        kind=row["kind"],
        available=parse_rational(row["points_available"]),
        lower=parse_rational(row["lower_threshold"] or "0"),
        upper=parse_rational(row["upper_threshold"] or "0"),
        parameters=row.get("parameters", {}),
    )


def _is_full(row: Mapping[str, Any]) -> bool:
    """All its points; a number is always written alike, so nothing has to be worked out."""
    return bool(row["points"] == row["points_available"])


def _is_fixed(document: Document, indicator: str) -> bool:
    """Points that somebody set by hand do not move with the counts."""
    return adjustment_of(document, indicator) is not None


def _patients_short(row: Mapping[str, Any], scale: Scale, wanted: Fraction) -> int | None:
    """The fewest more patients that give `wanted` points; None where not even all would."""
    percentage = percentage_for(scale, wanted)
    if percentage is None or percentage > 100:
        return None
    return max(0, ceil(percentage * int(row["denominator"]) / 100) - int(row["numerator"]))


def _follows(document: Document, moved: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """The points of derived indicators that follow: holistic care ranks the areas of a domain."""
    follows: dict[str, Fraction] = {}
    for code, row in document["indicators"].items():
        if row["kind"] == "holistic" and not _is_fixed(document, code):
            parameters = row["parameters"]
            areas = _areas(document, parameters["domain"], moved)
            found = holistic_points(parse_rational(row["points_available"]), int(parameters["rank"]), areas)
            if found != parse_rational(row["points"]):
                follows[code] = found - parse_rational(row["points"])
    return follows


def _areas(document: Document, domain: str, moved: Mapping[str, Fraction]) -> Iterator[Area]:
    totals: dict[str, Area] = {}
    for code, row in document["indicators"].items():
        if row["domain"] == domain and row["status"] != "not-available":
            so_far = totals.get(row["group"], Area(Fraction(0), Fraction(0)))
            totals[row["group"]] = Area(
                so_far.achieved + parse_rational(row["points"]) + moved.get(code, 0),
                so_far.available + parse_rational(row["points_available"]),
            )
    yield from totals.values()


def _line_of(document: Document, row: Mapping[str, Any]) -> str:
    """The statement's line that pays an indicator: its register's, its service's, else its domain's."""
    register, group, domain = row["prevalence_register"], row["group"], row["domain"]
    lines = document["lines"]
    if register is not None and register in lines:
        return str(register)
    # A register's line may have the name of a group that is not paid by it.
    return str(group if group in lines and lines[group]["prevalence_register"] is None else domain)


def _pounds_change(document: Document, moved: Mapping[str, Fraction]) -> Decimal | None:
    """What moved points change in pounds: every line they touch is rounded anew, as it would be paid."""
    by_line: dict[str, Fraction] = {}
    for code, change in moved.items():
        line = _line_of(document, document["indicators"][code])
        by_line[line] = by_line.get(line, Fraction(0)) + change
    pounds = NO_POUNDS
    for name, change in by_line.items():
        line = document["lines"].get(name)
        worth = _pounds_per_point(line)
        if worth is None:
            return None
        pounds += round_half_up((parse_rational(line["points"]) + change) * worth, 2) - Decimal(line["pounds"])
    return pounds


def _pounds_per_point(line: Mapping[str, Any] | None) -> Fraction | None:
    """Exact pounds of one point of a line; None where the line has a register whose factor is not known."""
    if line is None or (line["prevalence_register"] and line["adjusted_practice_disease_factor"] is None):
        return None
    worth = parse_rational(line["value_of_a_point"]) * parse_rational(line["contractor_population_index"])
    for factor in ("adjusted_practice_disease_factor", "target_population_factor"):
        worth *= parse_rational(line.get(factor) or "1")
    return worth
