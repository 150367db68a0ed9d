"""What does one indicator's result say? The statuses, and points as exact text."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from qof_calculator.core.kinds import Points
from qof_calculator.core.ruleset import Indicator

ACHIEVED = "achieved"
"""All points."""
PARTLY = "partly"
NOT_ACHIEVED = "not-achieved"
NOT_AVAILABLE = "not-available"
"""The register is empty: no points, and none to be had (rules.md 2.4)."""
NOT_REPORTED = "not-reported"
"""The extract says nothing: no points, but they were to be had."""
STATUSES = (ACHIEVED, PARTLY, NOT_ACHIEVED, NOT_AVAILABLE, NOT_REPORTED)


Facts: TypeAlias = tuple[str, str, str, str, str, str, str, str | None, str | None, str | None, Mapping[str, str], bool]
"""What is said of a result whatever the counts were: indicator, group, domain, kind, status, points, points available,
lower and upper threshold, prevalence register, parameters, and whether the rule is unverified."""


@dataclass(frozen=True, slots=True)
class IndicatorResult:
    """One indicator's points. All but `partly` results are made once per rule set and shared."""

    indicator: Indicator
    status: str
    units: Points
    """Points in the rule set's unit, not in lowest terms: for further arithmetic inside the core."""
    units_available: int
    points_text: str
    """Exact points as rational text (`qof_shared.vocabulary.rational_text`)."""
    points_available_text: str
    """0 where the points are not available to this practice."""
    facts: Facts

    @property
    def points(self) -> Fraction:
        return Fraction(self.points_text)

    @property
    def points_available(self) -> Fraction:
        return Fraction(self.points_available_text)


def indicator_result(
    indicator: Indicator, status: str, units: Points, units_available: int, points: str, available: str
) -> IndicatorResult:
    """A result with its facts; `points` and `available` are exact texts."""
    facts: Facts = (
        indicator.code,
        indicator.group,
        indicator.domain,
        indicator.kind,
        status,
        points,
        available,
        indicator.lower_text,
        indicator.upper_text,
        indicator.prevalence_register,
        indicator.parameters,
        indicator.unverified is not None,
    )
    return IndicatorResult(indicator, status, units, units_available, points, available, facts)
