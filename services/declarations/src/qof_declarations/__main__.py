"""Starts one process of declarations: api, worker, relay, migrate, load, dead or states."""

from qof_declarations.bootstrap import create_service
from qof_shared.process import main

if __name__ == "__main__":
    main(create_service)
