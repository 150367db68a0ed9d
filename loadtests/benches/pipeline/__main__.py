"""How do the pipelines compare? `make bench-pipeline` runs this in the environment that has all of them."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from loadtests.benches.machine import describe
from loadtests.benches.pipeline import backlog
from loadtests.benches.pipeline.catalogue import NAMES
from loadtests.benches.pipeline.plan import Run, expected_seconds, plan, still_wanted
from loadtests.benches.pipeline.plot import draw
from loadtests.benches.pipeline.progress import BenchProgress, faults_of
from loadtests.benches.pipeline.report import markdown, write_json
from loadtests.benches.pipeline.results import Bench, Result, ResultFile
from loadtests.benches.pipeline.run import measure
from loadtests.benches.servers import BenchError, BenchServers, private_servers
from qof_local import processes
from qof_local.paths import LocalStackError, folder

PACKAGES = (
    *("aio-pika", "asyncpg", "celery", "dramatiq", "faststream", "procrastinate", "psycopg", "taskiq"),
    *("taskiq-aio-pika", "uvloop"),
)
FAULTS_FOUND, NOT_MEASURED, INTERRUPTED = 1, 2, 130

console = Console()


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        if options.summarise:
            return _tell(ResultFile(options.summarise), options)
        found = private_servers()
        file = options.resume or folder("bench", "pipeline") / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.ndjson"
        results = ResultFile(file)
        try:
            asyncio.run(_bench(found, results, options))
        except (KeyboardInterrupt, asyncio.CancelledError):
            console.print(f"interrupted; go on with --resume {file}, or see it with --summarise {file}")
            return INTERRUPTED
        return _tell(results, options)
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-pipeline: {error}", file=sys.stderr)
        return NOT_MEASURED


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    told = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.pipeline", description=__doc__)
    parser.add_argument("--backlogs", type=_numbers, default=told("BACKLOGS") or "1000,10000,50000")
    parser.add_argument("--repetitions", type=int, default=told("REPETITIONS") or 3)
    parser.add_argument("--variants", type=_variants, default=",".join(NAMES), help="default: all")
    parser.add_argument("--warm-up", type=int, default=500, help="jobs before the measured part (500)")
    parser.add_argument(
        "--slow-once",
        type=float,
        nargs="?",
        const=700.0,
        help="at the largest backlog, run those below this rate (700 jobs/s) only once",
    )
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/pipeline.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/pipeline.png"))
    parser.add_argument("--resume", type=Path, metavar="FILE", help="go on with an interrupted bench")
    parser.add_argument("--summarise", type=Path, metavar="FILE", help="only tell what an interrupted bench has found")
    options = parser.parse_args(arguments)
    if min(*options.backlogs, options.repetitions, options.warm_up) <= 0:
        parser.error("backlogs, repetitions and warm-up are numbers above 0")
    return options


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _variants(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(NAMES):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(NAMES)}")
    return names


async def _bench(found: BenchServers, file: ResultFile, options: argparse.Namespace) -> None:
    """Do every run that is still wanted; each is written down when it ends."""
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs has a task"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if any(status.pid for status in processes.statuses()):
        console.print("services of the local stack are running and take processor time: `make down` first")
    if options.resume:
        done = list(file.read()[1])
    else:
        done = []
        file.begin(Bench(await describe(found, PACKAGES), backlog.describe()))
    runs = plan(options.variants, options.backlogs, options.repetitions)
    logs = folder("bench", "pipeline", "log")
    with BenchProgress(console) as progress:
        for position, run in enumerate(runs):
            to_come = _wanted(runs[position:], done, options)
            if run not in to_come:
                continue
            expected = sum(expected_seconds(one, done) for one in to_come)
            progress.begin(run, run.backlog + options.warm_up, expected)
            result = await measure(run, options.warm_up, found, logs, progress.show)
            file.add(result)
            done.append(result)
            progress.end(result)


def _wanted(runs: Sequence[Run], done: Sequence[Result], options: argparse.Namespace) -> list[Run]:
    largest = max(options.backlogs)
    return [run for run in runs if still_wanted(run, largest, done, options.slow_once)]


def _tell(file: ResultFile, options: argparse.Namespace) -> int:
    """Print the tables, write JSON and plot; 1 where any run lost or doubled anything."""
    bench, results = file.read()
    if not results:
        raise BenchError(f"{file.file} holds no finished run.")
    print(f"\n{markdown(bench, results)}\n")
    write_json(options.json, bench, results)
    draw(options.plot, bench, results)
    print(f"runs: {file.file}\nwritten: {options.json}, {options.plot}")
    faulty = [result for result in results if not result.is_faultless]
    for result in faulty:
        where = f"{result.variant} at {result.backlog:,} #{result.repetition + 1}"
        print(f"FAULT  {where}: {faults_of(result)}", file=sys.stderr)
    return FAULTS_FOUND if faulty else 0


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        sys.exit(main(sys.argv[1:]))
