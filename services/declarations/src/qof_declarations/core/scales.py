"""How many points do so many patients earn? Each kind of indicator as a rule about a percentage, in exact fractions.

The calculator has the same rules in integers, for a nation at a time. Here they answer what one patient more would
change, from what the report says of its indicator alone; a test holds both against each other for every rule set.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Scale:
    """What an indicator is worth, as its report says it: thresholds in percent, parameters by the rule set's names."""

    kind: str
    available: Fraction
    """Points."""
    lower: Fraction = Fraction(0)
    upper: Fraction = Fraction(0)
    parameters: Mapping[str, str] = field(default_factory=dict)


class Area(NamedTuple):
    """A group's points: what was achieved of what was available."""

    achieved: Fraction
    available: Fraction


def points(scale: Scale, numerator: int, denominator: int) -> Fraction | None:
    """The points of `numerator` of `denominator` patients; None where this kind's points do not come from counts.

    An empty denominator has no points (rules.md 12).
    """
    rule = RULES.get(scale.kind)
    if rule is None:
        return None
    return rule(scale, Fraction(PERCENT * numerator, denominator)) if denominator else Fraction(0)


def percentage_for(scale: Scale, wanted: Fraction) -> Fraction | None:
    """The lowest percentage that earns `wanted` points, more than none and at most all; None where none does.

    It may lie above 100, as a practice's own baseline may. The other way round of `points`.
    """
    return NEEDED[scale.kind](scale, wanted)


def holistic_points(available: Fraction, rank: int, areas: Iterable[Area]) -> Fraction:
    """The share of points achieved in the `rank`-th lowest area; of fewer areas the best (rules.md 1.1)."""
    shares = sorted(area.achieved / area.available for area in areas if area.available)
    return available * shares[min(rank, len(shares)) - 1] if shares else Fraction(0)


def _fraction(scale: Scale, percentage: Fraction) -> Fraction:
    return _sliding(scale.available, percentage, scale.lower, scale.upper)


def _stepped(scale: Scale, percentage: Fraction) -> Fraction:
    """Reaching the lower threshold is worth a step; the rest is earned on the way to the upper one."""
    if percentage < scale.lower:
        return Fraction(0)
    step = Fraction(scale.parameters["points_at_lower"])
    return step + _sliding(scale.available - step, percentage, scale.lower, scale.upper)


def _tiered(scale: Scale, percentage: Fraction) -> Fraction:
    """The points of the highest tier that is reached."""
    return max((worth for begin, worth in _tiers(scale) if percentage >= begin), default=Fraction(0))


def _tiers(scale: Scale) -> Iterator[tuple[Fraction, Fraction]]:
    """Where each tier begins, and its points."""
    begins = map(Fraction, scale.parameters.get("tier_percentages", "").split())
    # Tiers without percentages are set locally; until they are, none can be reached.
    return zip(begins, map(Fraction, scale.parameters["tiers"].split()), strict=False)


def _improvement(scale: Scale, percentage: Fraction) -> Fraction:
    """The better of two ways: between the thresholds, or above the practice's own baseline."""
    by_threshold, improved = _fraction(scale, percentage), _improved(scale)
    return by_threshold if improved is None else max(by_threshold, _sliding(scale.available, percentage, *improved))


def _improved(scale: Scale) -> tuple[Fraction, Fraction] | None:
    """Between which percentages improvement earns; None without a baseline."""
    baseline = scale.parameters.get("baseline_percentage")
    if baseline is None:
        return None
    lower, upper = (Fraction(baseline) + Fraction(scale.parameters[f"improvement_{end}"]) for end in ("lower", "upper"))
    return lower, upper


def _sliding(available: Fraction, percentage: Fraction, lower: Fraction, upper: Fraction) -> Fraction:
    """Nothing up to `lower`, everything from `upper` on, in proportion between them (rules.md 2.2)."""
    # In integers, for one Fraction instead of six.
    above = (percentage.numerator * lower.denominator - lower.numerator * percentage.denominator) * upper.denominator
    span = (upper.numerator * lower.denominator - lower.numerator * upper.denominator) * percentage.denominator
    if span < 0:
        above, span = -above, -span
    if above <= 0:
        return Fraction(0)
    if above >= span:
        return available
    return Fraction(available.numerator * above, available.denominator * span)


def _for_fraction(scale: Scale, wanted: Fraction) -> Fraction:
    return scale.lower + (scale.upper - scale.lower) * wanted / scale.available


def _for_stepped(scale: Scale, wanted: Fraction) -> Fraction:
    step = Fraction(scale.parameters["points_at_lower"])
    if wanted <= step:
        return scale.lower
    return scale.lower + (scale.upper - scale.lower) * (wanted - step) / (scale.available - step)


def _for_tiered(scale: Scale, wanted: Fraction) -> Fraction | None:
    return min((begin for begin, worth in _tiers(scale) if worth >= wanted), default=None)


def _for_improvement(scale: Scale, wanted: Fraction) -> Fraction:
    by_threshold, improved = _for_fraction(scale, wanted), _improved(scale)
    if improved is None:
        return by_threshold
    lower, upper = improved
    return min(by_threshold, lower + (upper - lower) * wanted / scale.available)


RULES: Mapping[str, Callable[[Scale, Fraction], Fraction]] = {
    "fraction": _fraction,
    "stepped": _stepped,
    "tiered": _tiered,
    "improvement": _improvement,
}
"""The kinds whose points come from numerator and denominator."""

NEEDED: Mapping[str, Callable[[Scale, Fraction], Fraction | None]] = {
    "fraction": _for_fraction,
    "stepped": _for_stepped,
    "tiered": _for_tiered,
    "improvement": _for_improvement,
}
"""The same kinds the other way round."""
