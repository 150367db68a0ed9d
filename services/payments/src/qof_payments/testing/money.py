"""Contract terms, target populations and aspiration payments in memory."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from qof_payments.core.contract_terms import Account, ContractTerms
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.money_ports import (
    Act,
    ActKind,
    AspirationPayment,
    HeldTerms,
    MonthTotals,
    NationalTargets,
    Sums,
    TermsRevision,
)


@dataclass
class InMemoryMoneyFacts:
    """One collection after the other in one memory; `settled` are practices whose year end is instructed."""

    known: Container[str]
    settled: set[str] = field(default_factory=set)
    recorded: list[Act] = field(default_factory=list)
    terms: list[tuple[str, str, int, HeldTerms]] = field(default_factory=list)
    targets: list[tuple[str, NationalTargets]] = field(default_factory=list)
    payments: dict[UUID, tuple[str, int, AspirationPayment]] = field(default_factory=dict)

    async def record_act(self, act: ActKind, collection: str, *, person: str, reason: str, at: datetime) -> int:
        number = 1 + max((one.number for one in self.recorded if one.collection == collection), default=0)
        self.recorded.append(Act(collection, number, act, person, reason, at))
        return number

    async def acts(self, collection: str) -> list[Act]:
        return [one for one in reversed(self.recorded) if one.collection == collection]

    async def unknown_practices(self, practices: Sequence[str]) -> list[str]:
        return sorted({practice for practice in practices if practice not in self.known})

    async def held(self, collection: str, practices: Sequence[str]) -> dict[str, HeldTerms]:
        return {one.practice: one.held for one in self._newest(collection) if one.practice in practices}

    async def add_terms(self, collection: str, number: int, terms: Mapping[str, HeldTerms]) -> None:
        self.terms += [(collection, practice, number, held) for practice, held in terms.items()]

    async def history(self, collection: str, practice: str) -> list[TermsRevision]:
        acts = {one.number: one for one in self.recorded if one.collection == collection}
        return [
            TermsRevision(acts[number], held)
            for of, code, number, held in reversed(self.terms)
            if (of, code) == (collection, practice)
        ]

    async def national_targets(self, collection: str) -> NationalTargets:
        return next((one for of, one in reversed(self.targets) if of == collection), NationalTargets(0, {}))

    async def add_national_targets(self, collection: str, number: int, targets: Mapping[str, TargetPopulation]) -> None:
        self.targets.append((collection, NationalTargets(number, dict(targets))))

    async def accounts(self, collection: str, practices: Sequence[str]) -> dict[str, Account]:
        found = {}
        newest = {one.practice: one for one in self._newest(collection)}
        for practice in practices:
            paid = [
                (number, one)
                for of, number, one in self.payments.values()
                if (of, one.practice) == (collection, practice)
            ]
            numbers = [number for number, _ in paid]
            if practice in newest:
                numbers.append(newest[practice].number)
            if numbers:
                terms = newest[practice].held.terms if practice in newest else ContractTerms()
                found[practice] = Account(max(numbers), terms, {one.month: one.pence for _, one in paid})
        return found

    async def payable(self, collection: str, month: int) -> list[tuple[str, int]]:
        paid = {
            one.practice for of, _, one in self.payments.values() if (of, one.month) == (collection, month)
        } | self.settled
        return [
            (one.practice, one.held.months[month - 1])
            for one in self._newest(collection)
            if one.practice not in paid
            and one.held.terms.aspiration is not None
            and one.held.terms.aspiration.accepted_offer
            and one.held.months[month - 1]
        ]

    async def add_payments(self, collection: str, number: int, payments: Sequence[AspirationPayment]) -> None:
        for payment in payments:
            assert payment.payment_id not in self.payments, "a month is paid once"
            self.payments[payment.payment_id] = (collection, number, payment)

    async def months(self, collection: str) -> list[MonthTotals]:
        here = [one for of, _, one in self.payments.values() if of == collection]
        return [
            MonthTotals(
                month,
                sum(one.month == month for one in here),
                sum(one.pence for one in here if one.month == month),
            )
            for month in sorted({one.month for one in here})
        ]

    async def sums(self, collection: str) -> Sums:
        raise NotImplementedError

    def _newest(self, collection: str) -> list["_Standing"]:
        newest: dict[str, _Standing] = {}
        for of, practice, number, held in self.terms:
            if of == collection:
                newest[practice] = _Standing(practice, number, held)
        return [newest[practice] for practice in sorted(newest)]


@dataclass(frozen=True)
class _Standing:
    practice: str
    number: int
    held: HeldTerms
