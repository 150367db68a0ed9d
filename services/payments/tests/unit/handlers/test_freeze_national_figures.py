"""Two people freeze national figures: what is fixed, what keeps them from it, and who becomes due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from qof_payments.adapters.gates import load_thresholds
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.handlers.calculate_entitlements import calculate_entitlements, record_achievements
from qof_payments.handlers.errors import (
    FiguresMovedError,
    GatesOpenError,
    NameTakenError,
    NothingToFreezeError,
    ProposalDecidedError,
    SamePersonError,
    UnknownCollectionError,
    UnknownFindingError,
    UnknownPracticeError,
    UnknownProposalError,
    UnverifiedError,
)
from qof_payments.handlers.freeze_national_figures import (
    PRACTICES_PER_MESSAGE,
    figures_digest,
    freeze_national_figures,
)
from qof_payments.handlers.ports import ParametersOf, Snapshot
from qof_payments.handlers.proposal_ports import Proposal
from qof_payments.handlers.propose_national_figures import Terms, propose_national_figures, withdraw_proposal
from qof_payments.handlers.review_national_figures import Reviewed, review_national_figures
from qof_payments.testing.freezing import freeze_by_two
from qof_shared.contracts import (
    CollectionRecord,
    DirectoryRecorded,
    EntitlementCalculated,
    EntitlementsDue,
    Event,
    NationalFiguresFrozen,
    PracticeRecord,
)
from qof_shared.testing.fakes import NOON

COLLECTION = "QOF-ENG-2012-13"
MakeEvent = Callable[..., Event]


async def propose(uow: Any, parameters_of: ParametersOf, collection: str = COLLECTION, **terms: Any) -> Proposal:
    return await propose_national_figures(
        collection,
        terms=Terms(**{"name": "final", "reason": "all in"} | terms),
        person="n1",
        uow=uow,
        parameters_of=parameters_of,
        thresholds=load_thresholds(),
        now=NOON,
    )


async def freeze(uow: Any, parameters_of: ParametersOf, proposal: Proposal, person: str = "n2") -> Snapshot:
    return await freeze_national_figures(
        COLLECTION,
        proposal.proposal_id,
        person=person,
        uow=uow,
        parameters_of=parameters_of,
        thresholds=load_thresholds(),
        now=NOON,
    )


async def review(uow: Any, parameters_of: ParametersOf, exclusions: Mapping[str, str] | None = None) -> Reviewed:
    return await review_national_figures(
        COLLECTION,
        exclusions=exclusions or {},
        uow=uow,
        parameters_of=parameters_of,
        thresholds=load_thresholds(),
    )


async def arrive(uow: Any, parameters_of: ParametersOf, *events: Event) -> None:
    await record_achievements(events, uow=uow, parameters_of=parameters_of, now=NOON)


async def calculate_what_is_due(uow: Any, parameters_of: ParametersOf) -> None:
    due = [event for event in uow.outbox.events if event.name == EntitlementsDue.event]
    uow.outbox.events = [event for event in uow.outbox.events if event not in due]
    await calculate_entitlements(due, uow=uow, parameters_of=parameters_of, now=NOON)


def due_practices(uow: Any) -> list[str]:
    return [practice for due in uow.outbox.contents(EntitlementsDue) for practice in due.practices]


def directory(*practices: tuple[str, str]) -> DirectoryRecorded:
    records = [
        PracticeRecord(practice=code, name=code, nation="england", commissioner="C1", supplier=supplier)
        for code, supplier in practices
    ]
    return DirectoryRecorded(revision=1, commissioners=[], practices=records)


async def test_two_people_fix_the_mean_and_both_are_told(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(
        uow,
        parameters_of,
        an_achievement("A81001", registers={"AF": 100}),
        an_achievement("A81002", registers={"AF": 200}),
    )
    proposal = await propose(uow, parameters_of)
    assert not uow.outbox.events, "a proposal tells nobody anything"
    snapshot = await freeze(uow, parameters_of, proposal)

    assert snapshot in uow.national_figures.snapshots
    assert (snapshot.number, snapshot.name, snapshot.reason) == (1, "final", "all in")
    assert (snapshot.proposed_by, snapshot.frozen_by, snapshot.proposal_id) == ("n1", "n2", proposal.proposal_id)
    assert snapshot.digest == figures_digest(snapshot.figures)
    assert snapshot.figures == proposal.review.figures
    assert (snapshot.parameters_id, snapshot.parameters_digest) == ("england-2012-13", "d" * 64)
    frozen = uow.outbox.events[0].content(NationalFiguresFrozen)
    assert (frozen.snapshot_id, frozen.digest, frozen.practices) == (snapshot.snapshot_id, snapshot.digest, 2)
    assert (frozen.proposed_by, frozen.frozen_by) == ("n1", "n2")
    assert frozen.mean_prevalence == {"AF": "0.030000000000000000000000"}
    assert uow.national_figures.locks[-1] == ("alone", COLLECTION)
    kept = await uow.proposals.by_id(COLLECTION, proposal.proposal_id)
    assert (kept.state, kept.decided_by, kept.snapshot_id) == ("frozen", "n2", snapshot.snapshot_id)


async def test_who_proposed_does_not_freeze(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> None:
    await arrive(uow, parameters_of, an_achievement())
    proposal = await propose(uow, parameters_of)
    with pytest.raises(SamePersonError, match="n1 proposed these figures; somebody else"):
        await freeze(uow, parameters_of, proposal, person="n1")
    assert not uow.national_figures.snapshots


async def test_freezing_again_by_the_same_person_is_the_same_snapshot_and_by_another_a_conflict(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement())
    proposal = await propose(uow, parameters_of)
    first = await freeze(uow, parameters_of, proposal)
    told = len(uow.outbox.events)
    assert await freeze(uow, parameters_of, proposal) == first
    with pytest.raises(ProposalDecidedError, match="'final' was frozen by n2"):
        await freeze(uow, parameters_of, proposal, person="n3")
    assert (len(uow.national_figures.snapshots), len(uow.outbox.events)) == (1, told)


async def test_figures_that_moved_are_not_frozen_and_it_is_said_what_moved(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement("A81001"), an_achievement("A81002"))
    proposal = await propose(uow, parameters_of)
    newer = an_achievement("A81002", extract_number=2, registers={"AF": 300})
    await arrive(uow, parameters_of, newer, an_achievement("A81003"))
    with pytest.raises(FiguresMovedError) as refused:
        await freeze(uow, parameters_of, proposal)
    assert refused.value.moved == (
        "1 practices have an achievement since: A81003",
        "1 practices have another list or other registers: A81002",
        "1 national figures moved: AF 2.000000 % -> 3.333333 %",
    )
    assert not uow.national_figures.snapshots


async def test_new_points_with_the_same_registers_move_no_figure(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement("A81001"))
    proposal = await propose(uow, parameters_of)
    await arrive(uow, parameters_of, an_achievement("A81001", extract_number=2))
    assert (await freeze(uow, parameters_of, proposal)).figures == proposal.review.figures


async def test_open_gate_refuses_a_proposal_until_somebody_says_why_it_is_right(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await uow.directory.record(directory(("A81001", "north"), ("A81002", "north"), ("A81003", "south")))
    await arrive(uow, parameters_of, an_achievement("A81001"), an_achievement("A81003"))
    with pytest.raises(
        GatesOpenError, match="completeness/north: 1 of 2 practices have no achievement: A81002"
    ) as told:
        await propose(uow, parameters_of)
    (finding,) = told.value.findings
    assert finding.mend.startswith("Wait for them")

    with pytest.raises(UnknownFindingError, match="no gate finds completeness/nort;"):
        await propose(uow, parameters_of, acknowledgements={"completeness/nort": "closed"})
    with pytest.raises(GatesOpenError):
        await propose(uow, parameters_of, acknowledgements={finding.finding: "  "})
    acknowledged = {finding.finding: "A81002 closed in December"}
    snapshot = await freeze(uow, parameters_of, await propose(uow, parameters_of, acknowledgements=acknowledged))
    assert snapshot.acknowledgements == acknowledged
    assert uow.outbox.contents(NationalFiguresFrozen)[0].acknowledgements == acknowledged


async def test_practice_excluded_by_name_is_left_out_named_and_paid_all_the_same(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await uow.directory.record(directory(("A81001", "north"), ("A81002", "north"), ("A81003", "north")))
    await arrive(uow, parameters_of, an_achievement("A81001"), an_achievement("A81002", registers={"AF": 4000}))
    exclusions = {"A81002": "a care home", "A81003": "closed"}
    snapshot = await freeze(uow, parameters_of, await propose(uow, parameters_of, exclusions=exclusions))
    assert snapshot.figures.left_out == {"A81002": "a care home"}
    assert snapshot.exclusions == exclusions
    assert uow.outbox.contents(NationalFiguresFrozen)[0].exclusions == exclusions
    await calculate_what_is_due(uow, parameters_of)
    paid = {one.practice: one.pounds for one in uow.outbox.contents(EntitlementCalculated)}
    # Its prevalence is 40 times the others' 2 %, and so is its factor: 20 × £100 × 40 + 10 × £100.
    assert paid == {"A81001": "3000.00", "A81002": "81000.00"}


async def test_excluding_somebody_who_does_not_exist_is_refused(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement("A81001"))
    with pytest.raises(UnknownPracticeError, match="no practice A8100I in england; check the codes excluded"):
        await propose(uow, parameters_of, exclusions={"A8100I": "mistyped"})


async def test_unverified_values_need_a_reason(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    def marked(nation: str, qof_year: str) -> Parameters:
        return replace(parameters_of(nation, qof_year), unverified={"value_of_a_point": "fitted"})

    await arrive(uow, marked, an_achievement())
    assert (await review(uow, marked)).review.unverified == {"value_of_a_point": "fitted"}
    with pytest.raises(UnverifiedError, match="no source confirmed value_of_a_point; give unverified_reason"):
        await propose(uow, marked)
    snapshot = await freeze(uow, marked, await propose(uow, marked, unverified_reason="there is no other"))
    assert snapshot.unverified_reason == "there is no other"
    assert uow.outbox.contents(NationalFiguresFrozen)[0].unverified_reason == "there is no other"


async def test_extracts_of_another_day_stop(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> None:
    await uow.directory.record(directory(("A81001", "north"), ("A81002", "south")))
    await arrive(
        uow,
        parameters_of,
        an_achievement("A81001", achievement_date=date(2013, 3, 31)),
        an_achievement("A81002", achievement_date=date(2013, 3, 30)),
    )
    with pytest.raises(GatesOpenError, match="as-at-date/south/2013-03-30: 1 practices were counted at 2013-03-30"):
        await propose(uow, parameters_of)


async def test_withdrawn_proposal_is_not_frozen_and_frees_its_name(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement())
    proposal = await propose(uow, parameters_of)
    with pytest.raises(NameTakenError, match="figures named 'final' are proposed for"):
        await propose(uow, parameters_of)
    withdrawn = await withdraw_proposal(
        COLLECTION, proposal.proposal_id, person="n3", reason="a supplier sends again", uow=uow, now=NOON
    )
    assert (withdrawn.state, withdrawn.decided_by, withdrawn.decision_reason) == (
        "withdrawn",
        "n3",
        "a supplier sends again",
    )
    with pytest.raises(ProposalDecidedError, match="'final' was withdrawn by n3"):
        await freeze(uow, parameters_of, proposal)
    await freeze(uow, parameters_of, await propose(uow, parameters_of))
    did = [(entry.person, entry.action, entry.reason) for entry in await uow.proposals.audit(COLLECTION)]
    assert did == [
        ("n1", "proposed", "all in"),
        ("n3", "withdrew", "a supplier sends again"),
        ("n1", "proposed", "all in"),
        ("n2", "froze", "all in"),
    ]


async def test_unknown_proposal_is_refused(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> None:
    await arrive(uow, parameters_of, an_achievement())
    proposal = await propose(uow, parameters_of)
    with pytest.raises(UnknownProposalError, match="no proposal"):
        await freeze(uow, parameters_of, replace(proposal, proposal_id=uuid4()))


async def test_freeze_makes_every_practice_due_once_in_messages_of_a_hundred(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    codes = [f"A8{number:04}" for number in range(2 * PRACTICES_PER_MESSAGE + 1)]
    await arrive(uow, parameters_of, *(an_achievement(code) for code in codes))
    snapshot = await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    due = uow.outbox.contents(EntitlementsDue)
    assert [len(content.practices) for content in due] == [100, 100, 1]
    assert [code for content in due for code in content.practices] == codes
    assert {content.snapshot_id for content in due} == {snapshot.snapshot_id}


@pytest.fixture
async def paid(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> Sequence[str]:
    """Three practices paid on first figures; the third earns nothing by the register that will move."""
    await arrive(
        uow,
        parameters_of,
        an_achievement("A81001", registers={"AF": 100, "DM": 100}),
        an_achievement("A81002", registers={"AF": 100, "DM": 100}),
        an_achievement("A81003", registers={"AF": 0, "DM": 100}),
    )
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name="first")
    await calculate_what_is_due(uow, parameters_of)
    uow.outbox.events.clear()
    return "A81001", "A81002", "A81003"


async def test_figures_that_change_no_line_make_nobody_due(
    uow: Any, parameters_of: ParametersOf, paid: Sequence[str]
) -> None:
    reviewed = await review(uow, parameters_of)
    assert (reviewed.changes, reviewed.due) == ((), ())
    assert reviewed.review.blast_radius.unchanged == len(paid)
    snapshot = await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name="again")
    assert snapshot.number == 2
    assert due_practices(uow) == []


async def test_only_those_are_due_for_whom_a_line_changes(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent, paid: Sequence[str]
) -> None:
    first, second, _ = paid
    # The second practice corrects its register from 100 to 400: the mean rises from 4/300 to 1/30.
    await arrive(uow, parameters_of, an_achievement(second, extract_number=2, registers={"AF": 400, "DM": 100}))
    uow.outbox.events.clear()
    reviewed = await review(uow, parameters_of)
    radius = reviewed.review.blast_radius
    assert reviewed.due == (first, second), "the third has no patient on AF, so its pounds stay"
    assert (radius.changed, radius.unchanged, radius.first_paid) == (2, 1, 0)
    # 20 points × £100 × APDF: 1.5 and 6 on the first figures, 0.6 and 2.4 on the second.
    assert [(change.practice, change.before, change.after) for change in reviewed.changes] == [
        (first, 400_000, 220_000),
        (second, 1_300_000, 580_000),
    ]
    (line,) = radius.lines
    assert (line.line, line.practices, line.difference) == ("AF", 2, -900_000)
    assert (f"{line.mean_before:.6f}", f"{line.mean_after:.6f}") == ("0.013333", "0.033333")
    assert (radius.difference, radius.largest_up) == (-900_000, None)
    assert radius.largest_down is not None
    assert radius.largest_down.practice == second

    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name="second")
    assert due_practices(uow) == [first, second]
    await calculate_what_is_due(uow, parameters_of)
    told = {one.practice: one.pounds for one in uow.outbox.contents(EntitlementCalculated)}
    assert told == {first: "2200.00", second: "5800.00"}


async def test_what_became_due_on_figures_that_were_replaced_is_paid_by_the_newest(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent, paid: Sequence[str]
) -> None:
    first, second, _ = paid
    await arrive(uow, parameters_of, an_achievement(second, extract_number=2, registers={"AF": 400, "DM": 100}))
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name="wrong")
    await arrive(uow, parameters_of, an_achievement(second, extract_number=3, registers={"AF": 100, "DM": 100}))
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON, name="right")
    before = {one.entitlement_id for one in uow.entitlements.held.values()}
    await calculate_what_is_due(uow, parameters_of)
    new = [one for one in uow.entitlements.held.values() if one.entitlement_id not in before]
    assert first not in {one.practice for one in new}, "its statement is what it was, so it hears nothing"
    newest = await uow.entitlements.newest(COLLECTION, second)
    assert (newest.extract_number, newest.pounds) == (3, "4000.00")


async def test_practice_that_cannot_be_paid_any_more_is_due_and_its_trouble_is_shown(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent, paid: Sequence[str]
) -> None:
    first, second, third = paid
    for practice in (second, third):
        await arrive(uow, parameters_of, an_achievement(practice, extract_number=2, registers={"AF": 0, "DM": 100}))
    reviewed = await review(uow, parameters_of, exclusions={first: "a care home"})
    (change,) = (change for change in reviewed.changes if change.after is None)
    assert change.practice == first
    assert "nobody in the nation is on register AF" in change.trouble
    assert first in reviewed.due
    assert reviewed.review.blast_radius.unpayable == 1


async def test_unknown_collection_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(UnknownCollectionError, match="no collection QOF-1999; load it into ingest"):
        await propose(uow, parameters_of, collection="QOF-1999")


async def test_year_without_parameters_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    uow.directory.collections["QOF-1999"] = CollectionRecord(
        collection="QOF-1999", nation="england", qof_year="1999-00", achievement_date=date(2000, 3, 31)
    )
    with pytest.raises(UnknownParametersError, match="no money parameters for england in 1999-00"):
        await propose(uow, parameters_of, collection="QOF-1999")


async def test_proposal_before_the_first_achievement_is_refused(uow: Any, parameters_of: ParametersOf) -> None:
    with pytest.raises(NothingToFreezeError, match=f"no practice has an achievement in {COLLECTION} yet"):
        await propose(uow, parameters_of)


async def test_name_that_is_frozen_is_refused(uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent) -> None:
    await arrive(uow, parameters_of, an_achievement())
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    with pytest.raises(NameTakenError, match="has national figures named 'final' already; choose another name"):
        await propose(uow, parameters_of)


async def test_last_years_collection_is_compared_with(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    """A supplier of a hundred practices is 10 % short of last year; the other is not."""

    def both(nation: str, qof_year: str) -> Parameters:
        found = parameters_of(nation, "2012-13")
        if qof_year == "2012-13":
            return found
        return replace(
            found,
            parameters_id=f"england-{qof_year}",
            qof_year=qof_year,
            list_date=date(2012, 1, 1),
            prevalence_date=date(2012, 3, 31),
        )

    codes = {f"A8{number:04}": "north" if number % 2 else "south" for number in range(200)}
    await uow.directory.record(directory(*codes.items()))
    uow.directory.collections["QOF-ENG-2011-12"] = CollectionRecord(
        collection="QOF-ENG-2011-12", nation="england", qof_year="2011-12", achievement_date=date(2012, 3, 31)
    )
    last_year = [an_achievement(code, collection="QOF-ENG-2011-12", registers={"AF": 100}) for code in codes]
    now = [an_achievement(code, registers={"AF": 90 if of == "south" else 100}) for code, of in codes.items()]
    await arrive(uow, both, *last_year, *now)
    found = [one.finding for one in (await review(uow, both)).review.findings if one.severity == "stop"]
    assert found == [
        "supplier-shift/north/all registers/QOF-ENG-2011-12",
        "supplier-shift/south/all registers/QOF-ENG-2011-12",
    ]


async def test_mean_of_nobody_is_told_as_a_decimal_and_not_as_an_exponent(
    uow: Any, parameters_of: ParametersOf, an_achievement: MakeEvent
) -> None:
    await arrive(uow, parameters_of, an_achievement(registers={"AF": 0}))
    await freeze_by_two(uow, COLLECTION, parameters_of=parameters_of, now=NOON)
    assert uow.outbox.contents(NationalFiguresFrozen)[0].mean_prevalence == {"AF": "0." + 24 * "0"}
