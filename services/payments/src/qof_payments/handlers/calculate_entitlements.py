"""Turn achievements into pounds on frozen national figures: as they arrive, and all of them after a freeze."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID, uuid5

from qof_payments.core.contract_terms import Account
from qof_payments.core.deductions import Deduction, aspiration_deduction, due, pms_deduction
from qof_payments.core.entitlement import Entitlement, EntitlementLine, entitlement, in_pounds
from qof_payments.core.factor import EntitlementError
from qof_payments.core.marks import NOT_KEPT_APART, unverified
from qof_payments.core.terms import Terms, terms_of
from qof_payments.handlers.money_ports import NationalTargets
from qof_payments.handlers.payable import payable, payables
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement, Snapshot, UnitOfWork
from qof_payments.handlers.standing import Standing, stated
from qof_shared.contracts import (
    EntitlementCalculated,
    EntitlementDeduction,
    EntitlementsDue,
    Event,
    event_of_kept,
    new_event,
)
from qof_shared.contracts import EntitlementLine as ContractLine
from qof_shared.errors import PermanentError


class UnpayableAchievementError(PermanentError):
    """An achievement cannot be turned into pounds; mend the cause, then send it back (`dead --return`)."""


class UnknownSnapshotError(PermanentError):
    """Entitlements were asked for on a snapshot that is not there."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What practices of a collection are paid by beside their points."""

    of: Mapping[str, Account]
    """By practice; one of which nothing is known is not there."""
    national: NationalTargets

    def number(self, practice: str) -> int:
        """Grows with everything that changes for the practice here."""
        return max(self.account(practice).number, self.national.number)

    def account(self, practice: str) -> Account:
        return self.of.get(practice, NOTHING_KNOWN)


NOTHING_KNOWN = Account()
"""Of a practice without terms: general medical services, no aspiration."""


async def accounts_of(collection: str, practices: Sequence[str], uow: UnitOfWork) -> Accounts:
    """What stands for these practices."""
    return Accounts(
        await uow.money.accounts(collection, practices),
        await uow.money.national_targets(collection),
    )


async def record_sums(events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime) -> None:
    """`record_achievements` of events that tell of several extracts."""
    arrived = [achievement for event in events for achievement in payables(event, parameters_of)]
    await _record(arrived, uow=uow, parameters_of=parameters_of, now=now)


