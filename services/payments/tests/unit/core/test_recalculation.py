"""The pence that nobody reads a sentence about: certain where fine units decide, exact where they do not."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core import recalculation
from qof_payments.core.entitlement import NoListSizeError, entitlement
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.recalculation import pence_by_line, rates_of
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import TargetPopulation, Terms, terms_of

MakeParameters = Callable[..., Parameters]

BY_LIST = PointsLine("Organisational", "", None, (0, 1))
BY_REGISTER = PointsLine("AF", "", "AF", (0, 1))


def terms(parameters: Parameters) -> Terms:
    return terms_of(national_figures([("A", 6000, {"AF": 96}), ("B", 3000, {"AF": 24})], parameters), parameters)


@given(
    earned=st.integers(0, 10**6),
    parts=st.integers(1, 10**6),
    list_size=st.integers(1, 10**12),
    count=st.integers(0, 10**12),
    value=st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=1000),
    average=st.integers(1, 20_000),
)
def test_pence_are_those_of_the_statement(
    make_parameters: MakeParameters,
    earned: int,
    parts: int,
    list_size: int,
    count: int,
    value: Fraction,
    average: int,
) -> None:
    of_year = terms(make_parameters(value_of_a_point=value, average_list_size=Fraction(average)))
    lines = [line._replace(points=(earned, parts)) for line in (BY_LIST, BY_REGISTER)]
    paid = entitlement(lines, list_size, {"AF": count}, of_year)
    found = pence_by_line(rates_of(lines, of_year), [(earned, parts)] * 2, list_size, {"AF": count})
    assert found == [line.pence for line in paid.lines]


@pytest.mark.parametrize("patients", [1, 3, 5, 7, 10**6 + 1])
def test_half_a_penny_is_decided_exactly(make_parameters: MakeParameters, patients: int) -> None:
    # £1 for a list of 600 is a sixth of a penny a patient, which no binary places hold; three of them are half a penny.
    of_year = terms(make_parameters(value_of_a_point=Fraction(1), average_list_size=Fraction(600)))
    rates = rates_of([BY_LIST], of_year)
    assert pence_by_line(rates, [(3, 1)], patients, {}) == [(patients + 1) // 2]


def test_what_is_decided_by_fine_units_is_not_worked_out_again(
    make_parameters: MakeParameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(recalculation, "half_up", lambda above, below: asked.append(above) or 0)
    of_year = terms(make_parameters(value_of_a_point=Fraction(1), average_list_size=Fraction(600)))
    rates = rates_of([BY_LIST], of_year)
    assert pence_by_line(rates, [(1, 1)], 5000, {}) == [833]
    assert not asked
    assert pence_by_line(rates, [(3, 1)], 1, {}) == [0]
    assert asked, "exactly half a penny"


@pytest.mark.parametrize(
    "changed", [{"prevalence_regime": "cut-off", "cut_off_share": Fraction(1, 20)}, {"rounding_profile": "cpi2_apdf2"}]
)
def test_a_line_without_a_common_rate_is_paid_all_the_same(
    make_parameters: MakeParameters, changed: dict[str, object]
) -> None:
    of_year = terms(make_parameters(**changed))
    line = BY_REGISTER._replace(points=(7, 2))
    (paid,) = entitlement([line], 5000, {"AF": 40}, of_year).lines
    assert pence_by_line(rates_of([line], of_year), [(7, 2)], 5000, {"AF": 40}) == [paid.pence]


def test_no_list_size_is_an_error(make_parameters: MakeParameters) -> None:
    with pytest.raises(NoListSizeError):
        pence_by_line(rates_of([BY_LIST], terms(make_parameters())), [(1, 1)], 0, {})


def test_points_for_other_lines_are_refused(make_parameters: MakeParameters) -> None:
    with pytest.raises(ValueError, match="zip"):
        pence_by_line(rates_of([BY_LIST], terms(make_parameters())), [(1, 1), (1, 1)], 10, {})


@pytest.mark.parametrize("told", [{"CS": 321}, {"MAT": 7}, {}, None])
def test_an_additional_service_is_paid_by_its_target_population_or_by_list_size(
    make_parameters: MakeParameters, told: dict[str, int] | None
) -> None:
    parameters = make_parameters(average_list_size=Fraction(1781, 3), target_population_groups={"CS": "women"})
    figures = national_figures([("A", 6000, {"AF": 96})], parameters)
    of_year = terms_of(figures, parameters, {"CS": TargetPopulation(1000, 6000)})
    line = PointsLine("CS", "", None, (7, 2), "CS")
    (paid,) = entitlement([line], 5000, {}, of_year, told).lines
    assert (paid.target_population_factor is not None) is (told == {"CS": 321})
    assert pence_by_line(rates_of([line], of_year), [(7, 2)], 5000, {}, told) == [paid.pence]
