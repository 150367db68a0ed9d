"""The rule set in the form in which a hundred indicators cost microseconds: integers, made once per process."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import TypeAlias

from qof_calculator.core.kinds import FRACTION, KINDS, ZERO, Counted, Derived, Kind, Points, adjusted_points
from qof_calculator.core.parameters import ADJUSTED_POINTS
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


Belonging: TypeAlias = tuple[str | None, str, str]
"""Prevalence register, domain and group of an indicator."""


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One indicator ready to be calculated. `units` are points times the rule set's `scale`.

    Thresholds are `lower / hundred` and `upper / hundred` of 1, so that
    A < LT becomes `hundred * numerator < lower * denominator`. So are all other percentages.
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
    step: int
    """Units on reaching the lower threshold of a stepped indicator."""
    tiers: Sequence[tuple[int, Points]]
    """Percentage and points of each tier, rising; empty where nobody has set the percentages."""
    improvement: tuple[int, int] | None
    """The percentages at which improvement begins to earn points and earns all: the practice's baseline plus the rule
    set's scale. None without a baseline."""
    determined: Points | None
    """Points that a person has determined: reference points or an adjustment."""
    counts: Sequence[tuple[bool, ...]]
    """Which of `COUNTS` must be there, and no other; several where the kind leaves a choice."""
    is_fraction: bool
    """Numerator and denominator may be there, and then no other."""
    bound: str | None
    """The register above which the denominator is a fault."""
    achieved: IndicatorResult
    not_achieved: IndicatorResult
    not_available: IndicatorResult
    not_reported: IndicatorResult


@dataclass(frozen=True, slots=True, eq=False)
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
    groups: Mapping[str, Group]
    """By code; what a term is compiled with again when something is determined for a practice."""
    gates: frozenset[str]
    """Every register whose zero takes points out of what is available."""
    registers: frozenset[str]
    """Every register of the year."""
    registers_needed: frozenset[str]
    """Every register that some indicator needs."""
    belongings: Sequence[Belonging]
    """The sums of points that are told: one for each register, domain and group that indicators share."""
    sum_of: Mapping[str, int]
    """Indicator -> position in `belongings`."""
    sums_of_terms: Sequence[int]
    """The same positions in the order of `terms`."""


def compile_ruleset(ruleset: Ruleset) -> CompiledRuleset:
    """Turn a linted rule set into integers, once. Raises KeyError for a kind or group it does not know."""
    scale = lcm(*(points.denominator for indicator in ruleset.indicators for points in _all_points(indicator)))
    groups = {group.code: group for group in ruleset.groups}
    terms = tuple(compile_term(indicator, groups[indicator.group], scale) for indicator in ruleset.indicators)
    belongings = {term.code: _belonging(term.indicator) for term in terms}
    places = list(dict.fromkeys(belongings.values()))
    sum_of = {code: places.index(belonging) for code, belonging in belongings.items()}
    ordered = sorted(terms, key=lambda term: term.derived is not None)
    return CompiledRuleset(
        ruleset=ruleset,
        scale=scale,
        units=sum(term.units for term in terms),
        terms=ordered,
        by_code={term.code: term for term in terms},
        groups=groups,
        gates=frozenset().union(*(term.gates for term in terms)),
        registers=frozenset(ruleset.registers),
        registers_needed=frozenset().union(*(term.registers_needed for term in terms)),
        belongings=places,
        sum_of=sum_of,
        sums_of_terms=[sum_of[term.code] for term in ordered],
    )


def _belonging(indicator: Indicator) -> Belonging:
    return indicator.prevalence_register, indicator.domain, indicator.group


def compile_term(indicator: Indicator, group: Group, scale: int) -> Term:
    """One indicator as integers; one with an adjustment is of no kind any more, and no empty register takes it away."""
    kind, parameters = KINDS[indicator.kind], indicator.parameters
    adjusted = ADJUSTED_POINTS in parameters
    thresholds = (indicator.lower_threshold or Fraction(0), indicator.upper_threshold or Fraction(0))
    percentages = _fractions(parameters.get("tier_percentages", ""))
    rise = _rise(parameters)
    fineness = lcm(*(percent.denominator for percent in (*thresholds, *percentages, *rise)))
    lower, upper = _integers(thresholds, fineness)
    units = int(indicator.points * scale)
    gates = _known(group.register, indicator.register) if group.zero_register_reduces and not adjusted else ()
    own = _known(indicator.register) if kind.register else ()
    full, full_text = (units, 1), rational_text(indicator.points)

    def result(status: str, earned: Points, text: str) -> IndicatorResult:
        return indicator_result(indicator, status, earned, units, text, full_text)

    def points(text: str) -> Points:
        exact = Fraction(text) * scale
        return (full if exact == units else (exact.numerator, exact.denominator)) if exact else ZERO

    determined = parameters.get(ADJUSTED_POINTS, parameters.get("reference_points"))
    tiers = zip(_integers(percentages, fineness), parameters["tiers"].split(), strict=True) if percentages else ()
    return Term(
        indicator=indicator,
        kind=kind,
        counted=adjusted_points if adjusted else kind.counted,
        derived=None if adjusted else kind.derived,
        code=indicator.code,
        register=indicator.register,
        gates=frozenset(gates),
        registers_needed=tuple(dict.fromkeys((*own, *gates, *_known(indicator.prevalence_register)))),
        units=units,
        full=full,
        full_text=full_text,
        hundred=100 * fineness,
        lower=lower,
        upper=upper,
        step=int(Fraction(parameters.get("points_at_lower", "0")) * scale),
        tiers=tuple((percentage, points(text)) for percentage, text in tiers),
        improvement=(int(rise[0] * fineness), int(rise[1] * fineness)) if rise else None,
        determined=None if determined is None else points(determined),
        counts=_shapes(kind),
        is_fraction=kind.counts == FRACTION or kind.counts_optional,
        bound=indicator.register if indicator.denominator_within_register else None,
        achieved=result(ACHIEVED, full, full_text),
        not_achieved=result(NOT_ACHIEVED, ZERO, "0"),
        not_available=indicator_result(indicator, NOT_AVAILABLE, ZERO, 0, "0", "0"),
        not_reported=result(NOT_REPORTED, ZERO, "0"),
    )


def _all_points(indicator: Indicator) -> Iterator[Fraction]:
    """Every number of points that the rule set names for an indicator."""
    yield indicator.points
    for name in ("points_at_lower", "tiers"):
        yield from _fractions(indicator.parameters.get(name, ""))


def _rise(parameters: Mapping[str, str]) -> tuple[Fraction, ...]:
    """The percentages between which improvement pays; none without a baseline."""
    if "baseline_percentage" not in parameters:
        return ()
    baseline = Fraction(parameters["baseline_percentage"])
    return tuple(baseline + Fraction(parameters[name]) for name in ("improvement_lower", "improvement_upper"))


def _fractions(text: str) -> tuple[Fraction, ...]:
    return tuple(Fraction(part) for part in text.split())


def _integers(percentages: Sequence[Fraction], fineness: int) -> tuple[int, ...]:
    return tuple(int(percent * fineness) for percent in percentages)


def _shapes(kind: Kind) -> tuple[tuple[bool, ...], ...]:
    needed = tuple(field in kind.counts for field in COUNTS)
    if not kind.counts_optional:
        return (needed,)
    return (needed, tuple(field in FRACTION for field in COUNTS), tuple(field == "achieved" for field in COUNTS))


def _known(*registers: str | None) -> tuple[str, ...]:
    return tuple(register for register in registers if register is not None)
