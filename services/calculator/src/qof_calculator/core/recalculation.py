"""How many points do thousands of practices have, when nobody asks why? Exact sums, without statuses and texts.

`calculate` checks each count, calculates it and tells it. Who asks what a changed rule set would mean for a nation has
counts that were accepted long ago and needs sums alone: the same points in a fifth of the time. A test proves that they
are the same for every rule set.

Every kind is calculated by its own function, except the three that are nearly all of every year: register, yes-no and
fraction are written out here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from qof_calculator.core.compiled import CompiledRuleset, Term
from qof_calculator.core.determinations import determined_terms
from qof_calculator.core.kinds import Area, Counted, Derived, Points
from qof_shared.counts import CountsLike, DeterminationLike

PLANS = 4096
"""How many plans are kept: practices differ in which registers are empty, and most have few."""

Scale: TypeAlias = tuple[int, int, int, int, int, int]
"""Of a fraction or a yes-no: its sum, its units, hundred, lower, upper, and upper less lower (see `Term`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Which indicators are added up to which line.

    Inside, a line is several sums where an indicator is derived from groups (holistic care): none crosses a group.
    """

    rules: CompiledRuleset
    lines: int
    sum_of: Mapping[str, int]
    """Indicator -> its sum."""
    line_of: Sequence[int]
    """Sum -> its line."""
    group_of: Sequence[str]
    """Sum -> its group; told only where sums are not lines."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be added up for practices with the same registers empty and the same not reported."""

    whole: list[int]
    """Sum by sum, the units of the registers that somebody is on."""
    plain: Mapping[str, Scale]
    others: Sequence[tuple[Counted, Term, int]]
    derived: Sequence[tuple[Derived, Term, int]]
    available: Mapping[str, int]
    """Group -> units; only where something is derived from it."""


def sums_of(rules: CompiledRuleset, line_of: Mapping[str, int]) -> Sums:
    """Every indicator belongs to the line that `line_of` gives its code, from 0 on."""
    lines = max(line_of.values()) + 1
    if all(term.derived is None for term in rules.terms):
        return Sums(rules, lines, dict(line_of), range(lines), ())
    places: dict[tuple[int, str], int] = {}
    sum_of: dict[str, int] = {}
    for term in rules.terms:
        place = line_of[term.code], term.indicator.group
        sum_of[term.code] = places.setdefault(place, len(places))
    return Sums(rules, lines, sum_of, [line for line, _ in places], [group for _, group in places])


def recalculate(sums: Sums, counts: CountsLike, determinations: Sequence[DeterminationLike] = ()) -> list[Points]:
    """The points of each line for one practice, as numerator and denominator, not in lowest terms.

    The counts are sound (`calculate` says whether they are). What is determined is calculated indicator by indicator.
    """
    registers = counts.registers
    empty = missing = _NONE
    if 0 in registers.values():
        empty = frozenset([register for register, patients in registers.items() if not patients])
    if len(registers) < len(sums.rules.registers):
        missing = sums.rules.registers.difference(registers)
    if determinations:
        plan = _planned(sums, empty, missing, determined_terms(sums.rules, determinations)[0])
    else:
        plan = _plan(sums, empty, missing)
    whole = plan.whole.copy()
    parts: dict[int, Points] = {}
    special = {}
    plain = plan.plain
    for count in counts.indicators:
        scale = plain.get(count.indicator)
        if scale is None:
            special[count.indicator] = count
            continue
        met = count.numerator
        if met is None:
            if count.achieved:
                whole[scale[0]] += scale[1]
            continue
        place, units, hundred, lower, upper, width = scale
        eligible = count.denominator or 0
        met *= hundred
        if met >= upper * eligible:
            if eligible:
                whole[place] += units
        elif met > lower * eligible:
            above, below = units * (met - lower * eligible), eligible * width
            known = parts.get(place)
            parts[place] = (above, below) if known is None else (known[0] * below + above * known[1], known[1] * below)
    for counted, term, place in plan.others:
        _add_points(whole, parts, place, counted(term, special.get(term.code), registers))
    for derived, term, place in plan.derived:
        _add_points(whole, parts, place, derived(term, _areas(sums, plan, whole, parts)))
    if sums.group_of:
        whole, parts = _by_line(sums, whole, parts)
    unit = sums.rules.scale
    found = [(points, unit) for points in whole]
    for place, (above, below) in parts.items():
        found[place] = whole[place] * below + above, below * unit
    return found


_NONE: frozenset[str] = frozenset()


def _add(parts: dict[int, Points], place: int, above: int, below: int) -> None:
    """Add a fraction of a unit to a sum; lowest terms are nobody's concern here."""
    known = parts.get(place)
    parts[place] = (above, below) if known is None else (known[0] * below + above * known[1], known[1] * below)


def _add_points(whole: list[int], parts: dict[int, Points], place: int, points: Points | None) -> None:
    if points is None:
        return
    if points[1] == 1:
        whole[place] += points[0]
    else:
        _add(parts, place, *points)


@lru_cache(maxsize=PLANS)
def _plan(sums: Sums, empty: frozenset[str], missing: frozenset[str]) -> _Plan:
    return _planned(sums, empty, missing, sums.rules.terms)


def _planned(sums: Sums, empty: frozenset[str], missing: frozenset[str], terms: Sequence[Term]) -> _Plan:
    plain: dict[str, Scale] = {}
    whole = [0] * len(sums.line_of)
    others: list[tuple[Counted, Term, int]] = []
    derived: list[tuple[Derived, Term, int]] = []
    available: dict[str, int] = {}
    for term in terms:
        if not empty.isdisjoint(term.gates):
            continue  # not available
        place, kind = sums.sum_of[term.code], term.indicator.kind
        available[term.indicator.group] = available.get(term.indicator.group, 0) + term.units
        if term.derived is not None:
            derived.append((term.derived, term, place))
        elif term.counted is not None and (term.counted is not term.kind.counted or kind not in _WRITTEN_OUT):
            others.append((term.counted, term, place))
        elif kind == "register":
            if term.register not in empty | missing:
                whole[place] += term.units
            plain[term.code] = (place, 0, 0, 0, 0, 0)  # its count says nothing
        else:
            plain[term.code] = (place, term.units, term.hundred, term.lower, term.upper, term.upper - term.lower)
    return _Plan(whole, plain, others, derived, available if derived else {})


_WRITTEN_OUT = frozenset({"register", "yes-no", "fraction"})


def _by_line(sums: Sums, whole: Sequence[int], parts: Mapping[int, Points]) -> tuple[list[int], dict[int, Points]]:
    """The sums of groups, added up to lines."""
    of_lines = [0] * sums.lines
    parts_of_lines: dict[int, Points] = {}
    for place, line in enumerate(sums.line_of):
        of_lines[line] += whole[place]
        if place in parts:
            _add(parts_of_lines, line, *parts[place])
    return of_lines, parts_of_lines


def _areas(sums: Sums, plan: _Plan, whole: Sequence[int], parts: Mapping[int, Points]) -> Sequence[Area]:
    """What was earned and available so far, by group."""
    domains = {term.indicator.group: term.indicator.domain for term in sums.rules.terms}
    areas = {group: Area(domains[group], available=units) for group, units in plan.available.items()}
    for place, group in enumerate(sums.group_of):
        if group not in areas:
            continue
        area = areas[group]
        area.whole += whole[place]
        if place in parts:
            above, below = parts[place]
            area.numerator = area.numerator * below + above * area.denominator
            area.denominator *= below
    return tuple(areas.values())
