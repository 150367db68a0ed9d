"""What the calculator's handlers need from outside."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from qof_calculator.core.compiled import CompiledRuleset
from qof_shared.contracts import AchievementCalculated, Event, ExtractRejected


class Rulesets(Protocol):
    """Rule sets by nation and QOF year, ready to calculate with."""

    def for_year(self, nation: str, qof_year: str) -> CompiledRuleset:
        """Raises qof_calculator.core.ruleset.UnknownRulesetError where there is none."""


class Achievements(Protocol):
    """Results, kept for ever: one per extract, never changed."""

    async def add(self, achievements: Sequence[AchievementCalculated]) -> list[AchievementCalculated]:
        """Add those whose extract has none yet; return exactly them."""


class Rejections(Protocol):
    """Extracts that could not be calculated, with their reasons."""

    async def add(self, rejections: Sequence[ExtractRejected]) -> list[ExtractRejected]:
        """Add those whose extract has none yet; return exactly them."""


class Outbox(Protocol):
    """Events to be told when the unit of work commits; `kept_id` names the achievement whose body is the data."""

    def add(self, event: Event, *, kept_id: UUID | None = None) -> None: ...


class UnitOfWork(Protocol):
    """One transaction of the calculator."""

    @property
    def achievements(self) -> Achievements: ...
    @property
    def rejections(self) -> Rejections: ...
    @property
    def outbox(self) -> Outbox: ...
