"""How are figures and moments told to people? Exact values stay exact underneath; here they are rounded to be read."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from qof_shared.vocabulary import parse_rational, round_half_up, round_ratio

LONDON = ZoneInfo("Europe/London")
"""Whose clock practices live by."""


def pounds(amount: Decimal | str) -> str:
    """£1,234.56; a loss with a minus sign."""
    value = Decimal(amount)
    told = f"{value:,.2f}".removeprefix("-")
    return f"−£{told}" if value < 0 else f"£{told}"


@lru_cache(maxsize=4096)
def points(rational: str | Fraction) -> str:
    """Points with two decimals, half up: 7.36."""
    exact = parse_rational(rational) if isinstance(rational, str) else rational
    return f"{round_half_up(exact, 2):,}"


@lru_cache(maxsize=4096)
def percent(rational: str | Fraction) -> str:
    """A percentage with at most two decimals: 67.31%, 90%."""
    exact = parse_rational(rational) if isinstance(rational, str) else rational
    return _percent(f"{round_half_up(exact, 2):,}")


def share(numerator: int, denominator: int) -> str:
    """So many of so many, as `percent` tells it: 86.67%."""
    return _percent(f"{round_ratio(100 * numerator, denominator, 2):,}")


def _percent(text: str) -> str:
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def count(number: int) -> str:
    """A whole number with thousands apart: 12,345."""
    return f"{number:,}"


def day(moment: date | datetime) -> str:
    """31 March 2013."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(LONDON)
    return f"{moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    """8:41am, by London's clock."""
    there = moment.astimezone(LONDON)
    return f"{there.hour % 12 or 12}:{there:%M}{'am' if there.hour < 12 else 'pm'}"


def moment(when: datetime) -> str:
    """31 March 2013 at 8:41am."""
    return f"{day(when)} at {clock(when)}"


FILTERS: Mapping[str, Callable[..., str]] = {
    "pounds": pounds,
    "points": points,
    "percent": percent,
    "count": count,
    "day": day,
    "clock": clock,
    "moment": moment,
}
"""Under these names templates know them."""
