from collections.abc import Callable
from fractions import Fraction

import pytest

from qof_payments.core.factor import NoNationalFigureError, RegisterNotReportedError, disease_factor
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.terms import Terms, terms_of

MakeParameters = Callable[..., Parameters]


@pytest.fixture
def terms(make_parameters: MakeParameters) -> Terms:
    parameters = make_parameters()
    return terms_of(
        national_figures([("A", 1000, {"AF": 10, "LD": 0}), ("B", 1000, {"AF": 30, "LD": 0})], parameters), parameters
    )


def apdf(register: str, registers: dict[str, int], terms: Terms) -> Fraction:
    return Fraction(*disease_factor(register, 1000, registers, terms).apdf)


def test_factor_is_own_prevalence_over_the_nations(terms: Terms) -> None:
    factor = disease_factor("AF", 1000, {"AF": 30}, terms)
    assert (Fraction(*factor.adjusted_prevalence), Fraction(*factor.apdf)) == (Fraction(3, 100), Fraction(3, 2))


def test_register_of_nobody_gives_no_pay_under_true_prevalence(terms: Terms) -> None:
    assert apdf("AF", {"AF": 0}, terms) == 0


def test_register_of_nobody_gets_the_cut_offs_factor_under_the_older_regimes(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(prevalence_regime="cut-off", cut_off_share=Fraction(1, 20))
    figures = national_figures([("A", 1000, {"AF": 0}), ("B", 1000, {"AF": 20})], parameters)
    # Cut-off 5 % of 2 % = 0.1 %; mean (0.1 % + 2 %) / 2 = 1.05 %; 0.1 / 1.05 = 2/21.
    assert apdf("AF", {"AF": 0}, terms_of(figures, parameters)) == Fraction(2, 21)


def test_register_not_reported_is_an_error_that_names_it(terms: Terms) -> None:
    with pytest.raises(RegisterNotReportedError, match=r"register AF .*was not reported"):
        disease_factor("AF", 1000, {}, terms)


def test_register_without_national_figure_is_an_error_that_names_it(terms: Terms) -> None:
    with pytest.raises(NoNationalFigureError, match="no register DM"):
        disease_factor("DM", 1000, {"DM": 3}, terms)


def test_register_that_nobody_in_the_nation_is_on_is_an_error(terms: Terms) -> None:
    with pytest.raises(NoNationalFigureError, match="nobody in the nation is on register LD"):
        disease_factor("LD", 1000, {"LD": 3}, terms)
    assert apdf("LD", {"LD": 0}, terms) == 0
