"""How long does a nation take, and does it stay in proportion? `make bench-nation` runs this."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from loadtests.benches.machine import describe
from loadtests.benches.nation.plot import draw
from loadtests.benches.nation.report import markdown, write_json
from loadtests.benches.nation.runs import ONCE_FROM, Nation, measured, plan
from loadtests.benches.servers import BenchError, private_servers
from qof_local.paths import LocalStackError, folder

NOT_MEASURED = 2
SIZES = "900,9000,90000"

console = Console()


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.nation", description=__doc__)
    parser.add_argument("--sizes", default=SIZES, help=f"practices, comma-separated ({SIZES})")
    parser.add_argument("--repetitions", type=int, default=3, help=f"of nations below {ONCE_FROM:,} practices (3)")
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/nation.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/nation.png"))
    options = parser.parse_args(arguments)
    try:
        sizes = [int(size) for size in options.sizes.split(",")]
        machine = asyncio.run(describe(private_servers(), ("fastapi", "aio-pika", "asyncpg", "msgspec")))
        nations = [nation for size in plan(sizes, options.repetitions) for nation in [_run(size)]]
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-nation: {error}", file=sys.stderr)
        return NOT_MEASURED
    write_json(options.json, machine, nations)
    draw(options.plot, machine, nations)
    print(markdown(machine, nations))
    return 0


def _run(practices: int) -> Nation:
    """One demonstration up to its reports, in a process of its own; it checks that everything balances."""
    file = folder("bench", "nation") / "last.json"
    file.unlink(missing_ok=True)
    console.rule(f"{practices:,} practices")
    done = subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable,
            "-m",
            "qof_local",
            "demo",
            "--practices",
            str(practices),
            "--to-reports",
            "--record",
            str(file),
        ]
    )
    if done.returncode or not file.exists():
        raise BenchError(f"the demonstration of {practices:,} practices ended with {done.returncode}; see above")
    return measured(json.loads(file.read_text()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
