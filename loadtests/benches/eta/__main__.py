"""Do people wait as long as they are told? `make bench-eta`: a surge, its drain, and the loss of a worker."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from loadtests.benches.eta.figures import Judged, judge
from loadtests.benches.eta.play import play, prepare
from loadtests.benches.eta.report import of_the_lost, table, verdicts, write_json
from loadtests.benches.eta.trace import Trace, write_trace
from loadtests.benches.machine import describe, in_one_line
from loadtests.benches.servers import BenchError, private_servers
from qof_local import servers, services
from qof_local.paths import LocalStackError, folder

PACKAGES = ("asyncpg", "fastapi", "aio-pika", "sqlalchemy", "uvicorn")
NOT_MEASURED = 2


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    try:
        _bench(options)
    except (BenchError, LocalStackError, OSError) as error:
        print(f"bench-eta: {error}", file=sys.stderr)
        return NOT_MEASURED
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.eta", description=__doc__)
    parser.add_argument("--practices", type=int, default=os.environ.get("PRACTICES") or 5000, help="a wave (5000)")
    parser.add_argument("--surge-seconds", type=float, default=8, help="in which a wave is posted, at least (8)")
    parser.add_argument("--calculator-share", type=float, default=0.3, help="of a core that each calculator has (0.3)")
    parser.add_argument("--sample", type=int, default=20, help="practices, and extracts, asked about a second (20)")
    parser.add_argument("--repetitions", type=int, default=os.environ.get("REPETITIONS") or 1)
    parser.add_argument("--json", type=Path, default=Path("docs/benchmarks/eta.json"))
    parser.add_argument("--plot", type=Path, default=Path("docs/benchmarks/eta.png"))
    options = parser.parse_args(arguments)
    if min(options.practices, options.surge_seconds, options.sample, options.repetitions) <= 0:
        parser.error("practices, seconds, sample and repetitions are numbers above 0")
    return options


def _bench(options: argparse.Namespace) -> None:
    machine = asyncio.run(describe(private_servers(), PACKAGES))
    traces = [_run(options, number) for number in range(options.repetitions)]
    judged = [one for trace in traces for one in judge(trace)]
    load = {
        "practices_of_a_wave": options.practices,
        "posted_in_seconds": [
            round(end - begin, 1)
            for trace in traces
            for begin, end in zip(trace.began, trace.posted_until, strict=True)
        ],
        "share_of_a_core_of_each_calculator": options.calculator_share,
        "asked_about_in_a_second": options.sample,
        "unanswered": sum(trace.unanswered for trace in traces),
        "repetitions": options.repetitions,
    }
    note = f"{options.repetitions} runs of two waves of {options.practices:,} practices; {in_one_line(machine)}"
    print(f"\n{table(judged)}\n\n{of_the_lost(judged)}\n\n{note}\n")
    print(*verdicts(judged), sep="\n")
    write_json(options.json, machine, load, judged)
    from loadtests.benches.eta.plot import draw  # only the bench environment has what draws

    draw(options.plot, traces[-1], judged, note)
    print(f"\nwritten: {options.json}, {options.plot}")


def _run(options: argparse.Namespace, number: int) -> Trace:
    found = servers.ensure_servers()
    services.start_all(found)
    cast = prepare(options.practices, found, f"{datetime.now(UTC):%Y%m%d-%H%M%S}")
    print(f"run {number + 1}: {cast.collection}, two waves of {options.practices:,} practices", flush=True)
    try:
        playing = play(
            cast, found, surge_seconds=options.surge_seconds, sample=options.sample, share=options.calculator_share
        )
        trace = asyncio.run(playing)
    except BaseExceptionGroup as group:
        raise _first_of(group) from group
    file = folder("bench", "eta") / f"{cast.collection}.json"
    write_trace(file, trace)
    print(f"  trace for `python -m loadtests.benches.eta.backtest`: {file}", flush=True)
    _show(judge(trace))
    return trace


def _show(judged: Sequence[Judged]) -> None:
    told = [one for one in judged if one.bound is not None]
    kept = sum(one.is_kept for one in told)
    print(f"  {len(judged):,} answers, of {len(told):,} that said a time {kept:,} were kept", flush=True)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first; the others were cancelled or failed for the same reason."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
