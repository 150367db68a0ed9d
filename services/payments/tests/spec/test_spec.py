"""Do the worked examples come out? Each YAML file is one, written for someone from policy to read and extend.

A file gives parameters (the id of a parameter set of this release, or the numbers themselves), then what is known, then
what is to be expected; `but` changes single parameters of a set, to show what would come of it. An expected number
is compared at as many decimals as are written.

    national      practices and their registers -> the national figures and each practice's factor (APDF)
    national_mean national means that are simply given
    payments      list size, registers, points -> pounds; `factors` are given ones in place of registers
    services      list size, target populations, points -> pounds of additional services
    aspiration    last year's payment or agreed points -> monthly sums, and what is due at the year's end
    deductions    list size -> the PMS deduction
    other_services  items or uptake -> pounds
    value_per_patient  years' value of a point ÷ average list size
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.aspiration import monthly_sums, year_of_aspiration
from qof_payments.core.contract_terms import AspirationTerms
from qof_payments.core.deductions import aspiration_deduction, due, pms_deduction
from qof_payments.core.entitlement import entitlement, in_pounds
from qof_payments.core.factor import disease_factor
from qof_payments.core.national import NationalFigures, RegisterFigure, national_figures
from qof_payments.core.other_services import RefusedCountError, Tier, item_of_service, target_payment
from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import freeze
from qof_payments.core.statement import PointsLine
from qof_payments.core.terms import TargetPopulation, terms_of
from qof_shared.vocabulary import round_half_up

HERE = Path(__file__).parent
FILES = sorted(file for file in HERE.glob("*/*.yaml") if file.parent.name != "incidents")

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

NUMBERS = (
    "value_of_a_point",
    "average_list_size",
    "cut_off_share",
    "aspiration_rate",
    "uprating_index",
    "pms_deduction",
    "pms_deduction_list",
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_worked_example(file: Path) -> None:
    example = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = {"example", "says", "source", "parameters", "but", *CHECKS, "national_mean", "tiers", "whole_payment"}
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
    for case in example["payments"]:
        parameters = parameters_of(example | case)
        registers, means = dict(case.get("registers", {})), dict(example.get("national_mean", {}))
        for name, factor in case.get("factors", {}).items():
            registers[name] = case["list_size"]  # everybody, so that the mean alone makes the factor
            means[name] = str(freeze(1 / Fraction(factor)))
        figures = NationalFigures(
            registers={
                register: RegisterFigure(register, 1, 0, 0, Decimal(mean), None, Decimal(mean))
                for register, mean in means.items()
            },
            practices=1,
            left_out={},
        )
        points = [
            PointsLine(name, name, name if name in means else None, Fraction(value).as_integer_ratio())
            for name, value in case["points"].items()
        ]
        result = entitlement(points, case["list_size"], registers, terms_of(figures, parameters))
        same(result.total, case["expected"]["pounds"], "pounds")
        for line in result.lines:
            if "cpi" in case["expected"]:
                same(Fraction(line.contractor_population_index), case["expected"]["cpi"], "CPI")
            if "apdf" in case["expected"] and line.adjusted_practice_disease_factor is not None:
                same(Fraction(line.adjusted_practice_disease_factor), case["expected"]["apdf"], "APDF")
            if line.line in case["expected"].get("lines", {}):
                same(line.pounds, case["expected"]["lines"][line.line], line.line)


def check_services(example: Mapping[str, Any]) -> None:
    nobody = NationalFigures(registers={}, practices=0, left_out={})
    for case in example["services"]:
        parameters = parameters_of(example | case)
        assert set(case["points"]) <= set(parameters.target_population_groups), "the year pays them otherwise"
        nation = {group: TargetPopulation(**of) for group, of in case["national_target_populations"].items()}
        points = [
            PointsLine(name, name, None, Fraction(value).as_integer_ratio(), name)
            for name, value in case["points"].items()
        ]
        terms = terms_of(nobody, parameters, nation)
        result = entitlement(points, case["list_size"], {}, terms, case["target_populations"])
        for line in result.lines:
            expected = case["expected"][line.line]
            same(line.pounds, expected["pounds"], line.line)
            if "tpf" in expected:
                same(Fraction(line.target_population_factor or 0), expected["tpf"], f"TPF of {line.line}")
            if "says" in expected:
                assert expected["says"] in line.formula


def check_aspiration(example: Mapping[str, Any]) -> None:
    for case in example["aspiration"]:
        expected, parameters = case["expected"], parameters_of(example | case)
        sums = monthly_sums(year_of_aspiration(_aspiration_terms(case), parameters))
        paid: dict[int, int] = {}
        if "final" in case:
            months = case["final"]["from_month"] - 1
            paid = dict(enumerate(sums[:months], start=1))
            final = _aspiration_terms(case | {"last_year": case["final"]["last_year"]})
            sums = monthly_sums(year_of_aspiration(final, parameters), paid)
            same(in_pounds(sums[months]), expected["monthly_from_then"], "monthly from then")
        same(in_pounds(sums[0]), expected["monthly"], "monthly")
        same(in_pounds(sums[-1]), expected.get("last_month", str(in_pounds(sums[-1]))), "last month")
        same(in_pounds(sum(sums)), expected["year"], "year")
        if "this_year" in case:
            taken = aspiration_deduction(dict(enumerate(sums, start=1)))
            left = due(int(Decimal(case["this_year"]) * 100), [taken] if taken else [])
            same(in_pounds(left), expected["due"], "due")


def _aspiration_terms(case: Mapping[str, Any]) -> AspirationTerms:
    if "agreed_points" in case:
        points, list_size = Decimal(case["agreed_points"]), case["list_size"]
        return AspirationTerms("points", accepted_offer=True, agreed_points=points, list_size=list_size)
    return AspirationTerms("share-of-last-year", accepted_offer=True, last_year=Decimal(case["last_year"]))


def check_deductions(example: Mapping[str, Any]) -> None:
    for case in example["deductions"]:
        taken = pms_deduction(case["list_size"], parameters_of(example | case))
        assert taken is not None
        same(in_pounds(taken.pence), case["expected"]["pms"], "PMS deduction")
        if "achievement" in case:
            left = due(int(Decimal(case["achievement"]) * 100), [taken])
            same(in_pounds(left), case["expected"]["due"], "due")


def check_other_services(example: Mapping[str, Any]) -> None:
    for case in example["other_services"]:
        if "uptake_percent" in case:
            tiers = [Tier(Fraction(tier["from_percent"]) / 100, Fraction(tier["share"])) for tier in example["tiers"]]
            whole = Fraction(example["whole_payment"])
            found = target_payment(Fraction(case["uptake_percent"]) / 100, whole, tiers)
            same(in_pounds(found), case["expected"]["pounds"], f"{case['uptake_percent']} %")
        elif "refused" in case["expected"]:
            with pytest.raises(RefusedCountError, match=case["expected"]["refused"]):
                item_of_service(case["items"], Fraction(case["unit_price"]), register=case["register"])
        else:
            found = item_of_service(case["items"], Fraction(case["unit_price"]), register=case.get("register"))
            same(in_pounds(found), case["expected"]["pounds"], "pounds")


def check_value_per_patient(example: Mapping[str, Any]) -> None:
    for year, case in example["value_per_patient"].items():
        parameters = parameters_of(case)
        same(parameters.value_of_a_point / parameters.average_list_size, case["expected"], year)


CHECKS = {
    "national": check_national,
    "payments": check_payments,
    "services": check_services,
    "aspiration": check_aspiration,
    "deductions": check_deductions,
    "other_services": check_other_services,
    "value_per_patient": check_value_per_patient,
}


def parameters_of(example: Mapping[str, Any]) -> Parameters:
    told = example["parameters"]
    if isinstance(told, str):
        return replace(load_parameters(*told.split("-", 1)), **_values(example.get("but", {})))
    return Parameters(**(UNTOLD | _values(told)))


def _values(told: Mapping[str, str | None]) -> dict[str, Any]:
    return {name: Fraction(value) if name in NUMBERS and value else value for name, value in told.items()}


def same(actual: Fraction | Decimal, expected: str, what: str) -> None:
    places = len(expected.partition(".")[2])
    assert round_half_up(Fraction(actual), places) == Decimal(expected), what
