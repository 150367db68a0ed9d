"""What do the runs say? Medians with their spread, ratios, and which targets hold. Pure.

Judged is the fastest run of each engine: the work is the same each time, so what a run takes longer is what the machine
did beside it. Medians and the slowest runs stand in the table for who wants to see how much that was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from loadtests.benches.calculation.names import BARE, GATHERED, LEAN, RATIONAL, READY, Run

MOST_MICROSECONDS = 60
MOST_OF_BARE = 2.5
FLAT = 0.15


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine's runs at one size, in microseconds of processor time for a practice."""

    engine: str
    practices: int
    runs: int
    median: float
    fastest: float
    slowest: float


@dataclass(frozen=True, slots=True)
class Target:
    """What was aimed at, and what came of it."""

    aim: str
    found: str
    holds: bool


def engines(runs: Sequence[Run]) -> list[Engine]:
    """OpenQOF's recalculation from the smallest nation to the largest, then the others as they were measured."""
    measured = list(dict.fromkeys((run.engine, run.practices) for run in runs))
    found = []
    for engine, practices in sorted(measured, key=lambda one: (one[0] != LEAN, one[1] if one[0] == LEAN else 0)):
        times = [run.microseconds for run in runs if (run.engine, run.practices) == (engine, practices)]
        found.append(Engine(engine, practices, len(times), median(times), min(times), max(times)))
    return found


def parts(runs: Sequence[Run], practices: int) -> dict[str, float]:
    """Each part of OpenQOF's fastest recalculation at one size."""
    ours = [run for run in runs if run.engine == LEAN and run.practices == practices]
    return dict(min(ours, key=lambda run: run.microseconds).parts)


def ratio(runs: Sequence[Run], engine: str, practices: int) -> float:
    """How many times OpenQOF's recalculation an engine takes: the fastest run of the one by that of the other."""
    ours = min(run.microseconds for run in runs if run.engine == LEAN and run.practices == practices)
    return min(run.microseconds for run in runs if run.engine == engine) / ours


def targets(runs: Sequence[Run], practices: int) -> list[Target]:
    lean = {engine.practices: engine.fastest for engine in engines(runs) if engine.engine == LEAN}
    of_bare = 1 / ratio(runs, BARE, practices)
    flat = {size: microseconds / lean[practices] for size, microseconds in lean.items()}
    said = ", ".join(f"{size:,}: {microseconds:.1f}" for size, microseconds in lean.items())
    return [
        Target(
            f"a practice in {MOST_MICROSECONDS} us at most, national figures and statements included",
            f"{lean[practices]:.1f} us",
            lean[practices] <= MOST_MICROSECONDS,
        ),
        Target(
            f"at most {MOST_OF_BARE} times the best loop of integers, which knows neither figures nor pounds",
            f"{of_bare:.2f} times",
            of_bare <= MOST_OF_BARE,
        ),
        Target(
            f"a practice costs the same in every nation (±{FLAT:.0%})",
            f"us a practice: {said}",
            all(abs(of - 1) <= FLAT for of in flat.values()),
        ),
    ]


def ratios(runs: Sequence[Run], practices: int) -> list[str]:
    """The two ratios that are asked for, as sentences."""
    return [
        f"rational arithmetic takes {ratio(runs, RATIONAL, practices):.1f} times as long",
        f"a column engine takes {ratio(runs, READY, practices):.2f} times as long where columns lie ready, "
        f"{ratio(runs, GATHERED, practices):.2f} times from the same extracts",
    ]
