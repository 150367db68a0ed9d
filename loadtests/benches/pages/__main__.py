"""How fast are the report's page and the signature beside a bare page and a bare insert? `make bench-pages`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.benches.machine import describe, in_one_line
from loadtests.benches.pages.figures import OWN, Run
from loadtests.benches.pages.report import table, verdicts, write_json
from loadtests.benches.pages.subjects import READ_AGAIN, SUBJECTS, WARM_UP, Subject, chosen
from loadtests.benches.pages.trial import measure, page_bytes
from loadtests.benches.pages.year import Prepared, prepare
from loadtests.benches.servers import BenchError, BenchServers, drop_database, private_servers
from qof_local.paths import LocalStackError, folder

PACKAGES = ("asyncpg", "fastapi", "httptools", "jinja2", "markupsafe", "sqlalchemy", "starlette", "uvicorn", "uvloop")
NOT_MEASURED = 2


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        asyncio.run(_bench(options))
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-pages: {error}", file=sys.stderr)
        return NOT_MEASURED
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.pages", description=__doc__)
    parser.add_argument("--practices", type=int, default=os.environ.get("PRACTICES") or 1000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=os.environ.get("REPETITIONS") or 3)
    parser.add_argument("--only", default="", help="subjects whose name has one of these words in it; writes no files")
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/pages.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/pages.png"))
    options = parser.parse_args(arguments)
    if not chosen(SUBJECTS, options.only):
        parser.error(f"none of {', '.join(subject.name for subject in SUBJECTS)} has {options.only!r} in it")
    if options.practices < READ_AGAIN or min(options.connections, options.repetitions) <= 0:
        parser.error(f"practices are at least {READ_AGAIN}, connections and repetitions numbers above 0")
    return options


async def _bench(options: argparse.Namespace) -> None:
    found = private_servers()
    machine = await describe(found, PACKAGES)
    subjects = chosen(SUBJECTS, options.only)
    prepared = await prepare(found.postgres_url, options.practices + WARM_UP)
    try:
        runs = await _runs(subjects, prepared, found, options)
    finally:
        await drop_database(found.postgres_url, prepared.name)
    load = {"practices": options.practices, "read_again": READ_AGAIN, "connections": options.connections}
    note = f"{options.connections} connections, {options.practices:,} practices; {in_one_line(machine)}"
    print(f"\n{table(runs)}\n\n{note}\n")
    print(*verdicts(runs), sep="\n")
    if options.only:
        return
    write_json(options.json, machine, load, runs)
    from loadtests.benches.pages.plot import draw  # only the bench environment has what draws

    draw(options.plot, runs, note)
    print(f"\nwritten: {options.json}, {options.plot}")


async def _runs(
    subjects: Sequence[Subject], prepared: Prepared, found: BenchServers, options: argparse.Namespace
) -> list[Run]:
    place, logs = folder("bench", "pages"), folder("bench", "pages", "log")
    page = await page_bytes(next(subject for subject in SUBJECTS if subject.name == OWN), prepared, found, logs)
    runs: list[Run] = []
    for repetition in range(options.repetitions):
        for subject in subjects:
            run = await measure(subject, prepared, page, found, place, logs, options.connections)
            runs.append(run)
            print(f"{repetition + 1} {subject.name}: {run.per_second:,.0f} requests/s", flush=True)
    return runs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
