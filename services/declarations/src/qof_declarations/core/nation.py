"""How far has the country come: by state, by commissioner, by supplier and by hour?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qof_declarations.core.lifecycle import State

SIGNED_STATES = frozenset({State.SIGNED, State.APPROVED, State.FINANCE_APPROVED})
"""A signature stands."""

NOT_READY_STATES = frozenset({State.AWAITING_EXTRACT, State.AWAITING_NATIONAL_FIGURES})
"""There is nothing to sign yet."""

HOURS = 48
"""So many hours of signing are shown."""


@dataclass(frozen=True, slots=True)
class CommissionerProgress:
    """The practices of one commissioner; `name` is None where only its code is known."""

    commissioner: str
    name: str | None
    by_state: Mapping[State, int]
    """A state without practices may be missing."""
    late: int

    @property
    def practices(self) -> int:
        return sum(self.by_state.values())

    @property
    def signed(self) -> int:
        return self.within(SIGNED_STATES)

    @property
    def not_ready(self) -> int:
        return self.within(NOT_READY_STATES)

    @property
    def to_sign(self) -> int:
        return self.practices - self.signed - self.not_ready

    def within(self, states: frozenset[State]) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


@dataclass(frozen=True, slots=True)
class SupplierProgress:
    """The practices of one supplier of GP systems; `supplier` is empty where nobody told us whose they are."""

    supplier: str
    practices: int
    received: int
    """Of so many an extract has been accepted."""
    calculated: int
    """Of so many the points are known."""
    reported: int
    """So many have a report."""
    rejected: int
    """The newest extract of so many could not be calculated."""

    @property
    def missing(self) -> int:
        return self.practices - self.received


@dataclass(frozen=True, slots=True)
class SignedHour:
    """So many practices signed in the hour that begins at `hour`."""

    hour: datetime
    signed: int


def hours_of(counted: Mapping[datetime, int], now: datetime) -> Sequence[SignedHour]:
    """The last hours up to `now`, the oldest first, each with its signatures or none; `counted` is by full hour."""
    newest = now.replace(minute=0, second=0, microsecond=0)
    hours = [newest - timedelta(hours=back) for back in reversed(range(HOURS))]
    return [SignedHour(hour, counted.get(hour, 0)) for hour in hours]


def most_late_first(commissioners: Sequence[CommissionerProgress]) -> Sequence[CommissionerProgress]:
    """Those with the most late practices first, then those with the most to sign."""
    return sorted(commissioners, key=lambda one: (-one.late, -one.to_sign, one.commissioner))
