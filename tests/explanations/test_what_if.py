"""Is a what-if the same as counting again? For every rule set, a practice is calculated and paid anew, by the
calculator's and payments' own code, with each of the counts that an explanation looks at."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.handlers.calculate_achievements import calculate_extract
from qof_declarations.core.explanation import explain, patients_around
from qof_declarations.core.report import build_report
from qof_local.nation import SyntheticNation
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.national import national_figures
from qof_payments.handlers.calculate_entitlements import Accounts, calculator_on
from qof_payments.handlers.money_ports import NationalTargets
from qof_payments.handlers.payable import payable
from qof_payments.handlers.ports import Snapshot
from qof_shared.contracts import Determination, Extract, ExtractAccepted, new_event

NOW = datetime(2013, 4, 2, 8, tzinfo=UTC)
RULESETS = load_rulesets()
PRACTICES = 12
"""Enough for national means that differ from any practice's own."""
INDICATORS = 7
"""How many of a rule set are tried; every kind is among them."""


class Year(NamedTuple):
    """One nation and year with frozen figures, in which the first practice asks."""

    ruleset: str
    nation: SyntheticNation
    snapshot: Snapshot


def opened(ruleset: str) -> Year:
    rules = RULESETS.by_id(ruleset)
    parameters = load_parameters(rules.ruleset.nation, str(rules.ruleset.qof_year))
    nation = SyntheticNation(rules, seed=7, average_list=float(parameters.average_list_size))
    extracts = [nation.extract(index, f"A{index:05}", "Q") for index in range(PRACTICES)]
    figures = national_figures(((one.practice, one.list_size, one.registers) for one in extracts), parameters)
    snapshot = Snapshot(
        snapshot_id=UUID(int=1),
        collection="Q",
        number=1,
        name="one",
        digest="0" * 64,
        figures=figures,
        parameters_id=parameters.parameters_id,
        parameters_digest=parameters.digest,
        frozen_at=NOW,
        frozen_by="nora",
        reason="a test",
    )
    return Year(ruleset, nation, snapshot)


def report(year: Year, extract: Extract, determinations: list[Determination]) -> Mapping[str, Any]:
    """What the practice reads, by the calculator's and payments' own way."""
    ruleset = RULESETS.by_id(year.ruleset).ruleset
    accepted = ExtractAccepted(
        extract_id=UUID(int=2),
        extract_number=1,
        supplier="s",
        collection="Q",
        practice=extract.practice,
        nation=ruleset.nation,
        qof_year=str(ruleset.qof_year),
        received_at=NOW,
        digest="0" * 64,
        extract=extract,
        determinations=determinations,
    )
    result = calculate_extract(accepted, RULESETS, NOW)
    assert isinstance(result, tuple), result
    achievement, _ = result
    told = new_event(achievement, occurred_at=NOW, correlation_id="a journey")
    calculate = calculator_on(year.snapshot, load_parameters, NOW, Accounts({}, NationalTargets(0, {})))
    entitlement = calculate(payable(told, load_parameters))
    document: Mapping[str, Any] = json.loads(build_report(achievement, entitlement).document)
    return document


def counted_again(extract: Extract, indicator: str, numerator: int) -> Extract:
    indicators = [
        msgspec.structs.replace(count, numerator=numerator) if count.indicator == indicator else count
        for count in extract.indicators
    ]
    return msgspec.structs.replace(extract, indicators=indicators)


def determinations_of(ruleset: str) -> Iterator[Determination]:
    """Baselines, tiers and reference points, without which some kinds earn nothing."""
    values = {"improvement": ("baseline-percentage", "60"), "tiered": ("tier-percentages", "10 30 50 70 90")}
    for number, indicator in enumerate(RULESETS.by_id(ruleset).ruleset.indicators):
        if indicator.kind in values:
            determines, value = values[indicator.kind]
            yield Determination(
                determination_id=UUID(int=number),
                indicator=indicator.code,
                determines=determines,
                value=value,
                reason="a test",
                person="nora",
                determined_at=NOW,
            )


def asked_about(document: Mapping[str, Any], ruleset: str) -> list[str]:
    """Indicators with counts: one of each kind and of each group that holistic care ranks, then others by chance."""
    codes = [code for code, row in sorted(document["indicators"].items()) if row["numerator"] is not None]
    of_kind = {document["indicators"][code]["kind"]: code for code in codes}
    others = [code for code in codes if code not in of_kind.values()]
    Random(ruleset).shuffle(others)
    return [*of_kind.values(), *others][:INDICATORS]


@pytest.mark.parametrize("ruleset", sorted(RULESETS.ids))
def test_every_what_if_is_a_full_recalculation(ruleset: str) -> None:
    year = opened(ruleset)
    determinations = list(determinations_of(ruleset))
    extract = year.nation.extract(0, "A00000", "Q")
    before = report(year, extract, determinations)
    tried = 0
    for indicator in asked_about(before, ruleset):
        for asked in patients_around(before, indicator):
            after = report(year, counted_again(extract, indicator, asked.numerator), determinations)
            expected = (
                Fraction(after["indicators"][indicator]["points"]),
                Fraction(after["points"]),
                Decimal(after["pounds"]),
                Decimal(after["pounds"]) - Decimal(before["pounds"]),
            )
            told = (asked.points, asked.total_points, asked.pounds, asked.pounds_change)
            assert told == expected, (indicator, asked.numerator)
            tried += 1
    assert tried > INDICATORS


@pytest.mark.parametrize("ruleset", ["england-2006-07", "england-2012-13", "england-2022-23", "england-2026-27"])
def test_patients_short_are_the_fewest_that_a_recalculation_finds(ruleset: str) -> None:
    year = opened(ruleset)
    determinations = list(determinations_of(ruleset))
    extract = year.nation.extract(1, "A00001", "Q")
    for count in extract.indicators:  # a practice that met few
        extract = (
            counted_again(extract, count.indicator, (count.numerator or 0) * 2 // 3) if count.numerator else extract
        )
    before = report(year, extract, determinations)
    short = 0
    for indicator in asked_about(before, ruleset):
        found = explain(before, indicator)
        if found.patients_to_maximum is None:
            continue
        short += 1
        met = before["indicators"][indicator]["numerator"] + found.patients_to_maximum
        enough, one_fewer = (
            report(year, counted_again(extract, indicator, more), determinations) for more in (met, met - 1)
        )
        assert enough["indicators"][indicator]["status"] == "achieved"
        assert one_fewer["indicators"][indicator]["status"] != "achieved"
    assert short
