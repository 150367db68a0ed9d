"""Would the gates have stopped what went wrong? Each YAML file is one incident, for someone from policy to read.

A file tells of a nation whose practices are invented: so many of each supplier, with registers near the shares given,
varied the same way in every run. Then it says what was wrong (`practices`, `changed` parameters, a supplier that is
`short`, `missing` or `counted_at` another day), which findings are to stop the freeze, and `then` what mends it:
the same nation with some of that replaced.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from qof_payments.adapters.gates import load_thresholds
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.factor import disease_factor
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.plausibility import Circumstances, findings
from qof_payments.core.terms import terms_of
from qof_shared.vocabulary import QofYear

FILES = sorted((Path(__file__).parent / "incidents").glob("*.yaml"))
ABOUT = {"incident", "says", "source", "parameters", "nation", "last_year", "expected", "then"}
FAULTS = {"practices", "changed", "short", "missing", "counted_at", "exclude"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_incident_is_stopped_and_mended(file: Path) -> None:
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert set(told) <= ABOUT | FAULTS, f"unknown keys {set(told) - ABOUT - FAULTS}"
    check(told)
    assert told["expected"].get("stops") or told["expected"].get("stops_of"), "an incident stops the freeze"
    check(told | told["then"])


def check(told: Mapping[str, Any]) -> None:
    expected = told["expected"]
    year = parameters_of(told)
    practices = invented(told)
    exclusions = told.get("exclude", {})
    figures = national_figures(counts(practices), year, exclusions=exclusions)
    found = found_in(told, practices, figures, year)
    stops = [one.finding for one in found if one.severity == "stop"]
    if "stops" in expected:
        assert stops == expected["stops"]
    for gate in expected.get("stops_of", []):
        assert {one.gate for one in found if one.severity == "stop"} == {gate}
    for phrase in expected.get("said", []):
        assert any(phrase in one.says for one in found), phrase
    if "looks" in expected:
        assert [one.finding for one in found if one.gate == "completeness" and one.severity == "look"] == (
            expected["looks"]
        )
    for register, cut_off in expected.get("cut_off", {}).items():
        assert f"{figures.registers[register].cut_off:.4f}" == cut_off
    assert sorted(figures.left_out) == expected.get("left_out", [])
    for practice in expected.get("paid_by_the_figures", []):
        one = next(one for one in practices if one.practice == practice)
        for register in one.registers:
            assert disease_factor(register, one.list_size, one.registers, terms_of(figures, year)).apdf[0] > 0
    for register, (least, most) in expected.get("national_mean_is_short_by", {}).items():
        whole = national_figures(counts(invented(told | {"short": {}})), year)
        right, wrong = (Fraction(of.registers[register].mean_prevalence) for of in (whole, figures))
        assert Fraction(least) <= 1 - wrong / right <= Fraction(most), register


def found_in(
    told: Mapping[str, Any], practices: list[Reported], figures: NationalFigures, year: Parameters
) -> list[Finding]:
    whole = invented(told | {"missing": {}, "short": {}})
    last_year = invented(told | {"missing": {}, "short": {}, "practices": {}}, years_ago=1)
    counts_before = {one.practice: (one.list_size, one.registers) for one in last_year}
    circumstances = Circumstances(
        achievement_date=QofYear.parse(year.qof_year).last_day,
        expected={one.practice: one.supplier for one in whole},
        excluded=told.get("exclude", {}).keys(),
        parameters=year,
        parameters_before=load_parameters(year.nation, str(QofYear(QofYear.parse(year.qof_year).first_year - 1))),
        earlier=[Earlier(told["last_year"], counts_before)] if "last_year" in told else [],
    )
    return findings(practices, figures, circumstances, load_thresholds())


def parameters_of(told: Mapping[str, Any]) -> Parameters:
    year = load_parameters(*told["parameters"].split("-", 1))
    changed: dict[str, Any] = dict(told.get("changed", {}))
    if "average_list_size" in changed:
        changed["average_list_size"] = Fraction(changed["average_list_size"])
    if "average_list_date" in changed:
        changed["average_list_date"] = date.fromisoformat(changed["average_list_date"])
    return replace(year, **changed)


def invented(told: Mapping[str, Any], years_ago: int = 0) -> list[Reported]:
    """The nation's practices, and those that are named. A year ago registers had a little fewer patients."""
    last_day = QofYear.parse(told["parameters"].split("-", 1)[1]).last_day
    practices = []
    for supplier, number in told["nation"]["suppliers"].items():
        short = told.get("short", {})
        keeps = Fraction(short["registers"]) if short.get("supplier") == supplier else Fraction(1)
        early = told.get("counted_at", {})
        day = date.fromisoformat(early["day"]) if early.get("supplier") == supplier else last_day
        for index in range(told.get("missing", {}).get(supplier, 0), number):
            code = f"{supplier}-{index:03}"
            list_size, registers = counted(code, told["nation"]["registers"], years_ago)
            kept = {register: int(count * keeps) for register, count in registers.items()}
            practices.append(Reported(code, supplier, list_size, kept, day))
    for code, of in told.get("practices", {}).items():
        practices.append(Reported(code, of["supplier"], of["list_size"], of["registers"], last_day))
    return sorted(practices)


def counted(code: str, shares: Mapping[str, str], years_ago: int) -> tuple[int, dict[str, int]]:
    """What a practice counts: its own every year, with a little that changes from year to year."""
    always, this_year = Random(code), Random(f"{code}/{years_ago}")
    list_size = round(always.lognormvariate(8.7, 0.5) * this_year.uniform(0.98, 1.02))
    grown = 1 - 0.01 * years_ago
    registers = {
        register: round(list_size * float(share) * grown * always.uniform(0.6, 1.4) * this_year.uniform(0.96, 1.04))
        for register, share in shares.items()
    }
    return list_size, registers


def counts(practices: list[Reported]) -> list[tuple[str, int, Mapping[str, int]]]:
    return [(one.practice, one.list_size, one.registers) for one in practices]
