"""Everybody is impatient: presses ten times, refreshes what does not come at once, opens two tabs.

First half of the practices come calmly, then the other half come in the same number and the same time, but like that;
half of them do not even wait as long as a waiting page asks. Useful work done while people come (signatures a second)
may not fall below 95 % of the calm half, and each practice has one declaration, however often it pressed.
"""

from collections.abc import Sequence

from loadtests.due import as_people_come
from loadtests.record import Record
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Target, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED, goodput, ratio

CALM, STORM = "calm", "storm"


def lay_out(asked: Asked) -> Sequence[Phase]:
    half = max(1, asked.practices // 2)
    due = as_people_come(half, asked.seconds / 2, seed="retry storm")
    return [
        Phase(CALM, asked.seconds / 2, [Flow(Visit.SIGN, due)]),
        Phase(STORM, asked.seconds / 2, [Flow(Visit.IMPATIENT_SIGN, due)]),
    ]


def storm_over_calm(record: Record) -> float | None:
    return ratio(goodput(record.phases[STORM]), goodput(record.phases[CALM]))


RETRY_STORM = Shape(
    name="retry-storm",
    rehearses="everybody presses ten times, refreshes and opens two tabs, after a calm run of as many",
    practices=800,
    seconds=160,
    lay_out=lay_out,
    targets=(
        ALL_SIGNED_IN,
        ALL_SIGNED,
        NO_DROPPED,
        Target("goodput", "signatures a second in the storm, over those of the calm", 0.95, True, storm_over_calm),
    ),
)
