"""What shape do a practice's counts have, to a core that may not know the contract? Pure; imports nobody.

`qof_shared.contracts.Extract` fits as it is: copying a hundred counts into classes of a core would cost more than
checking or calculating them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol


class IndicatorCountLike(Protocol):
    """One indicator's patients; see `qof_shared.contracts.IndicatorCounts`."""

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
    """One practice's patients: the list, the registers by code, the indicators in the order they were sent."""

    @property
    def list_size(self) -> int: ...
    @property
    def registers(self) -> Mapping[str, int]: ...
    @property
    def indicators(self) -> Sequence[IndicatorCountLike]: ...


class DeterminationLike(Protocol):
    """What was determined for an indicator of the practice; see `qof_shared.contracts.Determination`."""

    @property
    def indicator(self) -> str: ...
    @property
    def determines(self) -> str: ...
    @property
    def value(self) -> str: ...


class AppliedDeterminationLike(Protocol):
    """What was determined, and what would have counted without it; see `qof_shared.contracts.AppliedDetermination`."""

    @property
    def indicator(self) -> str: ...
    @property
    def determines(self) -> str: ...
    @property
    def was(self) -> str | None: ...
    @property
    def value(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def person(self) -> str: ...
