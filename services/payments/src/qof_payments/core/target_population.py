"""By which factor does a practice's target population raise or lower its pay for an additional service? (rules.md 3.5)

    TPF = (target population ÷ list) ÷ (the nation's target population ÷ the nation's list)

It is never taken as 1 silently: a service whose counts are not known is paid by list size and says so.
"""

from collections.abc import Mapping
from typing import NamedTuple

from qof_payments.core.exact import Ratio, decimals
from qof_payments.core.terms import TargetPopulation, Terms


class TargetFactor(NamedTuple):
    """A target population factor with all that went into it. The ratio need not be in lowest terms."""

    target: int
    list_size: int
    national: TargetPopulation
    factor: Ratio


def target_factor(group: str, list_size: int, targets: Mapping[str, int], terms: Terms) -> TargetFactor | str:
    """The factor of one practice and additional service, or why there is none; `targets` are its patients by group."""
    national = terms.targets.get(group)
    if national is None:
        return "no target population of the nation known: factor not applied"
    target = targets.get(group)
    if target is None:
        return "no target population known: factor not applied"
    factor = target * national.registered, list_size * national.target
    return TargetFactor(target, list_size, national, factor)


def target_phrase(factor: TargetFactor) -> str:
    """`TPF 1.0526 (target 1,579 ÷ 6,000 = 26.3167 % ÷ national 25.0000 %)`."""
    national = factor.national
    own = decimals(factor.target * 100, factor.list_size, 4)
    mean = decimals(national.target * 100, national.registered, 4)
    said = decimals(*factor.factor, 4)
    return f"TPF {said} (target {factor.target:,} ÷ {factor.list_size:,} = {own} % ÷ national {mean} %)"
