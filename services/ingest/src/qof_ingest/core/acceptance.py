"""May this extract be accepted? Every rule that needs no rule set of a QOF year; the calculator knows those.

Works on anything shaped like `qof_shared.contracts.Extract`: copying a hundred counts into classes of the core
would cost more than all the rules together.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

from qof_ingest.core.directory import Collection, Practice
from qof_ingest.core.faults import Fault, pointer
from qof_shared.counts import CountsLike, IndicatorCountLike

LARGEST_COUNT = 99_999_999
"""More than the United Kingdom has people: a count above it is a broken system, and would overflow a database."""

LONGEST_CODE = 40

SUMMER_TIME = timedelta(hours=1)
"""In summer a practice's date is tomorrow's for the last hour of the UTC day."""


class ExtractLike(CountsLike, Protocol):
    """One practice's counts and what they answer; see `qof_shared.contracts.Extract`."""

    @property
    def practice(self) -> str: ...
    @property
    def collection(self) -> str: ...
    @property
    def achievement_date(self) -> date: ...
    @property
    def list_size_date(self) -> date | None: ...


def faults_of_extract(
    extract: ExtractLike,
    *,
    supplier: str,
    practice: Practice | None,
    collection: Collection | None,
    now: datetime,
    is_bounded: bool = False,
) -> list[Fault]:
    """Everything that forbids accepting `extract` from `supplier` at `now`; empty when it is acceptable.

    `practice` and `collection` are what the directory knows under the extract's codes, None where it knows none.
    `is_bounded`: whoever read the extract saw that all its counts are 0 to LARGEST_COUNT, all its codes 1 to
    LONGEST_CODE printable ASCII characters.
    """
    return [
        *_faults_of_practice(extract, supplier, practice),
        *_faults_of_collection(extract, collection, now),
        *_faults_of_nation(practice, collection),
        *_faults_of_list(extract, now),
        *([] if is_bounded and _is_consistent(extract.indicators) else _faults_of_counts(extract)),
    ]


def _is_consistent(indicators: Sequence[IndicatorCountLike]) -> bool:
    """Whether nothing is wrong with indicators whose counts and codes are within bounds.

    Nearly every extract is right, and this runs for each of thousands: it calls nothing for an indicator, and takes
    a tenth of the time that looking for faults does.
    """
    codes = set()
    for counts in indicators:
        numerator, denominator = counts.numerator, counts.denominator
        if numerator is None or denominator is None:
            if numerator is not denominator:
                return False
        elif numerator > denominator or counts.achieved is not None:
            return False
        codes.add(counts.indicator)
    return len(codes) == len(indicators)


def _faults_of_counts(extract: ExtractLike) -> list[Fault]:
    return [
        *_faults_of_registers(extract.registers),
        *_faults_of_indicators(extract.indicators),
        *_faults_of_codes(extract),
    ]


def _faults_of_practice(extract: ExtractLike, supplier: str, practice: Practice | None) -> list[Fault]:
    if practice is not None and practice.supplier == supplier:
        return []
    # One answer for "unknown" and for "another supplier's": which practices others serve is not ours to tell.
    return [
        Fault(
            "/practice",
            "practice-not-yours",
            f"{_shown(extract.practice)} is not one of your practices. Check its ODS code; if the practice has just"
            " moved to you, the national team must record it under your code first.",
        )
    ]


def _faults_of_collection(extract: ExtractLike, collection: Collection | None, now: datetime) -> list[Fault]:
    if collection is None:
        message = f"There is no collection {_shown(extract.collection)}. Check its code; they look like {EXAMPLE_CODE}."
        return [Fault("/collection", "collection-unknown", message)]
    found = []
    if collection.opens_at is not None and now < collection.opens_at:
        message = f"{collection.collection} takes extracts from {collection.opens_at.isoformat()}. Send it again then."
        found.append(Fault("/collection", "collection-not-open", message))
    if collection.closes_at is not None and now >= collection.closes_at:
        message = (
            f"{collection.collection} closed at {collection.closes_at.isoformat()}. Ask the national team to reopen it."
        )
        found.append(Fault("/collection", "collection-closed", message))
    if extract.achievement_date != collection.achievement_date:
        # In 2015 one supplier counted to 30 March: national prevalence, and so everybody's pay, was wrong.
        message = (
            f"{collection.collection} counts at {collection.achievement_date}, that day's entries included; this"
            f" extract says {extract.achievement_date}. Count again at {collection.achievement_date}."
        )
        found.append(Fault("/achievement_date", "achievement-date", message))
    return found


