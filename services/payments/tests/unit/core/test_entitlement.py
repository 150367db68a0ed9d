from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.entitlement import (
    Entitlement,
    NoListSizeError,
    PointsLine,
    entitlement,
    points_by_line,
)
from qof_payments.core.factor import RegisterNotReportedError
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_shared.contracts import IndicatorAchievement

MakeParameters = Callable[..., Parameters]

NATION = [("A", 6000, {"AF": 96, "DM": 300}), ("B", 3000, {"AF": 24, "DM": 90})]

POINTS = st.fractions(min_value=0, max_value=100, max_denominator=1000)
LISTS = st.integers(1, 40_000)
COUNTS = st.integers(0, 3000)


@pytest.fixture(scope="session")
def parameters(make_parameters: MakeParameters) -> Parameters:
    return make_parameters()


@pytest.fixture(scope="session")
def figures(parameters: Parameters) -> NationalFigures:
    return national_figures(NATION, parameters)


def by_register(points: Fraction, register: str = "AF") -> PointsLine:
    return PointsLine(line=register, description="Atrial fibrillation", prevalence_register=register, points=points)


def by_list(points: Fraction) -> PointsLine:
    return PointsLine(
        line="Organisational",
        description="Organisational: paid by list size",
        prevalence_register=None,
        points=points,
    )


def indicator(name: str, points: str, register: str | None, domain: str = "Clinical") -> IndicatorAchievement:
    return IndicatorAchievement(
        indicator=name,
        group={"AF": "Atrial fibrillation", "DM": "Diabetes"}.get(register or "", "Records"),
        domain=domain,
        kind="fraction",
        status="partly",
        points=points,
        points_available="20",
        prevalence_register=register,
    )


class TestPointsByLine:
    def test_indicators_of_a_register_are_added_exactly(self) -> None:
        lines = points_by_line([indicator("AF05", "38/3", "AF"), indicator("AF06", "1/3", "AF")])
        assert lines == (by_register(Fraction(13)),)

    def test_points_without_register_go_to_their_domain_behind_the_registers(self) -> None:
        lines = points_by_line(
            [
                indicator("RECORD03", "1", None, "Organisational"),
                indicator("DM17", "6", "DM"),
                indicator("PC02", "3", None),
                indicator("AF05", "12.5", "AF"),
            ]
        )
        assert [(line.line, line.points) for line in lines] == [
            ("AF", Fraction(25, 2)),
            ("DM", 6),
            ("Clinical", 3),
            ("Organisational", 1),
        ]
        assert lines[2].description == "Clinical: paid by list size"

    def test_line_without_points_is_kept(self) -> None:
        assert [line.points for line in points_by_line([indicator("AF05", "0", "AF")])] == [0]

    def test_order_of_indicators_does_not_matter(self) -> None:
        indicators = [indicator("AF05", "1/3", "AF"), indicator("DM17", "6", "DM"), indicator("X", "2", None)]
        assert points_by_line(indicators) == points_by_line(indicators[::-1])

    def test_points_that_are_no_number_are_refused(self) -> None:
        with pytest.raises(ValueError, match="many"):
            points_by_line([indicator("AF05", "many", "AF")])


