"""What does it cost to be seen? `make bench-seeing` prints processor time per extract, with metrics and traces or not.

Processor time of the process itself, not throughput: the difference is microseconds, and a machine's other work would
hide it. Variants take turns, each run in a process and on a database of its own, beside a fixed piece of work that
tells how fast the machine was meanwhile; what is told is for the speed of the median run.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from loadtests.benches.seeing.work import RATIOS, Took
from loadtests.benches.servers import fresh_database, private_servers
from qof_calculator.adapters.rulesets import load_rulesets
from qof_local import directory
from qof_local.nation import SyntheticNation

SEED = 7
COLLECTION = "QOF-2012-13-SEEING"
VARIANTS = ("without", "metrics", *RATIOS)
PARTS = {"ingest": "a post of an extract", "calculator": "an extract in a worker's batch of 100"}


class Collector(BaseHTTPRequestHandler):
    """Takes spans, and forgets them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing: the table is what is printed."""


def write_nation(folder: Path, practices: int) -> None:
    """The directory that ingest loads, and the extracts with their suppliers' tokens."""
    rules = load_rulesets().for_year("england", "2012-13")
    invented = [directory.invented_practice(index, "england") for index in range(practices)]
    nation = directory.Nation(
        nation="england",
        qof_year="2012-13",
        achievement_date=rules.ruleset.achievement_date,
        commissioners=directory.invented_commissioners(practices, "england"),
        practices=invented,
    )
    (folder / "directory.json").write_text(json.dumps(directory.directory_document(nation, COLLECTION, SEED)))
    generator = SyntheticNation(rules, seed=SEED, average_list=5891)
    with (folder / "extracts.ndjson").open("w") as file:
        for index, practice in enumerate(invented):
            body = msgspec.json.encode(generator.extract(index, practice.practice, COLLECTION)).decode()
            file.write(json.dumps({"body": body, "token": directory.token(SEED, practice.supplier)}) + "\n")


async def measure(part: str, variant: str, folder: Path, collector: str) -> Took:
    """One run."""
    async with fresh_database(private_servers().postgres_url, f"qof_{part}") as url:
        command = [sys.executable, "-m", "loadtests.benches.seeing.work", part, variant, str(folder), url, collector]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Took)


async def bench(practices: int, repetitions: int) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_nation(folder, practices)
        for part, what in PARTS.items():
            runs: dict[str, list[Took]] = {variant: [] for variant in VARIANTS}
            for _ in range(repetitions):
                for variant, found in runs.items():
                    found.append(await measure(part, variant, folder, f"http://127.0.0.1:{server.server_port}"))
            print(f"{part}: microseconds of processor time for {what} ({practices} practices, {repetitions} runs each)")
            print(*table(runs), sep="\n")
    server.shutdown()


def table(runs: Mapping[str, Sequence[Took]]) -> Iterator[str]:
    """A line for each variant: the median, from what to what, and the ratio to the first."""
    usual = median(took.yardstick for found in runs.values() for took in found)
    base = 0.0
    for variant, found in runs.items():
        each = [took.seconds / took.extracts * usual / took.yardstick * 1e6 for took in found]
        middle = median(each)
        base = base or middle
        yield f"  {variant:<12} {middle:7.0f}  ({min(each):.0f} to {max(each):.0f})  {middle / base:.3f} of the first"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.seeing", description=__doc__)
    parser.add_argument("--practices", type=int, default=1000)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    asyncio.run(bench(options.practices, options.repetitions))


if __name__ == "__main__":
    main()
