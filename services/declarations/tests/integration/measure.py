"""How long does one practice's report take, step by step? Prints, never asserts.

python services/declarations/tests/integration/measure.py [--profile]
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from qof_declarations.core.report import Report, build_report, digest_of
from qof_declarations.handlers.figures import ArrivedPoints
from qof_declarations.handlers.report_rows import QUICKLY
from qof_declarations.testing.builders import make_achievement, make_entitlement
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated, Event, new_event
from qof_shared.db.bodies import pack
from qof_shared.testing.fakes import NOON

PRACTICES, ROUNDS = 100, 12
INDICATORS, LINES = 148, 27
"""As in England's 2012-13."""

T = TypeVar("T")
R = TypeVar("R")
Halves = tuple[AchievementCalculated, EntitlementCalculated]


def points(number: int) -> Event:
    """A practice's points, every indicator with counts of its own."""
    content = make_achievement(number=number).content(AchievementCalculated)
    one = content.indicators[0]
    indicators = [
        msgspec.structs.replace(one, indicator=f"AF {n}", numerator=n, points=f"{n}/6", lower_threshold=f"{n % 50}")
        for n in range(INDICATORS)
    ]
    registers = {f"REGISTER{n}": 100 + n for n in range(24)}
    content = msgspec.structs.replace(content, indicators=indicators, registers=registers)
    return new_event(content, occurred_at=NOON, correlation_id="c")


def pounds(number: int) -> Event:
    """A practice's pounds, every line as long as a true one."""
    content = make_entitlement(number=number).content(EntitlementCalculated)
    line = msgspec.structs.replace(
        content.lines[0],
        points="53233679/56760",
        national_prevalence="0.015432098765432109876543",
        adjusted_practice_disease_factor="20333333333333333333333333/17555555555555555555555555",
        formula="12.67 points × £133.76 × CPI 1.2176 (list 7,173 ÷ 5,891) × APDF 1.3244 (prevalence 103 ÷ 7,173"
        " = 1.4359 % ÷ national mean 1.0842 %) = £2,745.55",
    )
    lines = [msgspec.structs.replace(line, line=f"REGISTER{n}") for n in range(LINES)]
    return new_event(msgspec.structs.replace(content, lines=lines), occurred_at=NOON, correlation_id="c")


def measure(name: str, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Print the best of some rounds, processor time for each thing."""
    best, done = float("inf"), []
    for _ in range(ROUNDS):
        start = time.process_time()
        done = [work(thing) for thing in things]
        best = min(best, time.process_time() - start)
    sys.stdout.write(f"{name:38} {best / len(things) * 1e6:7.0f} us\n")
    return done


def report(halves: Halves) -> Report:
    return build_report(*halves, writing=QUICKLY)


def main() -> None:
    achieved, entitled = [points(n) for n in range(PRACTICES)], [pounds(n) for n in range(PRACTICES)]
    measure("points arrive", lambda event: event.content(ArrivedPoints), achieved)
    measure("points read for a report", lambda event: event.content(AchievementCalculated), achieved)
    measure("pounds arrive", lambda event: event.content(EntitlementCalculated), entitled)
    halves = [
        (one.content(AchievementCalculated), other.content(EntitlementCalculated))
        for one, other in zip(achieved, entitled, strict=True)
    ]
    reports = measure("report built", report, halves)
    measure("its digest alone", lambda one: digest_of(one.document), reports)
    stored = measure("document packed", lambda one: pack(one.document), reports)
    sys.stdout.write(f"document {len(reports[0].document):,} bytes, packed {len(stored[0]):,}\n")
    if "--profile" in sys.argv:
        with cProfile.Profile() as profile:
            measure("report built, watched", report, halves)
        pstats.Stats(profile).sort_stats("tottime").print_stats(12)


if __name__ == "__main__":
    main()
