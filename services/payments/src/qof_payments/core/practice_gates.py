"""Is there a practice whose counts cannot be, or that alone decides a national figure?

Three gates look at practices one by one: a register above the list, a prevalence far from the nation's, a prevalence
far from the practice's own earlier one. A fourth leaves the most prevalent practice of each register out and
asks how far the national figure moves: one dementia care home once set the cut-off for a whole nation (rules.md 3.4).
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from qof_payments.core.exact import Ratio, lowest
from qof_payments.core.gates import Earlier, Finding, Reported, Thresholds, most_telling, percent, severity_of, times
from qof_payments.core.national import NationalFigures, RegisterFigure, register_figure
from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import in_units, is_lifted

EXCLUDE_OR_SAY = "Ask the practice or its supplier. Exclude it by name, or say why it is right."


class _Weighed(NamedTuple):
    weight: Fraction
    finding: Finding


def registers_above_list(practices: Iterable[Reported], thresholds: Thresholds) -> list[Finding]:
    """Practices with more patients on a register than on their list."""
    found: list[_Weighed] = []
    for one in practices:
        if one.list_size <= 0 or max(one.registers.values(), default=0) <= one.list_size:
            continue
        above = {register: count for register, count in one.registers.items() if count > one.list_size}
        worst = max(above, key=lambda register: above[register])
        share = Fraction(above[worst], one.list_size)
        says = f"{above[worst]:,} patients on {worst}, but {one.list_size:,} on the list: {percent(share)}"
        finding = Finding(
            finding=f"register-above-list/{one.practice}",
            gate="register-above-list",
            severity="stop",
            where=one.practice,
            says=says,
            numbers={"list": str(one.list_size)} | {name: str(count) for name, count in above.items()},
            mend="Have the supplier send the extract again, or exclude the practice by name.",
        )
        found.append(_Weighed(share, finding))
    return _gravest(found, thresholds)


def far_from_nation(practices: Iterable[Reported], figures: NationalFigures, thresholds: Thresholds) -> list[Finding]:
    """Practices with many times the nation's mean prevalence of a register, and more than a few patients."""
    if figures.practices < thresholds.fewest_practices:
        return []
    limits = {
        name: (Fraction(figure.mean_prevalence) * thresholds.nation_times).as_integer_ratio()
        for name, figure in figures.registers.items()
        if figure.mean_prevalence
    }
    found: list[_Weighed] = []
    for one in practices:
        for register, count in one.registers.items():
            if count < thresholds.nation_patients or one.list_size <= 0 or register not in limits:
                continue
            numerator, denominator = limits[register]
            if count * denominator < one.list_size * numerator:
                continue
            ratio = Fraction(count, one.list_size) / Fraction(figures.registers[register].mean_prevalence)
            finding = Finding(
                finding=f"far-from-nation/{one.practice}/{register}",
                gate="far-from-nation",
                severity="look",
                where=f"{one.practice}, {register}",
                says=f"{count:,} of {one.list_size:,} patients on {register}: {times(ratio)} the nation's mean",
                numbers={"register": str(count), "list": str(one.list_size), "times": times(ratio)},
                mend=EXCLUDE_OR_SAY,
            )
            found.append(_Weighed(ratio, finding))
    return _gravest(found, thresholds)


def far_from_last_year(
    practices: Iterable[Reported], figures: NationalFigures, earlier: Earlier, thresholds: Thresholds
) -> list[Finding]:
    """Practices whose prevalence moved by many times, and by more than a few patients, against what the nation did."""
    if min(figures.practices, len(earlier.counts)) < thresholds.fewest_practices:
        return []
    moved = _nations_moves(figures, earlier)
    far = thresholds.last_year_times.as_integer_ratio()
    found: list[_Weighed] = []
    for one in practices:
        list_before, before = earlier.counts.get(one.practice, (0, {}))
        if one.list_size <= 0 or list_before <= 0:
            continue
        for register, count in one.registers.items():
            count_before = before.get(register, 0)
            if max(count, count_before) < thresholds.last_year_patients or register not in moved:
                continue
            # Across, in integers: both sides are the patients times the same number.
            then, now = count_before * one.list_size * moved[register][0], count * list_before * moved[register][1]
            if then * far[1] < now * far[0] and now * far[1] < then * far[0]:
                continue
            expected = Fraction(then, list_before * moved[register][1])
            if abs(count - expected) < thresholds.last_year_patients:
                continue
            low, high = sorted((Fraction(count), expected))
            ratio = high / low if low else high
            finding = Finding(
                finding=f"far-from-last-year/{one.practice}/{register}/{earlier.name}",
                gate="far-from-last-year",
                severity="look",
                where=f"{one.practice}, {register}",
                says=(
                    f"{count:,} of {one.list_size:,} patients on {register}; it had {count_before:,} of"
                    f" {list_before:,} in {earlier.name}"
                ),
                numbers={"now": str(count), "before": str(count_before), "list": str(one.list_size)},
                mend=EXCLUDE_OR_SAY,
            )
            found.append(_Weighed(ratio, finding))
    return _gravest(found, thresholds)


