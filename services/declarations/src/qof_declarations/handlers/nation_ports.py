"""What the national team's pages need from the outside, in their own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from qof_declarations.core.determination import Determination
from qof_declarations.core.nation import CommissionerProgress, SupplierProgress


@dataclass(frozen=True, slots=True)
class Determined:
    """A determination that stands, and whose it is."""

    determination: Determination
    practice_name: str


class Nation(Protocol):
    """Counts over the practices that one person may see; made with a scope, as standings are."""

    async def by_commissioner(self, collection: str, *, today: date) -> Sequence[CommissionerProgress]:
        """By code; `today` decides who is late."""

    async def by_supplier(self, collection: str) -> Sequence[SupplierProgress]:
        """By code."""

    async def signed_by_hour(self, collection: str, *, since: datetime) -> Mapping[datetime, int]:
        """Full hour (UTC) -> signatures; an hour without any is missing."""

    async def determined(
        self, collection: str, *, search: str, after: tuple[str, str, str] | None, limit: int
    ) -> Sequence[Determined]:
        """What stands, by practice, indicator and kind, from the one behind `after`; `search` is the beginning of a
        practice's code or part of its name."""

    async def count_determined(self, collection: str) -> int:
        """How many determinations stand."""
