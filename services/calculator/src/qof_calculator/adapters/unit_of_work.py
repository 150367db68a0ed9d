"""One transaction of the calculator."""

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

    def open_repositories(self) -> None:
        self.achievements = PostgresAchievements(self.connection)
        self.rejections = PostgresRejections(self.connection)
        self.described = PostgresDescribedRulesets(self.connection)
