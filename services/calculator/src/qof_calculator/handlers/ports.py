"""What the calculator's handlers need from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

import msgspec

from qof_calculator.core.compiled import CompiledRuleset
from qof_shared.contracts import AchievementCalculated, Event, ExtractRejected, SummedAchievement


class Rulesets(Protocol):
    """Rule sets by nation and QOF year, ready to calculate with."""

    def for_year(self, nation: str, qof_year: str) -> CompiledRuleset:
        """Raises qof_calculator.core.ruleset.UnknownRulesetError where there is none."""


@dataclass(frozen=True, slots=True)
class KeptAchievement:
    """A result as it is kept and told: what is searched by, and the contract's own bytes."""

    extract_id: UUID
    extract_number: int
    collection: str
    practice: str
    ruleset: str
    ruleset_digest: str
    points: str
    calculated_at: datetime
    body: bytes
    """An AchievementCalculated as JSON. Encoded at once: a batch of results as objects would not fit a cache."""
    summed: SummedAchievement
    """The same without its indicators, as it is told to those who need none."""

    @classmethod
    def of(cls, achievement: AchievementCalculated, summed: SummedAchievement) -> Self:
        return cls(
            extract_id=achievement.extract_id,
            extract_number=achievement.extract_number,
            collection=achievement.collection,
            practice=achievement.practice,
            ruleset=achievement.ruleset,
            ruleset_digest=achievement.ruleset_digest,
            points=achievement.points,
            calculated_at=achievement.calculated_at,
            body=msgspec.json.encode(achievement),
            summed=summed,
        )


class Achievements(Protocol):
    """Results, kept for ever: one per extract, never changed."""

    async def add(self, achievements: Sequence[KeptAchievement]) -> list[KeptAchievement]:
        """Add those whose extract has none yet; return exactly them."""


class Rejections(Protocol):
    """Extracts that could not be calculated, with their reasons."""

    async def add(self, rejections: Sequence[ExtractRejected]) -> list[ExtractRejected]:
        """Add those whose extract has none yet; return exactly them."""


class DescribedRulesets(Protocol):
    """Rule sets whose words were told."""

    async def add(self, rulesets: Mapping[str, str]) -> list[str]:
        """Add those (rule set -> digest) that were not told yet; return exactly them."""


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
    def described(self) -> DescribedRulesets: ...
    @property
    def outbox(self) -> Outbox: ...
