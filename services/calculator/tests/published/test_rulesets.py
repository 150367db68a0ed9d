"""Are the rule sets what the published indicator tables and their mappings give?"""

from pathlib import Path

import pytest

from qof_calculator.adapters.indicator_tables import write_ruleset
from qof_calculator.adapters.rulesets import RULESETS, read_document

pytestmark = pytest.mark.needs_published_data


@pytest.mark.parametrize("mapping_file", sorted((Path(str(RULESETS)) / "tables").glob("*.yaml")), ids=lambda f: f.stem)
def test_rulesets_are_what_their_tables_give(published_data: Path, mapping_file: Path) -> None:
    mapping = read_document(mapping_file.read_text(encoding="utf-8"))
    table = (published_data / "indicators" / mapping["table"]).read_text(encoding="utf-8")
    for ruleset_id in mapping["rulesets"]:
        text = (RULESETS / f"{ruleset_id}.yaml").read_text(encoding="utf-8")
        assert write_ruleset(table, mapping, ruleset_id) == text
