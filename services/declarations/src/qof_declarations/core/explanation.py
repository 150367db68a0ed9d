"""Why has an indicator these points, what is it worth in pounds, and what would other counts change? (rules.md 9, P11)

All of it comes from the report that the practice reads, so it is answered while every other service is away, and what
is explained is what is signed. National figures and the register stay as they are: a what-if moves patients between
met and not met, and in or out of the denominator.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Any, NamedTuple, TypeAlias

from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.scales import RULES, Area, Scale, holistic_points, percentage_for, points
from qof_declarations.core.worth import NO_POUNDS, worth_of
from qof_shared.vocabulary import Determines, parse_rational

Document = Mapping[str, Any]
"""A report's document, decoded (core.report)."""

PATIENTS_AROUND = 10
"""How many patients more and fewer an explanation looks at."""

NOTHING = Fraction(0)


class ImpossibleCountsError(DeclarationsError):
    """The counts asked about cannot be; the message says why."""


class WhatIf(NamedTuple):
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


class Explanation(NamedTuple):
    """One indicator of one report. Pounds are this indicator's share of its line, rounded for reading."""

    indicator: str
    row: Mapping[str, Any]
    """The indicator as the report has it."""
    line: str
    """The statement's line that pays it."""
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

    @property
    def percentage(self) -> Fraction | None:
        """Exact; None where nobody is counted."""
        numerator, denominator = self.row["numerator"], self.row["denominator"]
        return Fraction(100 * numerator, denominator) if denominator and numerator is not None else None


def explain(document: Document, indicator: str) -> Explanation:
    """Explain an indicator of a report. Raises NotFoundError where the report has no such indicator."""
    return _Opened(document).explain(indicator)


def explain_all(document: Document) -> list[Explanation]:
    """Explain every indicator of a report, in its order."""
    return list(map(_Opened(document).explain, document["indicators"]))


def patients_around(document: Document, indicator: str) -> Iterator[WhatIf]:
    """What up to ten patients fewer and more who meet the indicator would change, in order; the practice's own
    counts are among them. Nothing for an indicator without counts."""
    opened = _Opened(document)
    row = opened.row(indicator)
    numerator, denominator = row["numerator"], row["denominator"]
    if numerator is not None and denominator is not None:
        fewest, most = max(0, numerator - PATIENTS_AROUND), min(denominator, numerator + PATIENTS_AROUND)
        for met in range(fewest, most + 1):
            yield opened.what_if(indicator, met, denominator)


def what_if(document: Document, indicator: str, numerator: int, denominator: int) -> WhatIf:
    """The report with these counts for the indicator. Raises NotFoundError or ImpossibleCountsError."""
    opened = _Opened(document)
    row = opened.row(indicator)
    if row["numerator"] is None or row["denominator"] is None:
        raise ImpossibleCountsError(f"{indicator} has no numerator and denominator to change; it is {row['kind']}.")
    if not 0 <= numerator <= denominator:
        raise ImpossibleCountsError(
            f"{numerator} of {denominator} cannot be: the numerator lies within the denominator."
        )
    return opened.what_if(indicator, numerator, denominator)


def adjustments_of(document: Document) -> Mapping[str, Mapping[str, Any]]:
    """Indicator -> the manual adjustment of its points, where somebody made one."""
    return {
        determination["indicator"]: determination
        for determination in document.get("determinations", ())
        if determination["determines"] == Determines.ADJUSTED_POINTS
    }


