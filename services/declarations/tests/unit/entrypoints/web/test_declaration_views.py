"""A declaration, a receipt, a place in the queue and a query, as pages tell them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qof_declarations.core.attachment import media_type_of
from qof_declarations.core.declaration import ReportVersion, returned, signed
from qof_declarations.core.determination import Fault
from qof_declarations.core.differences import differences
from qof_declarations.core.lifecycle import State
from qof_declarations.core.receipt import LogEntry, LogHead, Receipt, document_of, receipt_document
from qof_declarations.core.report import canonical_json
from qof_declarations.core.standing import Standing, abilities
from qof_declarations.core.waiting import Forecast, Journey, Place, Stage
from qof_declarations.entrypoints.web.declaring import faults_of_signature
from qof_declarations.entrypoints.web.typed import typed_text, typed_texts
from qof_declarations.entrypoints.web.views.declaration import SHOWN_FIRST, declaration_part, moved_part
from qof_declarations.entrypoints.web.views.query import choices, faults_by_field
from qof_declarations.entrypoints.web.views.receipt import receipt_part
from qof_declarations.entrypoints.web.views.report import DomainPart, GroupPart, IndicatorRow
from qof_declarations.entrypoints.web.views.waiting import waiting_part
from qof_declarations.handlers.confirming import Confirmation
from qof_declarations.handlers.reading import DeclarationView
from qof_declarations.testing.builders import APPROVER, COLLECTION, DECLARER, OUR_COMMISSIONER, OURS, USER, extract_id
from qof_shared.people import Person
from qof_shared.testing.fakes import NOON

REPORT = ReportVersion(1, "a" * 64, "937.868", "106011.29", extract_id(OURS, 1), 1, extract_id(OURS, 2), "final", NOON)
STANDING = Standing(COLLECTION, OURS, "Surgery", OUR_COMMISSIONER, "North", "937.868", False, (), REPORT, None, None)


def sign(state: State = State.AWAITING_SIGNATURE):  # type: ignore[no-untyped-def]
    return signed(
        REPORT, collection=COLLECTION, practice=OURS, state=state, person=DECLARER, statement="Checked.", at=NOON
    )


def confirmation(standing: Standing, person: Person = DECLARER, **seen) -> Confirmation:  # type: ignore[no-untyped-def]
    view = DeclarationView(standing, abilities(person, standing), seen.pop("audit", ()), (), (), None)
    empty = {"open_queries": (), "protested": (), "moved_since_read": (), "hints": ()}
    return Confirmation(view=view, **{**empty, **seen})


def test_declarer_signs_and_a_reader_is_told_who_does() -> None:
    ours = declaration_part(confirmation(STANDING), DECLARER)
    assert (ours.heading, ours.can_sign, ours.signing_is_for) == ("Confirm and sign", True, None)
    readers = declaration_part(confirmation(STANDING, USER), USER)
    assert not readers.can_sign
    assert readers.signing_is_for
    assert "A declarer of your practice" in readers.signing_is_for


def test_nobody_is_asked_to_sign_what_is_about_to_change() -> None:
    waiting = replace(STANDING, is_recalculating=True)
    part = declaration_part(confirmation(waiting), DECLARER)
    assert part.is_waiting
    assert not part.can_sign
    assert part.heading == "New figures are being worked out"


def test_signed_declaration_is_told_with_what_was_signed() -> None:
    standing = replace(STANDING, declaration=sign().declaration)
    part = declaration_part(confirmation(standing), DECLARER)
    assert part.heading == "Signed"
    assert part.signature
    assert dict(part.signature.rows)["Due to the practice"] == "£106,011.29"
    assert part.signature.statement == "Checked."
    assert part.signature.is_of_newest


def test_returned_declaration_says_why_and_is_signed_again() -> None:
    change = returned(sign().declaration, person=APPROVER, reason="Half the register.", at=NOON + timedelta(hours=1))
    standing = replace(STANDING, declaration=change.declaration)
    part = declaration_part(confirmation(standing, audit=(sign().entry, change.entry)), DECLARER)
    assert part.can_sign
    assert part.returned
    assert (part.returned.reason, part.returned.by) == ("Half the register.", APPROVER.name)


def test_figures_that_moved_under_the_eyes_of_the_signer() -> None:
    moved = differences(canonical_json({"pounds": "100.00"}), canonical_json({"pounds": "12345.60"}))
    unsigned = declaration_part(confirmation(STANDING, moved_since_read=moved), DECLARER, has_moved=True)
    assert unsigned.heading == "The figures moved while you were reading"
    assert unsigned.moved_since_read
    assert unsigned.moved_since_read.rows == [("Pounds in all", "£100.00", "£12,345.60")]
    by_a_colleague = replace(STANDING, declaration=sign().declaration)
    part = declaration_part(confirmation(by_a_colleague, moved_since_read=moved), DECLARER, has_moved=True)
    assert part.heading == "Signed already, with newer figures"
    assert DECLARER.name in part.sentence


def test_moved_figures_come_before_how_they_were_worked_out() -> None:
    old = {"lines": {"AF": {"formula": "1 × 2", "pounds": "2.00"}}, "registers": {f"R{n}": 1 for n in range(20)}}
    new = {"lines": {"AF": {"formula": "1 × 3", "pounds": "3.00"}}, "registers": {f"R{n}": 2 for n in range(20)}}
    moved = moved_part(differences(canonical_json(old), canonical_json(new)))
    assert moved
    assert len(moved.rows) == SHOWN_FIRST
    assert moved.more[-1] == ("Line AF, formula", "1 × 2", "1 × 3")
    assert moved_part(()) is None
    only = {"lines": {"AF": {"formula": "2 × 1", "pounds": "2.00"}}, "registers": old["registers"]}
    alone = moved_part(differences(canonical_json(old), canonical_json(only)))
    assert alone
    assert (alone.rows, alone.more) == ([("Line AF, formula", "1 × 2", "2 × 1")], [])


def test_added_and_removed_things_are_told_as_such() -> None:
    old = canonical_json({"registers": {"AF": 1}, "indicators": {}})
    new = canonical_json({"registers": {}, "indicators": {"AF 4": {"points": "1"}}})
    moved = moved_part(differences(old, new))
    assert moved
    assert moved.rows == [("Register AF", "1", "no longer there"), ("Indicator AF 4", "not there", "there")]


def test_form_without_confirmation_is_no_signature() -> None:
    assert faults_of_signature({"confirm": "yes"}) == {}
    assert set(faults_of_signature({"statement": "a" * 2001})) == {"statement", "confirm"}


def test_receipt_says_whether_the_log_has_it() -> None:
    document = receipt_document(sign(), practice_name="Surgery", worked_out_with={})
    told = document_of(f"e30.{encoded(document)}.AA")
    part = receipt_part(Receipt("seal", told, None))
    assert part.entry is None
    assert part.digest == REPORT.digest
    assert ("Points", "937.87") in part.rows
    head = LogHead(1_200, b"root", NOON, "seal")
    entered = receipt_part(Receipt("seal", told, LogEntry(0, (), head)))
    assert entered.entry == "Yes, as entry 1 of 1,200."


def encoded(document: bytes) -> str:
    import base64

    return base64.urlsafe_b64encode(document).rstrip(b"=").decode()


def test_place_in_the_queue_is_told_with_its_steps() -> None:
    journey = Journey(received=7, received_at=NOON)
    forecast = Forecast(NOON + timedelta(minutes=3), NOON + timedelta(minutes=4))
    part = waiting_part(Place(Stage.IN_QUEUE, journey, 2413, 9000, forecast))
    assert [step.state for step in part.steps] == ["done", "now", "later", "later", "later"]
    assert "number 2,413 of 9,000" in part.sentences[0]
    assert not part.has_report


def test_a_second_time_round_the_national_figures_stay_frozen() -> None:
    again = Journey(received=8, points=7, pounds=7, version=1, received_at=NOON)
    part = waiting_part(Place(Stage.RECALCULATING, again, 1, 1))
    assert [step.state for step in part.steps] == ["done", "now", "done", "later", "later"]
    assert part.has_report


def test_ready_is_not_said_twice() -> None:
    part = waiting_part(Place(Stage.READY, Journey(received=7, points=7, pounds=7, version=1)))
    assert part.is_ready
    assert part.sentences == []
    assert {step.state for step in part.steps} == {"done"}


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_has_words_and_steps(stage: Stage) -> None:
    part = waiting_part(Place(stage, Journey()))
    assert part.heading
    assert len(part.steps) == 5


def test_fault_points_to_its_field() -> None:
    faults = [
        Fault("/indicators/0", "indicator-unknown", "No such one."),
        Fault("/indicators", "indicators-many", "Too many."),
        Fault("/attachments/1/name", "name", "Odd name."),
        Fault("", "too-many-open", "Wait."),
    ]
    assert faults_by_field(faults) == {"indicators": "No such one. Too many.", "files": "Odd name.", "": "Wait."}


def test_chosen_indicators_are_not_offered_twice() -> None:
    rows = [row(code) for code in ("AF 1", "AF 2")]
    domain = DomainPart("Clinical", [GroupPart("AF", "AF", rows, "", "", "")], "", "", "")
    found = choices([domain], ["AF 2", "not there"])
    assert [one.code for one in found.chosen] == ["AF 2"]
    assert [(name, [one.code for one in codes]) for name, codes in found.areas] == [("AF", ["AF 1"])]


def row(code: str) -> IndicatorRow:
    names = [name for name in IndicatorRow._fields if name not in ("code", "is_unverified")]
    return IndicatorRow(code=code, is_unverified=False, **dict.fromkeys(names, ""))


def test_what_was_typed_is_read_as_typed() -> None:
    form = {"comment": " one\r\ntwo ", "indicator": ["AF 1", "AF 2"]}
    assert typed_text(form, "comment") == "one\ntwo"
    assert typed_text(form, "evidence") == ""
    assert typed_texts(form, "indicator") == ["AF 1", "AF 2"]
    assert typed_texts({"indicator": "AF 1"}, "indicator") == ["AF 1"]


@pytest.mark.parametrize(
    ("name", "known"), [("a.CSV", "text/csv"), ("b.jpeg", "image/jpeg"), ("c.html", None), ("csv", None)]
)
def test_file_is_known_by_its_name(name: str, known: str | None) -> None:
    assert media_type_of(name) == known
