"""What did the practice's system count? The calculator's input, in the order in which it was sent.

Every function of the core takes anything of this shape, so the event's extract is handed over as it is:
its field names are the same, and copying a hundred counts would cost more than the arithmetic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


class IndicatorCountLike(Protocol):
    """The counts of one indicator; see `IndicatorCount`."""

    @property
    def indicator(self) -> str: ...
    @property
    def numerator(self) -> int | None: ...
    @property
    def denominator(self) -> int | None: ...
    @property
    def achieved(self) -> bool | None: ...
    @property
    def exclusions(self) -> Mapping[str, int]: ...
    @property
    def pcas(self) -> Mapping[str, int]: ...


class CountsLike(Protocol):
    """The counts of one practice; see `Counts`."""

    @property
    def list_size(self) -> int: ...
    @property
    def registers(self) -> Mapping[str, int]: ...
    @property
    def indicators(self) -> Sequence[IndicatorCountLike]: ...


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
