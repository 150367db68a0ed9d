"""What does one process of a run do? `python -m loadtests.benches.pipeline.role prepare|produce|work VARIANT`.

It reads a Place as a line of JSON, imports all it needs, answers `ready`, and waits for another line: the gate. So
nobody's start of the interpreter is measured, and all begin together. When it has done, it answers with its seconds.
"""

import importlib
import os
import sys
import time
from collections.abc import Iterable
from typing import Protocol, cast

import msgspec

from loadtests.benches.pipeline.place import Job, Place


class VariantModule(Protocol):
    """What every module in `variants` offers."""

    def prepare(self, place: Place) -> None:
        """Make the queues, before anybody produces or works."""

    def produce(self, place: Place, jobs: Iterable[Job]) -> None:
        """Put jobs on the queue; return when the broker has all of them safe."""

    def work(self, place: Place) -> None:
        """Do jobs until SIGTERM."""


def main(role: str, name: str) -> None:
    place = msgspec.json.decode(sys.stdin.readline(), type=Place)
    # Whatever a library prints goes to the log: nobody reads our answers' pipe while the run lasts.
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as answers:
        os.dup2(2, 1)
        variant = cast(VariantModule, importlib.import_module(f"loadtests.benches.pipeline.variants.{name}"))
        jobs = _jobs(place) if role == "produce" else ()
        print("ready", file=answers)
        if not sys.stdin.readline():
            return
        began = time.monotonic()
        if role == "prepare":
            variant.prepare(place)
        elif role == "produce":
            variant.produce(place, jobs)
        else:
            variant.work(place)
        print(time.monotonic() - began, file=answers)


def _jobs(place: Place) -> Iterable[Job]:
    from loadtests.benches.pipeline.backlog import jobs  # a worker does not need an invented nation in its memory

    return jobs(range(place.first, place.last + 1))


if __name__ == "__main__":
    main(*sys.argv[1:])
