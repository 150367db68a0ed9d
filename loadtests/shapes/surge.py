"""Year end as a whole: suppliers post everything while practices wait for their reports, which then are signed.

Every tenth extract is sent twice at the same moment, a fifth of all come in bulk. Practices come while extracts are
posted, so most find the page that says where their extract is, and follow it. The national team freezes as soon as
everything that was posted has points. RATE is extracts a second.
"""

from collections.abc import Sequence

from loadtests.due import as_people_come, evenly
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED

IN_BULK_OF = 5
"""One extract of so many comes in bulk."""
LINES = 50
"""Of a bulk."""


def lay_out(asked: Asked) -> Sequence[Phase]:
    bulks = max(1, asked.practices // IN_BULK_OF // LINES)
    lines = asked.practices // IN_BULK_OF // bulks
    single = asked.practices - bulks * lines
    seconds = asked.practices / asked.rate
    flows = [
        Flow(Visit.POST, evenly(single, seconds)),
        Flow(Visit.SIGN, as_people_come(asked.practices, max(seconds, 10.0), seed="surge")),
        Flow(Visit.FREEZE, (0.0,)),
        Flow(Visit.OPERATE, evenly(max(2, int(seconds) // 5), seconds)),
    ]
    if lines:
        flows.insert(1, Flow(Visit.POST_BULK, evenly(bulks, seconds), lines=lines))
    return [Phase("year end", seconds, flows, patience=240)]


SURGE = Shape(
    name="surge",
    rehearses="extracts in, points, national figures, reports, signatures: everything at once",
    practices=300,
    seconds=0,
    rate=50,
    lay_out=lay_out,
    targets=(ALL_SIGNED_IN, ALL_SIGNED, NO_DROPPED),
    is_prepared=False,
)
