"""No points is not always the same: not available, not reported, nobody to count, or not achieved?"""

from dataclasses import dataclass
from enum import StrEnum

from qof_declarations.core.summary import NOT_AVAILABLE, NOT_REPORTED, IndicatorSummary
from qof_shared.vocabulary import parse_rational


class Availability(StrEnum):
    """What became of an indicator's points."""

    ALL = "all"
    PART = "part"
    NOT_ACHIEVED = "not-achieved"
    NOBODY_COUNTED = "nobody-counted"
    NOT_REPORTED = "not-reported"
    NOT_AVAILABLE = "not-available"


@dataclass(frozen=True, slots=True)
class Told:
    """For a tag and the sentence beside it."""

    availability: Availability
    label: str
    sentence: str


_WORDS = {
    Availability.ALL: ("Achieved", "You have all points of this indicator."),
    Availability.PART: ("Partly achieved", "You have some of the points of this indicator."),
    Availability.NOT_ACHIEVED: (
        "Not achieved",
        "You could have had these points. What your practice recorded does not reach the lower threshold, or the answer"
        " was no.",
    ),
    Availability.NOBODY_COUNTED: (
        "Nobody to count",
        "Patients are on the register, but after exclusions and PCAs nobody is left to count, so there are no points.",
    ),
    Availability.NOT_REPORTED: (
        "Not reported",
        "Your extract says nothing about this indicator, so there are no points. Ask your system supplier why.",
    ),
    Availability.NOT_AVAILABLE: (
        "Not available",
        "Your register is empty, so nobody expects these points of you. They are taken out of your maximum.",
    ),
}


_TOLD = {availability: Told(availability, *words) for availability, words in _WORDS.items()}

EVERY = tuple(_TOLD.values())
"""What there is, for a legend."""


def availability_of(indicator: IndicatorSummary) -> Told:
    """What became of the points, with a sentence that says it."""
    return _TOLD[_availability(indicator)]


def _availability(indicator: IndicatorSummary) -> Availability:
    if indicator.status == NOT_AVAILABLE:
        return Availability.NOT_AVAILABLE
    points = parse_rational(indicator.points)
    # A number is always written alike, so mostly nothing has to be compared.
    if points and (
        indicator.points == indicator.points_available or points >= parse_rational(indicator.points_available)
    ):
        return Availability.ALL
    if points:
        return Availability.PART
    if indicator.status == NOT_REPORTED:
        return Availability.NOT_REPORTED
    if indicator.denominator == 0 and indicator.register_count:
        return Availability.NOBODY_COUNTED
    return Availability.NOT_ACHIEVED
