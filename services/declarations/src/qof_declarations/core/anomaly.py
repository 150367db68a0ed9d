"""What of a practice's figures would make a commissioner look twice, compared with last year? Each a sentence.

A flag stops nothing. It says what moved and by how much, so that a person decides whether that can be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from qof_declarations.core import anomaly_thresholds as threshold
from qof_declarations.core.summary import NOT_AVAILABLE, IndicatorSummary, Summary
from qof_shared.vocabulary import parse_rational, two_places

_NAMED = 5
"""So many indicators or registers are named in a sentence; the others are counted."""


class Anomaly(StrEnum):
    """What moved."""

    POINTS = "points"
    POUNDS = "pounds"
    LIST_SIZE = "list-size"
    INDICATOR = "indicator"
    PREVALENCE = "prevalence"


@dataclass(frozen=True, slots=True)
class Flag:
    """Something to look at."""

    anomaly: Anomaly
    sentence: str


def flags(now: Summary, before: Summary, *, year: str) -> tuple[Flag, ...]:
    """What differs from last year by more than the thresholds; `year` names last year, e.g. `2011-12`."""
    return tuple(_flags(now, before, year))


def _flags(now: Summary, before: Summary, year: str) -> Iterator[Flag]:
    share, share_before = _share(now.points, now.points_available), _share(before.points, before.points_available)
    moved = _percent(share, share_before)
    if abs(moved) > threshold.POINTS_PERCENT:
        said = f"{two_places(share * 100)} % of the points, {two_places(share_before * 100)} % in {year}"
        yield Flag(Anomaly.POINTS, f"{said}: {_less_or_more(moved)}.")
    moved = _percent(parse_rational(now.pounds), parse_rational(before.pounds))
    if abs(moved) > threshold.POUNDS_PERCENT:
        said = f"{_pounds(now.pounds)}, {_pounds(before.pounds)} in {year}"
        yield Flag(Anomaly.POUNDS, f"{said}: {_less_or_more(moved)}.")
    moved = _percent(Fraction(now.list_size), Fraction(before.list_size))
    if abs(moved) > threshold.LIST_SIZE_PERCENT:
        said = f"{now.list_size:,} patients on the list, {before.list_size:,} in {year}"
        yield Flag(Anomaly.LIST_SIZE, f"{said}: {_less_or_more(moved)}.")
    # The text first: a work list looks at a hundred indicators of every practice, and few of them are empty.
    empty = [code for code, one in now.indicators.items() if one.points == "0" and _is_empty(one)]
    lost = sorted(code for code in empty if (one := before.indicators.get(code)) and _is_full(one))
    if lost:
        yield Flag(Anomaly.INDICATOR, f"No points for {_named(lost)}, all points in {year}.")
    registers = list(_registers(now, before))
    if registers:
        yield Flag(Anomaly.PREVALENCE, f"Prevalence against {year}: {_named(registers)}.")


def _registers(now: Summary, before: Summary) -> Iterator[str]:
    if not now.list_size or not before.list_size:
        return
    for register in sorted(now.registers.keys() & before.registers.keys()):
        patients, patients_before = now.registers[register], before.registers[register]
        if abs(patients - patients_before) < threshold.PREVALENCE_PATIENTS:
            continue
        moved = _percent(Fraction(patients, now.list_size), Fraction(patients_before, before.list_size))
        if abs(moved) > threshold.PREVALENCE_PERCENT:
            yield f"{register} {patients:,} patients, {patients_before:,} before ({_less_or_more(moved)})"


def _is_empty(one: IndicatorSummary) -> bool:
    """The practice could have had points and got none. The calculator has one way to write a number."""
    return one.status != NOT_AVAILABLE and one.points_available != "0"


def _is_full(one: IndicatorSummary) -> bool:
    return one.status != NOT_AVAILABLE and one.points == one.points_available != "0"


def _share(points: str, available: str) -> Fraction:
    of = parse_rational(available)
    return parse_rational(points) / of if of else Fraction(0)


def _percent(now: Fraction, before: Fraction) -> Fraction:
    """By how many percent it moved; from nothing to something is a hundred."""
    if not before:
        return Fraction(100 if now else 0)
    return (now - before) / abs(before) * 100


def _less_or_more(percent: Fraction) -> str:
    return f"{abs(round(percent)):,} % {'less' if percent < 0 else 'more'}"


def _pounds(text: str) -> str:
    amount = parse_rational(text)
    return f"{'-' if amount < 0 else ''}£{abs(int(amount * 100)) // 100:,}.{abs(int(amount * 100)) % 100:02d}"


def _named(names: Sequence[str]) -> str:
    shown, others = ", ".join(names[:_NAMED]), len(names) - _NAMED
    return f"{shown} and {others} more" if others > 0 else shown
