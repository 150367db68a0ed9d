"""Starts one process of payments: api, worker, relay, migrate, load or dead."""

from qof_payments.bootstrap import create_service
from qof_shared.process import main

if __name__ == "__main__":
    main(create_service)
