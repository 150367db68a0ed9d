"""Would the tests notice a changed character in the calculation? `make mutation` runs this; it takes half an hour."""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from qof_local.paths import folder
from tests.mutation.report import Score, scores, survivors, table
from tests.mutation.stage import chosen, stage

WRONG_WORDS, NOT_RUN = 2, 3


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="calculator.kinds payments ...; all of both cores, unless said")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        wanted = chosen(options.modules)
    except ValueError as error:
        print(f"mutation: {error}", file=sys.stderr)
        return WRONG_WORDS
    mutmut = Path(sys.executable).with_name("mutmut")
    found: list[Score] = []
    lived: list[str] = []
    for service, modules in wanted.items():
        place = stage(service, modules, folder("mutation"))
        print(f"{service}: {', '.join(modules)} in {place}", flush=True)
        with (place / "run.log").open("w", encoding="utf-8") as log:
            done = subprocess.run(
                [str(mutmut), "run", "--max-children", str(options.processes)], cwd=place, stdout=log, stderr=log
            )
        if done.returncode:
            print(f"mutation: mutmut ended with {done.returncode}; see {place / 'run.log'}", file=sys.stderr)
            return NOT_RUN
        found += scores(place)
        lived += [f"cd {place} && {mutmut} show {name}" for name in survivors(place)]
    print("\n".join(lived))
    print(f"\n{table(found)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