def _faults_of_nation(practice: Practice | None, collection: Collection | None) -> list[Fault]:
    if practice is None or collection is None or practice.nation == collection.nation:
        return []
    message = f"{collection.collection} asks practices of {collection.nation}; choose the collection of this practice."
    return [Fault("/collection", "other-nation", message)]


EXAMPLE_CODE = "QOF-2012-13-SCOTLAND"


def _faults_of_list(extract: ExtractLike, now: datetime) -> list[Fault]:
    found = []
    if not 0 < extract.list_size <= LARGEST_COUNT:
        message = "A practice has at least one registered patient. Send the registered list at the list size date."
        if extract.list_size > 0:
            message = f"No practice has more than {LARGEST_COUNT} patients. Send the practice's own registered list."
        found.append(Fault("/list_size", "list-size", message))
    if extract.list_size_date is not None and extract.list_size_date > (now + SUMMER_TIME).date():
        message = f"{extract.list_size_date} has not come yet. Send the day on which the list was counted."
        found.append(Fault("/list_size_date", "date-in-future", message))
    return found


def _faults_of_indicators(indicators: Sequence[IndicatorCountLike]) -> list[Fault]:
    found: list[Fault] = []
    first_at: dict[str, int] = {}
    for position, counts in enumerate(indicators):
        code = counts.indicator
        if first_at.setdefault(code, position) != position:
            message = f"{_shown(code)} is already at /indicators/{first_at[code]}. Send every indicator once."
            found.append(Fault(pointer("indicators", position, "indicator"), "indicator-twice", message))
        found += _faults_of_fraction(counts, position)
        for name, patients in (("exclusions", counts.exclusions), ("pcas", counts.pcas)):
            found += [
                _count_fault(pointer("indicators", position, name, reason), count)
                for reason, count in patients.items()
                if not 0 <= count <= LARGEST_COUNT
            ]
    return found


def _faults_of_fraction(counts: IndicatorCountLike, position: int) -> list[Fault]:
    numerator, denominator = counts.numerator, counts.denominator
    if numerator is None and denominator is None:
        return []
    found = []
    if counts.achieved is not None:
        message = "An indicator is either counted or achieved. Send numerator and denominator, or achieved, not both."
        found.append(Fault(pointer("indicators", position), "counts-and-achieved", message))
    for name, count in (("numerator", numerator), ("denominator", denominator)):
        where = pointer("indicators", position, name)
        if count is None:
            message = f"The {name} is missing beside its fellow. Send both, or neither."
            found.append(Fault(where, "half-a-fraction", message))
        elif not 0 <= count <= LARGEST_COUNT:
            found.append(_count_fault(where, count))
    if numerator is not None and denominator is not None and numerator > denominator:
        message = (
            f"{numerator} patients met the indicator, but only {denominator} were eligible. The numerator counts"
            " patients of the denominator, which is what is left after exclusions and PCAs."
        )
        where = pointer("indicators", position, "numerator")
        found.append(Fault(where, "numerator-above-denominator", message))
    return found


def _faults_of_registers(registers: Mapping[str, int]) -> list[Fault]:
    return [
        _count_fault(pointer("registers", register), count)
        for register, count in registers.items()
        if not 0 <= count <= LARGEST_COUNT
    ]


def _faults_of_codes(extract: ExtractLike) -> list[Fault]:
    """Codes travel through databases and pages of others: short, printable, and no control characters."""
    places = [pointer("registers", code) for code in extract.registers if not _is_code(code)]
    for position, counts in enumerate(extract.indicators):
        if not _is_code(counts.indicator):
            places.append(pointer("indicators", position, "indicator"))
        for name, patients in (("exclusions", counts.exclusions), ("pcas", counts.pcas)):
            places += [pointer("indicators", position, name, code) for code in patients if not _is_code(code)]
    message = f"This is not a code. Codes have 1 to {LONGEST_CODE} printable ASCII characters."
    return [Fault(place, "code", message) for place in places]


def _is_code(code: str) -> bool:
    return 0 < len(code) <= LONGEST_CODE and code.isascii() and code.isprintable()


def _count_fault(where: str, count: int) -> Fault:
    if count < 0:
        return Fault(where, "negative-count", f"{count} is below zero. Send a count of patients: 0 or more.")
    return Fault(where, "count-too-large", f"Nobody counts more than {LARGEST_COUNT} patients. Send the true count.")


def _shown(text: str) -> str:
    """What was sent, short enough to be repeated in an answer."""
    return ascii(text if len(text) <= LONGEST_CODE else f"{text[:LONGEST_CODE]}...")
