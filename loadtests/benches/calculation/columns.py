"""The column engine: NumPy on int64 and float64, exact where it has to be. Needs the bench environment."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any, TypeAlias

import numpy as np

from loadtests.benches.calculation.nation import Nation
from qof_calculator.core.compiled import Term
from qof_payments.core.national import NationalFigures
from qof_payments.core.statement import PointsLine
from qof_shared.contracts import IndicatorCounts

UNDECIDED = 1e-4
"""How near to half a penny a float no longer says which side it is on; its errors are a thousandth of that."""

Column: TypeAlias = Any
"""An array of int64; the checker of types runs without NumPy."""


class Columns:
    """The nation in columns of int64: a row for each practice, a column for each indicator of the rule set."""

    def __init__(self, nation: Nation) -> None:
        codes = list(nation.rules.by_code)
        place = {code: column for column, code in enumerate(codes)}
        terms = [nation.rules.by_code[code] for code in codes]
        rows = [
            [
                (0, 0) if count is None else _as_fraction(count, extract.registers, term)
                for term, count in zip(terms, _in_order(extract.indicators, place), strict=True)
            ]
            for extract in nation.extracts
        ]
        both = np.array(rows, dtype=np.int64)
        self.met, self.eligible = both[:, :, 0], both[:, :, 1]
        self.lists = np.array([extract.list_size for extract in nation.extracts], dtype=np.int64)
        self.registers = {
            name: np.array([extract.registers[name] for extract in nation.extracts], dtype=np.int64)
            for name in nation.rules.ruleset.registers
        }
        self.units = _row(term.units for term in terms)
        self.hundred = _row(term.hundred for term in terms)
        # A register and a yes/no are everything from 1 on, nothing at 0: thresholds just below and at 100 %.
        self.lower = _row(term.lower if term.is_fraction else term.hundred - 1 for term in terms)
        self.upper = _row(term.upper if term.is_fraction else term.hundred for term in terms)


def _row(values: Iterable[int]) -> Column:
    return np.array([*values], dtype=np.int64)


def _in_order(counts: Sequence[IndicatorCounts], place: Mapping[str, int]) -> list[IndicatorCounts | None]:
    found: list[IndicatorCounts | None] = [None] * len(place)
    for count in counts:
        found[place[count.indicator]] = count
    return found


def _as_fraction(count: IndicatorCounts, registers: Mapping[str, int], term: Term) -> tuple[int, int]:
    if count.numerator is not None:
        return count.numerator, count.denominator or 0
    kept = registers[term.register or ""] if term.indicator.kind == "register" else count.achieved
    return (1, 1) if kept else (0, 1)


def column_hundredths(columns: Columns, unit: int) -> Column:
    """What `bare_integers` gives, exact in int64: each indicator's points to the hundredth."""
    above, below = _share(columns)
    full = 100 * columns.units // unit
    rounded = (2 * full * above + below) // (2 * below)
    return np.where(columns.eligible == 0, 0, rounded)


def _share(columns: Columns) -> tuple[Column, Column]:
    """How much of the way from the lower to the upper threshold: numerator and denominator, cut to 0 and 1."""
    below = np.maximum(columns.eligible, 1) * (columns.upper - columns.lower)
    above = columns.hundred * columns.met - columns.lower * columns.eligible
    return np.clip(above, 0, below), below


def column_pence(columns: Columns, nation: Nation, lines: Sequence[PointsLine], means: NationalFigures) -> Column:
    """Pence by line: comparisons in int64, amounts in float64; whatever lies near half a penny is worked out exactly.

    The means come from elsewhere: frozen at 24 decimals, they fit no machine number.
    """
    above, below = _share(columns)
    above = np.where(columns.eligible == 0, 0, above)
    earned = columns.units * (above / below) / nation.rules.scale
    found = np.empty((len(nation.extracts), len(lines)), dtype=np.int64)
    for number, line in enumerate(lines):
        members = [
            column
            for column, term in enumerate(nation.rules.by_code.values())
            if (term.indicator.prevalence_register or term.indicator.domain) == line.line
        ]
        register = line.prevalence_register
        rate = nation.parameters.value_of_a_point / nation.parameters.average_list_size * 100
        if register is not None:
            rate /= Fraction(means.registers[register].mean_adjusted_prevalence)
        patients = columns.lists if register is None else columns.registers[register]
        pence = earned[:, members].sum(axis=1) * patients * float(rate) + 0.5
        found[:, number] = np.floor(pence).astype(np.int64)
        for practice in np.nonzero(np.abs(pence - np.round(pence)) < UNDECIDED)[0]:
            parts = zip(columns.units[members], above[practice, members], below[practice, members], strict=True)
            points = sum(Fraction(int(units) * int(over), int(under)) for units, over, under in parts)
            exact = points * int(patients[practice]) * rate / nation.rules.scale
            found[practice, number] = floor(exact + Fraction(1, 2))
    return found
