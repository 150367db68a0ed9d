from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.entrypoints.web.national_forms import exclusions_text, read_exclusions, read_proposal

GOOD = {"csrf": "c", "errand": "e", "name": " 2012-13 final ", "reason": "All in", "exclusions": "A81001 a care home"}


def test_exclusions_are_a_code_and_a_reason_a_line() -> None:
    typed = read_exclusions("a81001  a care home\n\n B81002: – closed in May\r\n")
    assert typed.practices == {"A81001": "a care home", "B81002": "closed in May"}
    assert typed.faults == ()


def test_what_is_wrong_is_said_with_its_line() -> None:
    typed = read_exclusions(f"A81001\nB81002 closed\nB81002 closed again\nC81003 {'x' * 1001}")
    assert [fault.split(":")[0] for fault in typed.faults] == ["Line 1", "Line 3", "Line 4"]


codes = st.from_regex(r"[A-Y][0-9]{5}", fullmatch=True)
reasons = st.from_regex(r"[a-z]{1,9}( [a-z]{1,9}){0,4}", fullmatch=True)


@given(st.dictionaries(codes, reasons, max_size=20))
def test_what_is_written_is_read_again(exclusions: dict[str, str]) -> None:
    typed = read_exclusions(exclusions_text(exclusions))
    assert (dict(typed.practices), typed.faults) == (exclusions, ())


def test_a_whole_proposal_has_no_faults() -> None:
    typed = read_proposal(GOOD | {"because:completeness/north": "Closed.", "stop:completeness/north": "yes"})
    assert (typed.faults, typed.terms.name, typed.terms.reason) == ({}, "2012-13 final", "All in")
    assert typed.terms.acknowledgements == {"completeness/north": "Closed."}
    assert typed.terms.exclusions == {"A81001": "a care home"}


def test_what_is_missing_is_said_by_input() -> None:
    form = GOOD | {"name": "", "reason": " ", "needs_unverified": "yes", "because:a/b": "", "stop:a/b": "yes"}
    assert set(read_proposal(form).faults) == {"name", "reason", "unverified_reason", "because:a/b"}


def test_a_finding_to_look_at_needs_no_reason() -> None:
    assert read_proposal(GOOD | {"because:far/A81001": ""}).faults == {}


def test_what_is_too_long_is_said_by_input() -> None:
    form = GOOD | {"name": "x" * 101, "reason": "x" * 1001}
    assert set(read_proposal(form).faults) == {"name", "reason"}
