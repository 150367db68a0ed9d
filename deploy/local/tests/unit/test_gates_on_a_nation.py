"""Is a large invented nation plausible, and is a supplier that is short the only one found in it?"""

from collections.abc import Sequence

import pytest

from qof_calculator.adapters.rulesets import load_rulesets
from qof_local.directory import invented_practice
from qof_local.nation import SyntheticNation
from qof_payments.adapters.gates import load_thresholds
from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.gates import Earlier, Finding, Reported
from qof_payments.core.national import national_figures
from qof_payments.core.plausibility import Circumstances, findings

PRACTICES = 2_000
RULES = load_rulesets().for_year("england", "2012-13")
YEAR = load_parameters("england", "2012-13")


def nation(seed: int) -> list[Reported]:
    counted = SyntheticNation(RULES, seed=seed, average_list=float(YEAR.average_list_size))
    practices = []
    for index in range(PRACTICES):
        who = invented_practice(index, "england")
        extract = counted.extract(index, who.practice, "QOF")
        counts = extract.list_size, extract.registers, extract.achievement_date
        practices.append(Reported(who.practice, who.supplier, *counts))
    return practices


@pytest.fixture(scope="module")
def whole() -> Sequence[Reported]:
    return nation(1)


def found_in(practices: Sequence[Reported], earlier: Sequence[Reported] = ()) -> list[Finding]:
    figures = national_figures(((one.practice, one.list_size, one.registers) for one in practices), YEAR)
    before = Earlier("provisional", {one.practice: (one.list_size, one.registers) for one in earlier})
    circumstances = Circumstances(
        achievement_date=RULES.ruleset.achievement_date,
        expected={one.practice: one.supplier for one in practices},
        excluded=set(),
        parameters=YEAR,
        parameters_before=load_parameters("england", "2011-12"),
        earlier=[before] if earlier else [],
    )
    return findings(practices, figures, circumstances, load_thresholds())


def test_clean_nation_passes_every_gate(whole: Sequence[Reported]) -> None:
    assert found_in(whole, whole) == []


@pytest.mark.parametrize("supplier", ["northstar", "meridian", "fellside", "harbour"])
def test_supplier_that_is_short_is_the_only_one_found(whole: Sequence[Reported], supplier: str) -> None:
    short = [
        one._replace(registers={name: count * 24 // 25 for name, count in one.registers.items()})
        if one.supplier == supplier
        else one
        for one in whole
    ]
    found = found_in(short, whole)
    assert [one.finding for one in found if one.severity == "stop"] == [
        f"supplier-shift/{supplier}/all registers/provisional"
    ]
    assert {one.where.partition(",")[0] for one in found} == {supplier}, "nobody else is even worth a look"
