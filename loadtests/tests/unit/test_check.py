"""A faultless run, and every way in which it could have gone wrong: each is found, and called by its name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from loadtests.answers import Answers, KeptDeclaration, KeptExtract, Progress
from loadtests.check import PROMISES, table, violations
from loadtests.ledger import Dropped, Entry, Fault, Freeze, NotDone, Post, Signature, Wanted
from loadtests.nation import Extract

EXTRACTS = tuple(
    Extract(practice, supplier, practice.encode())
    for practice, supplier in (("A1", "northstar"), ("A2", "northstar"), ("B1", "meridian"))
)


def make_post(at: int, *, extract_id: str | None = "", receipt: str = "text") -> Post:
    """The extract of this number was sent; by default its receipt came."""
    extract = EXTRACTS[at]
    given = f"id-{extract.practice}" if extract_id == "" else extract_id
    status = 202 if given else 503
    return Post(extract.supplier, extract.practice, extract.digest, status, given, receipt if given else None)


def make_press(practice: str, *, declaration: str | None = "", status: int = 200) -> Signature:
    given = f"declaration-{practice}" if declaration == "" else declaration
    return Signature(practice, f"report-{practice}", status, given)


def make_kept(practice: str) -> KeptDeclaration:
    declaration = f"declaration-{practice}"
    return KeptDeclaration("signed", declaration, f"report-{practice}", [declaration])


POSTS: Sequence[Entry] = [make_post(0), make_post(0), make_post(1), make_post(2, extract_id=None), make_post(2)]
PRESSES: Sequence[Entry] = [make_press("A1", status=201), make_press("A1"), make_press("A2"), make_press("B1")]
FREEZE = Freeze("snapshot-1", 3)
WANTED = [Wanted("A1"), Wanted("A2"), Wanted("B1")]
RUN = [*POSTS, FREEZE, *WANTED, *PRESSES]
LEDGER = {"accepted": 3, "calculated": 3, "rejected": 0, "dead": 0, "in_flight": 0}
ANSWERS = Answers(
    progress={"northstar": Progress(2, 2, 2, 0, 0), "meridian": Progress(1, 1, 1, 0, 0)},
    operations=LEDGER,
    followed=3,
    extracts={f"id-{one.practice}": KeptExtract(one.practice, one.digest, "reported") for one in EXTRACTS},
    declarations={practice: make_kept(practice) for practice in ("A1", "A2", "B1")},
    practices_by_state={"signed": 3, "awaiting-extract": 40},
    snapshots=["snapshot-1"],
)


def found(entries: Sequence[Entry] = RUN, answers: Answers = ANSWERS, *, is_frozen: bool = True) -> list[str]:
    told = violations(entries, answers, is_frozen=is_frozen)
    assert {violation.promise for violation in told} <= PROMISES.keys(), "every violation is a line of the scorecard"
    return [str(violation) for violation in told]


def with_progress(supplier: str, progress: Progress) -> Answers:
    return replace(ANSWERS, progress={**ANSWERS.progress, supplier: progress})


def with_declaration(practice: str, kept: KeptDeclaration) -> Answers:
    return replace(ANSWERS, declarations={**ANSWERS.declarations, practice: kept})


def without(mapping: Mapping[str, KeptExtract], name: str) -> dict[str, KeptExtract]:
    return {key: value for key, value in mapping.items() if key != name}


def test_faultless_run_with_repeats_and_a_second_attempt_has_no_violation() -> None:
    assert found() == []


def test_table_shows_each_supplier_and_the_sum() -> None:
    lines = table(RUN, ANSWERS).splitlines()
    assert lines[1].split() == ["meridian", "2", "1", "1", "1", "0", "0", "1"]
    assert lines[2].split() == ["northstar", "3", "2", "2", "2", "0", "0", "2"]
    assert lines[3].split() == ["all", "5", "3", "3", "3", "0", "0", "3"]
    assert lines[4] == "4 presses on sign by 3 practices: 3 declarations"


def test_extract_that_was_sent_and_has_no_receipt_is_lost() -> None:
    entries = [entry for entry in RUN if entry != make_post(1)]
    assert "lost: the extract of A2 has no receipt" in found([*entries, make_post(1, extract_id=None)])


def test_bulk_line_and_single_post_of_the_same_extract_have_one_receipt() -> None:
    line = replace(make_post(0), receipt_digest=None)
    assert found([*RUN, line]) == []


def test_extract_with_two_receipts_is_doubled() -> None:
    entries = [*RUN, make_post(0, extract_id="id-other")]
    assert "doubled: the extract of A1 has 2 receipts: id-A1, id-other" in found(entries)


def test_replayed_receipt_of_another_text_is_named() -> None:
    assert "doubled: the receipt of A1 was not the same text each time" in found([*RUN, make_post(0, receipt="new")])


def test_receipt_given_to_two_practices_is_a_loss() -> None:
    entries = [entry for entry in RUN if entry != make_post(1)]
    assert "lost: receipt id-A1 was given to several practices: A1, A2" in found(
        [*entries, make_post(1, extract_id="id-A1")]
    )


def test_receipt_that_leads_nowhere_is_a_loss() -> None:
    answers = replace(ANSWERS, extracts=without(ANSWERS.extracts, "id-A2"))
    assert "lost: 1 of 3 receipts lead nowhere" in found(answers=answers)


def test_receipt_that_leads_to_other_content_is_a_loss() -> None:
    kept = {**ANSWERS.extracts, "id-A2": KeptExtract("A2", "other", "reported")}
    assert "lost: receipt id-A2 of A2 leads to A2 other" in found(answers=replace(ANSWERS, extracts=kept))


def test_accepted_extract_that_nobody_has_a_receipt_for_is_doubled() -> None:
    answers = with_progress("northstar", Progress(3, 3, 3, 0, 0))
    assert "doubled: northstar holds 2 receipts, and 3 are accepted" in found(answers=answers)


def test_receipt_that_is_not_among_the_accepted_is_lost() -> None:
    answers = with_progress("northstar", Progress(1, 1, 1, 0, 0))
    assert "lost: northstar holds 2 receipts, and 1 are accepted" in found(answers=answers)


def test_counts_that_do_not_add_up_are_an_imbalance() -> None:
    answers = with_progress("northstar", Progress(2, 1, 1, 0, 0))
    assert any("accepted = calculated + rejected + in flight fails" in line for line in found(answers=answers))


def test_counts_that_single_extracts_contradict_are_an_imbalance() -> None:
    answers = with_progress("northstar", Progress(2, 1, 1, 1, 0))
    assert any(line.startswith("imbalance: northstar: the extracts say") for line in found(answers=answers))


def test_extract_in_flight_after_the_drain_is_named() -> None:
    answers = with_progress("meridian", Progress(1, 0, 0, 0, 1))
    assert "not drained: 1 extracts of meridian are in flight" in found(answers=answers)


def test_points_without_a_report_are_named() -> None:
    answers = with_progress("meridian", Progress(1, 1, 0, 0, 0))
    assert "unreported: 1 extracts of meridian have points, but no report" in found(answers=answers)


def test_run_without_a_freeze_is_named() -> None:
    entries = [*POSTS, *WANTED, *PRESSES]
    assert "not frozen" in " ".join(found(entries))
    assert found(entries, is_frozen=False) == []


@pytest.mark.parametrize(("frozen", "promise"), [(2, "lost"), (4, "imbalance")])
def test_national_figures_of_another_number_of_practices_are_named(frozen: int, promise: str) -> None:
    entries = [*POSTS, Freeze("s", frozen), *WANTED, *PRESSES]
    assert found(entries) == [f"{promise}: 3 practices have extracts; {frozen} are in the figures"]


def test_two_snapshots_for_one_freeze_are_doubled() -> None:
    answers = replace(ANSWERS, snapshots=["a", "b"])
    assert "doubled: 2 national figures are frozen: a, b" in found(answers=answers)


def test_practice_told_of_two_declarations_is_doubled() -> None:
    entries = [*RUN, make_press("A1", declaration="another")]
    assert "doubled: A1 pressed 3 times and has 2 declarations" in found(entries)


@pytest.mark.parametrize("second", ["declaration-A1", "another"])
def test_two_signatures_in_the_audit_are_doubled(second: str) -> None:
    kept = replace(make_kept("A1"), signed_ids=["declaration-A1", second])
    assert found(answers=with_declaration("A1", kept)) == ["doubled: A1 pressed 2 times and has 2 declarations"]


def test_declaration_on_another_report_than_was_read_is_named() -> None:
    kept = replace(make_kept("B1"), digest="other")
    assert found(answers=with_declaration("B1", kept)) == ["lost: B1 signed another report than other, which is kept"]


def test_signature_without_a_declaration_is_lost() -> None:
    kept = {practice: make_kept(practice) for practice in ("A1", "B1")}
    assert found(answers=replace(ANSWERS, declarations=kept)) == ["lost: A2 signed, and has no declaration"]


def test_signature_whose_declaration_is_not_signed_is_lost() -> None:
    kept = replace(make_kept("B1"), state="awaiting-signature")
    assert found(answers=with_declaration("B1", kept)) == ["lost: B1 signed, and is awaiting-signature"]


@pytest.mark.parametrize("state", ["approved", "finance-approved"])
def test_declaration_that_a_commissioner_approved_meanwhile_is_one(state: str) -> None:
    kept = replace(make_kept("B1"), state=state)
    answers = replace(with_declaration("B1", kept), practices_by_state={"signed": 2, state: 1})
    assert found(answers=answers) == []


def test_practice_whose_presses_were_all_refused_is_unsigned() -> None:
    entries = [entry for entry in RUN if entry != make_press("B1")]
    refused = make_press("B1", declaration=None, status=409)
    assert "unsigned: B1 came to sign, and no signature was taken" in found([*entries, refused])


@pytest.mark.parametrize(("seen", "promise"), [(2, "lost"), (4, "doubled")])
def test_national_team_seeing_another_number_of_signatures_is_named(seen: int, promise: str) -> None:
    answers = replace(ANSWERS, practices_by_state={"signed": seen})
    assert found(answers=answers) == [f"{promise}: 3 practices signed; the national team sees {seen}"]


def with_ledger(**changed: int) -> Answers:
    return replace(ANSWERS, operations={**LEDGER, **changed})


def test_operators_ledger_that_does_not_balance_is_an_imbalance() -> None:
    (told,) = found(answers=with_ledger(calculated=2))
    assert told.startswith("imbalance: operations: accepted = calculated + rejected + dead + in flight fails")


def test_operators_who_see_another_number_than_suppliers_are_told() -> None:
    assert found(answers=with_ledger(accepted=4, in_flight=1)) == [
        "imbalance: operations say 4 accepted, suppliers are told 3"
    ]


def test_dead_letter_is_a_loss_though_it_balances() -> None:
    assert found(answers=with_ledger(calculated=2, dead=1)) == ["lost: 1 extracts are dead letters"]


def test_system_without_an_operators_view_is_checked_by_what_suppliers_are_told() -> None:
    assert found(answers=replace(ANSWERS, operations=None)) == []


def test_person_who_was_signed_in_and_had_to_sign_in_again_is_named() -> None:
    assert found([*RUN, Dropped("ann", "/report")]) == ["dropped session: ann had to sign in again at /report"]


def test_of_many_dropped_sessions_five_are_named_and_all_counted() -> None:
    told = found([*RUN, *(Dropped(f"p{at}", "/") for at in range(8))])
    assert len(told) == 6
    assert told[-1] == "dropped session: and 3 more"


def test_faults_and_silence_are_counted_by_request() -> None:
    entries = [*RUN, Fault("page home", 500, "ann"), Fault("page home", 500, "bob"), Fault("page sign", 0, "ann")]
    assert found(entries) == [
        "impolite: page home was answered 500 2 times",
        "impolite: page sign was not answered 1 times",
    ]


def test_person_who_went_without_what_they_came_for_is_named() -> None:
    assert found([*RUN, NotDone("ann", "no form")]) == ["not done: ann: no form"]
