"""One transaction of payments."""

from qof_payments.adapters.repositories import (
    PostgresAchievements,
    PostgresDirectory,
    PostgresEntitlements,
    PostgresInstructions,
)
from qof_payments.adapters.snapshots import PostgresNationalFigures
from qof_shared.db.unit_of_work import UnitOfWork


class PaymentsUnitOfWork(UnitOfWork):
    """Adds the repositories of payments to a transaction."""

    directory: PostgresDirectory
    achievements: PostgresAchievements
    national_figures: PostgresNationalFigures
    entitlements: PostgresEntitlements
    instructions: PostgresInstructions

    def open_repositories(self) -> None:
        self.directory = PostgresDirectory(self.connection)
        self.achievements = PostgresAchievements(self.connection)
        self.national_figures = PostgresNationalFigures(self.connection)
        self.entitlements = PostgresEntitlements(self.connection)
        self.instructions = PostgresInstructions(self.connection)
