"""Do the fast engine and the slow one agree, on very many generated practices? `make verify-engines` runs this."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from tests.engines.compare import Tally
from tests.engines.example import told
from tests.engines.work import compare

DIFFERENT = 1


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engines", description=__doc__)
    parser.add_argument("--results", type=int, default=100_000, help="extracts x indicators (100000)")
    parser.add_argument("--seed", default=f"{datetime.now(UTC):%Y-%m-%d}", help="what practices are drawn from (today)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    print(f"seed {options.seed}; the same seed makes the same practices", file=sys.stderr)
    tallies = compare(options.results, options.seed, options.processes)
    print(table(tallies))
    print(f"\n{time.monotonic() - started:.0f} s on {options.processes} processes, seed {options.seed}")
    for tally in tallies:
        for difference in tally.differences[:1]:
            print(f"\n{told(difference)}", file=sys.stderr)
    return 0 if all(tally.is_equal for tally in tallies) else DIFFERENT


def table(tallies: Sequence[Tally]) -> str:
    """What was compared, as Markdown."""
    total = Tally("all")
    for tally in tallies:
        total.add(tally)
    head = (
        "| rule set | extracts | indicator results | equal | different | statement lines | equal | different |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |"
    )
    return "\n".join((head, *(_row(tally) for tally in (*tallies, total))))


def _row(tally: Tally) -> str:
    counts = (
        tally.extracts,
        tally.results,
        tally.results - tally.results_different,
        tally.results_different,
        tally.lines,
        tally.lines - tally.lines_different,
        tally.lines_different,
    )
    return f"| {tally.ruleset} | {' | '.join(f'{count:,}' for count in counts)} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
