"""How prevalent is a disease in a practice, as the year's rule counts it? (rules.md 3.4)

Three regimes: the square root above a cut-off (A, to 2008/09), the cut-off alone (B, 2009/10) and the true
prevalence (C, from 2010/11). A square root is rarely rational, so it is fixed at 24 decimals, the precision
in which national figures are frozen; all else is exact.
"""

from decimal import Decimal
from fractions import Fraction
from math import isqrt

from qof_payments.core.exact import Ratio
from qof_payments.core.parameters import PrevalenceRegime
from qof_shared.vocabulary import round_half_up

PLACES = 24
"""Decimals of every frozen figure."""

UNIT: int = 10**PLACES


def freeze(figure: Fraction) -> Decimal:
    """A national figure as everybody is shown it and paid by it: 24 decimals, rounded once, half up."""
    return round_half_up(figure, PLACES)


def in_units(figure: Decimal) -> int:
    """A frozen figure in units of its last decimal."""
    return int(figure.scaleb(PLACES))


def square_root_units(numerator: int, denominator: int) -> int:
    """The square root of a quotient in units of the 24th decimal, rounded half up.

    Exact: floor(2√x) decides on which side of the half the root lies, and `isqrt` gives that floor.
    """
    return (isqrt(4 * numerator * UNIT * UNIT // denominator) + 1) // 2


def is_lifted(count: int, list_size: int, cut_off: int | None) -> bool:
    """Whether count ÷ list size lies below a cut-off, which is in units of the 24th decimal; None: there is none."""
    return cut_off is not None and count * UNIT < cut_off * list_size


def adjusted_prevalence(regime: PrevalenceRegime, count: int, list_size: int, cut_off: int | None) -> Ratio:
    """A practice's prevalence as the regime counts it: what is averaged nationally and divided by that mean.

    `count` ÷ `list_size` is its own prevalence; `cut_off` is a frozen figure in units of the 24th decimal. The result
    is a fraction of 1, not in lowest terms.
    """
    if cut_off is not None and is_lifted(count, list_size, cut_off):
        count, list_size = cut_off, UNIT
    if regime == "square-root":
        return square_root_units(count, list_size), UNIT
    return count, list_size
