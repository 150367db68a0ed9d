"""Which estimator would have said it best? `python -m loadtests.benches.eta.backtest TRACE...`, on recorded queues.

Every estimator is asked at every second of the trace, about the same places, with what had come out by then.
"""

import argparse
import random
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from loadtests.benches.eta.figures import Judged, lines
from loadtests.benches.eta.simulation import drawn, simulated
from loadtests.benches.eta.trace import Seen, Trace, read_trace
from loadtests.benches.reporting import markdown_table
from qof_shared import pace
from qof_shared.pace import Arrival, Estimator, Pace, pace_of

PLACES = 12
BINS_A_SECOND = 4
SEEN_AFTER = 0.1
"""Seconds from a batch's time to its commit: nobody could have seen it before."""
HEADINGS = ("estimator", "phase", "answers", "cannot say", "by the 90 % time", "by the expected", "said / waited")


def _whole_run(arrivals: Sequence[Arrival], now: datetime) -> Pace | None:
    """The pace of the whole run, whatever changed in it."""
    return pace.measured(pace.present_run(arrivals, now), now)


def _with_drift(estimator: Estimator, drift: float) -> Estimator:
    def estimate(arrivals: Sequence[Arrival], now: datetime) -> Pace | None:
        found = estimator(arrivals, now)
        return replace(found, drift=drift) if found else None

    return estimate


ESTIMATORS: Mapping[str, Estimator] = {
    "ours": pace_of,
    "whole run, no drift": _with_drift(_whole_run, 0.0),
    "whole run, as much drift as ours": _whole_run,
    **{f"changes noticed, drift {drift:.2f}": _with_drift(pace_of, drift) for drift in (0.0, 0.1, 0.2, 0.3)},
}


def judged_by(trace: Trace, estimator: Estimator) -> list[Judged]:
    """What the estimator would have said, of both queues."""
    return [one for whose, seen in trace.queues.items() for one in _of_queue(trace, whose, seen, estimator)]


def _of_queue(trace: Trace, whose: str, seen: Seen, estimator: Estimator) -> Iterator[Judged]:
    arrivals = _binned(seen)
    moments = [arrival.at.timestamp() for arrival in arrivals]
    chance = random.Random(whose)
    end = max((one.until for one in seen.waited), default=0.0)
    at = trace.began[0]
    while at < end:
        waiting = [one for one in seen.waited if one.since <= at < one.until]
        now = datetime.fromtimestamp(at, UTC)
        found = estimator(arrivals[: bisect_right(moments, at - SEEN_AFTER)], now)
        for index in sorted(chance.sample(range(len(waiting)), min(PLACES, len(waiting)))):
            said = found.forecast(index + 1, now) if found else None
            until = waiting[index].until
            yield Judged(
                who=whose,
                phase=trace.phase(at),
                asked_at=at,
                position=index + 1,
                waited=until - at,
                expected=(said.expected_at - now).total_seconds() if said else None,
                bound=(said.ready_by - now).total_seconds() if said else None,
                is_before_loss=at < trace.lost_at < until,
            )
        at += 1


def _binned(seen: Seen) -> list[Arrival]:
    """As the services see them: added up by the quarter of a second."""
    bins: dict[int, tuple[float, int]] = {}
    for at, extracts in seen.arrivals:
        last, count = bins.get(int(at * BINS_A_SECOND), (0.0, 0))
        bins[int(at * BINS_A_SECOND)] = max(last, at), count + extracts
    return [Arrival(datetime.fromtimestamp(at, UTC), extracts) for _, (at, extracts) in sorted(bins.items())]


def compared(traces: Sequence[Trace], estimators: Mapping[str, Estimator]) -> str:
    """A table: calibration and sharpness of each estimator in each phase, on the same places."""
    rows = []
    for name, estimator in estimators.items():
        judged = [one for trace in traces for one in judged_by(trace, estimator)]
        rows += [
            (
                name,
                line.phase,
                f"{line.answers:,}",
                f"{line.cannot_say:,}",
                f"{line.kept:.1%}",
                f"{line.half:.0%}",
                f"{line.said_of_waited:.2f}",
            )
            for line in lines(judged)
            if line.who == "all"
        ]
    return markdown_table(HEADINGS, rows)


def main(arguments: Sequence[str], tell: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.eta.backtest", description=__doc__)
    parser.add_argument("trace", nargs="*", type=Path)
    parser.add_argument("--simulated", type=int, default=0, help="so many simulated runs beside the recorded ones")
    options = parser.parse_args(arguments)
    chance = random.Random("simulated")
    traces = [read_trace(file) for file in options.trace]
    traces += [simulated(drawn(chance), chance) for _ in range(options.simulated)]
    if not traces:
        parser.error("give traces, or --simulated and a number")
    tell(compared(traces, ESTIMATORS))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
