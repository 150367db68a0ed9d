"""How is a line's sum said, so that a practice manager can follow it with a calculator?

Numbers are rounded for reading here, each on its own; the pounds come from the exact numbers. Figures that
many lines share (the list's part of the sum, a national mean) are written once and reused.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from qof_payments.core.factor import DiseaseFactor
from qof_payments.core.parameters import Parameters, PrevalenceRegime


def list_phrase(list_size: int, parameters: Parameters) -> str:
    """What all lines of a practice share: `£133.76 × CPI 1.2176 (list 7,173 ÷ 5,891)`."""
    average = parameters.average_list_size
    index = list_size / average
    return (
        f"£{_decimals(parameters.value_of_a_point, 2)} × CPI {_decimals(index, 4)}"
        f" (list {list_size:,} ÷ {_short(average)})"
    )


def formula_sentence(
    points: Fraction, by_list: str, factor: DiseaseFactor | None, pounds: Decimal, regime: PrevalenceRegime
) -> str:
    """The sum of one line: `22 points × ` and `by_list`, then ` × APDF 0.8975 (prevalence …) = £3,215.41`."""
    by_prevalence = f" × APDF {_decimals(factor.apdf, 4)} ({_factor_phrase(factor, regime)})" if factor else ""
    return f"{_short(points)} points × {by_list}{by_prevalence} = £{pounds:,}"


def _factor_phrase(factor: DiseaseFactor, regime: PrevalenceRegime) -> str:
    """Where the factor comes from: `prevalence 103 ÷ 7,173 = 1.4359 % ÷ national mean 1.6000 %`."""
    national = factor.national
    prevalence = _decimals(factor.practice_prevalence, 4, 100)
    phrase = f"prevalence {factor.register_count:,} ÷ {factor.list_size:,} = {prevalence} %"
    if national.cut_off is not None and factor.practice_prevalence < national.cut_off:
        phrase += f", lifted to the cut-off {_national(national.cut_off, 4, 100)} %"
    if regime == "square-root":
        root = _decimals(factor.adjusted_prevalence, 6)
        return f"{phrase}, its root {root} ÷ national mean root {_national(national.mean_adjusted_prevalence, 6, 1)}"
    return f"{phrase} ÷ national mean {_national(national.mean_adjusted_prevalence, 4, 100)} %"


@lru_cache(maxsize=1024)
def _national(figure: Decimal, places: int, times: int) -> str:
    return _decimals(Fraction(figure), places, times)


def _short(value: Fraction) -> str:
    """At most two decimals and none that are 0: `22`, `12.67`, `5,891`."""
    return _decimals(value, 2).rstrip("0").rstrip(".")


def _decimals(value: Fraction, places: int, times: int = 1) -> str:
    """`times` a number (not negative) with a fixed number of decimals, half up, and thousands separated."""
    scale: int = 10**places
    denominator = value.denominator
    whole, rest = divmod((2 * value.numerator * times * scale + denominator) // (2 * denominator), scale)
    return f"{whole:,}.{rest:0{places}}"
