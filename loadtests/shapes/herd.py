"""08:00 on the first day: 9,000 people sign in within a minute, because the e-mail said from eight o'clock.

Everybody signs in and reads their practice's report; every tenth signs at once. Not compressed: SECONDS=60 is the
minute. A smaller PRACTICES keeps the minute, so it is a smaller herd, not a shorter one.
"""

from collections.abc import Sequence

from loadtests.due import as_people_come
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Visit
from loadtests.shapes.targets import ALL_SIGNED, ALL_SIGNED_IN, NO_DROPPED, PAGES_QUICK

SIGN_EVERY = 10


def lay_out(asked: Asked) -> Sequence[Phase]:
    signing = -(-asked.practices // SIGN_EVERY)
    flows = [
        Flow(Visit.READ, as_people_come(asked.practices - signing, asked.seconds, seed="herd reads")),
        Flow(Visit.SIGN, as_people_come(signing, asked.seconds, seed="herd signs")),
    ]
    return [Phase("eight o'clock", asked.seconds, flows, patience=600)]


HERD = Shape(
    name="herd",
    rehearses="9,000 people sign in within 60 seconds at 08:00",
    practices=9_000,
    seconds=60,
    lay_out=lay_out,
    targets=(ALL_SIGNED_IN, ALL_SIGNED, NO_DROPPED, PAGES_QUICK),
)
