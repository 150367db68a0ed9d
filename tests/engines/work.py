"""How is a large comparison shared out over rule sets and processes?"""

import multiprocessing
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tests.engines import documents
from tests.engines.compare import Tally, compare_points, indicators_of
from tests.engines.compare_statements import NATION, compare_statements

PORTION = 250
"""Practices that are compared at a time."""
STATEMENTS = 10
"""Of so many practices, one gets its statement compared, too."""
PROGRESS = 5.0
"""Seconds between two lines of progress."""


class Portion(NamedTuple):
    """A piece of work: practices of one rule set, named by their seeds; one nation, where they are for statements."""

    ruleset: str
    seeds: Sequence[str]
    is_nation: bool


def compare(results: int, seed: str, processes: int = 1) -> list[Tally]:
    """At least so many results, shared out over all rule sets; a tally of each, in the order of their ids."""
    work = list(portions(results, seed))
    tallies = {portion.ruleset: Tally(portion.ruleset) for portion in work}
    if processes == 1:
        for portion in work:
            tallies[portion.ruleset].add(compare_portion(portion))
    else:
        with multiprocessing.get_context("forkserver").Pool(processes) as pool:
            for tally in _progress(pool.imap_unordered(compare_portion, work), results):
                tallies[tally.ruleset].add(tally)
    return [tallies[ruleset] for ruleset in sorted(tallies)]


def portions(results: int, seed: str) -> Iterator[Portion]:
    """The work, one rule set after the other."""
    rulesets = documents.rulesets()
    for ruleset in rulesets:
        extracts = -(-results // (len(rulesets) * len(indicators_of(ruleset))))
        seeds = [f"{seed}/{number}" for number in range(extracts)]
        for start in range(0, extracts, PORTION):
            yield Portion(ruleset, seeds[start : start + PORTION], is_nation=False)
        if ruleset in documents.parameter_sets():
            for start in range(0, max(extracts // STATEMENTS, 1), NATION):
                yield Portion(ruleset, seeds[start : start + NATION], is_nation=True)


def compare_portion(portion: Portion) -> Tally:
    compared = compare_statements if portion.is_nation else compare_points
    return compared(portion.ruleset, portion.seeds)


def _progress(tallies: Iterable[Tally], results: int) -> Iterator[Tally]:
    done, last = 0, time.monotonic()
    for tally in tallies:
        done += tally.results
        if time.monotonic() - last > PROGRESS:
            last = time.monotonic()
            print(f"{done:,} of {results:,} results", file=sys.stderr, flush=True)
        yield tally
