"""How is exact arithmetic done on two integers, where a Fraction at every step would cost most of the time?

A ratio is what `Fraction.as_integer_ratio` gives: numerator and denominator. None here is negative.
"""

from collections.abc import Iterable
from math import gcd
from typing import TypeAlias

Ratio: TypeAlias = tuple[int, int]
"""Numerator and denominator, the denominator above 0."""


def lowest(numerator: int, denominator: int) -> Ratio:
    """The same ratio in lowest terms."""
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor


def total(ratios: Iterable[Ratio]) -> Ratio:
    """The sum, in lowest terms; they are looked for once, at the end."""
    numerator, denominator = 0, 1
    for more, of in ratios:
        numerator, denominator = numerator * of + more * denominator, denominator * of
    return lowest(numerator, denominator)


def half_up(numerator: int, denominator: int) -> int:
    """The nearest whole number, the higher of two."""
    return (2 * numerator + denominator) // (2 * denominator)


_SCALES = tuple(10**places for places in range(10))


def decimals(numerator: int, denominator: int, places: int) -> str:
    """For people to read: so many decimals (at least one), half up, and thousands separated."""
    scale = _SCALES[places]
    units = (2 * numerator * scale + denominator) // (2 * denominator)
    if units < 1000 * scale:  # most are, and cutting a text is a third cheaper than formatting one
        text = str(units).zfill(places + 1)
        return f"{text[:-places]}.{text[-places:]}"
    whole, rest = divmod(units, scale)
    return f"{whole:,}.{rest:0{places}}"


def short(numerator: int, denominator: int) -> str:
    """For people to read: at most two decimals and none that are 0: `22`, `12.67`, `5,891`."""
    if denominator == 1:
        return f"{numerator:,}"
    return decimals(numerator, denominator, 2).rstrip("0").rstrip(".")
