"""What is paid during the year in advance, and what is still due or owed at its end? (rules.md 4)

The method is the share of last year's achievement payment: 60 %, 70 % or 80 % of it by year. The points method of
2004/05 is not here, as no source gave its share for later years.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qof_payments.core.parameters import Parameters

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Aspiration:
    """Pounds paid in advance during one year."""

    year: Decimal
    monthly: Decimal
    last_month: Decimal
    """The twelfth payment: it takes up the pennies that eleven equal ones leave."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The year's end in pounds: one of both is 0."""

    due: Decimal
    """Still to be paid to the practice."""
    recoverable: Decimal
    """Paid too much, to be set off against later payments."""


def aspiration(last_year: Decimal, parameters: Parameters, *, uprating_index: Fraction = Fraction(1)) -> Aspiration:
    """Aspiration payments of a year from the unadjusted achievement payment of the year before, in pounds.

    `uprating_index` is the change of a point's value between the years (1 where it did not change).
    """
    exact = Fraction(last_year) * uprating_index * parameters.aspiration_rate
    year = parameters.round_pounds(exact)
    monthly = parameters.round_pounds(exact / MONTHS)
    return Aspiration(year=year, monthly=monthly, last_month=year - (MONTHS - 1) * monthly)


def reconcile(achievement: Decimal, paid: Iterable[Decimal]) -> Reconciliation:
    """Take the aspiration payments off the year's achievement payment, in pounds."""
    balance = achievement - sum(paid, Decimal("0.00"))
    return Reconciliation(due=max(balance, Decimal("0.00")), recoverable=max(-balance, Decimal("0.00")))
