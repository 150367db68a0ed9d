"""Year end under Locust: suppliers post, the national team freezes, practices sign. README.md says how to run it."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment

from loadtests.ledger import Ledger
from loadtests.nation import NationError, read_nation
from loadtests.surge import new_surge
from loadtests.users import Participant
from loadtests.users.national_team import NationalTeamUser
from loadtests.users.practice import PracticeUser
from loadtests.users.supplier import SupplierUser

__all__ = ["NationalTeamUser", "PracticeUser", "SupplierUser"]

BUSY = 0.7
"""Above this share of a core Locust measures itself."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--nation", default=".local/loadtest/nation", help="folder with directory, people, urls and extracts"
    )
    parser.add_argument("--ledger", default=".local/loadtest/ledger.ndjson", help="file to be written for the check")
    parser.add_argument("--arrivals-per-second", type=float, default=50.0, help="over all suppliers")
    parser.add_argument("--anywhere", action="store_true", help="allow targets that are not this machine")


@events.init.add_listener  # type: ignore[untyped-decorator]
def prepare(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    assert options is not None, "the command line has been read"
    try:
        nation = read_nation(Path(options.nation), anywhere=options.anywhere)
    except NationError as error:
        raise SystemExit(f"loadtests: {error}") from error
    ledger = Ledger(Path(options.ledger))
    surge = new_surge(nation, ledger, rate=options.arrivals_per_second, users=options.num_users or 0)
    # Who takes part follows from the nation; more users than that would be nobody in particular. All start at once.
    options.num_users = options.spawn_rate = surge.users
    Participant.surge = surge
    SupplierUser.host, SupplierUser.fixed_count = nation.urls["ingest"], surge.posters
    PracticeUser.host, PracticeUser.fixed_count = nation.urls["declarations"], surge.practice_users
    NationalTeamUser.host = nation.urls["payments"]


@events.spawning_complete.add_listener  # type: ignore[untyped-decorator]
def begin(**_: Any) -> None:
    Participant.surge.began = time.perf_counter()


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge_the_generator(**_: Any) -> None:
    began = Participant.surge.began
    if began is not None:
        share = time.process_time() / (time.perf_counter() - began)
        honest = "" if share < BUSY else ": the times measure Locust; give fewer USERS or a lower RATE"
        print(f"Locust itself took {share:.0%} of one core{honest}")
