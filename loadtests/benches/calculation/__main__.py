"""How long does a nation's calculation take, beside the alternatives? `make bench-calculation` runs this."""

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from loadtests.benches.calculation.nation import DISTINCT, nation
from loadtests.benches.calculation.plot import draw
from loadtests.benches.calculation.report import machine_line, markdown, write_json
from loadtests.benches.calculation.runs import AnswersDifferError, Plan, measured
from loadtests.benches.machine import this_machine

NOT_MEASURED = 2
SIZES = "900,9000,90000"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.calculation", description=__doc__)
    parser.add_argument("--practices", type=int, default=9000, help="the nation in which engines are compared (9000)")
    parser.add_argument("--sizes", default=SIZES, help=f"practices, comma-separated ({SIZES})")
    parser.add_argument("--rational", type=int, default=300, help="practices for rational arithmetic (300)")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/calculation.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/calculation.png"))
    options = parser.parse_args(arguments)
    sizes = sorted({options.practices, *(int(size) for size in options.sizes.split(","))})
    machine = {**this_machine(), "numpy": version("numpy")}
    plan = Plan(options.practices, sizes, options.rational, options.repetitions)
    print(f"making {min(DISTINCT, max(sizes)):,} practices", flush=True)
    try:
        runs = measured(nation(min(DISTINCT, max(sizes))), plan, lambda said: print(said, flush=True))
    except AnswersDifferError as error:
        print(f"bench-calculation: {error}", file=sys.stderr)
        return NOT_MEASURED
    print(f"\n{markdown(machine, runs, options.practices)}")
    write_json(options.json, machine, runs, options.practices)
    draw(options.plot, machine_line(machine), runs, options.practices)
    print(f"\nwritten: {options.json}, {options.plot}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
