"""How far has the country come, told so that bars and tables say the same?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from qof_declarations.core.lifecycle import State
from qof_declarations.core.nation import SignedHour, SupplierProgress
from qof_declarations.entrypoints.web.words import LONDON, clock, count, day
from qof_shared.vocabulary import round_half_up

STATE_WORDS: Mapping[State, str] = {
    State.AWAITING_EXTRACT: "Waiting for the extract",
    State.AWAITING_NATIONAL_FIGURES: "Points known, waiting for national figures",
    State.AWAITING_SIGNATURE: "Ready to be signed",
    State.RETURNED: "Returned to the practice",
    State.SUPERSEDED: "Signed, then the figures moved",
    State.SIGNED: "Signed, waiting for the commissioner",
    State.APPROVED: "Approved, waiting for finance",
    State.FINANCE_APPROVED: "Payment approved",
}
"""In the order in which a practice goes through them."""

PLOT_WIDTH, PLOT_HEIGHT = 960, 200
LABEL_HOURS = 6
"""Every so many hours the plot says which hour it is."""

NO_SUPPLIER = "not told"


@dataclass(frozen=True, slots=True)
class Bar:
    """A row with a bar; `width` is of 100."""

    name: str
    practices: str
    share: str
    width: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class HourBar:
    """An hour of the plot, in its coordinates."""

    x: int
    y: int
    width: int
    height: int
    label: str | None
    """What stands below it."""


@dataclass(frozen=True, slots=True)
class HoursPlot:
    """Signatures by hour; `told` is the plot in a sentence."""

    bars: Sequence[HourBar]
    most: int
    total: int
    told: str
    rows: Sequence[tuple[str, int]]
    """The hours in which somebody signed."""


@dataclass(frozen=True, slots=True)
class SupplierRow:
    """A supplier's practices, and how many extracts are there."""

    supplier: str
    practices: int
    received: int
    missing: int
    rejected: int
    calculated: int
    reported: int
    share: str
    width: str


def share_of(part: int, whole: int) -> tuple[str, str]:
    """A share told (12.5%) and as a width of 100; nothing of nothing is nothing."""
    tenths = str(round_half_up(Fraction(100 * part, whole) if whole else Fraction(0), 1))
    return f"{tenths.removesuffix('.0')}%", tenths


def state_bars(by_state: Mapping[State, int]) -> Sequence[Bar]:
    """Practices by state, in the order of the way."""
    practices = sum(by_state.values())
    return [
        Bar(name, count(by_state.get(state, 0)), *share_of(by_state.get(state, 0), practices), state.value)
        for state, name in STATE_WORDS.items()
    ]


def supplier_rows(suppliers: Sequence[SupplierProgress]) -> Sequence[SupplierRow]:
    """Suppliers by code."""
    return [
        SupplierRow(
            one.supplier or NO_SUPPLIER,
            one.practices,
            one.received,
            one.missing,
            one.rejected,
            one.calculated,
            one.reported,
            *share_of(one.received, one.practices),
        )
        for one in suppliers
    ]


def hours_plot(hours: Sequence[SignedHour]) -> HoursPlot:
    """Signatures by hour, by London's clock."""
    most = max((one.signed for one in hours), default=0)
    total = sum(one.signed for one in hours)
    step = PLOT_WIDTH // max(len(hours), 1)
    bars = []
    for place, one in enumerate(hours):
        height = PLOT_HEIGHT * one.signed // most if most else 0
        height = max(height, 2) if one.signed else 0
        there = one.hour.astimezone(LONDON)
        label = _hour_label(there, is_first=place == 0) if place % LABEL_HOURS == 0 else None
        bars.append(HourBar(place * step, PLOT_HEIGHT - height, max(step - 4, 2), height, label))
    busiest = max(hours, key=lambda one: one.signed, default=None)
    told = f"Nobody signed in the last {len(hours)} hours."
    if busiest is not None and most:
        told = (
            f"{count(total)} practices signed in the last {len(hours)} hours; "
            f"most of them, {count(most)}, in the hour from {_hour(busiest.hour)}."
        )
    rows = [(_hour(one.hour), one.signed) for one in reversed(hours) if one.signed]
    return HoursPlot(bars, most, total, told, rows)


def _hour(moment: datetime) -> str:
    return f"{clock(moment)} on {day(moment)}"


def _hour_label(there: datetime, *, is_first: bool) -> str:
    """8am; with the day of the week where that is new."""
    hour = clock(there).replace(":00", "")
    return f"{there:%a} {hour}" if is_first or there.hour < LABEL_HOURS else hour
