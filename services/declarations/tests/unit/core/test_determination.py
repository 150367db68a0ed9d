"""What may be determined, and what stands of it."""

from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.declaration import Actor
from qof_declarations.core.determination import (
    Determination,
    KnownIndicator,
    Subject,
    Withdrawal,
    determined,
    faults_of,
    label,
    newest,
    standing,
)
from qof_declarations.testing.builders import COLLECTION, OURS, want
from qof_shared.testing.fakes import NOON
from qof_shared.vocabulary import Determines, parse_rational, rational_text

ANNA = Actor("anna", "Anna Approver", "commissioner-approver")

KNOWN = {
    "AF 4": KnownIndicator("fraction", Fraction(10), Fraction(40), Fraction(90)),
    "QP 1": KnownIndicator("tiered", Fraction(5)),
    "CHD005": KnownIndicator("protected", Fraction(7)),
    "CVD 1": KnownIndicator("improvement", Fraction(20), Fraction(40), Fraction(90)),
    "LD 1": KnownIndicator("register", None),
    "NEW 1": KnownIndicator("of-next-year", Fraction(3)),
}


def faults(
    value: str, *, indicator: str = "AF 4", what: str = "adjusted-points", **values: str
) -> list[tuple[str, str]]:
    wanted = want(value, indicator=indicator, what=what)
    beside = {Subject(OURS, indicator, Determines(name.replace("_", "-"))): text for name, text in values.items()}
    found = faults_of(wanted, at="/at", known=KNOWN, values=beside | {wanted.subject: value})
    return [(fault.pointer, fault.rule) for fault in found]


@pytest.mark.parametrize(
    ("what", "indicator", "value"),
    [
        ("adjusted-points", "AF 4", "10"),
        ("adjusted-points", "AF 4", "38/4"),
        ("adjusted-points", "LD 1", "99"),
        ("reference-points", "CHD005", "6.99"),
        ("baseline-percentage", "CVD 1", "100"),
        ("lower-threshold", "AF 4", "89.9"),
        ("upper-threshold", "AF 4", "41"),
        ("tier-percentages", "QP 1", "65 70  75"),
        ("reference-points", "NEW 1", "3"),
    ],
)
def test_what_is_possible_has_no_fault(what: str, indicator: str, value: str) -> None:
    assert faults(value, indicator=indicator, what=what) == []


@pytest.mark.parametrize(
    ("what", "indicator", "value"),
    [
        ("adjusted-points", "AF 4", "10.01"),
        ("adjusted-points", "AF 4", "-1"),
        ("adjusted-points", "AF 4", "1e3"),
        ("adjusted-points", "AF 4", "1/0"),
        ("adjusted-points", "AF 4", "1 2"),
        ("adjusted-points", "AF 4", "five"),
        ("adjusted-points", "AF 4", " "),
        ("adjusted-points", "AF 4", "٣"),
        ("reference-points", "CHD005", "8"),
        ("baseline-percentage", "CVD 1", "100.1"),
        ("lower-threshold", "AF 4", "90"),
        ("upper-threshold", "AF 4", "40"),
        ("tier-percentages", "QP 1", "70 65"),
        ("tier-percentages", "QP 1", "65 65"),
        ("tier-percentages", "QP 1", "65 101"),
        ("tier-percentages", "QP 1", "65, 70"),
    ],
)
def test_an_impossible_value_is_refused(what: str, indicator: str, value: str) -> None:
    assert faults(value, indicator=indicator, what=what) == [("/at/value", "value")]


@pytest.mark.parametrize(
    ("what", "indicator"),
    [("reference-points", "AF 4"), ("lower-threshold", "CHD005"), ("tier-percentages", "AF 4")],
)
def test_what_does_not_fit_the_kind_is_refused(what: str, indicator: str) -> None:
    assert faults("1", indicator=indicator, what=what) == [("/at/determines", "determines-unfit")]


def test_an_unknown_indicator_is_refused_once_the_collection_is_known() -> None:
    assert faults("1", indicator="AF4") == [("/at/indicator", "indicator-unknown")]
    wanted = want("1", indicator="AF4")
    assert faults_of(wanted, at="", known={}, values={wanted.subject: "1"}) == []


def test_thresholds_are_judged_with_what_is_determined_beside() -> None:
    assert faults("95", what="lower-threshold", upper_threshold="99") == []
    assert faults("60", what="lower-threshold", upper_threshold="50") == [("/at/value", "value")]


def make(
    before: Determination | None = None, *, value: str = "5", reason: str = "Lost.", now: datetime = NOON
) -> Determination:
    made = determined(want(value), before=before, collection=COLLECTION, reason=reason, actor=ANNA, now=now)
    assert made is not None
    return made


def test_the_same_again_is_the_one_that_stands() -> None:
    made = make()
    again = {"collection": COLLECTION, "actor": Actor("nora", "Nora", "national-team"), "now": NOON}
    assert determined(want("5.0"), before=made, reason="Lost.", **again) is None  # type: ignore[arg-type]
    assert determined(want("5.0"), before=made, reason="Other.", **again) is not None  # type: ignore[arg-type]
    assert make().determination_id == made.determination_id


def test_a_newer_determination_is_later_whatever_the_clock_says() -> None:
    first = make()
    second = make(first, value="6", now=NOON - timedelta(hours=1))
    assert (second.revision, second.at > first.at) == (2, True)
    assert second.determination_id != first.determination_id


def test_what_was_withdrawn_does_not_stand_nor_what_it_had_replaced() -> None:
    first = make()
    second = make(first, value="6")
    assert standing([second, first]) == {second.subject: second}
    gone = Determination(
        **{name: getattr(second, name) for name in Determination.__slots__ if name != "withdrawal"},
        withdrawal=Withdrawal(ANNA, "Found.", NOON),
    )
    assert standing([gone, first]) == {}
    assert newest([gone, first]) == {gone.subject: gone}
    assert make(gone, value="6").revision == 3


@given(st.fractions(min_value=0, max_value=10, max_denominator=10**6))
def test_every_exact_number_in_range_is_kept_exactly(points: Fraction) -> None:
    text = rational_text(points)
    assert faults(text) == []
    assert parse_rational(make(value=text).value) == points


@given(st.text(max_size=30))
def test_whatever_is_sent_is_taken_or_refused(value: str) -> None:
    if not faults(value):
        assert 0 <= parse_rational(make(value=value).value) <= 10


def test_people_are_named_with_their_id() -> None:
    assert label(ANNA) == "Anna Approver (anna)"
    assert isinstance(make().determination_id, UUID)