def _nations_moves(figures: NationalFigures, earlier: Earlier) -> dict[str, Ratio]:
    """Register -> its patients per listed patient now ÷ before: a rule that changed for all is nobody's jump."""
    counts: dict[str, int] = {}
    lists: dict[str, int] = {}
    for list_size, registers in earlier.counts.values():
        if list_size > 0:
            for register, count in registers.items():
                counts[register] = counts.get(register, 0) + count
                lists[register] = lists.get(register, 0) + list_size
    return {
        name: lowest(figure.total_register * lists[name], figure.total_list * counts[name])
        for name, figure in figures.registers.items()
        if counts.get(name) and figure.total_register
    }


class _Counted(NamedTuple):
    """Every practice's count of one register, and the list it is of."""

    names: list[str]
    counts: list[tuple[int, int]]

    @property
    def top(self) -> int:
        """The place of the most prevalent; compared across, without a fraction for each of nine thousand."""
        top, (most, of) = 0, self.counts[0]
        for place, (count, list_size) in enumerate(self.counts):
            if count * of > most * list_size:
                top, most, of = place, count, list_size
        return top


def one_decides(
    practices: Iterable[Reported], figures: NationalFigures, parameters: Parameters, thresholds: Thresholds
) -> list[Finding]:
    """Registers whose national figure moves far where their most prevalent practice is left out, or whose cut-off,
    which that practice sets, lifts many practices to itself."""
    if figures.practices < thresholds.fewest_practices:
        return []
    counted: dict[str, _Counted] = {}
    for one in practices:
        if one.list_size > 0:
            for register, count in one.registers.items():
                of_register = counted.get(register) or counted.setdefault(register, _Counted([], []))
                of_register.names.append(one.practice)
                of_register.counts.append((count, one.list_size))
    weighed = (
        _influence(figures.registers[register], of_register, parameters, thresholds)
        for register, of_register in sorted(counted.items())
        if len(of_register.names) > 1
    )
    return _gravest([one for one in weighed if one], thresholds)


def _influence(
    figure: RegisterFigure, counted: _Counted, parameters: Parameters, thresholds: Thresholds
) -> _Weighed | None:
    if not figure.mean_adjusted_prevalence:
        return None
    mean, top = Fraction(figure.mean_adjusted_prevalence), counted.top
    count, list_size = counted.counts[top]
    without = _mean_without(mean, counted.counts, top, parameters)
    moved = 1 - without / mean
    cut_off = None if figure.cut_off is None else in_units(figure.cut_off)
    lifted = Fraction(
        0 if cut_off is None else sum(is_lifted(*one, cut_off) for one in counted.counts), len(counted.counts)
    )
    severity = severity_of(moved, stop=thresholds.influence_stop, look=thresholds.influence_look)
    if lifted >= thresholds.lifted_stop:
        severity = "stop"
    if severity is None:
        return None
    name = counted.names[top]
    says = (
        f"{name} has {count:,} of {list_size:,} patients on {figure.register};"
        f" without it the national figure would be {percent(moved)} {'lower' if moved > 0 else 'higher'}"
    )
    if lifted:
        says += f", and the cut-off that it sets lifts {percent(lifted)} of all practices"
    finding = Finding(
        finding=f"one-decides/{figure.register}/{name}",
        gate="one-decides",
        severity=severity,
        where=f"{name}, {figure.register}",
        says=says,
        numbers={"register": str(count), "list": str(list_size), "moved": percent(moved), "lifted": percent(lifted)},
        mend=EXCLUDE_OR_SAY,
    )
    return _Weighed(max(abs(moved), lifted), finding)


def _mean_without(mean: Fraction, counts: list[tuple[int, int]], top: int, parameters: Parameters) -> Fraction:
    """The mean of adjusted prevalences without one practice. A cut-off moves with it, so all is worked out anew."""
    if parameters.cut_off_share is None:
        return (mean * len(counts) - Fraction(*counts[top])) / (len(counts) - 1)
    without = register_figure("", counts[:top] + counts[top + 1 :], parameters)
    return Fraction(without.mean_adjusted_prevalence)


def _gravest(found: list[_Weighed], thresholds: Thresholds) -> list[Finding]:
    ordered = sorted(found, key=lambda one: (one.finding.severity != "stop", -one.weight, one.finding.finding))
    return most_telling([one.finding for one in ordered], thresholds.most_listed)
