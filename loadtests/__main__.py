"""How is year end rehearsed from a shell? `python -m loadtests --help`; `make loadtest SHAPE=herd` does the same."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from loadtests.nation import NationError
from loadtests.rehearsal import local, recheck
from loadtests.shapes import SHAPES

FAILED, NOT_PERFORMED = 1, 2
PASSED_ON = ("practices", "seconds", "minutes", "rate")


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.recheck:
        return _recheck(options)
    if options.shape not in SHAPES:
        print(_shapes())
        return 0 if options.shape == "list" else NOT_PERFORMED
    results = options.results or local("loadtest", f"{options.shape}-{datetime.now(UTC):%Y%m%d-%H%M%S}")
    results.mkdir(parents=True, exist_ok=True)
    return _run_locust(options, results)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__, epilog=_shapes())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    told = os.environ.get
    parser.add_argument("shape", nargs="?", default=told("SHAPE") or "surge", help="one of those below, or `list`")
    parser.add_argument("--practices", type=int, default=told("PRACTICES"), help="how many take part")
    parser.add_argument("--seconds", type=float, default=told("SECONDS"), help="how long people come")
    parser.add_argument("--minutes", type=float, default=told("MINUTES"), help="the same in minutes")
    parser.add_argument("--rate", type=float, default=told("RATE"), help="extracts a second, where suppliers post")
    parser.add_argument("--nation", type=Path, help="take the nation of this folder instead of a new one")
    parser.add_argument("--fresh", action="store_true", default=bool(told("FRESH")), help="prepare a new collection")
    parser.add_argument("--results", type=Path, help="where the results go")
    parser.add_argument("--anywhere", action="store_true", help="allow targets that are not this machine")
    parser.add_argument("--recheck", type=Path, metavar="RESULTS", help="only check an earlier run once more")
    return parser


def _shapes() -> str:
    return "shapes:\n" + "\n".join(f"  {one.name:<16}{one.rehearses}" for one in SHAPES.values())


def _run_locust(options: argparse.Namespace, results: Path) -> int:
    """Run Locust without its pages, then draw; returns its exit code: 1 where a line failed, 2 without a verdict."""
    command = [sys.executable, "-m", "locust", "-f", str(Path(__file__).with_name("locustfile.py")), "--headless"]
    command += ["--only-summary", "--loglevel", "WARNING", "--stop-timeout", "5", "--results", str(results)]
    command += ["--html", str(results / "locust.html"), "--csv", str(results / "locust")]
    command += ["--rehearse", options.shape]
    for name in PASSED_ON:
        if getattr(options, name):
            command += [f"--{name}", str(getattr(options, name))]
    command += ["--nation", str(options.nation)] if options.nation else []
    command += ["--fresh"] if options.fresh else []
    command += ["--anywhere"] if options.anywhere else []
    try:
        code = subprocess.run(command).returncode  # noqa: S603 - our own command
    except KeyboardInterrupt:
        return NOT_PERFORMED
    _draw(results)
    return code


def _draw(results: Path) -> None:
    if not (results / "scorecard.json").exists():
        return
    try:
        from loadtests.plot import draw
    except ImportError:
        print("no plot: matplotlib is in the bench environment, which `make loadtest` uses")
        return
    print(f"plot: {draw(results)}")


def _recheck(options: argparse.Namespace) -> int:
    """The check alone: after a restore, say, does the system still know everything that it answered?"""
    from loadtests.scorecard import read_scorecard

    try:
        card = read_scorecard(options.recheck)
        folder = options.nation or local("nation", card["collection"])
        found = recheck(
            card["collection"], card["shape"], folder, options.recheck, is_anywhere_allowed=options.anywhere
        )
    except (NationError, OSError, httpx.HTTPError) as error:
        print(f"loadtests: {error}", file=sys.stderr)
        return NOT_PERFORMED
    print("\n".join(f"VIOLATION  {one}" for one in found) or "nothing lost, nothing doubled")
    return FAILED if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
