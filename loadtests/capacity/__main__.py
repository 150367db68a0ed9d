"""How large must a cluster be? `make capacity` measures a nation, predicts others and runs them, and sizes three."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from loadtests.benches.machine import describe
from loadtests.benches.servers import BenchError, private_servers
from loadtests.capacity.plot import draw
from loadtests.capacity.prediction import LAST_OF_SURGE, Fit, fit, held_against
from loadtests.capacity.report import Told, markdown, write_json
from loadtests.capacity.simulation import Machines, simulate, surge
from loadtests.capacity.sizing import Goals, Pages, Plan, Storage, plan
from loadtests.capacity.storage import queue_cost
from loadtests.capacity.trial import Size, run
from qof_local.paths import LocalStackError

NOT_MEASURED = 2
NATIONS = (10_000, 100_000, 1_000_000)
PAGES_MEASURED = Path("docs/benchmarks/pages.json")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.capacity", description=__doc__)
    parser.add_argument(
        "--from", dest="base", type=_size, default="2000:2", help="what is measured: practices:calculators"
    )
    parser.add_argument("--trials", default="9000:2,4000:1", help="what is predicted, then run (9000:2,4000:1)")
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/capacity.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/capacity.png"))
    options = parser.parse_args(arguments)
    try:
        sizes = [_size(text) for text in options.trials.split(",")]
        told = _measure(options.base, sizes)
    except (BenchError, LocalStackError, OSError) as error:
        print(f"capacity: {error}", file=sys.stderr)
        return NOT_MEASURED
    write_json(options.json, told)
    draw(options.plot, told)
    print(markdown(told))
    return 0 if all(prediction.is_close for prediction in told.predictions) else 1


def _size(text: str) -> Size:
    practices, _, calculators = text.partition(":")
    try:
        return Size(int(practices), int(calculators or 2))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: give practices:calculators, such as 9000:2") from error


def _measure(base: Size, sizes: Sequence[Size]) -> Told:
    machine = asyncio.run(describe(private_servers(), ("simpy", "fastapi", "aio-pika", "asyncpg")))
    queue = asyncio.run(queue_cost(private_servers()))
    measured = run(base)
    found = fit(measured, os.cpu_count() or 1)
    trials = [run(size) for size in sizes]
    storage = Storage(databases=measured.grown, queue_memory=queue.memory, queue_disk=queue.body)
    pages, goals = _pages(json.loads(PAGES_MEASURED.read_text())["medians"]), Goals()
    plans = [plan(measured.costs, pages, storage, practices, goals) for practices in NATIONS]
    return Told(
        machine=machine,
        fit=found,
        trials=trials,
        predictions=held_against(found, trials),
        storage=storage,
        goals=goals,
        pages=pages,
        plans=plans,
        drains={one.practices: _drain(found, one) for one in plans},
    )


def _drain(found: Fit, planned: Plan) -> float:
    """Seconds in which the planned cluster takes a whole nation that is posted as fast as it is taken."""
    calculators = planned.replicas["calculator-worker"]
    stations = surge(found.costs, calculators=calculators, replicas=planned.replicas)
    machines = Machines(cores=sum(planned.replicas.values()), server_cores=round(planned.database_cores + 1))
    return simulate(stations, planned.practices, machines, pauses=found.surge_pauses).finished_by(LAST_OF_SURGE)


def _pages(medians: Mapping[str, Mapping[str, float]]) -> Pages:
    first, again, signature = (
        medians[name] for name in ("report, each its own", "report, read again", "sign on the page")
    )
    return Pages(
        first_reading=first["server_us"] / 1e6,
        again=again["server_us"] / 1e6,
        signature=signature["server_us"] / 1e6,
        database_first=first["postgres_us"] / 1e6,
        database_again=again["postgres_us"] / 1e6,
        database_signature=signature["postgres_us"] / 1e6,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
