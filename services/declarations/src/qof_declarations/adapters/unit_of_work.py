"""One transaction of declarations."""

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.declarations import PostgresDeclarations
from qof_declarations.adapters.determinations import PostgresDeterminations
from qof_declarations.adapters.distributions import PostgresDistributions
from qof_declarations.adapters.looks import PostgresLooks
from qof_declarations.adapters.nation import PostgresNation
from qof_declarations.adapters.queries import PostgresQueries
from qof_declarations.adapters.receipts import PostgresReceiptLog, PostgresReceipts, PostgresShownReceipts
from qof_declarations.adapters.repositories import PostgresDirectory, PostgresFigures
from qof_declarations.adapters.rulesets import PostgresRulesets
from qof_declarations.adapters.seal import Seal
from qof_declarations.adapters.standings import PostgresStandings
from qof_declarations.adapters.summaries import PostgresSummaries
from qof_declarations.adapters.waiting import PostgresJourneys, PostgresWaiting
from qof_declarations.adapters.work_lists import PostgresWorkLists
from qof_declarations.core.permissions import Scope
from qof_shared.db.unit_of_work import UnitOfWork


class DeclarationsUnitOfWork(UnitOfWork):
    """The shared unit of work with this service's repositories."""

    directory: PostgresDirectory
    figures: PostgresFigures
    declarations: PostgresDeclarations
    determinations: PostgresDeterminations
    rulesets: PostgresRulesets
    waiting: PostgresWaiting
    distributions: PostgresDistributions

    receipts: PostgresReceipts
    log: PostgresReceiptLog

    def __init__(self, engine: AsyncEngine, seal: Seal | None = None) -> None:
        super().__init__(engine)
        self._seal = seal

    def open_repositories(self) -> None:
        self.directory = PostgresDirectory(self.connection)
        self.figures = PostgresFigures(self.connection)
        self.declarations = PostgresDeclarations(self.connection)
        self.determinations = PostgresDeterminations(self.connection)
        self.receipts = PostgresReceipts(self.connection, self._seal)
        self.log = PostgresReceiptLog(self.connection, self._seal)
        self.rulesets = PostgresRulesets(self.connection)
        self.waiting = PostgresWaiting(self.connection)
        self.distributions = PostgresDistributions(self.connection)

    def shown_receipts(self, scope: Scope) -> PostgresShownReceipts:
        """Receipts that somebody with this scope may see."""
        return PostgresShownReceipts(self.connection, scope)

    def standings(self, scope: Scope) -> PostgresStandings:
        """What somebody with this scope may see."""
        return PostgresStandings(self.connection, scope)

    def journeys(self, scope: Scope) -> PostgresJourneys:
        """How far practices are that somebody with this scope may see."""
        return PostgresJourneys(self.connection, scope)

    def looks(self, scope: Scope) -> PostgresLooks:
        """Who looked at practices that somebody with this scope may see."""
        return PostgresLooks(self.connection, scope)

    def summaries(self, scope: Scope) -> PostgresSummaries:
        """What of reports somebody with this scope may compare."""
        return PostgresSummaries(self.connection, scope)

    def queries(self, scope: Scope) -> PostgresQueries:
        """What practices that somebody with this scope may see disagree with."""
        return PostgresQueries(self.connection, scope)

    def nation(self, scope: Scope) -> PostgresNation:
        """Counts over the practices that somebody with this scope may see."""
        return PostgresNation(self.connection, scope)

    def work_lists(self, scope: Scope) -> PostgresWorkLists:
        """The practices of a collection that somebody with this scope may see, many at a time."""
        return PostgresWorkLists(self.connection, scope)
