"""Runs one process of ingest: api, worker, relay, migrate, load or dead."""

from qof_ingest.bootstrap import create_service
from qof_shared.process import main

if __name__ == "__main__":
    main(create_service)
