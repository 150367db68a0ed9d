"""Which register pays the smoking advice of 2012-13? A proof by money, which the rule set's sources cite."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from statistics import median, quantiles

import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.core.points import Achievement
from qof_local.verify import payments, points, prevalence, scotland, totals
from qof_local.verify.files import published_folder
from qof_payments.adapters.parameters import load_parameters

pytestmark = pytest.mark.needs_published_data

YEAR = "2012-13"
FOR_EVERYBODY = {"SMOKE07", "SMOKE08"}
"""Counted among all patients over 15, in some practices more than are on the list."""


def by_smoking_register(achievement: Achievement) -> Achievement:
    """The same points, with those two paid by the prevalence of SMOKING as well."""
    return replace(
        achievement,
        indicators=[
            replace(one, indicator=replace(one.indicator, prevalence_register="SMOKING"))
            if one.indicator.code in FOR_EVERYBODY
            else one
            for one in achievement.indicators
        ],
    )


def spread(errors: list[float]) -> float:
    """Between the 5th and the 95th of a hundred practices."""
    hundredths = quantiles(errors, n=100)
    return hundredths[94] - hundredths[4]


@pytest.fixture(scope="module")
def errors(published_data: Path) -> Mapping[str, list[float]]:
    """Our pounds ÷ published pounds − 1 of every practice, by how the smoking advice is paid."""
    folder, parameters = published_folder(published_data), load_parameters("scotland", YEAR)
    paid, registers = scotland.read_totals(folder, YEAR)[YEAR], scotland.read_prevalence(folder, YEAR)[YEAR]
    proved = prevalence.verify("", registers, parameters)
    assert proved.official is not None
    lists = {one.practice: one.list_size for one in registers if one.list_size}
    rules = load_rulesets().by_id(f"scotland-{YEAR}")
    results = scotland.read_results(scotland.result_years(folder)[YEAR], YEAR, rules)
    by_list = totals.add_up(points.calculate_year(results, int), paid, int).achievements
    by_register = {practice: by_smoking_register(achievement) for practice, achievement in by_list.items()}
    found = {}
    for name, achievements in {"list": by_list, "register": by_register}.items():
        pounds = payments.pounds_of(achievements, lists, proved.registers, proved.official, parameters)
        found[name] = [float(ours / (paid[practice].pounds or Fraction(0)) - 1) for practice, ours in pounds.items()]
    return found


def test_smoking_advice_is_paid_by_list_size(errors: Mapping[str, list[float]]) -> None:
    assert {name: len(found) for name, found in errors.items()} == {"list": 968, "register": 968}
    assert median(map(abs, errors["list"])) < median(map(abs, errors["register"]))
    assert spread(errors["list"]) < 0.7 * spread(errors["register"])
