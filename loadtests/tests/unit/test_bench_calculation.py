"""Do the engines that need no library give the same answers, and are their figures put together as they should be?"""

from collections import Counter
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest
from loadtests.benches.calculation import ours, peers
from loadtests.benches.calculation.figures import engines, parts, ratio, ratios, targets
from loadtests.benches.calculation.names import BARE, FIGURES, GATHERED, LEAN, POINTS, RATIONAL, READY, STATEMENTS, Run
from loadtests.benches.calculation.nation import BETWEEN, INDICATORS, Nation, nation
from loadtests.benches.calculation.report import markdown, write_json

from qof_calculator.core.points import calculate
from qof_shared.vocabulary import round_half_up

MACHINE = {
    "cores": 2,
    "processor": "P",
    "memory_gb": 1.0,
    "python": "3",
    "numpy": "2",
    "load_before": 0.1,
    "date": "today",
}


@pytest.fixture(scope="module")
def small() -> Nation:
    return nation(25)


def test_the_nation_is_a_year_with_a_hundred_indicators(small: Nation) -> None:
    kinds = Counter(one.kind for one in small.rules.ruleset.indicators)
    assert sum(kinds.values()) == INDICATORS
    assert kinds["fraction"] > 70
    assert len(small.of(60).extracts) == 60
    partly = [
        result
        for extract in small.extracts
        for result in calculate(small.rules, extract).indicators
        if result.status == "partly"
    ]
    assert 0.5 < len(partly) / (25 * kinds["fraction"] * BETWEEN) < 1.5


def test_all_engines_give_the_same_pence(small: Nation) -> None:
    lines, means = ours.lines_of(small), ours.figures(small)
    expected = ours.explained(small)
    assert ours.statements(small, lines, ours.points(small, ours.sums(small, lines)), means) == expected
    assert peers.rational(small, lines) == expected
    assert len({len(of_practice) for of_practice in expected}) == 1


def test_the_bare_loop_gives_the_same_points_to_the_hundredth(small: Nation) -> None:
    for extract, found in zip(small.extracts, peers.bare_integers(small), strict=True):
        points = {one.indicator.code: one.points for one in calculate(small.rules, extract).indicators}
        rounded = [int(100 * round_half_up(points[one.indicator], 2)) for one in extract.indicators]
        assert found == rounded


def runs(lean: float = 50.0, small: float = 52.0, bare: float = 25.0) -> list[Run]:
    split = {POINTS: lean * 0.5, FIGURES: lean * 0.25, STATEMENTS: lean * 0.25}
    return [
        run
        for repeated in (1.0, 2.0, 1.5)
        for run in (
            Run(LEAN, 900, small * repeated, split),
            Run(LEAN, 9000, lean * repeated, split),
            Run(BARE, 9000, bare * repeated, {}),
            Run(READY, 9000, 40.0 * repeated, {}),
            Run(GATHERED, 9000, 100.0 * repeated, {}),
            Run(RATIONAL, 300, 2500.0 * repeated, {}),
        )
    ]


def test_medians_come_with_their_spread() -> None:
    found = {(one.engine, one.practices): one for one in engines(runs())}
    ours_here = found[LEAN, 9000]
    assert (ours_here.runs, ours_here.median, ours_here.fastest, ours_here.slowest) == (3, 75.0, 50.0, 100.0)
    assert parts(runs(), 9000) == {POINTS: 25.0, FIGURES: 12.5, STATEMENTS: 12.5}


def test_a_ratio_is_of_the_fastest_runs() -> None:
    assert ratio(runs(), RATIONAL, 9000) == 50
    assert ratios(runs(), 9000) == [
        "rational arithmetic takes 50.0 times as long",
        "a column engine takes 0.80 times as long where columns lie ready, 2.00 times from the same extracts",
    ]


@pytest.mark.parametrize(
    ("measured", "held"),
    [
        (runs(lean=40), [True, True, False]),
        (runs(lean=40, small=40), [True, True, True]),
        (runs(lean=61, small=61), [False, True, True]),
        (runs(lean=40, small=40, bare=15), [True, False, True]),
    ],
)
def test_targets_are_judged_by_the_fastest_run(measured: list[Run], held: list[bool]) -> None:
    assert [one.holds for one in targets(measured, 9000)] == held


def test_the_report_tells_ratios_and_verdicts(tmp_path: Path) -> None:
    told = markdown(MACHINE, runs(), 9000)
    assert "| OpenQOF, recalculation | 9,000 | 3 | 50.0 (75.0, 100.0) | 20,000 |" in told
    assert "- met: a practice in 60 us at most" in told
    assert "2 cores (P), 1.0 GB, Python 3, NumPy 2, load 0.1 before, today." in told
    write_json(tmp_path / "calculation.json", MACHINE, runs(), 9000)
    document = msgspec.json.decode((tmp_path / "calculation.json").read_bytes())
    assert [target["holds"] for target in document["targets"]] == [True, True, True]
    assert Fraction(document["engines"][0]["median"]) == 78
