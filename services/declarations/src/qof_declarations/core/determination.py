"""What may a person determine for an indicator of a practice, where the counts alone do not say; and what stands?

A determination is never changed: the newest of its kind for an indicator stands, until somebody withdraws it. Then
the calculation is as the counts have it again; what the withdrawn one had replaced does not come back.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from uuid import UUID, uuid5

from qof_declarations.core.declaration import Actor
from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.lifecycle import SETTLED_STATES, State
from qof_shared.people import Person
from qof_shared.vocabulary import Determines, parse_rational, rational_text

DETERMINATIONS = UUID("1f0b5a7e-91c6-5d0e-8d2b-6a5d4c3b2a19")
"""Name space of determination ids."""

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?|[0-9]{1,20}/0*[1-9][0-9]{0,19}")
"""Rational text that is not negative; bounded, because an exponent would be a number of any size."""

POINTS = frozenset({Determines.ADJUSTED_POINTS, Determines.REFERENCE_POINTS})
THRESHOLDS = (Determines.LOWER_THRESHOLD, Determines.UPPER_THRESHOLD)

FITS: Mapping[str, frozenset[Determines]] = {
    "register": frozenset(),
    "yes-no": frozenset(),
    "fraction": frozenset(THRESHOLDS),
    "stepped": frozenset(),
    "tiered": frozenset({Determines.TIER_PERCENTAGES}),
    "protected": frozenset({Determines.REFERENCE_POINTS}),
    "improvement": frozenset({Determines.BASELINE_PERCENTAGE}),
    "holistic": frozenset(),
}
"""Kind of indicator -> what may be determined beside an adjustment of its points, which fits every kind. A kind that is
not here is not checked: the calculator has the last word, and rejects the extract for what it cannot use."""


class ApprovedAlreadyError(DeclarationsError):
    """What was approved is paid as it was signed; no determination changes it."""

    def __init__(self) -> None:
        super().__init__(
            "The commissioner has approved, and what is approved is paid as it was signed. Before finance has approved "
            "too, finance can return it; afterwards settle the difference by hand."
        )


class ReplacedAlreadyError(DeclarationsError):
    """Only what stands can be withdrawn."""

    def __init__(self) -> None:
        super().__init__("A newer determination has replaced this one. Withdraw that, if nothing is to stand.")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where (JSON Pointer, RFC 6901), which rule, and how to mend it."""

    pointer: str
    rule: str
    message: str


class InvalidDeterminationsError(DeclarationsError):
    """Nothing was determined: every fault with its place and how to mend it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("Nothing was determined. Mend every entry of errors, then send it again.")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Subject:
    """What a determination is about; at most one stands for each."""

    practice: str
    indicator: str
    determines: Determines


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to determine."""

    subject: Subject
    value: str
    """Rational text; tier percentages are several, separated by blanks."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Who ended a determination, and why."""

    actor: Actor
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Determination:
    """What somebody determined, and why; with its withdrawal where there was one."""

    determination_id: UUID
    collection: str
    subject: Subject
    revision: int
    """Counts the determinations of a subject, from 1: the highest one is the newest."""
    value: str
    reason: str
    actor: Actor
    at: datetime
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """What the calculator last said of an indicator in this collection."""

    kind: str
    points_available: Fraction | None
    """None where the points are not available to the practice that was looked at."""
    lower_threshold: Fraction | None = None
    upper_threshold: Fraction | None = None
    """Of the practice itself; None where another one was looked at, whose thresholds may be its own."""


def is_open(state: State | None) -> bool:
    """Whether a determination may still change what a practice in this state is paid."""
    return state not in SETTLED_STATES


def label(actor: Actor) -> str:
    """The person as reports and statements name them: `Anna Approver (anna)`."""
    return f"{actor.name} ({actor.person})"


def actor_of(person: Person) -> Actor:
    return Actor(person.person, person.name, person.role.value)


def newest(history: Iterable[Determination]) -> dict[Subject, Determination]:
    """The newest determination of each subject, whether or not it was withdrawn."""
    return {one.subject: one for one in sorted(history, key=lambda one: one.revision)}


