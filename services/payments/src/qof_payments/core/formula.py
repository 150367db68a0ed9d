"""How is a line's sum said, so that a practice manager can follow it with a calculator?

Numbers are rounded for reading here, each on its own; the pounds come from the exact numbers.
"""

from qof_payments.core.exact import Ratio, decimals, short
from qof_payments.core.factor import DiseaseFactor
from qof_payments.core.prevalence import is_lifted
from qof_payments.core.terms import Terms


def list_phrase(list_size: int, index: Ratio, terms: Terms) -> str:
    """What all lines of a practice share: `£133.76 × CPI 1.2176 (list 7,173 ÷ 5,891)`."""
    return f"{terms.said_value}{decimals(*index, 4)} (list {list_size:,}{terms.said_average}"


def formula_sentence(points: Ratio, by_list: str, factor: str, pounds: str) -> str:
    """The sum of one line: `22 points × ` and `by_list`, then ` × APDF 0.8975 (prevalence …)` and ` = £3,215.41`."""
    return f"{short(*points)} points × {by_list}{factor} = £{pounds}"


def factor_phrase(factor: DiseaseFactor, apdf: Ratio, terms: Terms) -> str:
    """Where a disease factor comes from: `APDF 0.8975 (prevalence 103 ÷ 7,173 = 1.4359 % ÷ national mean 1.6 %)`."""
    count, list_size, national = factor.register_count, factor.list_size, factor.national
    lifted = national.said_cut_off if is_lifted(count, list_size, national.cut_off_units) else ""
    root = ""
    if terms.parameters.prevalence_regime == "square-root":
        root = f", its root {decimals(*factor.adjusted_prevalence, 6)}"
    prevalence = decimals(count * 100, list_size, 4)
    return (
        f"APDF {decimals(*apdf, 4)} (prevalence {count:,} ÷ {list_size:,} = {prevalence} %{lifted}{root}"
        f" ÷ {national.said_mean})"
    )
