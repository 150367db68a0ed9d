"""Are the national figures plausible? Every gate, in the order in which its findings are told."""

from collections.abc import Mapping, Sequence, Set
from datetime import date
from typing import NamedTuple

from qof_payments.core.gates import Earlier, Finding, Reported, Thresholds
from qof_payments.core.national import NationalFigures
from qof_payments.core.parameter_gates import average_list
from qof_payments.core.parameters import Parameters
from qof_payments.core.practice_gates import far_from_last_year, far_from_nation, one_decides, registers_above_list
from qof_payments.core.supplier_gates import counted_at_another_day, incomplete, suppliers_shifted

GATES = (
    "as-at-date",
    "completeness",
    "average-list",
    "register-above-list",
    "one-decides",
    "far-from-nation",
    "supplier-shift",
    "far-from-last-year",
)
"""Every gate, as findings name it."""


class Circumstances(NamedTuple):
    """What the gates need to know beside the counts."""

    achievement_date: date
    expected: Mapping[str, str]
    """Practice -> supplier, of every practice that the collection asks."""
    excluded: Set[str]
    """Practices left out by name, with or without an achievement."""
    parameters: Parameters
    parameters_before: Parameters | None
    earlier: Sequence[Earlier]
    """Counts to compare with: last year's, and those of the figures that stand."""


def findings(
    practices: Sequence[Reported], figures: NationalFigures, circumstances: Circumstances, thresholds: Thresholds
) -> list[Finding]:
    """What is not plausible about the figures that were made from these practices.

    What is excluded by name is not looked at again.
    """
    counted = [one for one in practices if one.practice not in figures.left_out]
    reported = {one.practice for one in practices}
    found = [
        *counted_at_another_day(counted, circumstances.achievement_date, thresholds),
        *incomplete(circumstances.expected, reported, circumstances.excluded, thresholds),
        *average_list(circumstances.parameters, circumstances.parameters_before),
        *registers_above_list(counted, thresholds),
        *one_decides(counted, figures, circumstances.parameters, thresholds),
        *far_from_nation(counted, figures, thresholds),
    ]
    for earlier in circumstances.earlier:
        found += suppliers_shifted(counted, earlier, thresholds)
        found += far_from_last_year(counted, figures, earlier, thresholds)
    return found
