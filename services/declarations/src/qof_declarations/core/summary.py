"""What of a report is compared with others: with last year's, and with other practices'? So little that a nation's is
read at once.

Nothing here is signed and nothing is paid from it; the report's document says what counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

NOT_AVAILABLE = "not-available"
"""The status of an indicator whose points the practice cannot have."""

NOT_REPORTED = "not-reported"
"""The status of an indicator that the extract says nothing about."""


class IndicatorSummary(NamedTuple):
    """One indicator in brief. Points are rational text. Kept as an array in this order; new fields join at the end,
    with a default."""

    points: str
    points_available: str
    numerator: int | None
    denominator: int | None
    """Patients after exclusions and PCAs."""
    status: str
    group: str = ""
    kind: str = ""
    register_count: int | None = None
    exclusions: int = 0
    pcas: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A report in brief. Points are rational text, pounds decimal text."""

    list_size: int
    points: str
    points_available: str
    pounds: str
    registers: Mapping[str, int]
    """Register -> patients."""
    indicators: Mapping[str, IndicatorSummary]


def summary_of(document: Mapping[str, Any]) -> Summary:
    """What is compared of a report's document (core.report)."""
    rows: Mapping[str, Mapping[str, Any]] = document["indicators"]
    return Summary(
        list_size=document["list_size"],
        points=document["points"],
        points_available=document["points_available"],
        pounds=document["pounds"],
        registers=document["registers"],
        # Without a call of our own for each: a hundred and fifty times a report, for every practice of a nation.
        indicators=dict(zip(rows, map(_make, map(_fields, rows.values())), strict=True)),
    )


def last_years_code(indicator: str, successions: Mapping[str, str]) -> str | None:
    """What an indicator was called the year before; None where it was not there: its code went to another one.

    `successions`: last year's code -> this year's, where an indicator lives on under another name.
    """
    before = sorted(old for old, new in successions.items() if new == indicator)
    if before:
        return before[0]
    return None if indicator in successions else indicator


_fields = itemgetter(
    "points",
    "points_available",
    "numerator",
    "denominator",
    "status",
    "group",
    "kind",
    "register_count",
    "exclusions",
    "pcas",
)
"""Of a document's row, in the order of IndicatorSummary."""

_make = partial(tuple.__new__, IndicatorSummary)
