"""Do the worked examples come out? Each YAML file is one, written for someone from policy to read and extend.

A file gives parameters (the id of a parameter set of this release, or the numbers themselves where the year has no
file), then what is known, then what is to be expected. An expected number is compared at as many decimals
as are written.

    national      practices and their registers -> the national figures and each practice's factor (APDF)
    national_mean national means that are simply given
    payments      list size, registers, points -> pounds
    aspiration    last year's payment -> monthly sums, and what is due or recoverable at the year's end
    value_per_patient  years' value of a point ÷ average list size
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.aspiration import aspiration, reconcile
from qof_payments.core.entitlement import entitlement
from qof_payments.core.factor import disease_factor
from qof_payments.core.national import NationalFigures, RegisterFigure, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import terms_of
from qof_shared.vocabulary import round_half_up

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*/*.yaml"))

UNTOLD: dict[str, Any] = {
    "parameters_id": "worked-example",
    "nation": "england",
    "qof_year": "worked-example",
    "prevalence_regime": "true-prevalence",
    "cut_off_share": None,
    "aspiration_rate": Fraction(0),
    "aspiration_method": "share-of-last-year",
    "rounding_profile": "once-per-line-half-up-to-the-penny",
    "sources": {},
    "unverified": {},
    "digest": "",
}
"""What an example that gives its own numbers need not say."""

NUMBERS = ("value_of_a_point", "average_list_size", "cut_off_share", "aspiration_rate")


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_worked_example(file: Path) -> None:
    example = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = {"example", "says", "source", "parameters", *CHECKS, "national_mean"}
    assert set(example) <= known, f"unknown keys {set(example) - known}"
    checked = [check(example) for name, check in CHECKS.items() if name in example]
    assert checked, "the example expects nothing"


def check_national(example: Mapping[str, Any]) -> None:
    parameters = parameters_of(example)
    practices = {
        name: (practice["list_size"], practice["registers"])
        for name, practice in example["national"]["practices"].items()
    }
    figures = national_figures(((name, *practice) for name, practice in practices.items()), parameters)
    for register, expected in example["national"]["expected"].items():
        figure = figures.registers[register]
        for name in {"cut_off", "mean_prevalence", "mean_adjusted_prevalence"} & set(expected):
            same(getattr(figure, name), expected[name], f"{register} {name}")
        for practice, apdf in expected["apdf"].items():
            factor = disease_factor(register, *practices[practice], terms_of(figures, parameters))
            same(Fraction(*factor.apdf), apdf, f"{register} apdf of {practice}")


def check_payments(example: Mapping[str, Any]) -> None:
    figures = NationalFigures(
        registers={
            register: RegisterFigure(register, 1, 0, 0, Decimal(mean), None, Decimal(mean))
            for register, mean in example.get("national_mean", {}).items()
        },
        practices=1,
        left_out={},
    )
    for case in example["payments"]:
        parameters = parameters_of(example | case)
        registers = case.get("registers", {})
        points = [
            PointsLine(name, name, name if name in figures.registers else None, Fraction(value).as_integer_ratio())
            for name, value in case["points"].items()
        ]
        result = entitlement(points, case["list_size"], registers, terms_of(figures, parameters))
        same(result.total, case["expected"]["pounds"], "pounds")
        for line in result.lines:
            if "cpi" in case["expected"]:
                same(Fraction(line.contractor_population_index), case["expected"]["cpi"], "CPI")
            if "apdf" in case["expected"] and line.adjusted_practice_disease_factor is not None:
                same(Fraction(line.adjusted_practice_disease_factor), case["expected"]["apdf"], "APDF")


def check_aspiration(example: Mapping[str, Any]) -> None:
    for case in example["aspiration"]:
        expected = case["expected"]
        paid = aspiration(
            Decimal(case["last_year"]), parameters_of(example), uprating_index=Fraction(case["uprating_index"])
        )
        same(paid.monthly, expected["monthly"], "monthly")
        same(paid.year, expected["year"], "year")
        if "this_year" in case:
            end = reconcile(Decimal(case["this_year"]), [paid.monthly] * 11 + [paid.last_month])
            same(end.due, expected["due"], "due")
            same(end.recoverable, expected["recoverable"], "recoverable")


def check_value_per_patient(example: Mapping[str, Any]) -> None:
    for year, case in example["value_per_patient"].items():
        parameters = parameters_of(case)
        same(parameters.value_of_a_point / parameters.average_list_size, case["expected"], year)


CHECKS = {
    "national": check_national,
    "payments": check_payments,
    "aspiration": check_aspiration,
    "value_per_patient": check_value_per_patient,
}


def parameters_of(example: Mapping[str, Any]) -> Parameters:
    told = example["parameters"]
    if isinstance(told, str):
        return load_parameters(*told.split("-", 1))
    numbers = {name: Fraction(value) for name, value in told.items() if name in NUMBERS}
    return Parameters(**(UNTOLD | told | numbers))


def same(actual: Fraction | Decimal, expected: str, what: str) -> None:
    places = len(expected.partition(".")[2])
    assert round_half_up(Fraction(actual), places) == Decimal(expected), what
