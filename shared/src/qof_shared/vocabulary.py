"""What the field's words mean in code: practices, QOF years, points and pounds. Pure; imports nobody.

Points and pounds never touch a float. Inside the core they are `Fraction`; on the wire and in the database
points are *rational text* (``"38/3"``, ``"12.5"``) and pounds are decimal text with two places (``"1447.20"``).
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import gcd

ODS_CODE = re.compile(r"^[A-Z0-9]{3,8}$")
"""An organisation's code in the Organisation Data Service; Scottish practices have five digits."""

QOF_YEAR = re.compile(r"^(\d{4})-(\d{2})$")

NATIONS = ("england", "scotland", "wales", "northern-ireland")


class Determines(StrEnum):
    """What a person may determine for one indicator of a practice, where the counts alone do not say."""

    ADJUSTED_POINTS = "adjusted-points"
    """Manual adjustment: these points instead of the calculated ones."""
    REFERENCE_POINTS = "reference-points"
    """The points of the reference year, which a protected indicator pays."""
    BASELINE_PERCENTAGE = "baseline-percentage"
    """The practice's own earlier achievement, from which improvement is counted."""
    LOWER_THRESHOLD = "lower-threshold"
    """Locally set, in percent; so is the upper one."""
    UPPER_THRESHOLD = "upper-threshold"
    TIER_PERCENTAGES = "tier-percentages"
    """Where each tier of a tiered indicator begins, rising, separated by blanks."""


class InvalidQofYearError(ValueError):
    """A QOF year is written as 2012-13: two consecutive years."""


@dataclass(frozen=True, slots=True, order=True)
class QofYear:
    """A contract year, 1 April to 31 March, written ``2012-13``."""

    first_year: int

    @classmethod
    def parse(cls, text: str) -> "QofYear":
        """Read ``2012-13``; raises InvalidQofYearError for anything else."""
        match = QOF_YEAR.match(text)
        if match is None or (int(match[1]) + 1) % 100 != int(match[2]):
            raise InvalidQofYearError(f"{text!r} is not a QOF year; write it as 2012-13")
        return cls(int(match[1]))

    @property
    def first_day(self) -> date:
        return date(self.first_year, 4, 1)

    @property
    def last_day(self) -> date:
        """The achievement date: 31 March."""
        return date(self.first_year + 1, 3, 31)

    def __str__(self) -> str:
        return f"{self.first_year}-{(self.first_year + 1) % 100:02d}"


def rational_text(value: Fraction) -> str:
    """Write an exact number: a decimal where it ends within two places, else ``numerator/denominator``.

    >>> rational_text(Fraction(25, 2)), rational_text(Fraction(38, 3))
    ('12.5', '38/3')
    """
    hundredths = value * 100
    if hundredths.denominator == 1:
        whole, rest = divmod(abs(hundredths.numerator), 100)
        sign = "-" if hundredths.numerator < 0 else ""
        return f"{sign}{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"{value.numerator}/{value.denominator}"


def ratio_text(numerator: int, denominator: int) -> str:
    """What `rational_text` writes of `numerator / denominator` (not negative, in any terms), without a Fraction."""
    divisor = gcd(numerator, denominator)
    numerator //= divisor
    denominator //= divisor
    if denominator == 1:
        return str(numerator)
    if 100 % denominator:
        return f"{numerator}/{denominator}"
    whole, hundredths = divmod(numerator * (100 // denominator), 100)
    return f"{whole}.{hundredths:02}".rstrip("0")


@lru_cache(maxsize=4096)
def parse_rational(text: str) -> Fraction:
    """Read what `rational_text` wrote; raises ValueError for anything that is not an exact number."""
    return Fraction(text)


def round_half_up(value: Fraction, places: int) -> Decimal:
    """Round once, half away from zero, to `places` decimals: the only rounding in the house."""
    return round_ratio(value.numerator, value.denominator, places)


def round_ratio(numerator: int, denominator: int, places: int) -> Decimal:
    """The same of `numerator / denominator`, in any terms (the denominator above 0), without a Fraction."""
    doubled = abs(numerator) * 10**places * 2 + denominator
    units = doubled // (2 * denominator)
    # Read from text, which is exact; arithmetic on decimals would round to the context's 28 digits.
    return Decimal(f"{'-' if numerator < 0 and units else ''}{units}E-{places}")


def two_places(value: Fraction) -> str:
    """Points as people read them: two places, half up. For display; never for arithmetic."""
    return str(round_half_up(value, 2))


def pounds_text(value: Decimal) -> str:
    """Pounds on the wire: exactly two places. Raises ValueError where pence are not whole."""
    if value != value.quantize(Decimal("0.01")):
        raise ValueError(f"{value} pounds has a fraction of a penny; round it once, in the core")
    return str(value.quantize(Decimal("0.01")))
