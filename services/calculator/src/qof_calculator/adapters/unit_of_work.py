"""One transaction of the calculator."""

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_calculator.adapters.repositories import (
    PostgresAchievements,
    PostgresDescribedRulesets,
    PostgresRejections,
)
from qof_shared.db.unit_of_work import UnitOfWork


class CalculatorUnitOfWork(UnitOfWork):
    """Adds the calculator's repositories to a transaction."""

    achievements: PostgresAchievements
    rejections: PostgresRejections
    described: PostgresDescribedRulesets

    def __init__(self, engine: AsyncEngine, known_rulesets: set[str] | None = None) -> None:
        """`known_rulesets`: see PostgresDescribedRulesets."""
        super().__init__(engine)
        self._known_rulesets = set() if known_rulesets is None else known_rulesets

    def open_repositories(self) -> None:
        self.achievements = PostgresAchievements(self.connection)
        self.rejections = PostgresRejections(self.connection)
        self.described = PostgresDescribedRulesets(self.connection, self._known_rulesets)
