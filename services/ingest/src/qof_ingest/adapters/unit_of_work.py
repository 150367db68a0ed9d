"""Ingest's transaction: journeys, who waits, the directory, determinations, and the events that go out with them."""

from qof_ingest.adapters.determinations import PostgresDeterminations
from qof_ingest.adapters.directory_records import PostgresDirectoryRecords
from qof_ingest.adapters.repositories import PostgresJourneys
from qof_ingest.adapters.waiting import PostgresWaiting
from qof_shared.db.unit_of_work import UnitOfWork


class IngestUnitOfWork(UnitOfWork):
    journeys: PostgresJourneys
    waiting: PostgresWaiting
    directory: PostgresDirectoryRecords
    determinations: PostgresDeterminations

    def open_repositories(self) -> None:
        self.journeys = PostgresJourneys(self.connection)
        self.waiting = PostgresWaiting(self.connection)
        self.directory = PostgresDirectoryRecords(self.connection)
        self.determinations = PostgresDeterminations(self.connection)
