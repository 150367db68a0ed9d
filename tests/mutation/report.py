"""How many mutants did the tests kill, module by module?"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SURVIVED, KILLED = 0, (1, 3)
NOT_TESTED = (5, 33)
"""Exit codes as mutmut keeps them: a mutant that no test reaches is no better than a survivor."""


class Score(NamedTuple):
    """What became of one module's mutants."""

    module: str
    mutants: int
    killed: int
    survived: int
    not_reached: int
    other: int
    """Timed out or crashed: caught too, but not by an assertion."""

    @property
    def share(self) -> float:
        return (self.killed + self.other) / self.mutants if self.mutants else 0.0


def scores(place: Path) -> list[Score]:
    """The scores of a staged service, module by module."""
    return [_score(file, place) for file in sorted((place / "mutants").rglob("*.py.meta"))]


def _score(file: Path, place: Path) -> Score:
    codes = Counter(json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"].values())
    mutants = sum(count for code, count in codes.items() if code is not None)
    killed = sum(codes[code] for code in KILLED)
    not_reached = sum(codes[code] for code in NOT_TESTED)
    survived = codes[SURVIVED]
    module = f"{place.name}.{file.name.removesuffix('.py.meta')}"
    return Score(module, mutants, killed, survived, not_reached, mutants - killed - survived - not_reached)


def survivors(place: Path) -> list[str]:
    """mutmut's names of what survived or was not reached: `mutmut show <name>` tells the change."""
    found = []
    for file in sorted((place / "mutants").rglob("*.py.meta")):
        codes = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        found += [name for name, code in codes.items() if code in (SURVIVED, *NOT_TESTED)]
    return found


def table(found: Sequence[Score]) -> str:
    """Markdown, the sum last."""
    total = Score("all", *(sum(column) for column in zip(*(score[1:] for score in found), strict=True)))
    head = (
        "| module | mutants | killed | survived | not reached | timed out or crashed | score |\n"
        "| --- | --- | --- | --- | --- | --- | --- |"
    )
    rows = [f"| {' | '.join(str(value) for value in score)} | {score.share:.1%} |" for score in (*found, total)]
    return "\n".join((head, *rows))
