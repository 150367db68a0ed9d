"""One supplier posts seven times its share: do the others notice?

Twice the same stream of corrected extracts from everybody at RATE a second, in the market's shares; the second time
the second largest supplier posts seven times its share. Half the time each. The p99 of the others may
grow by a fifth at most: to the receipt, and to the points.

RATE is what two cores that Locust shares have time for, also with the noise (2.8 times RATE): of a machine that is at
its end everybody notices something, whoever is loud.
"""

from collections.abc import Mapping, Sequence

from loadtests.due import evenly
from loadtests.record import Record
from loadtests.shapes.shape import Asked, Flow, Phase, Shape, Target, Visit
from loadtests.shapes.targets import ratio

QUIET, NOISY = "quiet", "noisy"
TIMES = 7
OTHERS_RECEIPT, OTHERS_POINTS = "others: due to receipt", "others: due to points"


def noisy_one(suppliers: Mapping[str, float]) -> str:
    """The second largest: the smallest would be little noise, and the largest leaves few others."""
    return list(suppliers)[min(1, len(suppliers) - 1)]


def lay_out(asked: Asked) -> Sequence[Phase]:
    seconds = asked.seconds / 2
    count = max(1, int(asked.rate * seconds))
    everybody = Flow(Visit.CORRECT, evenly(count, seconds))
    loud = noisy_one(asked.suppliers)
    # Its share of everybody's stream goes on; six times as many come on top of it.
    more = max(1, round((TIMES - 1) * count * asked.suppliers[loud]))
    noise = Flow(Visit.CORRECT, evenly(more, seconds), supplier=loud)
    return [Phase(QUIET, seconds, [everybody]), Phase(NOISY, seconds, [everybody, noise])]


def growth(name: str) -> Target:
    def measure(record: Record) -> float | None:
        return ratio(record.phases[NOISY].share(name, 0.99), record.phases[QUIET].share(name, 0.99))

    return Target(name, "p99 of the other suppliers beside a loud one, over that without it", 1.2, False, measure)


NOISY_SUPPLIER = Shape(
    name="noisy-supplier",
    rehearses="one supplier posts seven times its share",
    practices=300,
    seconds=160,
    rate=20,
    lay_out=lay_out,
    targets=(growth(OTHERS_RECEIPT), growth(OTHERS_POINTS)),
    is_prepared=False,
)
