"""Is a published name understood, however the publication spells it?"""

import pytest

from qof_calculator.adapters.rulesets import RulesetCatalogue
from qof_local.verify.naming import IndicatorNames, RegisterNames


@pytest.mark.parametrize(
    ("ruleset", "published", "code"),
    [
        ("scotland-2012-13", "CS 01", "CS01"),
        ("scotland-2012-13", "cs01(S)", "CS01"),
        ("scotland-2010-11", "PE7", "PE07"),
        ("scotland-2010-11", "SUR06/PE7", "PE07"),
        ("scotland-2010-11", "CONSULT01/PE01", "PE01"),
        ("scotland-2013-14", "DM0010(S)", "DM0010"),
        ("scotland-2013-14", "DM010", "DM0010"),
        ("scotland-2013-14", "AF003 (S)", "AF003"),
        ("scotland-2013-14", "CVD-PP002(S)", "CVD-PP002"),
        ("scotland-2014-15", "SMOK003", "SMOK003"),
        ("england-2022-23", "AF001", "AF001"),
    ],
)
def test_indicator_is_found(catalogue: RulesetCatalogue, ruleset: str, published: str, code: str) -> None:
    term = IndicatorNames(catalogue.by_id(ruleset)).find(published)
    assert term is not None
    assert term.code == code


def test_indicator_of_another_year_is_not_found(catalogue: RulesetCatalogue) -> None:
    assert IndicatorNames(catalogue.by_id("scotland-2013-14")).find("AF05") is None


@pytest.mark.parametrize(
    ("ruleset", "published", "code"),
    [
        ("scotland-2010-11", '"Smoking" (conditions assessed for smoking)', "SMOKING"),
        ("scotland-2010-11", "Atrial Fibrillation", "AF"),
        ("scotland-2010-11", "Chronic Obstructive Pulmonary Disease (COPD)", "COPD"),
        ("scotland-2010-11", "Depression 1 (of 2): conditions assessed for depression", "DEP1"),
        ("scotland-2010-11", "Depression 2 (of 2): new diagnosis of depression", "DEP2"),
        ("scotland-2010-11", "Learning Disabilities", "LD"),
        ("scotland-2010-11", "Left Ventricular Dysfunction (LVD)", "LVD"),
        ("scotland-2010-11", "Primary Prevention of Cardiovascular Disease (CVD)", "CVD"),
        ("scotland-2010-11", "Stroke & Transient Ischaemic Attack (TIA)", "STROKE"),
        ("scotland-2012-13", "EPILEPSY", "EPILEPSY"),
        ("scotland-2013-14", "HYP", "HYP"),
        ("scotland-2013-14", "STIA", "STROKE"),
        ("england-2022-23", "NDH", "NDH"),
    ],
)
def test_register_is_found(catalogue: RulesetCatalogue, ruleset: str, published: str, code: str) -> None:
    assert RegisterNames(catalogue.by_id(ruleset)).find(published) == code


def test_register_nobody_knows_is_not_found(catalogue: RulesetCatalogue) -> None:
    assert RegisterNames(catalogue.by_id("scotland-2012-13")).find("Long Covid") is None
