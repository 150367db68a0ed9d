"""Where does the first reading of a report's page go? `python -m loadtests.benches.pages.telling`, in one process.

No database and no requests: from a report's document to the bytes of the page's body, in processor time by stage. The
first report of a process is told apart: its rules and pieces are worked out and written for the first time.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import msgspec
from tests.browser.figures import Year

from qof_declarations.core.report import build_report
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.views.report import report_part
from qof_declarations.entrypoints.web.views.report_body import report_body
from qof_declarations.handlers.explaining import explained
from qof_shared.contracts import AchievementCalculated, EntitlementCalculated
from qof_shared.process import settle_memory


def documents(year: Year) -> list[bytes]:
    """Everybody's report."""
    points = [year.points(index) for index in range(year.practices)]
    return [
        build_report(one.content(AchievementCalculated), year.pounds(one).content(EntitlementCalculated)).document
        for one in points
    ]


def stages(year: Year) -> Sequence[tuple[str, Callable[[Any], Any]]]:
    """What is done one after the other; each takes what the one before found."""
    rules = year.rules.ruleset
    words = RulesetWords(
        dict(rules.registers),
        {group.code: group.name for group in rules.groups},
        {one.code: one.description for one in rules.indicators},
    )
    pages = Pages()
    return (
        ("decode", msgspec.json.decode),
        ("explain", lambda document: (document, explained(1, "d" * 64, document))),
        ("tell", lambda found: report_part(found[0], found[1], words)),
        (
            "write",
            lambda part: pages.report_body(
                report_body(part, base="/collections/c/practices/p", digest="d" * 64, is_opened=False)
            ),
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m loadtests.benches.pages.telling", description=__doc__)
    parser.add_argument("--practices", type=int, default=100)
    year = Year(practices=parser.parse_args().practices)
    made = documents(year)
    steps = stages(year)
    settle_memory()
    spent: dict[str, list[float]] = {name: [] for name, _ in steps}
    size = 0
    for document in made:
        found: Any = document
        for name, step in steps:
            began = time.process_time_ns()
            found = step(found)
            spent[name].append((time.process_time_ns() - began) / 1e6)
        size += len(found)
    print("stage      first ms  median ms")
    for name, took in spent.items():
        print(f"{name:<10} {took[0]:>8.2f}  {median(took[1:]):>9.2f}")
    totals = [sum(one) for one in zip(*spent.values(), strict=True)]
    print(f"{'all':<10} {totals[0]:>8.2f}  {median(totals[1:]):>9.2f}   {size / len(made) / 1000:.0f} kB a page")


if __name__ == "__main__":
    main()
