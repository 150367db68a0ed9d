"""The last hour before a deadline, as HMRC knows it every 31 January: more and more come until the clock strikes.

The last hour's arrivals rise steadily; in its last minutes four times as many come as in its first. SECONDS stand for
the hour. Nobody who came in time may be left without a signature, and signing may not slow down towards the end.
"""

from collections.abc import Sequence

from loadtests.due import evenly, from_moment, rising
from loadtests.record import Record
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Target, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED, PAGES_QUICK

GROWTH = 4.0
SIGN = "page sign"


def sign_p99(record: Record) -> float | None:
    return record.phases["the last hour"].share(SIGN, 0.99)


def lay_out(asked: Asked) -> Sequence[Phase]:
    flows = [
        Flow(Visit.SIGN, rising(asked.practices, asked.seconds, growth=GROWTH)),
        Flow(Visit.APPROVE, from_moment(evenly(max(1, asked.practices // 50), asked.seconds / 2), asked.seconds / 2)),
    ]
    return [Phase("the last hour", asked.seconds, flows)]


DEADLINE = Shape(
    name="deadline",
    rehearses="the last hour before a deadline: arrivals rise until the end",
    practices=1_000,
    seconds=120,
    lay_out=lay_out,
    targets=(
        ALL_SIGNED_IN,
        ALL_SIGNED,
        NO_DROPPED,
        PAGES_QUICK,
        Target("sign p99", "99 of 100 presses on sign answered within so many seconds", 2.0, False, sign_p99),
    ),
    compressed="the last hour",
)
