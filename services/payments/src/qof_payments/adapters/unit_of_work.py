"""One transaction of payments."""

from qof_payments.adapters.achievements import PostgresAchievements
from qof_payments.adapters.money import PostgresMoneyFacts
from qof_payments.adapters.proposals import PostgresDeclarations, PostgresProposals
from qof_payments.adapters.repositories import (
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
    money: PostgresMoneyFacts
    proposals: PostgresProposals
    declarations: PostgresDeclarations

    def open_repositories(self) -> None:
        self.directory = PostgresDirectory(self.connection)
        self.achievements = PostgresAchievements(self.connection)
        self.national_figures = PostgresNationalFigures(self.connection)
        self.entitlements = PostgresEntitlements(self.connection)
        self.instructions = PostgresInstructions(self.connection)
        self.money = PostgresMoneyFacts(self.connection)
        self.proposals = PostgresProposals(self.connection)
        self.declarations = PostgresDeclarations(self.connection)
