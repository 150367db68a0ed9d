"""A supplier whose extracts are missing, of another day, or all a little off."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

import pytest

from qof_payments.adapters.gates import load_thresholds
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.supplier_gates import counted_at_another_day, incomplete, suppliers_shifted

THRESHOLDS = load_thresholds()
DAY = date(2015, 3, 31)
MARKET = {"north": 300, "south": 200, "west": 100}


def nation(
    keeps: Mapping[str, str] | None = None, lists: Mapping[str, str] | None = None, market: Mapping[str, int] = MARKET
) -> list[Reported]:
    """Every practice with 5,000 patients, 1,000 of them on HYP and 100 on AF, times what its supplier keeps."""
    practices = []
    for supplier, number in market.items():
        keep, list_keep = Fraction((keeps or {}).get(supplier, "1")), Fraction((lists or {}).get(supplier, "1"))
        registers = {"HYP": int(1000 * keep), "AF": int(100 * keep)}
        practices += [
            Reported(f"{supplier}{index}", supplier, int(5000 * list_keep), registers, DAY) for index in range(number)
        ]
    return practices


def before(practices: Sequence[Reported] | None = None) -> Earlier:
    return Earlier("QOF-1", {one.practice: (one.list_size, one.registers) for one in practices or nation()})


def ids(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.finding, one.severity) for one in findings]


def test_suppliers_that_move_together_are_found_by_nothing() -> None:
    everybody = dict.fromkeys(MARKET, "0.8")
    assert suppliers_shifted(nation(keeps=everybody), before(), THRESHOLDS) == []


@pytest.mark.parametrize("supplier", MARKET)
def test_supplier_that_is_short_is_the_only_one_that_is_told_of(supplier: str) -> None:
    found = suppliers_shifted(nation(keeps={supplier: "0.96"}), before(), THRESHOLDS)
    assert ids(found) == [(f"supplier-shift/{supplier}/all registers/QOF-1", "stop")]
    assert "4.00 % lower all registers than the other suppliers' lead one to expect from QOF-1" in found[0].says


def test_two_suppliers_that_are_off_are_both_told_of() -> None:
    market = {**MARKET, "east": 80}
    practices = nation(keeps={"south": "0.9", "west": "1.1"}, market=market)
    found = suppliers_shifted(practices, before(nation(market=market)), THRESHOLDS)
    assert {one for one, _ in ids(found) if "/all registers/" in one} == {
        "supplier-shift/south/all registers/QOF-1",
        "supplier-shift/west/all registers/QOF-1",
    }


def test_of_two_suppliers_nobody_can_say_which_is_off_so_both_are_told_of() -> None:
    market = {"north": 300, "south": 200}
    found = suppliers_shifted(nation(keeps={"south": "0.96"}, market=market), before(), THRESHOLDS)
    assert len([one for one in found if one.severity == "stop"]) == 2


def test_only_supplier_has_nobody_to_be_compared_with() -> None:
    assert suppliers_shifted(nation(keeps={"north": "0.5"}, market={"north": 300}), before(), THRESHOLDS) == []


def test_supplier_of_few_practices_moves_no_national_figure() -> None:
    market = {"north": 300, "south": 200, "tiny": 49}
    found = suppliers_shifted(nation(keeps={"tiny": "0.5"}, market=market), before(nation(market=market)), THRESHOLDS)
    assert found == []


def test_single_register_is_told_of_where_only_it_is_off() -> None:
    practices = [
        one._replace(registers=dict(one.registers) | {"AF": 65}) if one.supplier == "south" else one for one in nation()
    ]
    assert ids(suppliers_shifted(practices, before(), THRESHOLDS)) == [
        ("supplier-shift/south/all registers/QOF-1", "stop"),
        ("supplier-shift/south/AF/QOF-1", "stop"),
    ]


def test_lists_are_compared_too() -> None:
    found = suppliers_shifted(nation(lists={"west": "1.05"}, keeps={"west": "1.05"}), before(), THRESHOLDS)
    assert ids(found) == [("supplier-shift/west/lists/QOF-1", "stop")]


def test_practices_that_joined_or_left_are_no_shift() -> None:
    market = {"north": 300, "south": 10, "west": 100}
    assert suppliers_shifted(nation(market=market), before(), THRESHOLDS) == []


def test_missing_practices_are_told_of_by_supplier() -> None:
    expected = {one.practice: one.supplier for one in nation()}
    reported = expected.keys() - {"west0", *(f"south{index}" for index in range(11))}
    found = incomplete(expected, reported, set(), THRESHOLDS)
    assert ids(found) == [("completeness/south", "stop"), ("completeness/west", "look")]
    assert found[1].says == "1 of 100 practices have no achievement: west0"


def test_practice_excluded_by_name_is_not_waited_for() -> None:
    assert incomplete({"a": "north", "b": "north"}, {"a"}, {"b"}, THRESHOLDS) == []


def test_extracts_of_another_day_stop_and_an_unknown_day_does_not() -> None:
    practices = nation(market={"north": 2, "south": 1})
    early = [practices[0]._replace(achievement_date=date(2015, 3, 30)), practices[1]._replace(achievement_date=None)]
    (found,) = counted_at_another_day([*early, practices[2]], DAY, THRESHOLDS)
    assert (found.finding, found.severity) == ("as-at-date/north/2015-03-30", "stop")
    assert "1 practices were counted at 2015-03-30, the collection counts at 2015-03-31" in found.says
