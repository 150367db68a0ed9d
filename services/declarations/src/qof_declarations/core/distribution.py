"""How do a figure's values lie among practices? Five numbers, and in which part of them one practice is.

Values are whole millionths of their unit (percent, points or pounds): exact enough to be looked at and compared, and
nothing is paid from them. Of fewer than five practices nothing is told: it would tell on them.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from qof_declarations.core.summary import IndicatorSummary, Summary
from qof_shared.vocabulary import parse_rational

MILLION = 1_000_000

FEWEST = 5
"""Practices of whom a distribution is told."""

NATION = ""
"""The commissioner under which the whole nation stands."""


class Distribution(NamedTuple):
    """Of that many practices: each number is one practice's own value (nearest rank), none lies between two."""

    practices: int
    lowest: int
    lower_quartile: int
    median: int
    upper_quartile: int
    highest: int


class Band(StrEnum):
    """Where a practice's value lies among the others."""

    LOWEST_QUARTER = "lowest-quarter"
    BELOW_MIDDLE = "below-middle"
    MIDDLE = "middle"
    ABOVE_MIDDLE = "above-middle"
    HIGHEST_QUARTER = "highest-quarter"


def distribution_of(values: Sequence[int]) -> Distribution | None:
    """None of fewer than `FEWEST` values."""
    many = len(values)
    if many < FEWEST:
        return None
    ordered = sorted(values)
    lower, median, upper = (ordered[-(-many * quarter // 4) - 1] for quarter in (1, 2, 3))
    return Distribution(many, ordered[0], lower, median, upper, ordered[-1])


def band_of(value: int, among: Distribution) -> Band:
    """Beyond a quartile, or on this or that side of the median. Who shares a quartile's value is in the middle half."""
    if value < among.lower_quartile:
        return Band.LOWEST_QUARTER
    if value > among.upper_quartile:
        return Band.HIGHEST_QUARTER
    if value == among.median:
        return Band.MIDDLE
    return Band.BELOW_MIDDLE if value < among.median else Band.ABOVE_MIDDLE


def percentage_of(indicator: IndicatorSummary) -> int | None:
    """Percent achieved; None where nobody was counted."""
    if not indicator.denominator or indicator.numerator is None:
        return None
    return 100 * MILLION * indicator.numerator // indicator.denominator


def pca_share_of(indicator: IndicatorSummary) -> int | None:
    """Percent of the eligible patients who were left out as PCAs; None where nobody was eligible."""
    if indicator.denominator is None or not indicator.denominator + indicator.pcas:
        return None
    return 100 * MILLION * indicator.pcas // (indicator.denominator + indicator.pcas)


def points_of(summary: Summary) -> int:
    return int(parse_rational(summary.points) * MILLION)


def pounds_of(summary: Summary) -> int:
    return int(Fraction(summary.pounds) * MILLION)


@dataclass(frozen=True, slots=True)
class Distributions:
    """All distributions among the practices of one commissioner, or of the nation. One that is missing is not told."""

    practices: int
    points: Distribution | None = None
    pounds: Distribution | None = None
    percentages: Mapping[str, Distribution] = field(default_factory=dict)
    """By indicator; so are the shares of PCAs."""
    pca_shares: Mapping[str, Distribution] = field(default_factory=dict)


_Values = dict[str, "array[int]"]


@dataclass(slots=True)
class _Gathered:
    """The values of one commissioner's practices."""

    points: "array[int]" = field(default_factory=lambda: array("q"))
    pounds: "array[int]" = field(default_factory=lambda: array("q"))
    percentages: _Values = field(default_factory=dict)
    pca_shares: _Values = field(default_factory=dict)

    def add(self, summary: Summary) -> None:
        self.points.append(points_of(summary))
        self.pounds.append(pounds_of(summary))
        for code, indicator in summary.indicators.items():
            for values, value in (
                (self.percentages, percentage_of(indicator)),
                (self.pca_shares, pca_share_of(indicator)),
            ):
                if value is not None:
                    if code not in values:
                        values[code] = array("q")
                    values[code].append(value)

    def join(self, other: "_Gathered") -> None:
        self.points.extend(other.points)
        self.pounds.extend(other.pounds)
        for mine, theirs in ((self.percentages, other.percentages), (self.pca_shares, other.pca_shares)):
            for code, values in theirs.items():
                mine.setdefault(code, array("q")).extend(values)

    def distributions(self) -> Distributions:
        return Distributions(
            len(self.points),
            distribution_of(self.points),
            distribution_of(self.pounds),
            _all_distributions(self.percentages),
            _all_distributions(self.pca_shares),
        )


def _all_distributions(values: _Values) -> dict[str, Distribution]:
    found = {code: distribution_of(one) for code, one in values.items()}
    return {code: one for code, one in found.items() if one is not None}


class Gathering:
    """Takes the newest summary of each practice of a collection, one by one; gives the distributions of all."""

    def __init__(self) -> None:
        self._by_commissioner: dict[str, _Gathered] = {}

    def add(self, commissioner: str, summary: Summary) -> None:
        self._by_commissioner.setdefault(commissioner, _Gathered()).add(summary)

    def distributions(self) -> Iterator[tuple[str, Distributions]]:
        """Commissioner after commissioner, the nation last."""
        nation = _Gathered()
        for commissioner, gathered in sorted(self._by_commissioner.items()):
            yield commissioner, gathered.distributions()
            nation.join(gathered)
        yield NATION, nation.distributions()
