"""2 April 2007 again: 1,436 practices sign off in the first 14 hours, and 500 more in the first hours of the 3rd.

Those two totals are what is known of the day; how they were spread within is not, so people come as people come.
Commissioners approve in the second half of each day, an operator watches. Time is compressed: 14 hours, the night
between, and 4 hours of the next morning are SECONDS in all, of which the night gets a twentieth.
"""

from collections.abc import Sequence

from loadtests.due import as_people_come, evenly, from_moment
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED, PAGES_QUICK

FIRST_DAY, NEXT_MORNING = 1_436, 500
HOURS_OF_DAY, HOURS_OF_MORNING = 14, 4
NIGHT = 0.05
"""Share of the time that stands for the night."""


def lay_out(asked: Asked) -> Sequence[Phase]:
    morning = round(asked.practices * NEXT_MORNING / (FIRST_DAY + NEXT_MORNING))
    hour = asked.seconds * (1 - NIGHT) / (HOURS_OF_DAY + HOURS_OF_MORNING)
    return [
        _phase("2 April", asked.practices - morning, HOURS_OF_DAY * hour, rest=asked.seconds * NIGHT),
        _phase("3 April", morning, HOURS_OF_MORNING * hour, rest=0.0),
    ]


def _phase(name: str, practices: int, seconds: float, *, rest: float) -> Phase:
    flows = [
        Flow(Visit.SIGN, as_people_come(practices, seconds, seed=name)),
        Flow(Visit.APPROVE, from_moment(evenly(max(1, practices // 50), seconds / 2), seconds / 2)),
        Flow(Visit.OPERATE, evenly(max(1, int(seconds / 10)), seconds)),
    ]
    # The night is a rest after the day's last arrival: whoever waits then, waits into the night.
    return Phase(name, seconds + rest, flows)


REPLAY_2007 = Shape(
    name="replay-2007",
    rehearses="1,436 sign-offs in 14 hours and 500 more the next morning",
    practices=FIRST_DAY + NEXT_MORNING,
    seconds=180,
    lay_out=lay_out,
    targets=(ALL_SIGNED_IN, ALL_SIGNED, NO_DROPPED, PAGES_QUICK),
    compressed="14 h + the night + 4 h",
)
