from datetime import date
from fractions import Fraction
from importlib.resources import files

import pytest

from qof_payments.adapters import parameters
from qof_payments.adapters.parameters import faults_of_all, known_parameters, load_parameters, main, read_parameters
from qof_payments.core.parameters import InvalidParametersError, Parameters, UnknownParametersError


def text_of(parameters_id: str) -> str:
    return files("qof_payments").joinpath("parameters", f"{parameters_id}.yaml").read_text(encoding="utf-8")


def test_every_set_is_what_was_frozen_and_fits_the_year_before() -> None:
    assert faults_of_all() == []


def test_every_year_of_the_framework_is_there() -> None:
    years = [f"{year}-{(year + 1) % 100:02}" for year in range(2004, 2027)]
    england = [f"england-{year}" for year in years]
    assert known_parameters() == (*england, *[f"scotland-{year}" for year in years[5:12]])


def test_edited_new_and_lost_sets_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen = dict(parameters.frozen_digests())
    digest = frozen.pop("england-2026-27")
    frozen |= {"england-2006-07": "0" * 64, "wales-2004-05": "1" * 64}
    monkeypatch.setattr(parameters, "frozen_digests", lambda: frozen)
    edited, new, lost = faults_of_all()
    assert edited.startswith(f"england-2006-07: was released with another content (digest {'0' * 64}, now ")
    assert new == f"england-2026-27: not in digests.json; add it there with the digest {digest}"
    assert lost == "wales-2004-05: was released and is not there any more"


def test_unreadable_set_is_told_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(nation: str, qof_year: str) -> Parameters:
        if qof_year == "2026-27":
            raise InvalidParametersError("parameters england-2026-27: not YAML")
        return load_parameters(nation, qof_year)

    monkeypatch.setattr(parameters, "load_parameters", broken)
    assert faults_of_all() == [
        "parameters england-2026-27: not YAML",
        "england-2026-27: was released and is not there any more",
    ]


def test_command_counts_faults(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main() == 0
    assert capsys.readouterr().out == "money parameters: 30 sets, 0 faults\n"
    monkeypatch.setattr(parameters, "faults_of_all", lambda: ["england-2026-27: wrong"])
    assert main() == 1
    assert "england-2026-27: wrong" in capsys.readouterr().err


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
    assert england.rebase == "mean-of-roots"


def test_days_groups_and_breaks_are_read() -> None:
    england = load_parameters("england", "2012-13")
    assert (england.list_date, england.prevalence_date) == (date(2013, 1, 1), date(2013, 3, 31))
    assert england.average_list_date is None
    assert england.target_population_groups["CS"] == "women aged 25 to 64"
    assert "value_of_a_point" in england.changes
    next_year = load_parameters("england", "2013-14")
    assert next_year.average_list_date == date(2013, 1, 1)
    assert next_year.target_population_groups == {}
    assert next_year.changes == {}


@pytest.mark.parametrize(("nation", "qof_year"), [("england", "1999-00"), ("../england", "2012-13"), ("", "")])
def test_unknown_year_is_an_error_that_lists_the_known(nation: str, qof_year: str) -> None:
    with pytest.raises(UnknownParametersError, match="this release has england-2004-05, england-2005-06, "):
        load_parameters(nation, qof_year)


def test_layout_and_comments_do_not_change_the_digest() -> None:
    text = text_of("england-2012-13")
    loaded = load_parameters("england", "2012-13")
    assert read_parameters(f"# a comment\n{text}", "england-2012-13").digest == loaded.digest
    assert read_parameters(text.replace("133.76", "133.77", 1), "england-2012-13").digest != loaded.digest


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"5891"', "5891", "average_list_size: value, source, unverified and change are text; put numbers and dates"),
        ('"5891"', '"about 5891"', "'about 5891' is not an exact number"),
        ('"5891"', '"5891/0"', "'5891/0' is not an exact number"),
        ('"5891"', '"-5891"', "average_list_size is patients above 0"),
        ("true-prevalence", "roots", "prevalence_regime is one of"),
        ('"2013-01-01"', '"1 January 2013"', "list_date: '1 January 2013' is not a day; write it as 2013-01-31"),
        ('"2013-01-01"', "2013-01-01", "list_date: value, source, unverified and change are text"),
        ("value: true-prevalence", "value: square-root", "rebase belongs to the square-root regime, and to no other"),
        ("value: applies", "value: perhaps", "target_population_factor is one of applies, does-not-apply"),
        ("value: applies", "value: does-not-apply", "target_population_groups belongs to a target_population_factor"),
        ("      CS: women aged 25 to 64", "      CS: 25", "target_population_groups: value, source, unverified and"),
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
