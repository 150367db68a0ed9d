"""One transaction of declarations."""

from qof_declarations.adapters.determinations import PostgresDeterminations
from qof_declarations.adapters.repositories import PostgresDeclarations, PostgresDirectory, PostgresFigures
from qof_declarations.adapters.standings import PostgresStandings
from qof_declarations.core.permissions import Scope
from qof_shared.db.unit_of_work import UnitOfWork


class DeclarationsUnitOfWork(UnitOfWork):
    """The shared unit of work with this service's repositories."""

    directory: PostgresDirectory
    figures: PostgresFigures
    declarations: PostgresDeclarations
    determinations: PostgresDeterminations

    def open_repositories(self) -> None:
        self.directory = PostgresDirectory(self.connection)
        self.figures = PostgresFigures(self.connection)
        self.declarations = PostgresDeclarations(self.connection)
        self.determinations = PostgresDeterminations(self.connection)

    def standings(self, scope: Scope) -> PostgresStandings:
        """What somebody with this scope may see."""
        return PostgresStandings(self.connection, scope)
