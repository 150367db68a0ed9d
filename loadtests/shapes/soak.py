"""Half an hour of an ordinary day, on and on: does anything grow that should not?

Suppliers correct extracts, practices sign in, read and sign, commissioners approve, an operator looks. MINUTES=30 is
the default here; give it a night where you can. After a tenth of the time to warm up, straight lines are laid through
memory, the pages' p99 and the tables: none may have moved by more than 10 % over the run.
"""

from collections.abc import Sequence

from loadtests.due import as_people_come, evenly
from loadtests.record import PAGE, Record, drift, quantile
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Target, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED, PAGES_QUICK

READ_EVERY_SECONDS = 1.0
MOST_DRIFT = 0.10
WINDOWS = 20


def lay_out(asked: Asked) -> Sequence[Phase]:
    seconds = asked.seconds
    flows = [
        Flow(Visit.CORRECT, evenly(max(1, int(seconds * asked.rate)), seconds)),
        Flow(Visit.SIGN, as_people_come(asked.practices, seconds, seed="soak signs")),
        Flow(Visit.READ, as_people_come(max(1, int(seconds / READ_EVERY_SECONDS)), seconds, seed="soak reads")),
        Flow(Visit.APPROVE, evenly(max(1, int(seconds / 20)), seconds)),
        Flow(Visit.OPERATE, evenly(max(1, int(seconds / 5)), seconds)),
    ]
    return [Phase("soak", seconds, flows)]


def memory_drift(record: Record) -> float | None:
    """Of the process that grew most: beside twelve that do not, one that doubles hardly shows in their sum."""
    names = {name for one in record.samples for name in one.memory}
    grown = [
        drift([(one.moment, float(one.memory[name])) for one in record.samples if name in one.memory]) for name in names
    ]
    return max((one for one in grown if one is not None), default=None)


def p99_drift(record: Record) -> float | None:
    """Of the p99 of each twentieth of the run: that of single seconds is chance."""
    phase = record.phases["soak"]
    pages = [
        (moment, seconds)
        for name, times in phase.times.items()
        if name.startswith(PAGE)
        for moment, seconds in zip(times.moments, times.seconds, strict=True)
    ]
    width = (phase.arrivals_ended - phase.began) / WINDOWS
    windows: list[list[float]] = [[] for _ in range(WINDOWS)]
    for moment, seconds in pages:
        if width > 0 and moment < phase.arrivals_ended:
            windows[min(WINDOWS - 1, int((moment - phase.began) / width))].append(seconds)
    points = [(at * width, quantile(window, 0.99)) for at, window in enumerate(windows)]
    return drift([(at, value) for at, value in points if value is not None])


def table_drift(record: Record) -> float | None:
    """Of bytes for each row: tables grow with what is kept, and that is their work; bloat makes a row's place grow."""
    return drift(
        [
            (one.moment, one.table_bytes / one.table_rows)
            for one in record.samples
            if one.table_bytes is not None and one.table_rows
        ]
    )


SOAK = Shape(
    name="soak",
    rehearses="an ordinary half hour: does anything grow that should not?",
    practices=900,
    seconds=1_800,
    rate=5,
    lay_out=lay_out,
    targets=(
        ALL_SIGNED_IN,
        ALL_SIGNED,
        NO_DROPPED,
        PAGES_QUICK,
        Target(
            "memory drift", "by which part of itself the memory of any process grew", MOST_DRIFT, False, memory_drift
        ),
        Target("page p99 drift", "by which part of itself the pages' p99 grew", MOST_DRIFT, False, p99_drift),
        Target("table drift", "by which part of itself a row's bytes grew", MOST_DRIFT, False, table_drift),
    ),
)
