"""What did the practice's system count, and what did people determine beside? The calculator's input.

Every function of the core takes anything of the shape in `qof_shared.counts`, so the event's extract is handed over
as it is; the classes here are for whoever has no event, above all tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IndicatorCount:
    """One indicator's patients: the denominator is what is left after exclusions and PCAs.

    A fraction has `numerator` and `denominator`, a yes/no has `achieved`, a register has none of them.
    `exclusions` and `pcas` are patients by reason code.
    """

    indicator: str
    numerator: int | None = None
    denominator: int | None = None
    achieved: bool | None = None
    exclusions: Mapping[str, int] = field(default_factory=dict)
    pcas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """One practice's patients: the list, the registers by code, and the indicators in the order they were sent."""

    list_size: int
    registers: Mapping[str, int]
    indicators: Sequence[IndicatorCount]


@dataclass(frozen=True, slots=True)
class Determination:
    """What was determined for one indicator of the practice: a `qof_shared.vocabulary.Determines` and its value."""

    indicator: str
    determines: str
    value: str
