"""How much of what was published is reproduced, and what is not, and why?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

DOCUMENTED = frozenset({"25559", "78190", "84383", "84581", "38205", "18428"})
"""Scottish practices with documented local awards or figures overridden by hand, which no formula gives."""

AWARD = "documented local award or override by hand"
ROUNDED = "the published figure is rounded to two decimals"
EMPTY_REGISTER = "an empty register was given its points"
UNKNOWN = "not known"

POINTS_SHARE = Fraction(9998, 10_000)
FACTOR_SHARE = Fraction(998, 1_000)
EVERY = Fraction(1)
PAYMENT_ERROR = Fraction(1, 100)
"""The median difference between our pounds and the published ones."""

NEAR = Fraction(1, 10**6)
"""How near published points, percentages and factors have to be, which are printed as floats."""
TOTAL_NEAR = Fraction(1, 10**9)
"""How near a practice's total has to be."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One published figure that is not ours."""

    practice: str
    item: str
    """The indicator, the register, or what else the figure is of."""
    published: str
    calculated: str
    cause: str
    counts: str = ""
    """What it was calculated from."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was held against a published year."""

    year: str
    """`scotland 2012-13`."""
    name: str
    checked: int
    differences: Sequence[Difference] = ()
    threshold: Fraction | None = None
    """The share that has to be equal; None: it is told and not judged."""
    is_award_excused: bool = False
    """Whether a documented award may differ: it is a figure that people set, and no calculation of theirs."""
    figure: Fraction | None = None
    """The median error, where the measure is one of error."""
    notes: Sequence[str] = field(default=())

    @property
    def different(self) -> int:
        return len(self.differences)

    @property
    def equal(self) -> int:
        return self.checked - self.different

    @property
    def documented(self) -> int:
        """How many of the differences are documented awards."""
        return sum(one.cause == AWARD for one in self.differences)

    @property
    def share(self) -> Fraction:
        return Fraction(self.equal, self.checked) if self.checked else Fraction(0)

    @property
    def passes(self) -> bool:
        if self.figure is not None:
            return self.threshold is None or self.figure <= self.threshold
        if self.threshold is None:
            return True
        excused = self.documented if self.is_award_excused else 0
        return self.checked > 0 and Fraction(self.equal + excused, self.checked) >= self.threshold


def cause_of(practice: str, published: Fraction, calculated: Fraction) -> str:
    """Why the two differ, as far as that is known."""
    if practice in DOCUMENTED:
        return AWARD
    is_rounded = abs(published - calculated) <= Fraction(1, 200) and (published * 100).denominator == 1
    return ROUNDED if is_rounded else UNKNOWN


def is_near(one: Fraction, other: Fraction, distance: Fraction) -> bool:
    """Whether two exact numbers are no further apart; with integers, as half a million are compared."""
    if one == other:
        return True
    apart = abs(one.numerator * other.denominator - other.numerator * one.denominator)
    return apart * distance.denominator <= distance.numerator * one.denominator * other.denominator


def decimal_text(value: Fraction) -> str:
    """An exact number for people to read: at most nine decimals."""
    text = f"{float(value):.9f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