class _Opened:
    """A report, and what all of its explanations need: worked out once, for a hundred and fifty of them."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._rows: Mapping[str, Mapping[str, Any]] = document["indicators"]
        self._lines: Mapping[str, Mapping[str, Any]] = document["lines"]
        self._worths = {name: worth_of(line) for name, line in self._lines.items()}
        self._points = parse_rational(document["points"])
        self._pounds = Decimal(document["pounds"])
        # Points that somebody set by hand do not move with the counts.
        self._fixed = adjustments_of(document).keys()
        self._holistic = [
            code for code, row in self._rows.items() if row["kind"] == "holistic" and code not in self._fixed
        ]

    def row(self, indicator: str) -> Mapping[str, Any]:
        """Raises NotFoundError."""
        row = self._rows.get(indicator)
        if row is None:
            raise NotFoundError(f"The report of practice {self._document['practice']} has no indicator {indicator}.")
        return row

    def explain(self, indicator: str) -> Explanation:
        row = self.row(indicator)
        line = self._line_of(row)
        worth = self._worths.get(line)
        earned, available = parse_rational(row["points"]), parse_rational(row["points_available"])
        numerator, denominator = row["numerator"], row["denominator"]
        is_full = _is_full(row)
        is_short = not is_full and earned < available
        next_point = maximum = next_patient = None
        if denominator and numerator is not None and indicator not in self._fixed:
            if is_short and row["kind"] in RULES:
                next_whole = Fraction(floor(earned) + 1)
                next_point = _patients_short(row, min(next_whole, available))
                maximum = _patients_short(row, available)
            if numerator < denominator:
                next_patient = self.what_if(indicator, numerator + 1, denominator)
        return Explanation(
            indicator,
            row,
            line,
            earned,
            available,
            None if worth is None else worth.pounds(earned),
            None if worth is None else worth.pounds(available - earned) if is_short else NO_POUNDS,
            next_point,
            maximum,
            next_patient,
        )

    def what_if(self, indicator: str, numerator: int, denominator: int) -> WhatIf:
        """With these counts, which can be."""
        row = self._rows[indicator]
        before = parse_rational(row["points"])
        after = self._points_with(row, indicator, numerator, denominator)
        if after is before or after == before:
            return WhatIf(numerator, denominator, after, self._points, self._pounds, NOTHING, NO_POUNDS)
        moved = {indicator: after - before}
        moved |= self._follows(moved)
        change = sum(moved.values(), NOTHING)
        pounds_change = self._pounds_change(moved)
        return WhatIf(
            numerator=numerator,
            denominator=denominator,
            points=after,
            total_points=self._points + change,
            pounds=None if pounds_change is None else self._pounds + pounds_change,
            points_change=change,
            pounds_change=pounds_change,
        )

    def _points_with(self, row: Mapping[str, Any], indicator: str, numerator: int, denominator: int) -> Fraction:
        """The indicator's points with these counts; its own where they do not move with the counts."""
        own = parse_rational(row["points"])
        if row["status"] == "not-available" or indicator in self._fixed:
            return own
        if _is_full(row) and denominator == row["denominator"] and numerator >= row["numerator"]:
            return own  # points never fall with the numerator, and there are no more to have
        found = points(_scale(*_rule(row)), numerator, denominator)
        return own if found is None else found

    def _follows(self, moved: Mapping[str, Fraction]) -> dict[str, Fraction]:
        """The points of derived indicators that follow: holistic care ranks the areas of a domain."""
        follows: dict[str, Fraction] = {}
        for code in self._holistic:
            row = self._rows[code]
            parameters, before = row["parameters"], parse_rational(row["points"])
            areas = self._areas(parameters["domain"], moved)
            after = holistic_points(parse_rational(row["points_available"]), int(parameters["rank"]), areas)
            if after != before:
                follows[code] = after - before
        return follows

    def _areas(self, domain: str, moved: Mapping[str, Fraction]) -> Iterator[Area]:
        totals: dict[str, Area] = {}
        for code, row in self._rows.items():
            if row["domain"] == domain and row["status"] != "not-available":
                so_far = totals.get(row["group"], Area(NOTHING, NOTHING))
                totals[row["group"]] = Area(
                    so_far.achieved + parse_rational(row["points"]) + moved.get(code, 0),
                    so_far.available + parse_rational(row["points_available"]),
                )
        yield from totals.values()

    def _line_of(self, row: Mapping[str, Any]) -> str:
        """The statement's line that pays an indicator: its register's, its service's, else its domain's."""
        register, group = row["prevalence_register"], row["group"]
        if register is not None and register in self._lines:
            return str(register)
        # A register's line may have the name of a group that is not paid by it.
        is_paid = group in self._lines and self._lines[group]["prevalence_register"] is None
        return str(group if is_paid else row["domain"])

    def _pounds_change(self, moved: Mapping[str, Fraction]) -> Decimal | None:
        """What moved points change in pounds: every line they touch is rounded anew, as it would be paid."""
        by_line: dict[str, Fraction] = {}
        for code, change in moved.items():
            line = self._line_of(self._rows[code])
            by_line[line] = by_line.get(line, NOTHING) + change
        pounds = NO_POUNDS
        for name, change in by_line.items():
            worth = self._worths.get(name)
            if worth is None:
                return None
            line_points = parse_rational(self._lines[name]["points"])
            pounds += worth.pounds(line_points + change) - Decimal(self._lines[name]["pounds"])
        return pounds


def _is_full(row: Mapping[str, Any]) -> bool:
    """All its points; a number is always written alike, so nothing has to be worked out."""
    return bool(row["points"] == row["points_available"])


def _patients_short(row: Mapping[str, Any], wanted: Fraction) -> int | None:
    """The fewest more patients that give `wanted` points; None where not even all would."""
    percentage = _percentage_for(*_rule(row), wanted)
    if percentage is None:
        return None
    over, under = percentage
    # Rounded up, in integers.
    return max(0, -(-over * int(row["denominator"]) // (100 * under)) - int(row["numerator"]))


_Rule: TypeAlias = tuple[str, str, str, str, tuple[tuple[str, str], ...]]
"""Kind, points available, thresholds and parameters, as reports write them: the same for most practices of a nation, so
that what follows from them alone is remembered."""


def _rule(row: Mapping[str, Any]) -> _Rule:
    parameters = row.get("parameters")
    return (
        row["kind"],
        row["points_available"],
        row["lower_threshold"] or "0",
        row["upper_threshold"] or "0",
        tuple(parameters.items()) if parameters else (),
    )


@lru_cache(maxsize=4096)
def _scale(kind: str, available: str, lower: str, upper: str, parameters: tuple[tuple[str, str], ...]) -> Scale:
    return Scale(kind, parse_rational(available), parse_rational(lower), parse_rational(upper), dict(parameters))


@lru_cache(maxsize=4096)
def _percentage_for(
    kind: str,
    available: str,
    lower: str,
    upper: str,
    parameters: tuple[tuple[str, str], ...],
    wanted: Fraction,
) -> tuple[int, int] | None:
    """The percentage that gives `wanted` points, as a ratio; None where more than all patients would be needed."""
    percentage = percentage_for(_scale(kind, available, lower, upper, parameters), wanted)
    return None if percentage is None or percentage > 100 else percentage.as_integer_ratio()
