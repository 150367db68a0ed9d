from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.entitlement import (
    Entitlement,
    EntitlementLine,
    NoListSizeError,
    entitlement,
)
from qof_payments.core.factor import RegisterNotReportedError
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters, PrevalenceRegime
from qof_payments.core.prevalence import UNIT, square_root_units
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import Terms, terms_of
from qof_shared.vocabulary import rational_text, round_half_up, two_places

MakeParameters = Callable[..., Parameters]

NATION = [("A", 6000, {"AF": 96, "DM": 300}), ("B", 3000, {"AF": 24, "DM": 90})]

POINTS = st.fractions(min_value=0, max_value=100, max_denominator=1000)
LISTS = st.integers(1, 40_000)
COUNTS = st.integers(0, 3000)


@pytest.fixture(scope="session")
def parameters(make_parameters: MakeParameters) -> Parameters:
    return make_parameters()


@pytest.fixture(scope="session")
def terms(parameters: Parameters) -> Terms:
    return terms_of(national_figures(NATION, parameters), parameters)


def by_register(points: Fraction, register: str = "AF") -> PointsLine:
    return PointsLine(
        line=register, description="Atrial fibrillation", prevalence_register=register, points=points.as_integer_ratio()
    )


def by_list(points: Fraction) -> PointsLine:
    return PointsLine(
        line="Organisational",
        description="Organisational: paid by list size",
        prevalence_register=None,
        points=points.as_integer_ratio(),
    )


class TestEntitlement:
    def test_every_number_of_a_line_is_there(self, terms: Terms) -> None:
        result = entitlement([by_register(Fraction(10))], 5891, {"AF": 71}, terms)
        (line,) = result.lines
        assert line.points == "10"
        assert line.value_of_a_point == "133.76"
        assert line.contractor_population_index == "1"
        assert line.practice_prevalence == "71/5891"
        assert line.national_prevalence == "0.012000000000000000000000"  # (1.6 % + 0.8 %) / 2
        assert line.adjusted_practice_disease_factor == rational_text(Fraction(71, 5891) / Fraction("0.012"))
        # 10 × 133.76 × 71 / (5891 × 0.012) = 94969.6 / 70.692 = 1343.4278…
        assert line.pounds == Decimal("1343.43")
        assert line.formula.endswith("= £1,343.43")

    def test_points_by_list_size_carry_no_prevalence(self, terms: Terms) -> None:
        (line,) = entitlement([by_list(Fraction(2))], 11782, {}, terms).lines
        assert line.pounds == Decimal("535.04")  # 2 × 133.76 × 2
        assert line.prevalence_register is None
        assert line.practice_prevalence is None
        assert line.national_prevalence is None
        assert line.adjusted_practice_disease_factor is None

    def test_line_without_points_is_kept_at_nothing(self, terms: Terms) -> None:
        lines = [by_register(Fraction(0)), by_register(Fraction(0), "UNKNOWN")]
        result = entitlement(lines, 5891, {"AF": 71}, terms)
        assert [str(line.pounds) for line in result.lines] == ["0.00", "0.00"]
        assert result.lines[0].adjusted_practice_disease_factor
        assert result.lines[1].adjusted_practice_disease_factor is None

    def test_no_lines_are_worth_nothing(self, terms: Terms) -> None:
        assert entitlement([], 5891, {}, terms) == Entitlement(lines=())
        assert entitlement([], 5891, {}, terms).total == 0

    def test_points_whose_register_was_not_reported_are_an_error(self, terms: Terms) -> None:
        with pytest.raises(RegisterNotReportedError):
            entitlement([by_register(Fraction(1))], 5891, {}, terms)

    @pytest.mark.parametrize("list_size", [0, -1])
    def test_no_list_size_is_an_error(self, terms: Terms, list_size: int) -> None:
        with pytest.raises(NoListSizeError):
            entitlement([], list_size, {}, terms)


