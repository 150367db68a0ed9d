from pathlib import Path
from typing import Any

import pytest
import yaml

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
        "rulesets": {
            "scotland-2012-13": {
                "nation": "scotland",
                "unverified": [{"indicators": ["CS05"], "reason": "nobody said so"}],
            }
        },
    }


def test_table_and_mapping_become_a_complete_ruleset(mapping: dict[str, Any]) -> None:
    ruleset = read_ruleset(write_ruleset(TABLE, mapping, "scotland-2012-13"))
    first, second, third = ruleset.indicators
    assert (first.code, first.register, first.prevalence_register, first.source) == ("AF01", "AF", "AF", "table")
    assert (second.register, second.prevalence_register, second.source) == ("AF", "LVD", "special")
    assert second.description == 'AF: "risk" scored'
    assert (first.unverified, second.unverified, third.unverified) == (None, "a table (unverified)", "nobody said so")
    assert [group.zero_register_reduces for group in ruleset.groups] == [True, False]


def test_suffix_of_codes_is_dropped_and_an_indicator_may_belong_to_another_group(mapping: dict[str, Any]) -> None:
    table = TABLE.replace("AF05", "AF05(S)").replace("Additional services,Cervical", "Additional services,Atrial")
    table = table.replace("Atrial screening", "Atrial fibrillation")
    own = {"code_suffix": "(S)", "groups_of": {"CS05": "Cervical screening"}}
    ruleset = read_ruleset(write_ruleset(table, mapping | own, "scotland-2012-13"))
    assert [(one.code, one.group) for one in ruleset.indicators] == [("AF01", "AF"), ("AF05", "AF"), ("CS05", "CS")]


def test_every_indicator_cites_its_own_row_where_the_mapping_says_so(mapping: dict[str, Any]) -> None:
    ruleset = read_ruleset(write_ruleset(TABLE, mapping | {"source": "row"}, "scotland-2012-13"))
    cited = {indicator.code: ruleset.sources[indicator.source] for indicator in ruleset.indicators}
    assert cited == {"AF01": "a table", "AF05": "a table (unverified); another", "CS05": "a table"}
    assert ruleset.indicators[0].source == ruleset.indicators[2].source


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        ("points sure; thresholds unverified; more", "fraction", "thresholds unverified"),
        (
            "thresholds unverified (one says 40; another 45); more",
            "fraction",
            "thresholds unverified (one says 40; another 45)",
        ),
        ("unverified points; thresholds unverified", "fraction", "unverified points; thresholds unverified"),
        ("unverified points; thresholds unverified", "protected", "unverified points"),
        ("thresholds unverified", "protected", None),
        ("thresholds assumed unchanged", "fraction", None),
    ],
)
def test_doubts_of_the_row_become_the_mark(
    mapping: dict[str, Any], source: str, kind: str, expected: str | None
) -> None:
    parameters = {"reference_year": "2011-12"} if kind == "protected" else {}
    special = {"kind": kind, "parameters": parameters, "prevalence_register": "LVD"}
    table = TABLE.replace("a table (unverified)", source)
    ruleset = read_ruleset(write_ruleset(table, mapping | {"indicators": {"AF05": special}}, "scotland-2012-13"))
    assert ruleset.indicators[1].unverified == expected
    assert (ruleset.indicators[1].upper_threshold is None) == (kind == "protected"), "no threshold where none is used"


def test_mapping_may_give_other_names(mapping: dict[str, Any]) -> None:
    mapping |= {
        "domains": {"Additional services": "Public health"},
        "domain_totals": {"Clinical": "5", "Public health": "0.5", "Heart": "10"},
        "groups": {**mapping["groups"], "Stroke risk": {"code": "RISK", "domain": "Heart"}},
        "groups_of": {"AF05": "Stroke risk"},
        "registers": {"AF": "Atrial fibrillation"},
        "indicators": {},
        "list_types": {"AF": "18OV"},
    }
    ruleset = read_ruleset(write_ruleset(TABLE, mapping, "scotland-2012-13"))
    assert [(one.code, one.group, one.domain) for one in ruleset.indicators] == [
        ("AF01", "AF", "Clinical"),
        ("AF05", "RISK", "Heart"),
        ("CS05", "CS", "Public health"),
    ]
    assert ruleset.list_types == {"AF": "18OV"}


def test_years_of_one_table_say_so_and_only_the_wanted_is_written(
    mapping: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping["rulesets"]["scotland-2013-14"] = {
        "nation": "scotland",
        "qof_year": "2013-14",
        "achievement_date": "2014-03-31",
    }
    (tmp_path / "2012-13.yaml").write_text(yaml.safe_dump(mapping), encoding="utf-8")
    (tmp_path / "indicators.csv").write_text(TABLE, encoding="utf-8")
    main([str(tmp_path), "--mappings", str(tmp_path), "--out", str(tmp_path), "--only", "scotland-2013-14,other"])
    assert capsys.readouterr().out.startswith("scotland-2013-14 ")
    assert not (tmp_path / "scotland-2012-13.yaml").exists()
    ruleset = read_ruleset((tmp_path / "scotland-2013-14.yaml").read_text(encoding="utf-8"))
    assert (ruleset.shares_table_with, str(ruleset.qof_year)) == (("scotland-2012-13",), "2013-14")


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
