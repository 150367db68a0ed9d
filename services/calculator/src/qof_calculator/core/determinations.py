"""What did a person determine for this practice, and what does the rule set look like with it?

A determination never changes the rule set: it gives one indicator another term (`core.compiled`), for this practice
alone. Variants are kept, because what is determined for one practice is often determined for many.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from qof_calculator.core.compiled import CompiledRuleset, Term, compile_term
from qof_calculator.core.faults import CountFault
from qof_calculator.core.parameters import number, possible_faults
from qof_calculator.core.ruleset import Indicator
from qof_shared.counts import DeterminationLike
from qof_shared.vocabulary import Determines

THRESHOLDS = (Determines.LOWER_THRESHOLD, Determines.UPPER_THRESHOLD)
POINTS = (Determines.REFERENCE_POINTS, Determines.ADJUSTED_POINTS)
VARIANTS = 20_000
"""How many variants are kept: a few kilobytes each; the least recently used one goes first."""

Determined = tuple[tuple[str, str], ...]
"""What is determined for one indicator: pairs of `Determines` and value."""


def determined_terms(
    rules: CompiledRuleset, determinations: Sequence[DeterminationLike]
) -> tuple[Sequence[Term], bool]:
    """The rule set's terms with this practice's determinations, and whether these were sound.

    Where they are not, they are left out: `determination_faults` says why.
    """
    by_code = _by_indicator(determinations)
    variants: dict[str, Term] = {}
    for code, determined in by_code.items():
        variant = _variant(rules, code, determined)
        if variant is None:
            return rules.terms, False
        variants[code] = variant
    return [variants.get(term.code, term) for term in rules.terms], True


def registers_lacking(
    rules: CompiledRuleset, registers: Mapping[str, int], determinations: Sequence[DeterminationLike]
) -> dict[str, str]:
    """Registers that are not reported though points were determined that are paid by them -> the indicator.

    Points that a person determines are paid like points that were counted, so they need the same registers.
    """
    lacking: dict[str, str] = {}
    missing = rules.registers_needed - registers.keys()
    for one in determinations:
        term = rules.by_code.get(one.indicator)
        if term is not None and one.determines in POINTS:
            for register in missing.intersection(term.registers_needed):
                lacking.setdefault(register, term.code)
    return lacking


def determination_faults(rules: CompiledRuleset, determinations: Sequence[DeterminationLike]) -> Iterator[CountFault]:
    """What is wrong with the determinations, each with its place and how to mend it."""
    by_code = _by_indicator(determinations)
    seen: dict[tuple[str, str], int] = {}
    told: set[str] = set()
    for position, one in enumerate(determinations):
        at, term = f"/determinations/{position}", rules.by_code.get(one.indicator)
        if term is None:
            message = f"{rules.ruleset.ruleset_id} has no indicator {one.indicator}; withdraw it or correct its code."
            yield CountFault(f"{at}/indicator", "determination-indicator-known", message)
        elif seen.setdefault((one.indicator, one.determines), position) != position:
            first = seen[one.indicator, one.determines]
            message = f"{one.determines} of {one.indicator} is determined twice, first at /determinations/{first}."
            yield CountFault(f"{at}/determines", "determination-once", f"{message} Withdraw one of them.")
        elif one.determines not in _determinable(term):
            message = (
                f"{one.indicator} is a {term.indicator.kind} indicator, for which nobody can determine "
                f"{one.determines}; withdraw it or determine one of {', '.join(sorted(_determinable(term)))}."
            )
            yield CountFault(f"{at}/determines", "determination-fits-kind", message)
        elif one.indicator not in told:
            # Lower and upper threshold are judged together, so that one may pass over the rule set's other one.
            for sentence in _impossible(_changed(term.indicator, by_code[one.indicator]), by_code[one.indicator]):
                told.add(one.indicator)
                message = f"{sentence}. Withdraw the determination and make it again with such a value."
                yield CountFault(f"{at}/value", "determination-possible", message)


def before(term: Term, determines: str) -> str | None:
    """What the rule set itself says of what was determined; None: nothing."""
    if determines == Determines.LOWER_THRESHOLD:
        return term.indicator.lower_text
    if determines == Determines.UPPER_THRESHOLD:
        return term.indicator.upper_text
    return term.indicator.parameters.get(_parameter(determines))


def _by_indicator(determinations: Sequence[DeterminationLike]) -> Mapping[str, Determined]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in determinations:
        found.setdefault(one.indicator, []).append((one.determines, one.value))
    return {code: tuple(sorted(determined)) for code, determined in found.items()}


@lru_cache(maxsize=VARIANTS)
def _variant(rules: CompiledRuleset, code: str, determined: Determined) -> Term | None:
    """The indicator's term with what was determined; None where that is not possible."""
    term = rules.by_code.get(code)
    kinds = [determines for determines, _ in determined]
    if term is None or len(set(kinds)) != len(kinds) or not _determinable(term).issuperset(kinds):
        return None
    indicator = _changed(term.indicator, determined)
    if any(_impossible(indicator, determined)):
        return None
    return compile_term(indicator, rules.groups[indicator.group], rules.scale)


def _determinable(term: Term) -> frozenset[Determines]:
    return term.kind.determines | {Determines.ADJUSTED_POINTS}


def _impossible(indicator: Indicator, determined: Determined) -> Iterator[str]:
    """What is impossible about an indicator that was changed as determined."""
    for determines, value in determined:
        if determines in THRESHOLDS and number(value) is None:
            yield f"{indicator.code} has the {determines} {value!r}; it must be a percentage from 0 to 100"
            return
    yield from possible_faults(indicator)


def _changed(indicator: Indicator, determined: Determined) -> Indicator:
    """The indicator as it is for this practice."""
    values = dict(determined)
    lower, upper = (values.pop(threshold, None) for threshold in THRESHOLDS)
    parameters = {_parameter(determines): value for determines, value in values.items()}
    return replace(
        indicator,
        lower_threshold=indicator.lower_threshold if lower is None else number(lower),
        upper_threshold=indicator.upper_threshold if upper is None else number(upper),
        parameters={**indicator.parameters, **parameters},
    )


def _parameter(determines: str) -> str:
    """A determination's name as a parameter: reference-points -> reference_points."""
    return determines.replace("-", "_")
