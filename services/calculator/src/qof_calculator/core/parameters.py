"""Which numbers does an indicator's kind need beside its points, and are those it has possible?

Parameters are text in the rule set; some may be determined for one practice instead (`core.determinations`). A number
is rational text as `12.5` or `38/3`; tiers are several, separated by blanks.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final

from qof_calculator.core.kinds import KINDS
from qof_calculator.core.ruleset import Indicator
from qof_shared.vocabulary import InvalidQofYearError, QofYear, rational_text

NUMBER: Final = re.compile(r"\d{1,40}(\.\d{1,40})?|\d{1,40}/0*[1-9]\d{0,39}", re.ASCII)
"""Bounded, because the text of a determination comes from outside: an exponent would be a number of any size."""

ADJUSTED_POINTS: Final = "adjusted_points"
"""Stands for a manual adjustment, which any kind may have."""
PRACTICE_ONLY: Final = frozenset({ADJUSTED_POINTS, "reference_points", "baseline_percentage"})
"""What is determined for a practice and never stands in a rule set."""


def number(text: str) -> Fraction | None:
    """The exact number that a text is, None where it is none (or negative)."""
    return Fraction(text) if NUMBER.fullmatch(text) else None


def numbers(text: str) -> tuple[Fraction, ...] | None:
    """The numbers of a text, which blanks separate; None where one of them is none, or there is none at all."""
    found = [number(part) for part in text.split()]
    known = tuple(value for value in found if value is not None)
    return known if found and len(known) == len(found) else None


def possible_faults(indicator: Indicator) -> Iterator[str]:
    """What is impossible about the thresholds and the parameters of an indicator of a known kind, as sentences."""
    kind = KINDS[indicator.kind]
    yield from _threshold_faults(indicator)
    given = indicator.parameters.keys() - {ADJUSTED_POINTS}
    if not kind.parameters <= given or not given <= kind.parameters | kind.optional:
        wanted = ", ".join(sorted(kind.parameters)) or "no parameters"
        also = f" (and may have {', '.join(sorted(kind.optional))})" if kind.optional else ""
        yield f"{indicator.code} is a {indicator.kind} and must have {wanted}{also}"
        return
    for name, text in indicator.parameters.items():
        if fault := _CHECKS[name](indicator, text):
            yield f"{indicator.code} has the {name} {text!r}; {fault}"


def _threshold_faults(indicator: Indicator) -> Iterator[str]:
    code, lower, upper = indicator.code, indicator.lower_threshold, indicator.upper_threshold
    if not KINDS[indicator.kind].thresholds:
        if (lower, upper) != (None, None):
            yield f"{code} is a {indicator.kind} and must have no thresholds"
    elif lower is None or upper is None:
        yield f"{code} is a {indicator.kind} and needs both thresholds"
    elif not 0 <= lower < upper <= 100:
        limits = f"{rational_text(lower)} and {rational_text(upper)}"
        yield f"{code} has the thresholds {limits}; they must rise and lie between 0 and 100"


def _points(indicator: Indicator, text: str) -> str | None:
    points = number(text)
    if points is None or points > indicator.points:
        return f"it must be a number of points from 0 to {rational_text(indicator.points)}"
    return None


def _percentage(indicator: Indicator, text: str) -> str | None:
    percent = number(text)
    return None if percent is not None and percent <= 100 else "it must be a percentage from 0 to 100"


def _improvement_upper(indicator: Indicator, text: str) -> str | None:
    lower, upper = number(indicator.parameters["improvement_lower"]), number(text)
    if lower is None or upper is None or not lower < upper <= 100:
        return "it must be a percentage above improvement_lower and at most 100"
    return None


def _tiers(indicator: Indicator, text: str) -> str | None:
    points = numbers(text)
    if points is None or not _rising(points) or points[0] == 0 or points[-1] != indicator.points:
        return f"they must be points that rise to {rational_text(indicator.points)}"
    return None


def _tier_percentages(indicator: Indicator, text: str) -> str | None:
    percentages, tiers = numbers(text), indicator.parameters["tiers"].split()
    if percentages is None or not _rising(percentages) or percentages[-1] > 100 or len(percentages) != len(tiers):
        return f"they must be {len(tiers)} rising percentages from 0 to 100, one for each tier"
    return None


def _rising(values: tuple[Fraction, ...]) -> bool:
    return all(one < other for one, other in pairwise(values))


def _rank(indicator: Indicator, text: str) -> str | None:
    return None if text.isdecimal() and int(text) else "it must be a whole number from 1"


def _year(indicator: Indicator, text: str) -> str | None:
    try:
        QofYear.parse(text)
    except InvalidQofYearError as error:
        return str(error)
    return None


def _text(indicator: Indicator, text: str) -> str | None:
    return None if text else "it must say something"


_CHECKS: Mapping[str, Callable[[Indicator, str], str | None]] = {
    "adjusted_points": _points,
    "baseline_percentage": _percentage,
    "domain": _text,
    "improvement_lower": _percentage,
    "improvement_upper": _improvement_upper,
    "points_at_lower": _points,
    "rank": _rank,
    "reference_indicator": _text,
    "reference_points": _points,
    "reference_year": _year,
    "tier_percentages": _tier_percentages,
    "tiers": _tiers,
}
