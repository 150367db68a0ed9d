"""The rule set in the form in which a hundred indicators cost microseconds: integers, made once per process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from qof_calculator.core.kinds import KINDS, ZERO, Counted, Derived, Kind, Points
from qof_calculator.core.results import (
    ACHIEVED,
    NOT_ACHIEVED,
    NOT_AVAILABLE,
    NOT_REPORTED,
    IndicatorResult,
    indicator_result,
)
from qof_calculator.core.ruleset import Group, Indicator, Ruleset
from qof_shared.vocabulary import rational_text

COUNTS = ("numerator", "denominator", "achieved")
"""The fields of IndicatorCount that a kind may need."""


FRACTION = frozenset({"numerator", "denominator"})


@dataclass(frozen=True, slots=True)
class Term:
    """One indicator ready to be calculated. `units` are points times the rule set's `scale`.

    Thresholds are `lower / hundred` and `upper / hundred` of 1, so that
    A < LT becomes `hundred * numerator < lower * denominator`.
    """

    indicator: Indicator
    kind: Kind
    counted: Counted | None
    derived: Derived | None
    code: str
    register: str | None
    gates: frozenset[str]
    """Registers whose zero makes these points not available."""
    registers_needed: tuple[str, ...]
    """Registers without which this indicator can be neither calculated nor paid."""
    units: int
    full: Points
    full_text: str
    hundred: int
    lower: int
    upper: int
    counts: tuple[bool, ...]
    """Which of `COUNTS` must be there, and no other."""
    is_fraction: bool
    """Numerator and denominator must be there, and no other."""
    bound: str | None
    """The register above which the denominator is a fault."""
    achieved: IndicatorResult
    not_achieved: IndicatorResult
    not_available: IndicatorResult
    not_reported: IndicatorResult


@dataclass(frozen=True, slots=True)
class CompiledRuleset:
    """A rule set and its integers; what `calculate` and `faults` take."""

    ruleset: Ruleset
    scale: int
    """One point in units: the lowest common denominator of all points of the year."""
    units: int
    """All points of the year, in units."""
    terms: Sequence[Term]
    """In the rule set's order, but derived ones last: they need what the others achieved."""
    by_code: Mapping[str, Term]
    gates: frozenset[str]
    """Every register whose zero takes points out of what is available."""
    registers: frozenset[str]
    """Every register of the year."""
    registers_needed: frozenset[str]
    """Every register that some indicator needs."""


def compile_ruleset(ruleset: Ruleset) -> CompiledRuleset:
    """Turn a linted rule set into integers, once. Raises KeyError for a kind or group it does not know."""
    scale = lcm(*(indicator.points.denominator for indicator in ruleset.indicators))
    groups = {group.code: group for group in ruleset.groups}
    terms = tuple(_term(indicator, groups[indicator.group], scale) for indicator in ruleset.indicators)
    return CompiledRuleset(
        ruleset=ruleset,
        scale=scale,
        units=sum(term.units for term in terms),
        terms=sorted(terms, key=lambda term: term.derived is not None),
        by_code={term.code: term for term in terms},
        gates=frozenset().union(*(term.gates for term in terms)),
        registers=frozenset(ruleset.registers),
        registers_needed=frozenset().union(*(term.registers_needed for term in terms)),
    )


def _term(indicator: Indicator, group: Group, scale: int) -> Term:
    kind = KINDS[indicator.kind]
    lower, upper = indicator.lower_threshold or Fraction(0), indicator.upper_threshold or Fraction(0)
    fineness = lcm(lower.denominator, upper.denominator)
    units = int(indicator.points * scale)
    gates = _known(group.register, indicator.register) if group.zero_register_reduces else ()
    own = _known(indicator.register) if kind.register else ()
    full, full_text = (units, 1), rational_text(indicator.points)

    def result(status: str, earned: Points, text: str) -> IndicatorResult:
        return indicator_result(indicator, status, earned, units, text, full_text)

    return Term(
        indicator=indicator,
        kind=kind,
        counted=kind.counted,
        derived=kind.derived,
        code=indicator.code,
        register=indicator.register,
        gates=frozenset(gates),
        registers_needed=tuple(dict.fromkeys((*own, *gates, *_known(indicator.prevalence_register)))),
        units=units,
        full=full,
        full_text=full_text,
        hundred=100 * fineness,
        lower=int(lower * fineness),
        upper=int(upper * fineness),
        counts=tuple(field in kind.counts for field in COUNTS),
        is_fraction=kind.counts == FRACTION,
        bound=indicator.register if indicator.denominator_within_register else None,
        achieved=result(ACHIEVED, full, full_text),
        not_achieved=result(NOT_ACHIEVED, ZERO, "0"),
        not_available=indicator_result(indicator, NOT_AVAILABLE, ZERO, 0, "0", "0"),
        not_reported=result(NOT_REPORTED, ZERO, "0"),
    )


def _known(*registers: str | None) -> tuple[str, ...]:
    return tuple(register for register in registers if register is not None)
