"""Thresholds are data, exact, and each with the evidence it was chosen from."""

from dataclasses import fields
from fractions import Fraction

import pytest
import yaml

from qof_payments.adapters.gates import InvalidThresholdsError, load_thresholds, read_thresholds
from qof_payments.core.gates import Thresholds

NAMES = [one.name for one in fields(Thresholds) if one.name != "digest"]


def document(**changed: object) -> str:
    whole = {name: {"value": "2", "because": "a test"} for name in NAMES}
    return yaml.safe_dump({name: entry for name, entry in (whole | changed).items() if entry is not None})


def test_thresholds_of_this_release_are_exact() -> None:
    thresholds = load_thresholds()
    assert thresholds.shift_stop == Fraction(1, 40)
    assert thresholds.most_listed == 50
    assert isinstance(thresholds.most_listed, int)
    assert len(thresholds.digest) == 64


def test_another_text_has_another_digest() -> None:
    assert read_thresholds(document()).digest != read_thresholds(document() + "# a comment\n").digest


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"shift_stop": None}, "shift_stop is missing"),
        ({"shift_stopp": {"value": "1", "because": "x"}}, "shift_stopp is no threshold"),
        ({"shift_stop": {"value": "1"}}, "shift_stop has value and because"),
        ({"shift_stop": {"value": 1, "because": "x"}}, "put numbers in quotes"),
        ({"shift_stop": {"value": "much", "because": "x"}}, "'much' is not an exact number above 0"),
        ({"most_listed": {"value": "1.5", "because": "x"}}, "'1.5' is not a whole number above 0"),
        ({"list_look": {"value": "0", "because": "x"}}, "'0' is not an exact number above 0"),
    ],
)
def test_faults_are_told(changed: dict[str, object], fault: str) -> None:
    with pytest.raises(InvalidThresholdsError, match=fault):
        read_thresholds(document(**changed))


def test_file_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(InvalidThresholdsError, match="maps names"):
        read_thresholds("- 1")
