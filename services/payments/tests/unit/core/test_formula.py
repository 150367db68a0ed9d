from collections.abc import Callable
from fractions import Fraction

from qof_payments.core.factor import disease_factor
from qof_payments.core.formula import factor_phrase, formula_sentence, list_phrase
from qof_payments.core.national import national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.terms import terms_of

MakeParameters = Callable[..., Parameters]

PRACTICES = [("A", 7173, {"AF": 103}), ("B", 5000, {"AF": 90}), ("C", 6000, {"AF": 1})]


def sentence(parameters: Parameters, count: int = 103, list_size: int = 7173) -> str:
    terms = terms_of(national_figures(PRACTICES, parameters), parameters)
    factor = disease_factor("AF", list_size, {"AF": count}, terms)
    by_list = list_phrase(list_size, (list_size, 5891), terms)
    return formula_sentence((22, 1), by_list, f" × {factor_phrase(factor, factor.apdf, terms)}", "4,745.55")


def test_points_by_list_size_alone(make_parameters: MakeParameters) -> None:
    parameters = make_parameters()
    terms = terms_of(national_figures(PRACTICES, parameters), parameters)
    said = formula_sentence((38, 3), list_phrase(7173, (7173, 5891), terms), "", "2,063.02")
    assert said == "12.67 points × £133.76 × CPI 1.2176 (list 7,173 ÷ 5,891) = £2,063.02"


def test_true_prevalence(make_parameters: MakeParameters) -> None:
    assert sentence(make_parameters()) == (
        "22 points × £133.76 × CPI 1.2176 (list 7,173 ÷ 5,891)"
        " × APDF 1.3244 (prevalence 103 ÷ 7,173 = 1.4359 % ÷ national mean 1.0842 %) = £4,745.55"
    )


def test_prevalence_under_the_cut_off(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(prevalence_regime="cut-off", cut_off_share=Fraction(1, 20))
    assert "1 ÷ 6,000 = 0.0167 %, lifted to the cut-off 0.0900 % ÷ national mean 1.1086 %" in sentence(
        parameters, 1, 6000
    )


def test_square_root(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(prevalence_regime="square-root", cut_off_share=Fraction(1, 20))
    assert "= 1.4359 %, its root 0.119831 ÷ national mean root 0.094665)" in sentence(parameters)


def test_square_root_re_based_by_the_root_of_the_mean(make_parameters: MakeParameters) -> None:
    parameters = make_parameters(prevalence_regime="square-root", cut_off_share=Fraction(1, 20), rebase="root-of-mean")
    # The mean of 1.4359 %, 1.8 % and the cut-off 0.09 % is 1.1086 %; its root is 0.105292.
    assert ", its root 0.119831 ÷ root of the national mean 0.105292)" in sentence(parameters)
