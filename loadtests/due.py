"""When is each arrival due? Seconds after a phase begins, whether or not those who came before are done.

An open schedule: a server that stalls does not slow down who comes, as a closed loop of users would.
"""

import random
from math import log

Due = tuple[float, ...]
"""Rising, from 0 on."""


def evenly(count: int, seconds: float) -> Due:
    """One after the other at a fixed rate, as a program sends."""
    return tuple(at * seconds / count for at in range(count))


def as_people_come(count: int, seconds: float, *, seed: object) -> Due:
    """At moments of their own: sometimes many at once, sometimes nobody (a Poisson stream of a known number)."""
    chance = random.Random(f"{seed}/{count}")
    return tuple(sorted(chance.uniform(0, seconds) for _ in range(count)))


def rising(count: int, seconds: float, *, growth: float) -> Due:
    """More and more until the end: the rate grows steadily, and is `growth` times that of the beginning at the end."""
    # The moment at which the share (at + 1/2) / count of all has come, under a rate that grows exponentially.
    return tuple(seconds * log(1 + (at + 0.5) / count * (growth - 1)) / log(growth) for at in range(count))


def from_moment(due: Due, begins: float) -> Due:
    """The same, later."""
    return tuple(at + begins for at in due)
