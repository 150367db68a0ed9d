"""A small rule set to change and calculate with; the tests say what differs."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from qof_calculator.core.compiled import CompiledRuleset, compile_ruleset
from qof_calculator.core.kinds import KINDS, Kind
from qof_calculator.core.ruleset import Group, Indicator, Ruleset
from qof_shared.vocabulary import QofYear


def an_indicator(code: str, kind: str = "fraction", **changes: Any) -> Indicator:
    thresholds = (Fraction(40), Fraction(90)) if KINDS.get(kind, Kind()).thresholds else (None, None)
    indicator = Indicator(
        code=code,
        group=code[:2],
        domain="Clinical",
        description=code,
        kind=kind,
        points=Fraction(10),
        lower_threshold=thresholds[0],
        upper_threshold=thresholds[1],
        register="AF",
        prevalence_register="AF",
        source="table",
    )
    return replace(indicator, **changes)


def a_ruleset(*indicators: Indicator, **changes: Any) -> Ruleset:
    """A rule set that holds these indicators, with groups, registers and totals that fit them."""
    totals: dict[str, Fraction] = {}
    for indicator in indicators:
        totals[indicator.domain] = totals.get(indicator.domain, Fraction(0)) + indicator.points
    registers = {name for one in indicators for name in (one.register, one.prevalence_register) if name}
    ruleset = Ruleset(
        ruleset_id="scotland-2012-13",
        nation="scotland",
        qof_year=QofYear(2012),
        achievement_date=date(2013, 3, 31),
        status="draft",
        points_total=sum(totals.values(), Fraction(0)),
        domain_totals=totals,
        sources={"table": "a table"},
        shares_table_with=(),
        caveats=(),
        registers={register: register for register in sorted(registers)},
        groups=tuple(
            Group(one.group, one.group, one.domain, None, zero_register_reduces=True)
            for one in {indicator.group: indicator for indicator in indicators}.values()
        ),
        indicators=indicators,
        successions={},
        list_types=dict.fromkeys(registers, "TOTAL"),
        digest="",
    )
    return replace(ruleset, **changes)


@pytest.fixture
def indicator() -> Callable[..., Indicator]:
    return an_indicator


@pytest.fixture
def ruleset() -> Callable[..., Ruleset]:
    return a_ruleset


@pytest.fixture
def rules() -> CompiledRuleset:
    """AF01 keeps the register, AF05 is a fraction of it, CS05 is a yes/no, LD02 may exceed its register."""
    groups = (
        Group("AF", "Atrial fibrillation", "Clinical", "AF", zero_register_reduces=True),
        Group("CS", "Cervical screening", "Additional services", None, zero_register_reduces=False),
        Group("LD", "Learning disability", "Clinical", "LD", zero_register_reduces=True),
    )
    return compile_ruleset(
        a_ruleset(
            an_indicator("AF01", kind="register", points=Fraction(5)),
            an_indicator("AF05"),
            an_indicator(
                "CS05",
                kind="yes-no",
                domain="Additional services",
                points=Fraction(1, 2),
                register=None,
                prevalence_register=None,
            ),
            an_indicator("LD02", register="LD", prevalence_register="LD", denominator_within_register=False),
            groups=groups,
        )
    )


@pytest.fixture
def document() -> Mapping[str, Any]:
    """A rule set as it is read from a file."""
    return {
        "ruleset_id": "scotland-2012-13",
        "nation": "scotland",
        "qof_year": "2012-13",
        "achievement_date": "2013-03-31",
        "status": "draft",
        "points_total": "0.5",
        "domain_totals": {"Clinical": "0.5"},
        "shares_table_with": [],
        "list_types": {"AF": "TOTAL"},
        "sources": {"table": "a table"},
        "caveats": [],
        "registers": {"AF": "Atrial fibrillation"},
        "successions": {},
        "groups": [{"code": "AF", "name": "AF", "domain": "Clinical", "register": "AF", "zero_register_reduces": True}],
        "indicators": [
            {
                "code": "AF05",
                "group": "AF",
                "domain": "Clinical",
                "description": "stroke risk scored",
                "kind": "fraction",
                "points": "0.5",
                "lower_threshold": "40",
                "upper_threshold": "90",
                "register": "AF",
                "prevalence_register": "AF",
                "source": "table",
            }
        ],
    }
