"""How does a practice compare: with itself the year before, with its commissioner's practices, with the nation's?"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from qof_declarations.core.distribution import (
    MILLION,
    Band,
    Distribution,
    Distributions,
    band_of,
    pca_share_of,
    percentage_of,
    points_of,
    pounds_of,
)
from qof_declarations.core.summary import Summary, last_years_code
from qof_shared.vocabulary import parse_rational


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure beside others; all in millionths of its unit. None: there is none, or too few to be told."""

    value: int | None
    last_year: int | None = None
    commissioner: Distribution | None = None
    nation: Distribution | None = None

    @property
    def change(self) -> int | None:
        """Since last year."""
        return None if self.value is None or self.last_year is None else self.value - self.last_year

    @property
    def commissioner_band(self) -> Band | None:
        return None if self.value is None or self.commissioner is None else band_of(self.value, self.commissioner)

    @property
    def nation_band(self) -> Band | None:
        return None if self.value is None or self.nation is None else band_of(self.value, self.nation)


@dataclass(frozen=True, slots=True)
class ComparedIndicator:
    """One indicator: percent achieved, and the share of PCAs in percent."""

    indicator: str
    last_years_code: str | None
    """What it was called then; None where it was not there, or there is no report of last year."""
    percentage: Compared
    pca_share: Compared


@dataclass(frozen=True, slots=True)
class ComparedGroup:
    """Points of a group of indicators: exact, of what the practice could have had."""

    group: str
    points: Fraction
    available: Fraction
    last_points: Fraction | None
    """None where the group had no indicators last year."""
    last_available: Fraction | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One report beside last year's and the others'."""

    points: Compared
    pounds: Compared
    indicators: Mapping[str, ComparedIndicator]
    groups: Mapping[str, ComparedGroup]


NOBODY = Distributions(0)


def compare(
    summary: Summary,
    *,
    last_year: Summary | None,
    successions: Mapping[str, str],
    commissioner: Distributions | None,
    nation: Distributions | None,
) -> Comparison:
    """Lay the figures side by side. `successions`: last year's code -> this year's."""
    ours, all_of_us = commissioner or NOBODY, nation or NOBODY
    return Comparison(
        points=Compared(points_of(summary), points_of(last_year) if last_year else None, ours.points, all_of_us.points),
        pounds=Compared(pounds_of(summary), pounds_of(last_year) if last_year else None, ours.pounds, all_of_us.pounds),
        indicators={
            code: _indicator(code, summary, last_year, successions, ours, all_of_us) for code in summary.indicators
        },
        groups=_groups(summary, last_year),
    )


def _indicator(
    code: str,
    summary: Summary,
    last_year: Summary | None,
    successions: Mapping[str, str],
    ours: Distributions,
    all_of_us: Distributions,
) -> ComparedIndicator:
    now = summary.indicators[code]
    before_code = last_years_code(code, successions)
    before = last_year.indicators.get(before_code) if last_year and before_code else None
    return ComparedIndicator(
        indicator=code,
        last_years_code=before_code if before else None,
        percentage=Compared(
            percentage_of(now),
            percentage_of(before) if before else None,
            ours.percentages.get(code),
            all_of_us.percentages.get(code),
        ),
        pca_share=Compared(
            pca_share_of(now),
            pca_share_of(before) if before else None,
            ours.pca_shares.get(code),
            all_of_us.pca_shares.get(code),
        ),
    )


def _groups(summary: Summary, last_year: Summary | None) -> dict[str, ComparedGroup]:
    now, before = _group_points(summary), _group_points(last_year) if last_year else {}
    return {
        group: ComparedGroup(group, points, available, *before.get(group, (None, None)))
        for group, (points, available) in now.items()
    }


def _group_points(summary: Summary) -> dict[str, tuple[Fraction, Fraction]]:
    found: dict[str, tuple[Fraction, Fraction]] = {}
    for indicator in summary.indicators.values():
        points, available = found.get(indicator.group, (Fraction(0), Fraction(0)))
        found[indicator.group] = (
            points + parse_rational(indicator.points),
            available + parse_rational(indicator.points_available),
        )
    return found


def shown(millionths: int) -> Fraction:
    """A compared figure in its own unit."""
    return Fraction(millionths, MILLION)
