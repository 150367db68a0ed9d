"""What is paid in advance, and what is due at the year's end? Written from docs/rules.md 3.6 and 4, in Fractions."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor

from tests.engines.reference_pounds import Money, pence

MONTHS = range(1, 13)


def aspiration_of_last_year(last_year: Fraction, money: Money) -> int:
    """The year's rate of last year's payment in pounds, uprated; pence."""
    return pence(last_year * money.uprating * money.aspiration_rate)


def aspiration_of_points(points: Fraction, list_size: int, money: Money) -> int:
    """The year's share of what agreed points are worth by list size; pence."""
    assert money.points_share is not None
    return pence(points * money.value_of_a_point * Fraction(list_size) / money.average_list * money.points_share)


def months(year: int, paid: Mapping[int, int]) -> list[int]:
    """What was paid as it was paid, then equal months; the last takes the leftover pennies. Pence."""
    still = [month for month in MONTHS if month not in paid]
    left = max(year - sum(paid.values()), 0)
    sums = dict(paid)
    for month in still:
        equal = pence(Fraction(left, 100 * len(still)))
        if equal * (len(still) - 1) > left:  # so few pennies that rounding up would give more than there is
            equal = floor(Fraction(left, len(still)))
        sums[month] = left - equal * (len(still) - 1) if month == still[-1] else equal
    return [sums[month] for month in MONTHS]


def pms_deduction(list_size: int, money: Money) -> int:
    """Fixed pounds for each patient, whatever the average list is; pence."""
    return 0 if money.pms is None else pence(money.pms[0] * list_size / money.pms[1])