class TestEntitlement:
    def test_every_number_of_a_line_is_there(self, figures: NationalFigures, parameters: Parameters) -> None:
        result = entitlement([by_register(Fraction(10))], 5891, {"AF": 71}, figures, parameters)
        (line,) = result.lines
        assert line.points == 10
        assert line.value_of_a_point == Fraction("133.76")
        assert line.contractor_population_index == 1
        assert line.practice_prevalence == Fraction(71, 5891)
        assert line.national_prevalence == Decimal("0.012")  # (1.6 % + 0.8 %) / 2
        assert line.adjusted_practice_disease_factor == Fraction(71, 5891) / Fraction("0.012")
        # 10 × 133.76 × 71 / (5891 × 0.012) = 94969.6 / 70.692 = 1343.4278…
        assert line.pounds == Decimal("1343.43")
        assert line.formula.endswith("= £1,343.43")

    def test_points_by_list_size_carry_no_prevalence(self, figures: NationalFigures, parameters: Parameters) -> None:
        (line,) = entitlement([by_list(Fraction(2))], 11782, {}, figures, parameters).lines
        assert line.pounds == Decimal("535.04")  # 2 × 133.76 × 2
        assert line.prevalence_register is None
        assert line.practice_prevalence is None
        assert line.national_prevalence is None
        assert line.adjusted_practice_disease_factor is None

    def test_line_without_points_is_kept_at_nothing(self, figures: NationalFigures, parameters: Parameters) -> None:
        lines = [by_register(Fraction(0)), by_register(Fraction(0), "UNKNOWN")]
        result = entitlement(lines, 5891, {"AF": 71}, figures, parameters)
        assert [str(line.pounds) for line in result.lines] == ["0.00", "0.00"]
        assert result.lines[0].adjusted_practice_disease_factor
        assert result.lines[1].adjusted_practice_disease_factor is None

    def test_no_lines_are_worth_nothing(self, figures: NationalFigures, parameters: Parameters) -> None:
        assert entitlement([], 5891, {}, figures, parameters) == Entitlement(lines=(), total=Decimal("0.00"))

    def test_points_whose_register_was_not_reported_are_an_error(
        self, figures: NationalFigures, parameters: Parameters
    ) -> None:
        with pytest.raises(RegisterNotReportedError):
            entitlement([by_register(Fraction(1))], 5891, {}, figures, parameters)

    @pytest.mark.parametrize("list_size", [0, -1])
    def test_no_list_size_is_an_error(self, figures: NationalFigures, parameters: Parameters, list_size: int) -> None:
        with pytest.raises(NoListSizeError):
            entitlement([], list_size, {}, figures, parameters)


class TestProperties:
    @given(points=POINTS, first=LISTS, second=LISTS, count=COUNTS)
    def test_list_size_cancels_in_clinical_pay_under_true_prevalence(
        self, figures: NationalFigures, parameters: Parameters, points: Fraction, first: int, second: int, count: int
    ) -> None:
        # V × (R/L)/P × L/AVG = V × R/(P × AVG): the practice's list is gone (rules.md 3.2).
        one, other = (
            entitlement([by_register(points)], size, {"AF": count}, figures, parameters) for size in (first, second)
        )
        assert one.total == other.total

    @given(points=POINTS, list_size=LISTS, count=COUNTS, regime=st.sampled_from(["square-root", "cut-off"]))
    def test_doubling_list_and_register_doubles_pay(
        self, make_parameters: MakeParameters, points: Fraction, list_size: int, count: int, regime: str
    ) -> None:
        parameters = make_parameters(prevalence_regime=regime, cut_off_share=Fraction(1, 20))
        lines = [by_register(points), by_list(points)]
        figures = national_figures(NATION, parameters)
        once = entitlement(lines, list_size, {"AF": count}, figures, parameters)
        twice = entitlement(lines, 2 * list_size, {"AF": 2 * count}, figures, parameters)
        for single, double in zip(once.lines, twice.lines, strict=True):
            # Each is rounded once: half a penny doubled and half a penny.
            assert abs(double.pounds - 2 * single.pounds) <= Decimal("0.01")

    @given(points=st.lists(POINTS, min_size=1, max_size=8), list_size=LISTS, count=COUNTS)
    def test_total_is_the_sum_of_lines_and_nothing_is_negative(
        self, figures: NationalFigures, parameters: Parameters, points: list[Fraction], list_size: int, count: int
    ) -> None:
        lines = [by_register(one) for one in points[::2]] + [by_list(one) for one in points[1::2]]
        result = entitlement(lines, list_size, {"AF": count}, figures, parameters)
        assert result.total == sum(line.pounds for line in result.lines)
        assert all(line.pounds >= 0 for line in result.lines)

    @given(points=POINTS, list_size=LISTS, count=COUNTS)
    def test_pounds_are_the_lines_own_numbers_multiplied_and_rounded_once(
        self, figures: NationalFigures, parameters: Parameters, points: Fraction, list_size: int, count: int
    ) -> None:
        (line,) = entitlement([by_register(points)], list_size, {"AF": count}, figures, parameters).lines
        assert line.adjusted_practice_disease_factor is not None
        exact = (
            line.points
            * line.value_of_a_point
            * line.contractor_population_index
            * line.adjusted_practice_disease_factor
        )
        assert abs(Fraction(line.pounds) - exact) <= Fraction(1, 200)
