"""How long does each engine take? Interleaved repetitions on the same practices, in processor time."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loadtests.benches.calculation import columns, ours, peers
from loadtests.benches.calculation.names import (
    BARE,
    COLUMN_POINTS,
    EXPLAINED,
    FIGURES,
    GATHERED,
    LEAN,
    POINTS,
    RATIONAL,
    READY,
    STATEMENTS,
    Run,
)
from loadtests.benches.calculation.nation import Nation


class AnswersDifferError(Exception):
    """Two engines gave different answers for the same practices, so their times say nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured."""

    practices: int
    sizes: Sequence[int]
    rational_practices: int
    """Of the nation that rational arithmetic calculates: it takes too long for more."""
    repetitions: int


def measured(nation: Nation, plan: Plan, tell: Callable[[str], None]) -> list[Run]:
    """Every engine, as often as the plan says, one after the other; raises AnswersDifferError."""
    whole, few = nation.of(plan.practices), nation.of(plan.rational_practices)
    ready = columns.Columns(whole)
    tell(f"the answers of all engines agree on {check(whole, few, ready)} lines")
    runs: list[Run] = []
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        for repetition in range(plan.repetitions):
            # The size in which engines are compared comes last, so that its peers follow while the machine is the same.
            for size in sorted(plan.sizes, key=lambda size: size == plan.practices):
                runs.append(lean(nation.of(size)))
            for engine in _others(whole, few, ready):
                runs.append(engine())
            tell(f"repetition {repetition + 1} of {plan.repetitions}")
    finally:
        gc.enable()
        gc.unfreeze()
    return runs


def _others(whole: Nation, few: Nation, ready: columns.Columns) -> Sequence[Callable[[], Run]]:
    lines, unit = ours.lines_of(whole), whole.rules.scale

    def in_columns() -> object:
        return columns.column_pence(ready, whole, lines, ours.figures(whole))

    def gathered() -> object:
        return columns.column_pence(columns.Columns(whole), whole, lines, ours.figures(whole))

    return (
        lambda: timed(BARE, whole, lambda: peers.bare_integers(whole)),
        lambda: timed(COLUMN_POINTS, whole, lambda: columns.column_hundredths(ready, unit)),
        lambda: timed(READY, whole, in_columns),
        lambda: timed(GATHERED, whole, gathered),
        lambda: timed(RATIONAL, few, lambda: peers.rational(few, lines)),
        lambda: timed(EXPLAINED, whole, lambda: ours.explained(whole)),
    )


def timed(engine: str, nation: Nation, work: Callable[[], object]) -> Run:
    started = time.process_time()
    work()
    return Run(engine, len(nation.extracts), _each(time.process_time() - started, nation), {})


def lean(nation: Nation) -> Run:
    """OpenQOF's recalculation, from the decoded extracts to the pence of every line, by part."""
    lines = ours.lines_of(nation)
    sums = ours.sums(nation, lines)
    started = time.process_time()
    earned = ours.points(nation, sums)
    with_points = time.process_time()
    means = ours.figures(nation)
    with_figures = time.process_time()
    ours.statements(nation, lines, earned, means)
    ended = time.process_time()
    parts = {
        POINTS: _each(with_points - started, nation),
        FIGURES: _each(with_figures - with_points, nation),
        STATEMENTS: _each(ended - with_figures, nation),
    }
    return Run(LEAN, len(nation.extracts), _each(ended - started, nation), parts)


def _each(seconds: float, nation: Nation) -> float:
    return seconds / len(nation.extracts) * 1e6


def check(whole: Nation, few: Nation, ready: columns.Columns) -> int:
    """How many lines all engines agree on; raises AnswersDifferError."""
    lines, means = ours.lines_of(whole), ours.figures(whole)
    expected = ours.explained(whole)
    _same(LEAN, ours.statements(whole, lines, ours.points(whole, ours.sums(whole, lines)), means), expected)
    _same(READY, columns.column_pence(ready, whole, lines, means).tolist(), expected)
    _same(COLUMN_POINTS, columns.column_hundredths(ready, whole.rules.scale).tolist(), peers.bare_integers(whole))
    _same(RATIONAL, peers.rational(few, lines), ours.explained(few))
    return sum(len(of_practice) for of_practice in expected)


def _same(engine: str, found: object, expected: object) -> None:
    if found != expected:
        raise AnswersDifferError(f"{engine} gives other answers than its peers; mend that before timing anybody")
