"""Are the points of the running system the published ones, practice by practice and indicator by indicator?"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from qof_local.published import PublishedYear, Result

PRINTED = Fraction(1, 10**12)
"""Published points are floats of 15 to 17 digits, ours are exact: this allows for their printing and nothing else."""

OVERRIDDEN = frozenset({"25559", "78190", "84383", "84581", "38205", "18428"})
"""Practices with documented local awards or overrides by hand, which no formula gives."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One published figure that we do not reproduce. `ours` is None where nothing was read back."""

    published: Result
    ours: Fraction | None

    @property
    def cause(self) -> str:
        if self.ours is None:
            return "no points were read back"
        if self.published.practice in OVERRIDDEN:
            return "documented local award or override by hand"
        return "cause not known"

    @property
    def counts(self) -> str:
        if self.published.kind == "register":
            return f"{self.published.register} on the register"
        return f"{self.published.numerator} of {self.published.denominator}"


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
        return [one for one in self.differences if one.published.practice not in OVERRIDDEN or one.ours is None]


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
            else:
                checkable += 1
                mine = ours.get(row.term.code)
                if mine is None or abs(mine - row.points) > PRINTED:
                    differences.append(Difference(row, mine))
    return Comparison(checkable, differences, others)
