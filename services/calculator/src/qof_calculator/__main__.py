"""Starts one process of the calculator: worker, relay, migrate or dead."""

from qof_calculator.bootstrap import create_service
from qof_shared.process import main

if __name__ == "__main__":
    main(create_service)
