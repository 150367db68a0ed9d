"""Ingest's transaction: the journeys, the directory, determinations, and the events that go out with them."""

from qof_ingest.adapters.determinations import PostgresDeterminations
from qof_ingest.adapters.directory_records import PostgresDirectoryRecords
from qof_ingest.adapters.repositories import PostgresJourneys
from qof_shared.db.unit_of_work import UnitOfWork


class IngestUnitOfWork(UnitOfWork):
    journeys: PostgresJourneys
    directory: PostgresDirectoryRecords
    determinations: PostgresDeterminations

    def open_repositories(self) -> None:
        self.journeys = PostgresJourneys(self.connection)
        self.directory = PostgresDirectoryRecords(self.connection)
        self.determinations = PostgresDeterminations(self.connection)
