"""What handlers need from outside to keep what practices are paid by beside their points."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from qof_payments.core.contract_terms import Account, ContractTerms
from qof_payments.core.terms import TargetPopulation

ActKind = Literal["contract-terms", "target-populations", "aspiration"]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did to what a collection is paid by. `number` grows with every act of the collection."""

    collection: str
    number: int
    act: ActKind
    person: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """A practice's terms, with the aspiration payments that follow from them."""

    terms: ContractTerms
    months: tuple[int, ...] = ()
    """Twelve sums in pence; empty without aspiration."""


@dataclass(frozen=True, slots=True)
class TermsRevision:
    """Terms as they stood from an act on."""

    act: Act
    held: HeldTerms


class AspirationPayment(NamedTuple):
    """A month's aspiration payment of a practice."""

    payment_id: UUID
    practice: str
    month: int
    pence: int


class MonthTotals(NamedTuple):
    """What was instructed for a month."""

    month: int
    payments: int
    pence: int


class Sums(NamedTuple):
    """What a collection comes to: the newest entitlement of every practice, and what was instructed."""

    practices: int
    achievement: Decimal
    """Pounds of the unadjusted achievement payments."""
    due: Decimal
    """The same less all deductions."""
    aspiration: Decimal
    """Instructed during the year."""
    instructed: Decimal
    """Instructed at the year's end."""


@dataclass(frozen=True, slots=True)
class NationalTargets:
    """The nation's target populations by group, and the act that set them (0: nobody did)."""

    number: int
    targets: Mapping[str, TargetPopulation]


class MoneyFacts(Protocol):
    """Contract terms, target populations and aspiration payments of collections. Nothing is ever overwritten."""

    async def record_act(self, act: ActKind, collection: str, *, person: str, reason: str, at: datetime) -> int:
        """Keep who did what and why; return its number, the next of the collection.

        The caller holds the collection's lock, so that numbers are in the order of commits.
        """

    async def acts(self, collection: str) -> list[Act]:
        """Everything that was done, the newest first."""

    async def unknown_practices(self, practices: Sequence[str]) -> list[str]:
        """Those that the directory does not have."""

    async def held(self, collection: str, practices: Sequence[str]) -> dict[str, HeldTerms]:
        """The newest terms of those practices that have any."""

    async def add_terms(self, collection: str, number: int, terms: Mapping[str, HeldTerms]) -> None: ...
    async def history(self, collection: str, practice: str) -> list[TermsRevision]:
        """All terms of a practice, the newest first."""

    async def national_targets(self, collection: str) -> NationalTargets: ...
    async def add_national_targets(
        self, collection: str, number: int, targets: Mapping[str, TargetPopulation]
    ) -> None: ...

    async def accounts(self, collection: str, practices: Sequence[str]) -> dict[str, Account]:
        """What stands for each practice; one with neither terms nor payments is not there."""

    async def payable(self, collection: str, month: int) -> list[tuple[str, int]]:
        """Practice and pence of everybody to be paid for a month: an accepted offer, a sum above 0, not yet paid for
        the month, and the year's end not instructed yet."""

    async def add_payments(self, collection: str, number: int, payments: Sequence[AspirationPayment]) -> None: ...
    async def months(self, collection: str) -> list[MonthTotals]: ...
    async def sums(self, collection: str) -> Sums: ...
