"""How long do one practice's pounds take, step by step? Prints, never asserts.

python services/payments/tests/integration/measure.py [--profile]
"""

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import TypeVar
from uuid import uuid4

import msgspec

from qof_payments.adapters.parameters import load_parameters
from qof_payments.core.national import national_figures
from qof_payments.core.statement import points_by_line
from qof_payments.core.terms import Terms, terms_of
from qof_payments.handlers.calculate_entitlements import _calculate
from qof_payments.handlers.payable import PayableAchievement, payable
from qof_payments.handlers.ports import PracticeAchievement, Snapshot
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated, Event, IndicatorAchievement, new_event

PRACTICES, ROUNDS, NATION = 200, 12, 9_000
NOW = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)

REGISTERS = [f"REGISTER{number:02}" for number in range(23)]
DOMAINS = ("Clinical", "Organisational", "Additional services", "Patient experience")
INDICATORS = 148
"""As many as England's 2012-13 had: 92 paid by one of 23 registers, the others by list size."""

T = TypeVar("T")
R = TypeVar("R")


def achievement(number: int, random: Random) -> Event:
    """About one indicator in six lies between its thresholds, as published."""
    indicators = []
    for place in range(INDICATORS):
        register = REGISTERS[place // 4] if place < 4 * len(REGISTERS) else None
        denominator = random.randint(20, 400)
        partly = f"{random.randint(1, 5 * denominator)}/{3 * denominator}"
        indicators.append(
            IndicatorAchievement(
                indicator=f"{register or 'RECORD'}{place:02}",
                group=register or "Records",
                domain=DOMAINS[0] if register else DOMAINS[place % 4],
                kind="fraction",
                status="achieved",
                points=partly if random.random() < 1 / 6 else str(random.randint(1, 20)),
                points_available="20",
                lower_threshold="40",
                upper_threshold="90",
                prevalence_register=register,
                numerator=denominator - 3,
                denominator=denominator,
                register_count=denominator + 4,
                exclusions=2,
                pcas=2,
            )
        )
    list_size = random.randint(1_500, 30_000)
    content = AchievementCalculated(
        extract_id=uuid4(),
        extract_number=number,
        extract_digest="e" * 64,
        collection="QOF",
        practice=f"A{number:05}",
        nation="england",
        qof_year="2012-13",
        ruleset="england-2012-13",
        ruleset_digest="r" * 64,
        calculated_at=NOW,
        list_size=list_size,
        registers={register: random.randint(1, list_size // 8) for register in REGISTERS},
        points="900",
        points_available="1000",
        indicators=indicators,
    )
    return new_event(content, occurred_at=NOW, correlation_id="c")


def measure(name: str, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """Print the best of some rounds, processor time for each thing."""
    best, done = float("inf"), []
    for _ in range(ROUNDS):
        start = time.process_time()
        done = [work(thing) for thing in things]
        best = min(best, time.process_time() - start)
    sys.stdout.write(f"{name:38} {best / len(things) * 1e6:7.0f} us\n")
    return done


def calculate(snapshot: Snapshot, terms: Terms) -> Callable[[PracticeAchievement], EntitlementCalculated]:
    return lambda kept: _calculate(kept, snapshot, terms, NOW)


def main() -> None:
    random, year = Random(2013), load_parameters("england", "2012-13")
    events = [achievement(number, random) for number in range(PRACTICES)]
    read = measure("achievement read", lambda event: event.content(PayableAchievement), events)
    measure("points added up by line", lambda one: points_by_line(one.indicators), read)
    kept = measure("achievement read and added up", lambda event: payable(event, load_parameters), events)
    nation = [(f"{n}", kept[n % PRACTICES].list_size, kept[n % PRACTICES].registers) for n in range(NATION)]
    start = time.process_time()
    figures = national_figures(nation, year)
    sys.stdout.write(f"national figures of {NATION:,} practices   {time.process_time() - start:7.2f} s\n")
    snapshot = Snapshot(uuid4(), "QOF", 1, "final", "d" * 64, figures, "england-2012-13", "p" * 64, NOW, "n", "r")
    terms = terms_of(figures, year)
    measure("terms, once a batch", lambda _: terms_of(figures, year), range(20))
    told = measure("entitlement", calculate(snapshot, terms), kept)
    bodies = measure("entitlement encoded", msgspec.json.encode, told)
    sys.stdout.write(f"{len(told[0].lines)} lines, {len(bodies[0]):,} bytes\n")
    if "--profile" in sys.argv:
        with cProfile.Profile() as profile:
            measure("entitlement, watched", calculate(snapshot, terms), kept)
        pstats.Stats(profile).sort_stats("tottime").print_stats(12)


if __name__ == "__main__":
    main()
