"""Year end under Locust: one user that conducts a whole rehearsal. README.md says how to run it, with pages or without.

Locust's own users are a closed loop: a number of them that wait for each answer. Here arrivals are open, so Locust has
a single user, which starts everybody else when they are due; its figures, pages and reports are Locust's all the same.
"""

import os
import traceback
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import httpx
from locust import LoadTestShape, User, events, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests.nation import NationError
from loadtests.rehearsal import Options, rehearse
from loadtests.run import Run
from loadtests.shapes import SHAPES

FAILED, NOT_PERFORMED = 1, 2
_under_way: dict[str, Any] = {"done": False, "run": None}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_arguments(parser: ArgumentParser) -> None:
    told = os.environ.get
    parser.add_argument("--rehearse", choices=list(SHAPES), default=told("SHAPE") or "surge", help="the shape")
    parser.add_argument("--practices", type=int, default=int(told("PRACTICES") or 0), help="0: as the shape says")
    parser.add_argument("--seconds", type=float, default=float(told("SECONDS") or 0), help="0: as the shape says")
    parser.add_argument("--minutes", type=float, default=float(told("MINUTES") or 0), help="instead of seconds")
    parser.add_argument("--rate", type=float, default=float(told("RATE") or 0), help="extracts a second")
    parser.add_argument("--nation", default="", help="folder of a nation, instead of a new one")
    parser.add_argument("--fresh", action="store_true", default=bool(told("FRESH")), help="prepare a new collection")
    parser.add_argument("--results", default="", help="folder for scorecard and ledger")
    parser.add_argument("--anywhere", action="store_true", help="allow targets that are not this machine")
    parser.add_argument(
        "--postgres-url",
        default=told("QOF_LOADTEST_POSTGRES_URL") or told("QOF_TEST_POSTGRES_URL") or "",
        include_in_web_ui=False,
        help="where table sizes can be asked; without it they are left out",
    )


class Conductor(User):
    """The one user: performs the shape that was chosen, then says that it is over."""

    fixed_count = 1

    @task
    def conduct(self) -> None:
        found = self.environment.parsed_options
        options = Options(
            shape=found.rehearse,
            practices=found.practices,
            seconds=found.minutes * 60 or found.seconds,
            rate=found.rate,
            nation=Path(found.nation) if found.nation else None,
            is_fresh=found.fresh,
            is_anywhere_allowed=found.anywhere,
            results=Path(found.results) if found.results else None,
            postgres_url=found.postgres_url or None,
        )
        try:
            card = rehearse(options, self.environment, lambda said: print(said, flush=True))
            self.environment.process_exit_code = 0 if card.has_passed else FAILED
        except (NationError, OSError, httpx.HTTPError) as error:
            print(f"loadtests: {error}", flush=True)
            self.environment.process_exit_code = NOT_PERFORMED
        except Exception:
            traceback.print_exc()
            self.environment.process_exit_code = NOT_PERFORMED
        finally:
            _under_way["done"] = True
        raise StopUser


class UntilDone(LoadTestShape):
    """Locust's side of it: one user, until the rehearsal is over."""

    def reset_time(self) -> None:
        """Before each run: from Locust's pages there may be several."""
        _under_way["done"] = False
        super().reset_time()  # type: ignore[no-untyped-call]

    def tick(self) -> tuple[int, float] | None:
        return None if _under_way["done"] else (1, 1)


@events.request.add_listener  # type: ignore[untyped-decorator]
def keep_time(request_type: str, name: str, response_time: float, context: Any, **_: Any) -> None:
    run = context.get("run") if context else None
    if isinstance(run, Run) and request_type != "TIME":
        run.phase.add(name, run.now(), response_time / 1000)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Environment, **_: Any) -> None:
    environment.process_exit_code = NOT_PERFORMED


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def judge(environment: Environment, **_: Any) -> None:
    if not _under_way["done"]:
        print("loadtests: stopped before its end; nothing was checked", flush=True)
