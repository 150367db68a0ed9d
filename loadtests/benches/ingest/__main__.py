"""How fast is ingest beside a bare route and a usual handler? `make bench-ingest` runs this."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.benches.ingest.extracts import write_extracts
from loadtests.benches.ingest.figures import Run
from loadtests.benches.ingest.plot import draw
from loadtests.benches.ingest.report import table, verdicts, write_json
from loadtests.benches.ingest.subjects import SUBJECTS
from loadtests.benches.ingest.trial import measure
from loadtests.benches.machine import describe, in_one_line
from loadtests.benches.servers import BenchError, private_servers
from qof_local.paths import LocalStackError, folder

PACKAGES = (
    "aio-pika",
    "asyncpg",
    "fastapi",
    "httptools",
    "msgspec",
    "pydantic",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "uvloop",
)
NOT_MEASURED = 2


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        asyncio.run(_bench(options))
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-ingest: {error}", file=sys.stderr)
        return NOT_MEASURED
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.ingest", description=__doc__)
    parser.add_argument("--requests", type=int, default=os.environ.get("REQUESTS") or 6000)
    parser.add_argument("--bulk", type=int, default=9000, help="extracts in one bulk request (9000)")
    parser.add_argument("--warm-up", type=int, default=500, help="posts before the measured part (500)")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--repetitions", type=int, default=os.environ.get("REPETITIONS") or 3)
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/ingest.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/ingest.png"))
    options = parser.parse_args(arguments)
    if min(options.requests, options.bulk, options.warm_up, options.connections, options.repetitions) <= 0:
        parser.error("requests, bulk, warm-up, connections and repetitions are numbers above 0")
    return options


async def _bench(options: argparse.Namespace) -> None:
    found = private_servers()
    machine = await describe(found, PACKAGES)
    place, logs = folder("bench", "ingest"), folder("bench", "ingest", "log")
    extracts = write_extracts(place, warm_up=options.warm_up, single=options.requests, bulk=options.bulk)
    runs: list[Run] = []
    for repetition in range(options.repetitions):
        for subject in SUBJECTS:
            run = await measure(subject, extracts, found, logs, options.connections)
            runs.append(run)
            print(f"{repetition + 1} {subject.name}: {run.per_second:,.0f} extracts/s", flush=True)
    load = {"extract_bytes": extracts.average_bytes, "connections": options.connections, "warm_up": options.warm_up}
    note = f"{options.connections} connections, {extracts.average_bytes:,} bytes; {in_one_line(machine)}"
    print(f"\n{table(runs)}\n\n{note}\n", *verdicts(runs), sep="\n")
    write_json(options.json, machine, load, runs)
    draw(options.plot, runs, note)
    print(f"\nwritten: {options.json}, {options.plot}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
