"""What is paid during the year in advance, month by month? (rules.md 4)

    share of last year   last year's achievement payment × uprating index × the year's rate
    points               agreed points × value of a point × CPI × the year's share

Twelve months, eleven of them equal; the last takes up the pennies they leave. When last year's payment becomes
final, the months that are left are worked out again, so that the year's total is the final one.
"""

from collections.abc import Mapping
from fractions import Fraction

from qof_payments.core.contract_terms import AspirationTerms, InvalidTermsError
from qof_payments.core.exact import half_up
from qof_payments.core.parameters import Parameters
from qof_payments.core.rounding import pence

MONTHS = 12
"""The first is April."""


def year_of_aspiration(terms: AspirationTerms, parameters: Parameters) -> int:
    """The year's aspiration in pence, rounded once. Raises InvalidTermsError where the terms lack what their method
    needs, or the year does not know the method."""
    exact = _by_points(terms, parameters) if terms.method == "points" else _by_last_year(terms, parameters)
    return pence(*exact.as_integer_ratio())


def monthly_sums(year: int, paid: Mapping[int, int] | None = None) -> tuple[int, ...]:
    """Twelve sums in pence: those `paid` (by month) as they were paid, the others in equal parts of what is left.

    Where more was paid than the year's sum, nothing more is paid; the excess comes back at the year's end.
    """
    paid = paid or {}
    left = max(0, year - sum(paid.values()))
    months = [month for month in range(1, MONTHS + 1) if month not in paid]
    each = half_up(left, len(months)) if months else 0
    if each * (len(months) - 1) > left:
        each = left // len(months)
    sums = dict(paid)
    for month in months:
        sums[month] = each if month != months[-1] else left - each * (len(months) - 1)
    return tuple(sums[month] for month in range(1, MONTHS + 1))


def _by_last_year(terms: AspirationTerms, parameters: Parameters) -> Fraction:
    if terms.last_year is None or terms.last_year < 0:
        raise InvalidTermsError("the share-of-last-year method needs last_year: pounds from 0")
    return Fraction(terms.last_year) * parameters.uprating_index * parameters.aspiration_rate


def _by_points(terms: AspirationTerms, parameters: Parameters) -> Fraction:
    share = parameters.aspiration_points_share
    if share is None:
        raise InvalidTermsError(f"{parameters.parameters_id} knows no points method; give last year's payment")
    if terms.agreed_points is None or terms.agreed_points < 0 or not terms.list_size or terms.list_size < 0:
        raise InvalidTermsError("the points method needs agreed_points from 0 and a list_size above 0")
    return Fraction(terms.agreed_points) * parameters.pounds_per_patient_point * terms.list_size * share
