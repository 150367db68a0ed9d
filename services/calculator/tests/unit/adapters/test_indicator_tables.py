from pathlib import Path
from typing import Any

import pytest

from qof_calculator.adapters.indicator_tables import main, write_ruleset
from qof_calculator.adapters.rulesets import read_ruleset
from qof_calculator.core.ruleset import RulesetError

TABLE = """year,indicator,domain,group,description,points,lower_threshold_pct,upper_threshold_pct,kind,source
2012-13,AF01/A1,Clinical,Atrial fibrillation,AF: keeps a register,5,,,register,a table
2012-13,AF05,Clinical,Atrial fibrillation,"AF: ""risk"" scored",10,40,90,fraction,a table (unverified)
2012-13,CS05,Additional services,Cervical screening,CS: screening,0.5,,,yes-no,a table
"""


@pytest.fixture
def mapping() -> dict[str, Any]:
    return {
        "table": "indicators.csv",
        "qof_year": "2012-13",
        "achievement_date": "2013-03-31",
        "status": "draft",
        "points_total": "15.5",
        "domain_totals": {"Clinical": "15", "Additional services": "0.5"},
        "source": "table",
        "sources": {"table": "a table", "special": "another"},
        "registers": {"AF": "Atrial fibrillation", "LVD": "x"},
        "groups": {
            "Atrial fibrillation": {"code": "AF", "register": "AF"},
            "Cervical screening": {"code": "CS"},
        },
        "indicators": {"AF05": {"prevalence_register": "LVD", "source": "special"}},
        "codes": {"AF01/A1": "AF01"},
        "rulesets": {"scotland-2012-13": {"nation": "scotland", "unverified": ["CS05"]}},
    }


def test_table_and_mapping_become_a_complete_ruleset(mapping: dict[str, Any]) -> None:
    ruleset = read_ruleset(write_ruleset(TABLE, mapping, "scotland-2012-13"))
    first, second, third = ruleset.indicators
    assert (first.code, first.register, first.prevalence_register, first.source) == ("AF01", "AF", "AF", "table")
    assert (second.register, second.prevalence_register, second.source) == ("AF", "LVD", "special")
    assert second.description == 'AF: "risk" scored'
    assert (first.unverified, second.unverified, third.unverified) == (False, True, True)
    assert [group.zero_register_reduces for group in ruleset.groups] == [True, False]


def test_every_indicator_is_one_line(mapping: dict[str, Any]) -> None:
    lines = write_ruleset(TABLE, mapping, "scotland-2012-13").splitlines()
    assert [line[:16] for line in lines[-3:]] == ['  - {code: "AF01', '  - {code: "AF05', '  - {code: "CS05']


def test_mapping_that_names_a_stranger_is_refused(mapping: dict[str, Any]) -> None:
    mapping["indicators"]["AF99"] = {}
    with pytest.raises(RulesetError, match="do not agree on AF99"):
        write_ruleset(TABLE, mapping, "scotland-2012-13")


def test_faulty_result_is_refused(mapping: dict[str, Any]) -> None:
    mapping["points_total"] = "16"
    with pytest.raises(RulesetError, match=r"the indicators add up to 15\.5 points"):
        write_ruleset(TABLE, mapping, "scotland-2012-13")


def test_missing_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        main([str(tmp_path), "--out", str(tmp_path)])
