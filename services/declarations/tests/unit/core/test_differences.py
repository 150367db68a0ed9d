"""What moved is everything that moved and nothing else, in words that a practice manager reads."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.differences import Difference, Kind, differences
from qof_declarations.core.report import build_report, canonical_json
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated

names = st.sampled_from(["points", "pounds", "indicators", "lines", "AF 1", "a/b", "~", "registers", ""])
leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.text("01x", max_size=2)
objects = st.recursive(
    st.dictionaries(names, leaves, max_size=4),
    lambda inner: st.dictionaries(names, leaves | inner | st.lists(leaves, max_size=2), max_size=4),
    max_leaves=15,
)


def applied(document: Any, moved: Sequence[Difference]) -> Any:
    """`document` after what moved, done as any program would that reads the pointers."""
    for difference in moved:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in difference.pointer.split("/")[1:]]
        place = document
        for part in way:
            place = place[part]
        if difference.kind is Kind.REMOVED:
            assert place.pop(last) == difference.before
        else:
            assert place.get(last) == difference.before
            place[last] = difference.after
    return document


@given(objects, objects)
def test_what_moved_leads_from_the_old_to_the_new(old: dict[str, Any], new: dict[str, Any]) -> None:
    moved = differences(canonical_json(old), canonical_json(new))
    assert canonical_json(applied(json.loads(canonical_json(old)), moved)) == canonical_json(new)
    assert len({difference.pointer for difference in moved}) == len(moved)


@given(objects, objects)
def test_nothing_moved_exactly_where_the_documents_are_the_same(old: dict[str, Any], new: dict[str, Any]) -> None:
    same = canonical_json(old) == canonical_json(new)
    assert (differences(canonical_json(old), canonical_json(new)) == ()) is same


def document(numerator: int = 45, pounds: str = "1003.20") -> bytes:
    achievement = make_achievement(numerator=numerator).content(AchievementCalculated)
    return build_report(achievement, make_entitlement(pounds=pounds).content(EntitlementCalculated)).document


def test_a_practice_manager_reads_what_moved_money_first() -> None:
    moved = differences(document(), document(46, "1020.05"))
    assert [difference.sentence for difference in moved] == [
        "Pounds in all: £1003.20 before, £1020.05 now.",
        "Points in all: 7.50 before, 7.67 now.",
        "Indicator AF 4, numerator: 45 before, 46 now.",
        "Indicator AF 4, points: 7.50 before, 7.67 now.",
        "Line AF, formula: 7.5 points x £133.76 = £1003.20 before, 7.5 points x £133.76 = £1020.05 now.",
        "Line AF, pounds: £1003.20 before, £1020.05 now.",
    ]
    assert [difference.pointer for difference in moved][2] == "/indicators/AF 4/numerator"
    assert (moved[2].before, moved[2].after) == (45, 46)


def sentences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [difference.sentence for difference in differences(canonical_json(old), canonical_json(new))]


def test_what_came_and_what_went_is_said() -> None:
    assert sentences({"indicators": {"AF 1": {}}}, {"indicators": {"AF 2": {}}}) == [
        "Indicator AF 1 is no longer there.",
        "Indicator AF 2 was not there before.",
    ]


def test_points_that_read_the_same_are_written_exactly() -> None:
    assert sentences({"points": "38/3"}, {"points": "12.67"}) == ["Points in all: 38/3 before, 12.67 now."]


def test_other_fields_are_named_by_their_words() -> None:
    assert sentences(
        {"registers": {"AF": 1}, "worked_out_with": {"ruleset": "a"}, "points": "x", "lines": {"AF": 1}},
        {"registers": {"AF": None}, "worked_out_with": {"ruleset": "b"}, "points": "1/0", "lines": {"AF": 2}},
    ) == [
        "Points in all: x before, 1/0 now.",
        "Register AF: 1 before, nothing now.",
        "Line AF: 1 before, 2 now.",
        "Worked out with, ruleset: a before, b now.",
    ]


def determined(value: str, *, was: str | None = "7", what: str = "adjusted-points", indicator: str = "AF 4") -> Any:
    return {
        "indicator": indicator,
        "determines": what,
        "was": was,
        "value": value,
        "person": "Anna (anna)",
        "reason": "Lost.",
    }


def test_what_was_determined_is_said_with_who_and_why() -> None:
    some = [determined("5"), determined("65 70", was=None, what="tier-percentages", indicator="QP 1")]
    assert sentences({}, {"determinations": some}) == [
        "Indicator AF 4, adjusted points: 5.00 instead of 7.00, determined by Anna (anna): Lost."
        " Indicator QP 1, tier percentages: 65 70 % instead of nothing, determined by Anna (anna): Lost."
    ]
    assert sentences({"determinations": some}, {"determinations": [determined("6"), some[1]]}) == [
        "Indicator AF 4, adjusted points: 6.00 instead of 7.00, determined by Anna (anna): Lost."
    ]
    assert sentences({"determinations": some[:1]}, {}) == [
        "Indicator AF 4, adjusted points: 5.00 no longer, as Anna (anna) had determined."
    ]


def test_pounds_below_nothing_and_deductions_are_said() -> None:
    old = {"pounds": "10.00", "achievement_pounds": "20.00", "deductions": {"pms": {"pounds": "10.00"}}}
    new = {"pounds": "-5.00", "achievement_pounds": "15.00", "deductions": {"pms": {"pounds": "20.00"}}}
    assert sentences(old, new) == [
        "Pounds in all: £10.00 before, -£5.00 now.",
        "Pounds before deductions: £20.00 before, £15.00 now.",
        "Deduction pms, pounds: £10.00 before, £20.00 now.",
    ]
    assert sentences({"deductions": {}}, {"deductions": {"pms": {"pounds": "1.00"}}}) == [
        "Deduction pms was not there before."
    ]
