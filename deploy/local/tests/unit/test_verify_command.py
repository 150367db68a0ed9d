"""Does the command print the table, say what differs and why, and fail where it must?"""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from qof_local.paths import LocalStackError
from qof_local.verify.command import Options, run

HEADER = "year,practice,contract,indicator,numerator,denominator,register,max_points,achieved_points"
GOOD = "2012-13,10002,nGMS,AF01,x,x,103,5,5"
WRONG = "2012-13,10003,nGMS,AF01,x,x,103,5,4"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "results_scotland_2012-13.csv").write_text(f"{HEADER}\n{GOOD}\n")
    return tmp_path


def ran(options: Options) -> tuple[bool, str]:
    output = io.StringIO()
    passes = run(options, Console(file=output, width=200), Console(file=io.StringIO()))
    return passes, output.getvalue()


def test_everything_reproduced(data: Path) -> None:
    passes, text = ran(Options(data=data))
    assert passes
    assert text.splitlines()[0].split() == ["year", "measure", "checked", "equal", "different", "share", "required"]
    first, second = (" ".join(line.split()) for line in text.splitlines()[1:3])
    assert first == "scotland 2012-13 indicators of the rule set 1 1 0 100 % told ok"
    assert second == "points 1 1 0 100 % 99.98 % ok"
    assert text.rstrip().endswith("everything is reproduced as required")


def test_difference_is_listed_fails_and_goes_into_the_file(data: Path, tmp_path: Path) -> None:
    (data / "results_scotland_2012-13.csv").write_text(f"{HEADER}\n{GOOD}\n{WRONG}\n")
    passes, text = ran(Options(data=data, json_file=tmp_path / "report.json"))
    assert not passes
    assert "10003 AF01: published 4, calculated 5 (103 on the register); cause: not known" in text
    assert "NOT reproduced as required: scotland 2012-13 points" in text
    report = json.loads((tmp_path / "report.json").read_text())
    [_, measure] = report["measures"]
    assert report["passes"] is False
    assert (measure["year"], measure["measure"], measure["checked"], measure["equal"]) == (
        "scotland 2012-13",
        "points",
        2,
        1,
    )
    assert measure["differences"] == [
        {
            "practice": "10003",
            "item": "AF01",
            "published": "4",
            "calculated": "5",
            "counts": "103 on the register",
            "cause": "not known",
        }
    ]


@pytest.mark.parametrize(
    "options",
    [Options(), Options(data=Path("a"), file=Path("b")), Options(data=Path("a"), year="2022-23")],
    ids=["neither", "both", "year of a folder"],
)
def test_options_that_do_not_belong_together_error(options: Options) -> None:
    with pytest.raises(LocalStackError, match="--file"):
        ran(options)
