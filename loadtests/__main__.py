"""How is year end rehearsed from a shell? `python -m loadtests --help`."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from loadtests.answers import ask
from loadtests.check import table, violations
from loadtests.ledger import read_ledger
from loadtests.nation import Nation, NationError, read_nation
from loadtests.surge import arrivals

SPARE_SECONDS = 240
"""What a run may take beyond its arrivals: calculating, freezing, signing."""

LOST_OR_DOUBLED, NOT_CHECKED = 1, 2


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if min(options.practices, options.rate, options.users) <= 0:
        parser.error("practices, rate and users are numbers above 0")
    try:
        return _recheck(options.recheck, options) if options.recheck else _rehearse(options)
    except (NationError, OSError, httpx.HTTPError) as error:
        print(f"loadtests: {error}", file=sys.stderr)
        return NOT_CHECKED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    told = os.environ.get
    parser.add_argument("--practices", type=int, default=told("PRACTICES") or 300, help="default: PRACTICES or 300")
    parser.add_argument("--rate", type=float, default=told("RATE") or 50, help="extracts a second: RATE or 50")
    parser.add_argument("--users", type=int, default=told("USERS") or 60, help="default: USERS or 60")
    parser.add_argument("--nation", type=Path, help="take the nation of this folder instead of a new one")
    parser.add_argument("--recheck", metavar="COLLECTION", help="only check an earlier run once more")
    parser.add_argument("--anywhere", action="store_true", help="allow targets that are not this machine")
    return parser


def _rehearse(options: argparse.Namespace) -> int:
    """A run and its check; returns the check's code, or Locust's where the check found nothing."""
    folder = options.nation or _new_nation(options.practices)
    nation = read_nation(folder, anywhere=options.anywhere)
    results = _local("loadtest", nation.collection)
    results.mkdir(parents=True, exist_ok=True)
    locust = _run_locust(nation, folder, results, options)
    return _check(nation, results) or locust


def _recheck(collection: str, options: argparse.Namespace) -> int:
    """The check alone: after a restore, say, does the system still know everything that it answered?"""
    nation = read_nation(options.nation or _local("nation", collection), anywhere=options.anywhere)
    return _check(nation, _local("loadtest", collection))


def _new_nation(practices: int) -> Path:
    """A new collection for every run, recorded by the running system, so that runs do not disturb each other."""
    collection = f"LOADTEST-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    command = [sys.executable, "-m", "qof_local", "nation", "--practices", str(practices), "--collection", collection]
    if subprocess.run(command).returncode:  # noqa: S603 - our own command
        raise NationError("there is no nation to rehearse with; `make up` starts the services that have to know it.")
    return _local("nation", collection)


def _run_locust(nation: Nation, folder: Path, results: Path, options: argparse.Namespace) -> int:
    """Run Locust without its pages, within bounds; returns its exit code: non-zero where a request failed."""
    seconds = int(arrivals(len(nation.extracts)) / options.rate) + SPARE_SECONDS
    command = [sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py")), "--headless"]
    command += ["--only-summary", "--users", str(options.users), "--run-time", f"{seconds}s", "--stop-timeout", "10"]
    command += ["--html", str(results / "locust.html"), "--csv", str(results / "locust")]
    command += ["--nation", str(folder), "--ledger", str(_ledger(results)), "--arrivals-per-second", str(options.rate)]
    command += ["--anywhere"] if options.anywhere else []
    return subprocess.run(command).returncode  # noqa: S603 - our own command


def _check(nation: Nation, results: Path) -> int:
    """Compare the ledger with the system and say what was found."""
    entries = read_ledger(_ledger(results))
    answers = ask(nation, entries)
    found = violations(nation, entries, answers)
    print(f"\n{table(entries, answers)}\n\nresults: {results}")
    for violation in found:
        print(f"VIOLATION  {violation}")
    print(f"{len(found)} violations" if found else "nothing lost, nothing doubled")
    return LOST_OR_DOUBLED if found else 0


def _ledger(results: Path) -> Path:
    return results / "ledger.ndjson"


def _local(*parts: str) -> Path:
    return Path(os.environ.get("QOF_LOCAL_DIR") or ".local").joinpath(*parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
