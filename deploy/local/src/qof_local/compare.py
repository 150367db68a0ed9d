"""Are the points of the running system the published ones, practice by practice and indicator by indicator?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from qof_local.published import PublishedYear
from qof_local.verify.measures import AWARD, DOCUMENTED, NEAR
from qof_local.verify.rows import Row


@dataclass(frozen=True, slots=True)
class Difference:
    """One published figure that we do not reproduce. `ours` is None where nothing was read back."""

    published: Row
    ours: Fraction | None

    @property
    def cause(self) -> str:
        if self.ours is None:
            return "no points were read back"
        if self.published.practice in DOCUMENTED:
            return AWARD
        return "cause not known"

    @property
    def theirs(self) -> Fraction:
        return self.published.points or Fraction(0)

    @property
    def counts(self) -> str:
        return self.published.counts


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many published points are reproduced, and every one that is not."""

    checkable: int
    """Practice x indicator with published counts, fractions and registers."""
    differences: Sequence[Difference]
    not_checkable: Mapping[str, int]
    """Reason -> practice x indicator that say nothing about the calculation."""

    @property
    def reproduced(self) -> int:
        return self.checkable - len(self.differences)

    @property
    def share(self) -> Fraction:
        return Fraction(self.reproduced, self.checkable) if self.checkable else Fraction(0)

    @property
    def unexplained(self) -> list[Difference]:
        return [one for one in self.differences if one.published.practice not in DOCUMENTED or one.ours is None]


def compare(published: PublishedYear, points: Mapping[str, Mapping[str, Fraction]]) -> Comparison:
    """Hold the points read back (practice -> indicator -> points) against the published ones."""
    checkable, differences, others = 0, [], Counter[str]()
    for practice in published.nation.practices:
        ours = points.get(practice.practice, {})
        for row in published.results[practice.practice]:
            if row.kind == "yes-no":
                others["yes/no: the answer is input"] += 1
            elif (row.practice, row.term.code) not in published.sent:
                others["counts or register suppressed"] += 1
            elif row.points is None:
                others["points not published"] += 1
            else:
                checkable += 1
                mine = ours.get(row.term.code)
                if mine is None or abs(mine - row.points) > NEAR:
                    differences.append(Difference(row, mine))
    return Comparison(checkable, differences, others)
