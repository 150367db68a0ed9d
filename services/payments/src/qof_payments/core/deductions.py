"""What is taken off a practice's achievement payment, and what is left? (rules.md 3.6 and 4)

    due = unadjusted achievement payment − PMS deduction − aspiration paid during the year

Where more was paid than was earned, what is due is negative: it is recovered.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from qof_payments.core.exact import decimals, short
from qof_payments.core.parameters import Parameters
from qof_payments.core.rounding import pence


class Deduction(NamedTuple):
    """One sum that is taken off, with how it came about."""

    deduction: str
    """`pms` or `aspiration`."""
    description: str
    formula: str
    pence: int
    """Not negative."""


def pms_deduction(list_size: int, parameters: Parameters) -> Deduction | None:
    """What a PMS practice has in its contract already and is not paid twice: the year's sum for each patient of the
    practice's list. Its base is its own and does not move with the average list. None: the year takes nothing off."""
    if parameters.pms_deduction is None or parameters.pms_deduction_list is None:
        return None
    each = parameters.pms_deduction / parameters.pms_deduction_list
    taken = pence(*(each * list_size).as_integer_ratio())
    pounds, base = (of.as_integer_ratio() for of in (parameters.pms_deduction, parameters.pms_deduction_list))
    return Deduction(
        "pms",
        "PMS deduction: fixed pounds for each patient, whatever the average list",
        f"£{decimals(*pounds, 2)} × list {list_size:,} ÷ {short(*base)} = £{decimals(taken, 100, 2)}",
        taken,
    )


def aspiration_deduction(paid: Mapping[int, int]) -> Deduction | None:
    """What was instructed month by month during the year, in pence by month; None where nothing was."""
    if not paid:
        return None
    taken = sum(paid.values())
    runs = [(sum(1 for _ in same), each) for each, same in groupby(paid[month] for month in sorted(paid))]
    said = " + ".join(f"{months} × £{decimals(each, 100, 2)}" for months, each in runs)
    return Deduction(
        "aspiration",
        f"aspiration paid during the year, {len(paid)} months",
        f"{said} = £{decimals(taken, 100, 2)}",
        taken,
    )


def due(achievement: int, deductions: Sequence[Deduction]) -> int:
    """Pence still to be paid; below 0 what is to be recovered."""
    return achievement - sum(deduction.pence for deduction in deductions)
