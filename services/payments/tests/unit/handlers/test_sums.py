"""The lean sums of many practices are those that their statements would tell."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_payments.core.contract_terms import Account, ContractTerms
from qof_payments.core.factor import RegisterNotReportedError
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.calculate_entitlements import Accounts, calculator_on
from qof_payments.handlers.money_ports import NationalTargets
from qof_payments.handlers.ports import ParametersOf, PracticeAchievement, Snapshot
from qof_payments.handlers.standing import stated
from qof_payments.handlers.sums import sums_on
from qof_shared.testing.fakes import NOON

NATION = [("A", 5000, {"AF": 80, "DM": 300}), ("B", 7173, {"AF": 140, "DM": 290}), ("C", 1200, {"AF": 0, "DM": 90})]

CHANGES: dict[str, dict[str, Any]] = {
    "true prevalence": {},
    "square root": {"prevalence_regime": "square-root", "cut_off_share": Fraction(1, 20)},
    "cut-off": {"prevalence_regime": "cut-off", "cut_off_share": Fraction(1, 20)},
    "rounded factors": {"rounding_profile": "cpi2_apdf2"},
    "deductions": {"pms_deduction": Fraction(13050), "pms_deduction_list": Fraction(5891)},
    "target populations": {"target_population_groups": {"CS": "women"}},
}

POINTS = st.tuples(st.integers(0, 3000), st.integers(1, 36))


def achievement(list_size: int, registers: dict[str, int], points: list[tuple[int, int]]) -> PracticeAchievement:
    lines = [("AF", "AF", None), ("DM", "DM", None), ("CS", None, "CS"), ("Organisational", None, None)]
    return PracticeAchievement(
        collection="QOF",
        practice="A81001",
        nation="england",
        qof_year="2012-13",
        extract_id=uuid4(),
        extract_number=1,
        list_size=list_size,
        registers=registers,
        points=tuple(
            PointsLine(line, line, register, Fraction(*worth).as_integer_ratio(), service)
            for (line, register, service), worth in zip(lines, points, strict=True)
        ),
    )


def accounts() -> Accounts:
    account = Account(1, ContractTerms(contract="PMS", target_populations={"CS": 900}), {1: 10_000, 2: 10_000})
    return Accounts({"A81001": account}, NationalTargets(1, {"CS": TargetPopulation(4000, 20_000)}))


def snapshot(figures: NationalFigures) -> Snapshot:
    return Snapshot(uuid4(), "QOF", 1, "final", "d", figures, "p", "p", NOON, "n", "r")


def year_of(parameters_of: ParametersOf, changed: dict[str, Any]) -> tuple[Parameters, Callable[..., Parameters]]:
    year = replace(parameters_of("england", "2012-13"), **changed)
    return year, lambda _nation, _qof_year: year


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
@given(
    list_size=st.integers(1, 30_000),
    counts=st.tuples(st.integers(0, 2000), st.integers(0, 2000)),
    points=st.lists(POINTS, min_size=4, max_size=4),
)
def test_sums_are_those_of_the_statement(
    parameters_of: ParametersOf,
    changed: dict[str, Any],
    list_size: int,
    counts: tuple[int, int],
    points: list[tuple[int, int]],
) -> None:
    year, of = year_of(parameters_of, changed)
    figures = national_figures(NATION, year)
    one = achievement(list_size, {"AF": counts[0], "DM": counts[1]}, points)
    told = calculator_on(snapshot(figures), of, NOON, accounts())(one)
    sums = sums_on(figures, of, accounts())(one)
    assert sums == stated(told)
    assert Decimal(sums.pence).scaleb(-2) == Decimal(told.pounds)


def test_practice_that_cannot_be_paid_raises_what_its_statement_would(parameters_of: ParametersOf) -> None:
    year, of = year_of(parameters_of, {})
    one = achievement(5000, {"DM": 1}, [(1, 1)] * 4)
    with pytest.raises(RegisterNotReportedError):
        sums_on(national_figures(NATION, year), of, accounts())(one)
