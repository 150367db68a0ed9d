from pathlib import Path

import pytest

from qof_calculator.adapters.rulesets import (
    RULESETS,
    RulesetCatalogue,
    digest,
    frozen_digests,
    load_rulesets,
    read_ruleset,
)
from qof_calculator.core.ruleset import RulesetError, UnknownRulesetError


@pytest.fixture(scope="module")
def catalogue() -> RulesetCatalogue:
    return load_rulesets()


def test_packaged_rulesets_are_sound_and_complete(catalogue: RulesetCatalogue) -> None:
    assert catalogue.ids == ("england-2006-07", "england-2012-13", "scotland-2012-13")
    assert [len(catalogue.by_id(name).terms) for name in catalogue.ids] == [136, 148, 148]


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
        match="no rule set england-2011-12; there are england-2006-07, england-2012-13, scotland-2012-13",
    ):
        catalogue.for_year("england", "2011-12")


def test_englands_quality_and_productivity_is_marked_unverified(catalogue: RulesetCatalogue) -> None:
    england, scotland = catalogue.by_id("england-2012-13").ruleset, catalogue.by_id("scotland-2012-13").ruleset
    assert {one.group for one in england.indicators if one.unverified} == {"QP"}
    assert not any(one.unverified for one in scotland.indicators)
    assert (england.shares_table_with, scotland.shares_table_with) == ("scotland-2012-13", "england-2012-13")


def test_every_fault_of_every_file_is_told(tmp_path: Path) -> None:
    text = (RULESETS / "england-2006-07.yaml").read_text(encoding="utf-8")
    (tmp_path / "england-2006-07.yaml").write_text(text.replace('points: "57"', 'points: "56"'))
    (tmp_path / "other.yaml").write_text(text)
    with pytest.raises(RulesetError) as error:
        load_rulesets(tmp_path)
    assert "england-2006-07.yaml: the domain Clinical adds up to 654 points" in str(error.value)
    assert "other.yaml: the id england-2006-07 is not the file's name" in str(error.value)


@pytest.mark.parametrize(("text", "says"), [("- a", "mapping"), ("{a: [", "YAML"), ("{}", "'ruleset_id'")])
def test_unreadable_text_is_refused(text: str, says: str) -> None:
    with pytest.raises(RulesetError, match=says):
        read_ruleset(text)


def test_digest_ignores_layout_and_order_of_keys() -> None:
    assert digest({"a": "1", "b": ["2"]}) == digest({"b": ["2"], "a": "1"})
    assert digest({"a": "1"}) != digest({"a": "1.0"})
