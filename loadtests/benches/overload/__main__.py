"""Does goodput hold when more is asked than can be answered, and who is answered? `make bench-overload`."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests.benches.machine import describe, in_one_line
from loadtests.benches.overload.figures import WITH, WITHOUT, Round, Run, run_of
from loadtests.benches.overload.plan import SEED
from loadtests.benches.overload.report import tables, told, verdicts, write_json
from loadtests.benches.overload.trial import EACH_KIND, Bench, Capacity
from loadtests.benches.pages.subjects import WARM_UP
from loadtests.benches.pages.year import prepare
from loadtests.benches.servers import BenchError, drop_database, private_servers
from qof_local.paths import LocalStackError, folder
from qof_shared.http.admission import Limits

PACKAGES = ("asyncpg", "fastapi", "httptools", "jinja2", "sqlalchemy", "starlette", "uvicorn", "uvloop")
NOT_MEASURED = 2
FACTORS = (1.0, 2.0, 4.0)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        asyncio.run(_bench(options))
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-overload: {error}", file=sys.stderr)
        return NOT_MEASURED
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.overload", description=__doc__)
    parser.add_argument("--practices", type=int, default=os.environ.get("PRACTICES") or 700)
    parser.add_argument("--seconds", type=float, default=os.environ.get("SECONDS_EACH") or 8, help="of a round")
    parser.add_argument("--rounds", type=int, default=os.environ.get("ROUNDS") or 3)
    parser.add_argument("--in-hand", type=int, default=Limits().in_hand, help="requests in hand, with the door")
    parser.add_argument("--factors", default=FACTORS, type=lambda text: [float(one) for one in text.split(",")])
    parser.add_argument("--only", default="", help="subjects whose name has this in it, without targets and files")
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/overload.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/overload.png"))
    options = parser.parse_args(arguments)
    if options.practices < 6 * EACH_KIND or min(options.seconds, options.rounds, options.in_hand) <= 0:
        parser.error(f"practices are at least {6 * EACH_KIND}; seconds, rounds and requests in hand are above 0")
    return options


async def _bench(options: argparse.Namespace) -> None:
    found = private_servers()
    machine = await describe(found, PACKAGES)
    prepared = await prepare(found.postgres_url, options.practices + WARM_UP)
    try:
        bench = Bench(prepared, found, folder("bench", "overload"), options.in_hand)
        capacity = await bench.capacity()
        print(told(capacity), flush=True)
        runs = await _runs(bench, capacity, options)
    finally:
        await drop_database(found.postgres_url, prepared.name)
    load = {name: getattr(options, name) for name in ("practices", "rounds", "seconds", "in_hand")}
    note = f"{options.in_hand} in hand, {options.rounds} rounds of {options.seconds:g} s, "
    note += f"{options.practices:,} practices; "
    note += in_one_line(machine)
    print(f"\n{tables(runs)}\n\n{note}\n")
    if options.only:
        return
    print(*verdicts(runs), sep="\n")
    write_json(options.json, machine, load, capacity, runs)
    from loadtests.benches.overload.plot import draw  # only the bench environment has what draws

    draw(options.plot, runs, capacity.per_second, note)
    print(f"\nwritten: {options.json}, {options.plot}")


async def _runs(bench: Bench, capacity: Capacity, options: argparse.Namespace) -> list[Run]:
    """Every load in every round, so that all meet the same machine; every other round the other way about."""
    loads = [(factor, subject) for factor in options.factors for subject in (WITH, WITHOUT) if options.only in subject]
    rounds: dict[tuple[float, str], list[Round]] = {load: [] for load in loads}
    for number in range(options.rounds):
        for factor, subject in reversed(loads) if number % 2 else loads:
            found = await bench.measure(subject, factor, options.seconds, capacity, SEED + number)
            rounds[factor, subject].append(found)
            goodput = run_of(subject, factor, options.seconds, [found], capacity.costs).goodput
            print(f"round {number + 1}, {factor:g}x {subject}: goodput {goodput:,.1f}/s", flush=True)
    return [
        run_of(subject, factor, options.seconds, found, capacity.costs) for (factor, subject), found in rounds.items()
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