async def record_achievements(
    events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    """Keep the newest achievement of each practice; where figures are frozen, calculate its entitlement at once.

    The shared lock makes a freeze wait: either it sees these achievements, or they see its snapshot. A practice that
    cannot be paid is made due by itself, so that it holds up nobody else.
    """
    arrived = [payable(event, parameters_of) for event in events]
    await _record(arrived, uow=uow, parameters_of=parameters_of, now=now)


async def _record(
    arrived: Sequence[PracticeAchievement], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    collections = sorted({achievement.collection for achievement in arrived})
    await uow.national_figures.lock_shared(collections)
    newer = await uow.achievements.keep_newest(arrived)
    for collection in collections:
        snapshot = await uow.national_figures.newest(collection)
        if snapshot is None:
            continue
        here = [achievement for achievement in newer if achievement.collection == collection]
        accounts = await accounts_of(collection, [achievement.practice for achievement in here], uow)
        calculate = calculator_on(snapshot, parameters_of, now, accounts)
        calculated = []
        for achievement in here:
            try:
                calculated.append(calculate(achievement))
            except EntitlementError:
                alone = _due_alone(snapshot.snapshot_id, achievement)
                uow.outbox.add(new_event(alone, occurred_at=now, correlation_id=str(achievement.extract_id)))
        await _tell(calculated, uow, now)


async def calculate_entitlements(
    events: Sequence[Event], *, uow: UnitOfWork, parameters_of: ParametersOf, now: datetime
) -> None:
    """Calculate the practices that a freeze made due, on the newest figures, and tell of those that come to other sums.

    The figures that made them due may have been replaced since; the shared lock keeps the newest from being replaced
    meanwhile. A practice that cannot be paid is set apart in a message of its own, which then goes to the
    dead-letter queue with its reason; the others are not held up.
    """
    asked_for = [(event, event.content(EntitlementsDue)) for event in events]
    await uow.national_figures.lock_shared(sorted({asked.collection for _, asked in asked_for}))
    for event, asked in asked_for:
        if await uow.national_figures.by_id(asked.snapshot_id) is None:
            raise UnknownSnapshotError(f"no snapshot {asked.snapshot_id} of {asked.collection}")
        snapshot = await uow.national_figures.newest(asked.collection)
        assert snapshot is not None, "one is there"
        accounts = await accounts_of(asked.collection, asked.practices, uow)
        calculate = calculator_on(snapshot, parameters_of, now, accounts)
        calculated = []
        for achievement in await uow.achievements.of_practices(asked.collection, asked.practices):
            try:
                calculated.append(calculate(achievement))
            except EntitlementError as error:
                if len(asked.practices) == 1:
                    raise UnpayableAchievementError(f"practice {achievement.practice}: {error}") from error
                alone = _due_alone(asked.snapshot_id, achievement)
                uow.outbox.add(
                    new_event(
                        alone, occurred_at=now, correlation_id=event.correlation_id, causation_id=event.message_id
                    )
                )
        standing = await uow.entitlements.standing(asked.collection, asked.practices)
        await _tell([one for one in calculated if _differs(one, standing.get(one.practice))], uow, now)


def _due_alone(snapshot_id: UUID, achievement: PracticeAchievement) -> EntitlementsDue:
    """Work for nobody but this practice: where it fails, its message goes to the dead-letter queue with the reason."""
    return EntitlementsDue(snapshot_id=snapshot_id, collection=achievement.collection, practices=[achievement.practice])


def _differs(calculated: EntitlementCalculated, standing: Standing | None) -> bool:
    """Whether it has to be told: what stands is of another extract, or comes to another sum somewhere."""
    return standing is None or standing != Standing(calculated.extract_id, stated(calculated))


async def _tell(calculated: Sequence[EntitlementCalculated], uow: UnitOfWork, now: datetime) -> None:
    """Keep those that are new and tell of them; what is kept is the contract itself, so it is not sent twice."""
    for content in await uow.entitlements.add(calculated):
        event = event_of_kept(EntitlementCalculated, occurred_at=now, correlation_id=str(content.extract_id))
        uow.outbox.add(event, kept_id=content.entitlement_id)


def entitlement_id(extract_id: UUID, snapshot_id: UUID, account_number: int = 0) -> UUID:
    """The same extract on the same snapshot and terms is the same entitlement, however often it is calculated."""
    return uuid5(snapshot_id, f"{extract_id}/{account_number}" if account_number else str(extract_id))


def calculator_on(
    snapshot: Snapshot, parameters_of: ParametersOf, now: datetime, accounts: Accounts
) -> Callable[[PracticeAchievement], EntitlementCalculated]:
    """What calculates entitlements on this snapshot; its terms are worked out once for all practices of a batch, whose
    `accounts` are given."""

    @cache
    def terms(nation: str, qof_year: str) -> Terms:
        return terms_of(snapshot.figures, parameters_of(nation, qof_year), accounts.national.targets)

    def calculate(achievement: PracticeAchievement) -> EntitlementCalculated:
        year = terms(achievement.nation, achievement.qof_year)
        practice = achievement.practice
        return _calculate(achievement, snapshot, year, now, accounts.account(practice), accounts.number(practice))

    return calculate


def _calculate(
    achievement: PracticeAchievement,
    snapshot: Snapshot,
    terms: Terms,
    now: datetime,
    account: Account = NOTHING_KNOWN,
    account_number: int = 0,
) -> EntitlementCalculated:
    targets = account.terms.target_populations
    result = entitlement(achievement.points, achievement.list_size, achievement.registers, terms, targets)
    taken = deductions_of(achievement, account, terms)
    return EntitlementCalculated(
        entitlement_id=entitlement_id(achievement.extract_id, snapshot.snapshot_id, account_number),
        collection=achievement.collection,
        practice=achievement.practice,
        extract_id=achievement.extract_id,
        extract_number=achievement.extract_number,
        snapshot_id=snapshot.snapshot_id,
        snapshot=snapshot.name,
        snapshot_number=snapshot.number,
        snapshot_digest=snapshot.digest,
        parameters=terms.parameters.parameters_id,
        parameters_digest=terms.parameters.digest,
        calculated_at=now,
        list_size=achievement.list_size,
        lines=[_line(line) for line in result.lines],
        pounds=str(in_pounds(due(result.pence, taken))),
        achievement_pounds=str(result.total),
        deductions=[_deduction(one) for one in taken],
        unverified=_unverified(achievement, result, taken, terms),
        unverified_indicators=list(achievement.unverified_indicators),
        determinations=list(achievement.determinations),
        account_number=account_number,
    )


def deductions_of(achievement: PracticeAchievement, account: Account, terms: Terms) -> list[Deduction]:
    """What is taken off a practice's lines."""
    pms = pms_deduction(achievement.list_size, terms.parameters) if account.terms.contract == "PMS" else None
    return [one for one in (pms, aspiration_deduction(account.paid)) if one is not None]


def _unverified(
    achievement: PracticeAchievement, result: Entitlement, taken: Sequence[Deduction], terms: Terms
) -> dict[str, str]:
    found = unverified(terms.parameters, [one.deduction for one in taken])
    found |= {f"target_population_factor of {line}": why for line, why in result.not_applied.items()}
    together = terms.parameters.target_population_groups.keys() - set(achievement.services)
    return found | {f"target_population_factor of {group}": NOT_KEPT_APART for group in sorted(together)}


def _line(line: EntitlementLine) -> ContractLine:
    return ContractLine(
        line=line.line,
        description=line.description,
        prevalence_register=line.prevalence_register,
        points=line.points,
        value_of_a_point=line.value_of_a_point,
        contractor_population_index=line.contractor_population_index,
        practice_prevalence=line.practice_prevalence,
        national_prevalence=line.national_prevalence,
        adjusted_practice_disease_factor=line.adjusted_practice_disease_factor,
        target_population_factor=line.target_population_factor,
        formula=line.formula,
        pounds=f"{line.pence // 100}.{line.pence % 100:02}",
    )


def _deduction(one: Deduction) -> EntitlementDeduction:
    return EntitlementDeduction(
        deduction=one.deduction,
        description=one.description,
        formula=one.formula,
        pounds=str(in_pounds(one.pence)),
    )
