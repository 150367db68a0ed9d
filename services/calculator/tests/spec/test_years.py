"""Is every year of `years.yaml` what it was published to be?"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from qof_calculator.adapters.rulesets import RulesetCatalogue, load_rulesets

YEARS: Mapping[str, Mapping[str, Any]] = yaml.safe_load((Path(__file__).parent / "years.yaml").read_text("utf-8"))
PLAIN = ("register", "yes-no", "fraction")


@pytest.fixture(scope="module")
def catalogue() -> RulesetCatalogue:
    return load_rulesets()


@pytest.mark.parametrize("ruleset_id", YEARS)
def test_year_is_what_was_published(catalogue: RulesetCatalogue, ruleset_id: str) -> None:
    ruleset, published = catalogue.by_id(ruleset_id).ruleset, YEARS[ruleset_id]
    assert ruleset.domain_totals == published["domains"]
    assert ruleset.points_total == sum(published["domains"].values())
    alone = sum(indicator.points for indicator in ruleset.indicators if indicator.prevalence_register is None)
    assert alone == published["by_list_size_alone"]
    assert list(ruleset.shares_table_with) == published.get("shares_table_with", [])
    kinds: dict[str, list[str]] = {}
    for indicator in ruleset.indicators:
        if indicator.kind not in PLAIN:
            kinds.setdefault(indicator.kind, []).append(indicator.code)
    assert {kind: sorted(codes) for kind, codes in kinds.items()} == published.get("kinds", {})
