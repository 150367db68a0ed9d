"""What unit tests of the local stack have in common."""

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue, load_rulesets


@pytest.fixture(scope="session")
def catalogue() -> RulesetCatalogue:
    return load_rulesets()