class TestProperties:
    @given(points=POINTS, first=LISTS, second=LISTS, count=COUNTS)
    def test_list_size_cancels_in_clinical_pay_under_true_prevalence(
        self, terms: Terms, points: Fraction, first: int, second: int, count: int
    ) -> None:
        # V × (R/L)/P × L/AVG = V × R/(P × AVG): the practice's list is gone (rules.md 3.2).
        one, other = (entitlement([by_register(points)], size, {"AF": count}, terms) for size in (first, second))
        assert one.total == other.total

    @given(points=POINTS, list_size=LISTS, count=COUNTS, regime=st.sampled_from(get_args(PrevalenceRegime)))
    def test_doubling_list_and_register_doubles_pay(
        self, make_parameters: MakeParameters, points: Fraction, list_size: int, count: int, regime: str
    ) -> None:
        share = None if regime == "true-prevalence" else Fraction(1, 20)
        parameters = make_parameters(prevalence_regime=regime, cut_off_share=share)
        lines = [by_register(points), by_list(points)]
        terms = terms_of(national_figures(NATION, parameters), parameters)
        once = entitlement(lines, list_size, {"AF": count}, terms)
        twice = entitlement(lines, 2 * list_size, {"AF": 2 * count}, terms)
        for single, double in zip(once.lines, twice.lines, strict=True):
            # Each is rounded once: half a penny doubled and half a penny.
            assert abs(double.pounds - 2 * single.pounds) <= Decimal("0.01")

    @given(points=st.lists(POINTS, min_size=1, max_size=8), list_size=LISTS, count=COUNTS)
    def test_total_is_the_sum_of_lines_and_nothing_is_negative(
        self, terms: Terms, points: list[Fraction], list_size: int, count: int
    ) -> None:
        lines = [by_register(one) for one in points[::2]] + [by_list(one) for one in points[1::2]]
        result = entitlement(lines, list_size, {"AF": count}, terms)
        assert result.total == sum(line.pounds for line in result.lines)
        assert all(line.pounds >= 0 for line in result.lines)

    @pytest.mark.parametrize("regime", ["square-root", "cut-off", "true-prevalence"])
    @given(points=POINTS, list_size=LISTS, count=COUNTS)
    def test_lines_are_those_of_the_rules_written_with_fractions(
        self, make_parameters: MakeParameters, regime: PrevalenceRegime, points: Fraction, list_size: int, count: int
    ) -> None:
        share = None if regime == "true-prevalence" else Fraction(1, 2)
        parameters = make_parameters(prevalence_regime=regime, cut_off_share=share)
        figures = national_figures(NATION, parameters)
        lines = [by_register(points), by_list(points)]
        result = entitlement(lines, list_size, {"AF": count}, terms_of(figures, parameters))
        assert list(result.lines) == [as_ruled(paid, list_size, count, figures, parameters) for paid in lines]


def as_ruled(
    paid: PointsLine, list_size: int, count: int, figures: NationalFigures, parameters: Parameters
) -> EntitlementLine:
    """One line by rules.md 3.2 and 3.4, with Fraction at every step."""
    points, value, average = Fraction(*paid.points), parameters.value_of_a_point, parameters.average_list_size
    index, apdf, phrase = list_size / average, Fraction(1), ""
    prevalence, national = Fraction(count, list_size), figures.registers["AF"]
    if paid.prevalence_register:
        phrase = f"prevalence {count:,} ÷ {list_size:,} = {read(prevalence * 100, 4)} %"
        adjusted = prevalence
        if national.cut_off is not None and prevalence < national.cut_off:
            adjusted = Fraction(national.cut_off)
            phrase += f", lifted to the cut-off {read(adjusted * 100, 4)} %"
        mean = Fraction(national.mean_adjusted_prevalence)
        if parameters.prevalence_regime == "square-root":
            adjusted = Fraction(square_root_units(adjusted.numerator, adjusted.denominator), UNIT)
            phrase += f", its root {read(adjusted, 6)} ÷ national mean root {read(mean, 6)}"
        else:
            phrase += f" ÷ national mean {read(mean * 100, 4)} %"
        apdf = adjusted / mean
        phrase = f" × APDF {read(apdf, 4)} ({phrase})"
    pounds = round_half_up(points * value * index * apdf, 2)
    said = f"{two_places(points).rstrip('0').rstrip('.')} points × £{two_places(value)} × CPI {read(index, 4)}"
    return EntitlementLine(
        line=paid.line,
        description=paid.description,
        prevalence_register=paid.prevalence_register,
        points=rational_text(points),
        value_of_a_point=rational_text(value),
        contractor_population_index=rational_text(index),
        practice_prevalence=rational_text(prevalence) if paid.prevalence_register else None,
        national_prevalence=format(national.mean_adjusted_prevalence, "f") if paid.prevalence_register else None,
        adjusted_practice_disease_factor=rational_text(apdf) if paid.prevalence_register else None,
        target_population_factor=None,
        formula=f"{said} (list {list_size:,} ÷ {int(average):,}){phrase} = £{pounds:,}",
        pence=int(pounds * 100),
    )


def read(number: Fraction, places: int) -> str:
    return f"{round_half_up(number, places):,}"
