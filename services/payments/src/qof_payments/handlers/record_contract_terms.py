"""The national team says what practices are paid by beside their points; whoever changes is calculated again."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_payments.core.aspiration import monthly_sums, year_of_aspiration
from qof_payments.core.contract_terms import Account, ContractTerms, InvalidTermsError, faults
from qof_payments.core.parameters import Parameters
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.acts import MoneyError, known_collection, make_due
from qof_payments.handlers.money_ports import HeldTerms
from qof_payments.handlers.ports import ParametersOf, UnitOfWork

MOST_FAULTS = 20
"""How many faults one refusal lists; the rest is counted."""


class RefusedTermsError(MoneyError):
    """Some of the terms given cannot stand; nothing of the list was recorded."""


@dataclass(frozen=True, slots=True)
class GivenTerms:
    """Terms of one practice as they were given."""

    practice: str
    terms: ContractTerms


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a list of terms."""

    number: int
    """Of the act; 0: everything was so already, and nothing was recorded."""
    changed: list[str]
    unchanged: int


async def record_contract_terms(
    collection: str,
    given: Sequence[GivenTerms],
    *,
    reason: str,
    person: str,
    uow: UnitOfWork,
    parameters_of: ParametersOf,
    now: datetime,
) -> Recorded:
    """Record the terms that differ from those that stand, all or none. Raises a MoneyError.

    A change never replaces the earlier terms, it follows them. Months of aspiration that were paid stay as they were;
    those that are left are worked out again where the year's sum has changed.
    """
    record = await known_collection(collection, uow)
    year = parameters_of(record.nation, record.qof_year)
    codes = [one.practice for one in given]
    await uow.national_figures.lock(collection)
    unknown = set(await uow.money.unknown_practices(codes))
    found = [f"practice {code} is given twice" for code, times in sorted(Counter(codes).items()) if times > 1]
    found += [f"no practice {code} is known" for code in sorted(unknown)]
    standing = await uow.money.held(collection, codes)
    accounts = await uow.money.accounts(collection, codes)
    changed: dict[str, HeldTerms] = {}
    for one in given:
        found += [f"practice {one.practice}: {fault}" for fault in _faults(one.terms, year)]
        before = standing.get(one.practice, HeldTerms(ContractTerms()))
        if not found and one.terms != before.terms:
            changed[one.practice] = HeldTerms(
                one.terms, _months(one.terms, before, accounts.get(one.practice, Account()), year)
            )
    if found:
        more = f"; and {len(found) - MOST_FAULTS} more" if len(found) > MOST_FAULTS else ""
        raise RefusedTermsError(f"{'; '.join(found[:MOST_FAULTS])}{more}. Nothing was recorded.")
    if not changed:
        return Recorded(0, [], len(given))
    number = await uow.money.record_act("contract-terms", collection, person=person, reason=reason, at=now)
    await uow.money.add_terms(collection, number, changed)
    await make_due(collection, sorted(changed), uow=uow, now=now)
    return Recorded(number, sorted(changed), len(given) - len(changed))


async def record_target_populations(
    collection: str,
    targets: Mapping[str, TargetPopulation],
    *,
    reason: str,
    person: str,
    uow: UnitOfWork,
    now: datetime,
) -> int:
    """Record the nation's target populations; every practice is calculated again. Returns the act's number, 0 where
    they were so already. Raises a MoneyError."""
    await known_collection(collection, uow)
    found = [
        f"{group}: target {one.target} of {one.registered} registered; give patients above 0, the target no larger"
        for group, one in sorted(targets.items())
        if not 0 < one.target <= one.registered
    ]
    if found:
        raise RefusedTermsError(f"{'; '.join(found)}. Nothing was recorded.")
    await uow.national_figures.lock(collection)
    if (await uow.money.national_targets(collection)).targets == targets:
        return 0
    number = await uow.money.record_act("target-populations", collection, person=person, reason=reason, at=now)
    await uow.money.add_national_targets(collection, number, targets)
    practices = [reported.practice for reported in await uow.achievements.registers(collection)]
    await make_due(collection, practices, uow=uow, now=now)
    return number


def _faults(terms: ContractTerms, year: Parameters) -> list[str]:
    found = list(faults(terms))
    if terms.aspiration is not None and not found:
        try:
            year_of_aspiration(terms.aspiration, year)
        except InvalidTermsError as error:
            found.append(str(error))
    return found


def _months(terms: ContractTerms, before: HeldTerms, account: Account, year: Parameters) -> tuple[int, ...]:
    """The aspiration payments that follow from new terms. They stay where the year's sum is the same: its pennies
    are shared out already."""
    if terms.aspiration is None:
        return ()
    whole = year_of_aspiration(terms.aspiration, year)
    return before.months if sum(before.months) == whole and before.months else monthly_sums(whole, account.paid)
