"""How is a line's sum said, so that a practice manager can follow it with a calculator?

Numbers are rounded for reading here, each on its own; the pounds come from the exact numbers.
"""

from qof_payments.core.exact import Ratio, decimals, short
from qof_payments.core.factor import DiseaseFactor
from qof_payments.core.prevalence import is_lifted
from qof_payments.core.terms import Terms


def list_phrase(list_size: int, terms: Terms) -> str:
    """What all lines of a practice share: `£133.76 × CPI 1.2176 (list 7,173 ÷ 5,891)`."""
    average, parts = terms.average_list_size
    index = decimals(list_size * parts, average, 4)
    return f"{terms.said_value}{index} (list {list_size:,}{terms.said_average}"


def formula_sentence(points: Ratio, by_list: str, factor: DiseaseFactor | None, pounds: str, terms: Terms) -> str:
    """The sum of one line: `22 points × ` and `by_list`, then ` × APDF 0.8975 (prevalence …) = £3,215.41`."""
    if factor is None:
        return f"{short(*points)} points × {by_list} = £{pounds}"
    apdf = decimals(*factor.apdf, 4)
    return f"{short(*points)} points × {by_list} × APDF {apdf} ({_factor_phrase(factor, terms)}) = £{pounds}"


def _factor_phrase(factor: DiseaseFactor, terms: Terms) -> str:
    """Where the factor comes from: `prevalence 103 ÷ 7,173 = 1.4359 % ÷ national mean 1.6000 %`."""
    count, list_size, national = factor.register_count, factor.list_size, factor.national
    lifted = national.said_cut_off if is_lifted(count, list_size, national.cut_off_units) else ""
    root = ""
    if terms.parameters.prevalence_regime == "square-root":
        root = f", its root {decimals(*factor.adjusted_prevalence, 6)}"
    prevalence = decimals(count * 100, list_size, 4)
    return f"prevalence {count:,} ÷ {list_size:,} = {prevalence} %{lifted}{root} ÷ {national.said_mean}"
