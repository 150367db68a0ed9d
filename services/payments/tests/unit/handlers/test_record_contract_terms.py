"""Contract terms are recorded, followed and never overwritten; whoever changes is calculated again."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from qof_payments.core.contract_terms import AspirationTerms, ContractTerms
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.acts import UnknownCollectionError
from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements
from qof_payments.handlers.instruct_aspiration import instruct_aspiration
from qof_payments.handlers.ports import ParametersOf
from qof_payments.handlers.record_contract_terms import (
    GivenTerms,
    Recorded,
    RefusedTermsError,
    record_contract_terms,
    record_target_populations,
)
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import EntitlementCalculated, EntitlementsDue, Event
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]

PMS = ContractTerms("PMS")


@pytest.fixture(scope="session")
def parameters_of(parameters_of: ParametersOf) -> ParametersOf:
    """The easy year, with a PMS deduction of £2 a patient and services paid by target population."""

    def of(nation: str, qof_year: str) -> Parameters:
        return replace(
            parameters_of(nation, qof_year),
            pms_deduction=Fraction(10_000),
            pms_deduction_list=Fraction(5000),
            unverified={"pms_deduction": "not read", "rounding_profile": "ours"},
            target_population_groups={"RECORD": "patients with records"},
        )

    return of


async def record(uow: Any, parameters_of: ParametersOf, given: dict[str, ContractTerms], **changed: Any) -> Recorded:
    return await record_contract_terms(
        changed.get("collection", COLLECTION),
        [GivenTerms(practice, terms) for practice, terms in given.items()],
        reason="as told",
        person="n1",
        uow=uow,
        parameters_of=parameters_of,
        now=NOON,
    )


def aspiration(last_year: str, **changed: Any) -> ContractTerms:
    terms = AspirationTerms("share-of-last-year", accepted_offer=True, last_year=Decimal(last_year))
    return ContractTerms(aspiration=replace(terms, **changed))


@pytest.fixture
async def paid(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> EntitlementCalculated:
    """The entitlement of a practice of which nothing is known, on frozen figures: 20 points by AF, 10 by list."""
    events = [an_achievement(), an_achievement("A81002")]
    await record_achievements(events, uow=uow, parameters_of=parameters_of, now=NOON)
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    return await calculated(uow, parameters_of)


async def calculated(uow: Any, parameters_of: ParametersOf) -> EntitlementCalculated:
    """What A81001 is told once everything due is calculated."""
    due = [event for event in uow.outbox.events if event.name == EntitlementsDue.event]
    uow.outbox.events.clear()
    await calculate_entitlements(due, uow=uow, parameters_of=parameters_of, now=NOON)
    (told,) = (one for one in uow.outbox.contents(EntitlementCalculated) if one.practice == "A81001")
    uow.outbox.events.clear()
    return told


async def test_practice_without_terms_has_no_deductions_and_its_doubts(paid: EntitlementCalculated) -> None:
    assert (paid.account_number, paid.deductions) == (0, [])
    assert paid.pounds == paid.achievement_pounds == "3000.00"
    assert paid.unverified == {
        "rounding_profile": "ours",
        "target_population_factor of RECORD": "no target population of the nation known: factor not applied",
    }


async def test_pms_practice_has_its_deduction_as_a_line(
    uow: Any, parameters_of: ParametersOf, paid: EntitlementCalculated
) -> None:
    recorded = await record(uow, parameters_of, {"A81001": PMS})
    assert recorded == Recorded(1, ["A81001"], 0)
    again = await calculated(uow, parameters_of)
    assert again.entitlement_id != paid.entitlement_id
    assert (again.extract_number, again.snapshot_number, again.account_number) == (1, 1, 1)
    (taken,) = again.deductions
    assert (taken.deduction, taken.pounds) == ("pms", "10000.00")
    assert (again.achievement_pounds, again.pounds) == ("3000.00", "-7000.00"), "more is recovered than was earned"
    assert again.unverified["pms_deduction"] == "not read"
    assert await uow.entitlements.newest(COLLECTION, "A81001") == again


async def test_same_terms_again_change_nothing(
    uow: Any, parameters_of: ParametersOf, paid: EntitlementCalculated
) -> None:
    await record(uow, parameters_of, {"A81001": PMS})
    uow.outbox.events.clear()
    assert await record(uow, parameters_of, {"A81001": PMS, "A81002": ContractTerms()}) == Recorded(0, [], 2)
    assert not uow.outbox.events
    assert len(uow.money.recorded) == 1


async def test_terms_are_followed_not_overwritten(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, {"A81001": PMS})
    await record(uow, parameters_of, {"A81001": ContractTerms("APMS")})
    history = await uow.money.history(COLLECTION, "A81001")
    assert [(one.act.number, one.act.person, one.held.terms.contract) for one in history] == [
        (2, "n1", "APMS"),
        (1, "n1", "PMS"),
    ]
    assert history[0].act.reason == "as told"


async def test_without_frozen_figures_nobody_is_due(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, {"A81001": PMS})
    assert not uow.outbox.events
    assert uow.national_figures.locks == [("alone", COLLECTION)]


async def test_target_populations_pay_additional_services_by_their_share(
    uow: Any, parameters_of: ParametersOf, paid: EntitlementCalculated
) -> None:
    assert [line.line for line in paid.lines] == ["AF", "RECORD"]
    nation = {"RECORD": TargetPopulation(10, 100)}
    number = await record_target_populations(COLLECTION, nation, reason="census", person="n1", uow=uow, now=NOON)
    assert number == 1
    again = await record_target_populations(COLLECTION, nation, reason="census", person="n1", uow=uow, now=NOON)
    assert again == 0
    await record(uow, parameters_of, {"A81001": ContractTerms(target_populations={"RECORD": 1000})})
    told = await calculated(uow, parameters_of)
    # 1,000 of 5,000 are 20 %, the nation has 10 %: 10 points × £100 × 2.
    (line,) = (line for line in told.lines if line.line == "RECORD")
    assert (line.target_population_factor, line.pounds) == ("2", "2000.00")
    assert told.account_number == 2
    assert told.unverified == {"rounding_profile": "ours"}


@pytest.mark.parametrize("targets", [TargetPopulation(0, 5), TargetPopulation(6, 5)])
async def test_target_population_that_cannot_be_is_refused(uow: Any, targets: TargetPopulation) -> None:
    with pytest.raises(RefusedTermsError, match=r"CS: target . of 5 registered; give patients above 0, the target no"):
        await record_target_populations(COLLECTION, {"CS": targets}, reason="r", person="n1", uow=uow, now=NOON)
    assert not uow.money.recorded


async def test_every_fault_of_a_list_is_told_and_nothing_recorded(uow: Any, parameters_of: ParametersOf) -> None:
    wrong = ContractTerms("NHS", {"CS": -1})  # type: ignore[arg-type]
    given = {
        "A81001": PMS,
        "X1": PMS,
        "A81002": wrong,
        "A81003": ContractTerms(aspiration=AspirationTerms("points", True)),
    }
    with pytest.raises(RefusedTermsError) as refused:
        await record(uow, parameters_of, given)
    assert str(refused.value) == (
        "no practice X1 is known; practice A81002: contract is one of GMS, PMS, APMS; practice A81002: the target "
        "population of CS is -1; give patients from 0; practice A81003: england-2012-13 knows no points method; give "
        "last year's payment. Nothing was recorded."
    )
    assert not uow.money.recorded
    assert not uow.money.terms


async def test_long_list_of_faults_is_counted(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(RefusedTermsError, match=r"no practice X29 is known; and 5 more\. Nothing was recorded"):
        await record(uow, parameters_of, {f"X{number}": PMS for number in range(10, 35)})


async def test_practice_given_twice_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    twice = [GivenTerms("A81001", PMS), GivenTerms("A81001", ContractTerms())]
    with pytest.raises(RefusedTermsError, match="practice A81001 is given twice"):
        await record_contract_terms(
            COLLECTION, twice, reason="r", person="n1", uow=uow, parameters_of=parameters_of, now=NOON
        )


async def test_unknown_collection_and_year_are_refused(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(UnknownCollectionError, match="no collection QOF-1999 here"):
        await record(uow, parameters_of, {"A81001": PMS}, collection="QOF-1999")
    record_of = uow.directory.collections[COLLECTION]
    uow.directory.collections["QOF-1999"] = type(record_of)(
        collection="QOF-1999",
        nation="wales",
        qof_year="2012-13",
        achievement_date=record_of.achievement_date,
    )
    with pytest.raises(UnknownParametersError):
        await record(uow, parameters_of, {"A81001": PMS}, collection="QOF-1999")


async def test_final_payment_of_last_year_moves_the_months_that_are_left(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, {"A81001": aspiration("12000.00")})  # × 0.70 ÷ 12 = 700 a month
    for month in (1, 2, 3):
        await instruct_aspiration(COLLECTION, month, reason="run", person="n1", uow=uow, now=NOON)
    await record(uow, parameters_of, {"A81001": aspiration("15000.00", is_final=True)})
    held = (await uow.money.held(COLLECTION, ["A81001"]))["A81001"]
    # 15,000 × 0.70 = 10,500; less 3 × 700 are 8,400 in nine months.
    assert held.months == (70_000, 70_000, 70_000, *[93_333] * 8, 93_336)
    assert sum(held.months) == 1_050_000


async def test_final_payment_that_is_the_provisional_one_moves_no_penny(uow: Any, parameters_of: ParametersOf) -> None:
    await record(uow, parameters_of, {"A81001": aspiration("135528.05")})
    before = (await uow.money.held(COLLECTION, ["A81001"]))["A81001"].months
    for month in range(1, 10):
        await instruct_aspiration(COLLECTION, month, reason="run", person="n1", uow=uow, now=NOON)
    await record(uow, parameters_of, {"A81001": aspiration("135528.05", is_final=True)})
    assert (await uow.money.held(COLLECTION, ["A81001"]))["A81001"].months == before