def standing(history: Iterable[Determination]) -> dict[Subject, Determination]:
    """What stands."""
    return {subject: one for subject, one in newest(history).items() if one.withdrawal is None}


def determined(
    wanted: Wanted,
    *,
    before: Determination | None,
    collection: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Determination | None:
    """The new determination; None where exactly this stands already, whoever made it.

    `before` is the newest of the same subject. A determination is always later than the one it replaces, whatever the
    clocks say: by its time the other services know which is the newer.
    """
    value = _canonical(wanted.value)
    if before is not None and before.withdrawal is None and (before.value, before.reason) == (value, reason):
        return None
    revision = before.revision + 1 if before else 1
    subject = wanted.subject
    name = f"{collection}/{subject.practice}/{subject.indicator}/{subject.determines}/{revision}"
    at = max(now, before.at + timedelta(microseconds=1)) if before else now
    return Determination(uuid5(DETERMINATIONS, name), collection, subject, revision, value, reason, actor, at)


def faults_of(
    wanted: Wanted, *, at: str, known: Mapping[str, KnownIndicator], values: Mapping[Subject, str]
) -> list[Fault]:
    """What forbids determining `wanted`, each with its pointer below `at`.

    `known` are the collection's indicators by code, empty before the first practice was calculated; `values` are what
    stands and is wanted beside it.
    """
    subject = wanted.subject
    indicator = known.get(subject.indicator)
    if known and indicator is None:
        message = f"This collection has no indicator {subject.indicator!a}. Check its code, blanks included."
        return [Fault(f"{at}/indicator", "indicator-unknown", message)]
    if indicator and subject.determines is not Determines.ADJUSTED_POINTS:
        fitting = FITS.get(indicator.kind)
        if fitting is not None and subject.determines not in fitting:
            names = ", ".join(sorted({Determines.ADJUSTED_POINTS, *fitting}))
            message = f"{subject.indicator} is a {indicator.kind} indicator; of it may be determined: {names}."
            return [Fault(f"{at}/determines", "determines-unfit", message)]
    message = _fault_of_value(wanted, indicator) or _fault_of_thresholds(subject, indicator, values)
    return [Fault(f"{at}/value", "value", message)] if message else []


def _fault_of_value(wanted: Wanted, indicator: KnownIndicator | None) -> str:
    numbers = _numbers(wanted.value)
    if wanted.subject.determines is Determines.TIER_PERCENTAGES:
        if numbers is None or numbers[-1] > 100 or any(one >= other for one, other in pairwise(numbers)):
            return "Send percentages from 0 to 100 that rise, separated by blanks, e.g. '65 70 75'."
        return ""
    if numbers is None or len(numbers) != 1:
        return "Send one number, 0 or more, exactly: as 12.5 or 38/3."
    if wanted.subject.determines in POINTS:
        most = indicator.points_available if indicator else None
        if most is not None and numbers[0] > most:
            return f"{wanted.subject.indicator} has {rational_text(most)} points. Send a number from 0 to that."
        return ""
    return "A percentage is a number from 0 to 100." if numbers[0] > 100 else ""


def _fault_of_thresholds(subject: Subject, indicator: KnownIndicator | None, values: Mapping[Subject, str]) -> str:
    if subject.determines not in THRESHOLDS or indicator is None:
        return ""
    limits = []
    for determines, otherwise in zip(THRESHOLDS, (indicator.lower_threshold, indicator.upper_threshold), strict=True):
        numbers = _numbers(values.get(Subject(subject.practice, subject.indicator, determines), ""))
        limits.append(numbers[0] if numbers else otherwise)
    lower, upper = limits
    if lower is None or upper is None or lower < upper:
        return ""
    return (
        f"The lower threshold ({rational_text(lower)}) must lie below the upper one ({rational_text(upper)})."
        " Determine the other one first, or both together."
    )


def _numbers(text: str) -> tuple[Fraction, ...] | None:
    parts = text.split()
    if not parts or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return tuple(parse_rational(part) for part in parts)


def _canonical(value: str) -> str:
    """One way to write a value, so that 5 and 5.0 are the same determination."""
    numbers = _numbers(value)
    assert numbers is not None, "faults_of has seen it"
    return " ".join(rational_text(number) for number in numbers)
