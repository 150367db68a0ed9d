"""Are the published payments ours, as far as public figures go?

The points as the calculator adds them up, the published registers and our money parameters go through the payments
core. What it cannot know is the target population factor of additional services, which was never published.
"""

from collections.abc import Mapping
from fractions import Fraction
from statistics import median
from typing import NamedTuple

from qof_calculator.core.points import Achievement
from qof_local.verify.measures import PAYMENT_ERROR, UNKNOWN, Difference, Measure
from qof_local.verify.scotland import Total
from qof_payments.core.entitlement import entitlement
from qof_payments.core.factor import EntitlementError
from qof_payments.core.national import NationalFigures
from qof_payments.core.parameters import Parameters
from qof_payments.core.statement import points_by_line
from qof_payments.core.terms import terms_of

NEAR_PAYMENT = Fraction(5, 100)
"""Payments further away than this are listed one by one."""


class Paid(NamedTuple):
    """What the statement needs of an indicator's points."""

    domain: str
    group: str
    points: str
    prevalence_register: str | None


def verify(
    name: str,
    achievements: Mapping[str, Achievement],
    totals: Mapping[str, Total],
    lists: Mapping[str, int],
    registers: Mapping[str, Mapping[str, int]],
    figures: NationalFigures,
    parameters: Parameters,
) -> Measure:
    """The median difference between our pounds and those published; registers and figures by the rule set's codes.

    It judges only where the year's own payments are what the value of a point is known from.
    """
    pounds = pounds_of(achievements, lists, registers, figures, parameters)
    errors, differences = [], []
    for practice, ours in pounds.items():
        paid = totals[practice].pounds
        if paid:
            errors.append(abs(ours / paid - 1))
            if errors[-1] > NEAR_PAYMENT:
                differences.append(Difference(practice, "payment", f"{float(paid):.2f}", f"{float(ours):.2f}", UNKNOWN))
    left_out = len(achievements) - len(errors)
    return Measure(
        name,
        "payments (within 5 %)",
        len(errors),
        differences,
        PAYMENT_ERROR if is_proof(name, parameters) else None,
        figure=Fraction(median(errors)) if errors else None,
        notes=[f"practices without payment, list or register: {left_out}"] if left_out else [],
    )


def is_proof(name: str, parameters: Parameters) -> bool:
    """Whether the source of the value of a point is payments of that very year."""
    year = name.rsplit(maxsplit=1)[-1]
    return f"published for {year}" in parameters.sources["value_of_a_point"]


def pounds_of(
    achievements: Mapping[str, Achievement],
    lists: Mapping[str, int],
    registers: Mapping[str, Mapping[str, int]],
    figures: NationalFigures,
    parameters: Parameters,
) -> Mapping[str, Fraction]:
    """Practice -> its entitlement in pounds, of those whose list and registers are known."""
    terms = terms_of(figures, parameters)
    pounds = {}
    for practice, achievement in achievements.items():
        if not lists.get(practice):
            continue
        lines = points_by_line(
            [
                Paid(one.indicator.domain, one.indicator.group, one.points_text, one.indicator.prevalence_register)
                for one in achievement.indicators
            ]
        )
        try:
            paid = entitlement(lines, lists[practice], registers.get(practice, {}), terms)
        except EntitlementError:
            continue
        pounds[practice] = Fraction(paid.total)
    return pounds
