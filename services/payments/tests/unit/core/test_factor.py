from collections.abc import Callable
from fractions import Fraction

import pytest

from qof_payments.core.factor import NoNationalFigureError, RegisterNotReportedError, disease_factor
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters

MakeParameters = Callable[..., Parameters]


@pytest.fixture
def parameters(make_parameters: MakeParameters) -> Parameters:
    return make_parameters()


@pytest.fixture
def figures(parameters: Parameters) -> NationalFigures:
    return national_figures([("A", 1000, {"AF": 10, "LD": 0}), ("B", 1000, {"AF": 30, "LD": 0})], parameters)


def test_factor_is_own_prevalence_over_the_nations(figures: NationalFigures, parameters: Parameters) -> None:
    factor = disease_factor("AF", 1000, {"AF": 30}, figures, parameters)
    assert (factor.practice_prevalence, factor.apdf) == (Fraction(3, 100), Fraction(3, 2))


def test_register_of_nobody_gives_no_pay_under_true_prevalence(
    figures: NationalFigures, parameters: Parameters
) -> None:
    assert disease_factor("AF", 1000, {"AF": 0}, figures, parameters).apdf == 0


def test_register_of_nobody_gets_the_cut_offs_factor_under_the_older_regimes(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(prevalence_regime="cut-off", cut_off_share=Fraction(1, 20))
    figures = national_figures([("A", 1000, {"AF": 0}), ("B", 1000, {"AF": 20})], parameters)
    # Cut-off 5 % of 2 % = 0.1 %; mean (0.1 % + 2 %) / 2 = 1.05 %; 0.1 / 1.05 = 2/21.
    assert disease_factor("AF", 1000, {"AF": 0}, figures, parameters).apdf == Fraction(2, 21)


def test_register_not_reported_is_an_error_that_names_it(figures: NationalFigures, parameters: Parameters) -> None:
    with pytest.raises(RegisterNotReportedError, match=r"register AF .*was not reported"):
        disease_factor("AF", 1000, {}, figures, parameters)


def test_register_without_national_figure_is_an_error_that_names_it(
    figures: NationalFigures, parameters: Parameters
) -> None:
    with pytest.raises(NoNationalFigureError, match="no register DM"):
        disease_factor("DM", 1000, {"DM": 3}, figures, parameters)


def test_register_that_nobody_in_the_nation_is_on_is_an_error(figures: NationalFigures, parameters: Parameters) -> None:
    with pytest.raises(NoNationalFigureError, match="nobody in the nation is on register LD"):
        disease_factor("LD", 1000, {"LD": 3}, figures, parameters)
    assert disease_factor("LD", 1000, {"LD": 0}, figures, parameters).apdf == 0
