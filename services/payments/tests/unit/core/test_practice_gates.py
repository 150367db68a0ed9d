"""A practice above its list, far from the nation or from itself, or one that decides a national figure."""

from collections.abc import Callable, Sequence
from fractions import Fraction

from qof_payments.adapters.gates import load_thresholds
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.practice_gates import far_from_last_year, far_from_nation, one_decides, registers_above_list

MakeParameters = Callable[..., Parameters]
THRESHOLDS = load_thresholds()


def usual(number: int = 200, register: int = 100) -> list[Reported]:
    return [practice(f"P{index:03}", register + index % 3) for index in range(number)]


def practice(code: str, register: int, list_size: int = 5000) -> Reported:
    return Reported(code, "north", list_size, {"AF": register}, None)


def figures_of(practices: Sequence[Reported], parameters: Parameters) -> NationalFigures:
    return national_figures(((one.practice, one.list_size, one.registers) for one in practices), parameters)


def ids(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(one.finding, one.severity) for one in findings]


def test_register_above_the_list_stops_and_the_list_itself_does_not() -> None:
    found = registers_above_list([practice("A", 5000), practice("B", 5001), practice("C", 9000)], THRESHOLDS)
    assert ids(found) == [("register-above-list/C", "stop"), ("register-above-list/B", "stop")]
    assert found[0].says == "9,000 patients on AF, but 5,000 on the list: 180.00 %"


def test_practice_without_a_list_is_not_measured_by_it() -> None:
    assert registers_above_list([practice("A", 5, list_size=0)], THRESHOLDS) == []


def test_usual_practices_are_found_by_no_gate(make_parameters: MakeParameters) -> None:
    practices = usual()
    figures = figures_of(practices, make_parameters())
    earlier = Earlier("last year", {one.practice: (one.list_size, one.registers) for one in practices})
    assert far_from_nation(practices, figures, THRESHOLDS) == []
    assert far_from_last_year(practices, figures, earlier, THRESHOLDS) == []
    assert one_decides(practices, figures, make_parameters(), THRESHOLDS) == []


def test_ten_times_the_nations_mean_is_worth_a_look(make_parameters: MakeParameters) -> None:
    practices = [*usual(1000), practice("FAR", 1100)]
    figures = figures_of(practices, make_parameters())
    found = far_from_nation(practices, figures, THRESHOLDS)
    assert ids(found) == [("far-from-nation/FAR/AF", "look")]
    assert found[0].says == "1,100 of 5,000 patients on AF: 10.8 times the nation's mean"


def test_many_times_the_mean_of_a_rare_register_by_few_patients_is_not(make_parameters: MakeParameters) -> None:
    practices = [*usual(1000, register=1), practice("FEW", 49)]
    assert far_from_nation(practices, figures_of(practices, make_parameters()), THRESHOLDS) == []


def test_of_few_practices_nothing_is_said(make_parameters: MakeParameters) -> None:
    practices = [*usual(50), practice("FAR", 4000)]
    figures = figures_of(practices, make_parameters())
    earlier = Earlier("last year", {one.practice: (one.list_size, {"AF": 100}) for one in practices})
    assert far_from_nation(practices, figures, THRESHOLDS) == []
    assert far_from_last_year(practices, figures, earlier, THRESHOLDS) == []
    assert one_decides(practices, figures, make_parameters(), THRESHOLDS) == []


def test_three_times_its_own_last_year_is_worth_a_look_both_ways(make_parameters: MakeParameters) -> None:
    before = usual()
    earlier = Earlier("QOF-1", {one.practice: (one.list_size, one.registers) for one in before})
    practices = [practice("P000", 320), practice("P001", 20), *before[2:]]
    found = far_from_last_year(practices, figures_of(practices, make_parameters()), earlier, THRESHOLDS)
    assert ids(found) == [("far-from-last-year/P001/AF/QOF-1", "look"), ("far-from-last-year/P000/AF/QOF-1", "look")]
    assert found[1].says == "320 of 5,000 patients on AF; it had 100 of 5,000 in QOF-1"


def test_register_that_everybody_counts_otherwise_is_nobodys_jump(make_parameters: MakeParameters) -> None:
    earlier = Earlier("QOF-1", {one.practice: (one.list_size, {"AF": 400}) for one in usual()})
    practices = usual()
    assert far_from_last_year(practices, figures_of(practices, make_parameters()), earlier, THRESHOLDS) == []


def test_register_that_vanished_is_a_jump(make_parameters: MakeParameters) -> None:
    before = usual()
    earlier = Earlier("QOF-1", {one.practice: (one.list_size, one.registers) for one in before})
    practices = [practice("P000", 0), *before[1:]]
    found = far_from_last_year(practices, figures_of(practices, make_parameters()), earlier, THRESHOLDS)
    assert [one.where for one in found] == ["P000, AF"]


def test_one_practice_that_moves_the_mean_by_a_tenth_stops(make_parameters: MakeParameters) -> None:
    practices = [*usual(200), practice("HOME", 2500)]
    figures = figures_of(practices, make_parameters())
    (found,) = one_decides(practices, figures, make_parameters(), THRESHOLDS)
    assert (found.finding, found.severity) == ("one-decides/AF/HOME", "stop")
    assert found.says == "HOME has 2,500 of 5,000 patients on AF; without it the national figure would be 10.57 % lower"


def test_cut_off_that_lifts_a_quarter_of_all_practices_stops(make_parameters: MakeParameters) -> None:
    year = make_parameters(prevalence_regime="cut-off", cut_off_share=Fraction(1, 20))
    practices = [*usual(1000), practice("HOME", 2500)]
    (found,) = one_decides(practices, figures_of(practices, year), year, THRESHOLDS)
    assert found.severity == "stop"
    assert "and the cut-off that it sets lifts 99.90 % of all practices" in found.says


def test_more_than_a_screen_of_practices_is_counted(make_parameters: MakeParameters) -> None:
    found = registers_above_list([practice(f"P{number}", 5001 + number) for number in range(60)], THRESHOLDS)
    assert len(found) == THRESHOLDS.most_listed + 1
    assert (found[0].where, found[-1].finding, found[-1].severity) == ("P59", "register-above-list/others", "stop")
