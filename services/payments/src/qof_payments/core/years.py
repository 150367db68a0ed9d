"""Do a nation's parameter sets belong together, year after year?

The value of a point and the average list size move together: what a point is worth for one patient hardly ever does.
A wrong year's list or a misprinted value shows as a jump, and a jump needs a `change` that explains it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from itertools import pairwise

from qof_payments.core.exact import decimals, short
from qof_payments.core.parameters import Parameters
from qof_shared.vocabulary import QofYear

SAME = Fraction(1, 1000)
"""Up to this share the pounds per patient and point of two years count as the same: both were rounded when they were
set, to a penny and to a patient."""

AN_INDEX = Fraction(1, 10**9)


def faults_between_years(sets: Iterable[Parameters]) -> Iterator[str]:
    """Everything in which a year contradicts its calendar or the year before it, as sentences."""
    by_nation: dict[str, list[Parameters]] = {}
    for one in sorted(sets, key=lambda one: (one.nation, one.qof_year)):
        by_nation.setdefault(one.nation, []).append(one)
    for years in by_nation.values():
        for year in years:
            yield from _faults_of_days(year)
        yield from _faults_of_succession(years)


def _faults_of_succession(years: Sequence[Parameters]) -> Iterator[str]:
    for before, year in pairwise(years):
        if QofYear.parse(year.qof_year).first_year - QofYear.parse(before.qof_year).first_year == 1:
            yield from _faults_of_step(before, year)


def _faults_of_days(year: Parameters) -> Iterator[str]:
    first, last = QofYear.parse(year.qof_year).first_day, QofYear.parse(year.qof_year).last_day
    average, own = date(first.year, 1, 1), date(last.year, 1, 1)
    if year.average_list_date not in (None, average):
        yield (
            f"{year.parameters_id}: the average list is of {year.average_list_date}, but the year pays by the one of "
            f"{average}, the last 1 January before it began"
        )
    if year.list_date != own:
        yield f"{year.parameters_id}: list_date is {year.list_date}; it is the 1 January inside the year, {own}"
    if year.prevalence_date is None or not first <= year.prevalence_date <= last:
        yield f"{year.parameters_id}: prevalence_date {year.prevalence_date} is not a day from {first} to {last}"


def _faults_of_step(before: Parameters, year: Parameters) -> Iterator[str]:
    ratio = year.pounds_per_patient_point / before.pounds_per_patient_point
    if abs(ratio - 1) > SAME and not {"value_of_a_point", "average_list_size"} & year.changes.keys():
        yield (
            f"{year.parameters_id}: a point is worth {_percent(ratio)} per patient than in {before.parameters_id} ("
            f"{_said(year)} after {_said(before)}); mend the value or the list, or give value_of_a_point a change that "
            "says why"
        )
    if abs(year.uprating_index / ratio - 1) > AN_INDEX and "uprating_index" not in year.changes:
        yield (
            f"{year.parameters_id}: uprating_index is {year.uprating_index}, but a point's value per patient moved by "
            f"{ratio} since {before.parameters_id}; mend it, or give it a change that says why"
        )
    is_census = year.average_list_basis == "census-constant"
    if is_census and before.average_list_basis != "census-constant":
        yield f"{year.parameters_id}: {before.parameters_id} pays by the nation's average list, so the census is over"
    elif is_census and year.average_list_size != before.average_list_size:
        yield f"{year.parameters_id}: the census's constant differs from that of {before.parameters_id}"


def _percent(ratio: Fraction) -> str:
    moved = abs(ratio - 1) * 100
    return f"{decimals(*moved.as_integer_ratio(), 2)} % {'more' if ratio > 1 else 'less'}"


def _said(year: Parameters) -> str:
    value, average = year.value_of_a_point.as_integer_ratio(), year.average_list_size.as_integer_ratio()
    return f"£{decimals(*value, 2)} ÷ {short(*average)}"
