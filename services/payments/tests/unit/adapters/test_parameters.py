from fractions import Fraction
from importlib.resources import files

import pytest

from qof_payments.adapters.parameters import known_parameters, load_parameters, read_parameters
from qof_payments.core.parameters import InvalidParametersError, UnknownParametersError

FROZEN = {
    "england-2006-07": "c813e97cdf77d0100550cc13dba296aa180c334d3cb105490d97d927750e36d6",
    "england-2012-13": "65750198059ffd04058fe32beb404e33b4f0c70836be0afd494c7929a284dade",
    "scotland-2012-13": "9b2f170ce66f24d5596a48cad5b8ce59ad15c46e52f16d646aff9f93e3afd107",
}
"""Statements name the digest of the parameters that made them: a set in use never changes."""


def text_of(parameters_id: str) -> str:
    return files("qof_payments").joinpath("parameters", f"{parameters_id}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("parameters_id", known_parameters())
def test_parameter_set_is_what_was_frozen(parameters_id: str) -> None:
    nation, qof_year = parameters_id.split("-", 1)
    assert load_parameters(nation, qof_year).digest == FROZEN[parameters_id]


def test_no_frozen_set_was_removed() -> None:
    assert set(FROZEN) == set(known_parameters())


def test_values_are_exact_and_keep_their_source_and_doubt() -> None:
    scotland = load_parameters("scotland", "2012-13")
    assert (scotland.parameters_id, scotland.nation, scotland.qof_year) == ("scotland-2012-13", "scotland", "2012-13")
    assert (scotland.value_of_a_point, scotland.average_list_size) == (Fraction("130.38"), Fraction(5095))
    assert (scotland.prevalence_regime, scotland.cut_off_share) == ("true-prevalence", None)
    assert "ISD Scotland" in scotland.sources["value_of_a_point"]
    assert "fitted" in scotland.unverified["value_of_a_point"]


def test_regime_with_a_cut_off_has_its_share() -> None:
    england = load_parameters("england", "2006-07")
    assert (england.prevalence_regime, england.cut_off_share) == ("square-root", Fraction(1, 20))


@pytest.mark.parametrize(("nation", "qof_year"), [("england", "1999-00"), ("../england", "2012-13"), ("", "")])
def test_unknown_year_is_an_error_that_lists_the_known(nation: str, qof_year: str) -> None:
    with pytest.raises(UnknownParametersError, match=r"england-2006-07, england-2012-13, scotland-2012-13"):
        load_parameters(nation, qof_year)


def test_layout_and_comments_do_not_change_the_digest() -> None:
    text = text_of("england-2012-13")
    loaded = load_parameters("england", "2012-13")
    assert read_parameters(f"# a comment\n{text}", "england-2012-13").digest == loaded.digest
    assert read_parameters(text.replace("133.76", "133.77", 1), "england-2012-13").digest != loaded.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"5891"', "5891", "average_list_size: value, source and unverified are text; put numbers in quotes"),
        ('"5891"', '"about 5891"', "'about 5891' is not an exact number"),
        ('"5891"', '"5891/0"', "'5891/0' is not an exact number"),
        ('"5891"', '"-5891"', "average_list_size is patients above 0"),
        ("true-prevalence", "roots", "prevalence_regime is one of"),
        ("aspiration_rate:", "rate:", "aspiration_rate is missing; rate is not a parameter"),
        ("    source: contents", "    origin: contents", "aspiration_rate has value, source and"),
        ("nation: england", "nation: albion", "nation is one of"),
        ("qof_year: 2012-13", "qof_year: 2012-14", "not a QOF year"),
        ("qof_year: 2012-13", "qof_year: 2013-14", "the id must be nation and QOF year"),
        ("parameters: england-2012-13", "parameters: england-2013-14", "parameters must be england-2012-13"),
        ("nation: england", "country: england", "the file has the keys"),
        ("nation: england", "nation: [", "not YAML"),
    ],
)
def test_faulty_file_is_refused_with_how_to_mend_it(old: str, new: str, said: str) -> None:
    text = text_of("england-2012-13")
    assert old in text
    with pytest.raises(InvalidParametersError, match=said.replace("(", r"\(")):
        read_parameters(text.replace(old, new, 1), "england-2012-13")


def test_values_that_are_no_mapping_are_refused() -> None:
    with pytest.raises(InvalidParametersError, match="values is a mapping"):
        read_parameters("{parameters: a, nation: a, qof_year: a, values: 1}", "a")
