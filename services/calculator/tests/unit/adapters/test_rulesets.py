from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import (
    RULESETS,
    RulesetCatalogue,
    digest,
    frozen_digests,
    frozen_faults,
    load_rulesets,
    main,
    read_ruleset,
)
from qof_calculator.core.ruleset import RulesetError, UnknownRulesetError


@pytest.fixture(scope="module")
def catalogue() -> RulesetCatalogue:
    return load_rulesets()


def test_packaged_rulesets_are_sound_and_complete(catalogue: RulesetCatalogue) -> None:
    assert {name: len(catalogue.by_id(name).terms) for name in catalogue.ids} == {
        "england-2004-05": 149,
        "england-2005-06": 149,
        "england-2006-07": 136,
        "england-2007-08": 136,
        "england-2008-09": 129,
        "england-2009-10": 134,
        "england-2010-11": 134,
        "england-2011-12": 142,
        "england-2012-13": 148,
        "england-2013-14": 121,
        "england-2022-23": 76,
        "england-2023-24": 76,
        "england-2024-25": 76,
        "england-2025-26": 44,
        "england-2026-27": 43,
        "scotland-2009-10": 134,
        "scotland-2010-11": 134,
        "scotland-2011-12": 142,
        "scotland-2012-13": 148,
        "scotland-2013-14": 124,
        "scotland-2014-15": 75,
        "scotland-2015-16": 74,
    }


def test_published_rulesets_are_frozen(catalogue: RulesetCatalogue) -> None:
    published = {
        rules.ruleset.ruleset_id: rules.ruleset.digest for rules in catalogue if rules.ruleset.status == "published"
    }
    assert published == frozen_digests(), "a published rule set changed: undo it, or publish it under a new id"


def test_ruleset_is_found_by_nation_and_year(catalogue: RulesetCatalogue) -> None:
    assert catalogue.for_year("scotland", "2012-13") is catalogue.by_id("scotland-2012-13")


def test_unknown_year_lists_the_known_ones(catalogue: RulesetCatalogue) -> None:
    with pytest.raises(
        UnknownRulesetError,
        match=r"no rule set england-1999-00; there are england-2004-05, .*, scotland-2015-16",
    ):
        catalogue.for_year("england", "1999-00")


def test_englands_quality_and_productivity_is_marked_unverified(catalogue: RulesetCatalogue) -> None:
    england, scotland = catalogue.by_id("england-2012-13").ruleset, catalogue.by_id("scotland-2012-13").ruleset
    assert {one.group for one in england.indicators if one.unverified} == {"QP"}
    assert not any(one.unverified for one in scotland.indicators)
    assert (england.shares_table_with, scotland.shares_table_with) == (("scotland-2012-13",), ("england-2012-13",))


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    text = (RULESETS / "england-2006-07.yaml").read_text(encoding="utf-8")
    (tmp_path / "england-2006-07.yaml").write_text(text.replace('points: "57"', 'points: "56"'))
    (tmp_path / "other.yaml").write_text(text)
    with pytest.raises(RulesetError) as error:
        load_rulesets(tmp_path)
    assert "england-2006-07.yaml: the domain Clinical adds up to 654 points" in str(error.value)
    assert "other.yaml: the id england-2006-07 is not the file's name" in str(error.value)


def test_lint_command_tells_what_each_rule_set_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "scotland-2012-13: 148 indicators, 0 unverified, 1000 points, digest " in printed.out


def test_lint_command_tells_faults_of_a_new_file_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (RULESETS / "england-2026-27.yaml").read_text(encoding="utf-8")
    new = tmp_path / "england-2027-28.yaml"
    new.write_text(text.replace("2026-27", "2027-28").replace("2027-03-31", "2028-03-31"))
    assert main([str(new)]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("england-2027-28: 43 indicators, 6 unverified, 582 points, digest ")
    assert "the succession AST007 -> AST015 begins at an indicator that is not in england-2026-27" in printed.err


def test_lint_command_tells_what_is_not_frozen_or_has_changed(catalogue: RulesetCatalogue) -> None:
    ruleset = catalogue.by_id("scotland-2012-13").ruleset
    (missing,) = frozen_faults([ruleset], {})
    assert missing == (
        f"scotland-2012-13: it is published and not frozen; write its digest {ruleset.digest} into digests.json"
    )
    (changed,) = frozen_faults([ruleset], {"scotland-2012-13": "0" * 64})
    assert changed.startswith("scotland-2012-13: it has changed since it was frozen")
    assert list(frozen_faults([ruleset], {"scotland-2012-13": ruleset.digest})) == []


@pytest.mark.parametrize(("text", "says"), [("- a", "mapping"), ("{a: [", "YAML"), ("{}", "'ruleset_id'")])
def test_unreadable_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(RulesetError, match=says):
        read_ruleset(text)


def test_digest_ignores_layout_and_order_of_keys() -> None:
    assert digest({"a": "1", "b": ["2"]}) == digest({"b": ["2"], "a": "1"})
    assert digest({"a": "1"}) != digest({"a": "1.0"})
