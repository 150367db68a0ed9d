"""What may people determine for an indicator of a practice? Draws what is possible, as text, by what it determines."""

from fractions import Fraction
from random import Random

from tests.engines.reference_points import Indicator

USUAL, NOW_AND_THEN, SELDOM = 0.85, 0.05, 0.005
"""How often: what a kind cannot do without, what it may have, and what is an exception everywhere."""
PARTS = (1, 2, 3, 7, 10, 100, 997)
"""Denominators of what is determined; most do not end as decimals."""


def determine(indicator: Indicator, random: Random, nasty: bool) -> dict[str, str]:
    """What is determined for this indicator; seldom anything in an ordinary practice, unless its kind needs it."""
    said = {}
    often = NOW_AND_THEN if nasty else SELDOM
    if indicator.kind == "protected" and random.random() < USUAL:
        said["reference-points"] = _points(indicator, random)
    elif indicator.kind == "improvement" and random.random() < USUAL:
        said["baseline-percentage"] = _text(_share(random) * 100)
    elif indicator.kind == "tiered" and random.random() < (often if _has_percentages(indicator) else USUAL):
        said["tier-percentages"] = _rising(random, len(indicator.parameters["tiers"].split()))
    elif indicator.kind == "fraction" and random.random() < often:
        said |= _thresholds(indicator, random)
    if random.random() < (SELDOM if nasty else SELDOM / 10):
        said["adjusted-points"] = _points(indicator, random)
    return said


def _has_percentages(indicator: Indicator) -> bool:
    return "tier_percentages" in indicator.parameters


def _thresholds(indicator: Indicator, random: Random) -> dict[str, str]:
    """One threshold or both, rising."""
    assert indicator.lower is not None
    assert indicator.upper is not None
    lower, upper = indicator.lower, indicator.upper
    which = random.choice(("lower", "upper", "both"))
    if which == "lower":
        return {"lower-threshold": _text(upper * _share(random, whole=False))}
    if which == "upper":
        return {"upper-threshold": _text(100 - (100 - lower) * _share(random, whole=False))}
    lower, upper = (Fraction(text) for text in _rising(random, 2).split())
    return {"lower-threshold": _text(lower), "upper-threshold": _text(upper)}


def _points(indicator: Indicator, random: Random) -> str:
    """Points from none to all; both ends are likely."""
    share = random.choice((Fraction(0), Fraction(1), _share(random), _share(random)))
    return _text(indicator.points * share)


def _share(random: Random, *, whole: bool = True) -> Fraction:
    """A part of 1; 1 itself only if it may be the whole."""
    parts = random.choice(PARTS)
    return Fraction(random.randint(0, parts if whole else parts - 1), parts)


def _rising(random: Random, how_many: int) -> str:
    parts = random.choice((how_many, 100, 997))
    places = sorted(random.sample(range(parts + 1), how_many))
    return " ".join(_text(Fraction(100 * place, parts)) for place in places)


def _text(value: Fraction) -> str:
    """Rational text: a fraction, or where it ends within two places now and then a decimal."""
    hundredths = value * 100
    if hundredths.denominator == 1 and hundredths.numerator % 3:
        return f"{hundredths.numerator // 100}.{hundredths.numerator % 100:02}"
    return str(value)
