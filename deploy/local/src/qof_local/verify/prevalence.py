"""Are the published prevalences and factors ours, and by which national mean?

The publication does not name its national means, and some practices that are in them were not published. But a factor
is a practice's adjusted prevalence over one mean for everybody, so every published factor gives that mean back, and if
our formula is the right one they all give the same: the median of them is the official mean, on which every factor is
then calculated by the payments core. Where a register is suppressed, its factor gives back the patients: a whole
number from 0 to 4.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from qof_local.verify.measures import (
    AWARD,
    DOCUMENTED,
    FACTOR_SHARE,
    NEAR,
    Difference,
    Measure,
    cause_of,
    decimal_text,
)
from qof_local.verify.scotland import Register
from qof_payments.core.factor import disease_factor
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.core.prevalence import adjusted_prevalence, freeze
from qof_payments.core.terms import Terms, terms_of

WHOLE = Fraction(1, 1000)
"""How near a restored register has to be to a whole number of patients."""
CONSTANT = Fraction(9, 10)
SUPPRESSED = 5
"""Registers below this are not shown."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A register's national mean, official and of the practices that were published."""

    register: str
    practices: int
    official: Fraction
    published_practices: Fraction


@dataclass(frozen=True)
class Prevalence:
    """What a year's prevalence was held against, and what it gives to others."""

    measures: Sequence[Measure]
    means: Sequence[Mean]
    registers: Mapping[str, Mapping[str, int]]
    """Practice -> published name of a register -> patients, the suppressed ones restored."""
    restored: Mapping[str, Mapping[str, int]]
    """The same of the suppressed ones alone."""
    official: NationalFigures | None
    """National figures with the official means; None where there were none to be found."""


def verify(name: str, published: Sequence[Register], parameters: Parameters) -> Prevalence:
    """Hold a year's published registers against the payments core."""
    listed = [one for one in published if one.list_size]
    adjusting = _adjusting(listed)
    shown = _by_practice(one for one in listed if one.patients is not None)
    trial = _terms(_figures(listed, shown, parameters), {register: Fraction(1) for register in adjusting}, parameters)
    means = {register: _official_mean(rows, shown, trial) for register, rows in adjusting.items()}
    restored = _restored(adjusting, means) if parameters.prevalence_regime == "true-prevalence" else {}
    registers = {
        practice: {**restored.get(practice, {}), **shown.get(practice, {})} for practice in {**shown, **restored}
    }
    figures = _figures(listed, registers, parameters)
    official = _with_means(figures, means)
    terms = terms_of(official, parameters)
    of_factors = [one for rows in adjusting.values() for one in rows if one.factor is not None]
    return Prevalence(
        measures=[
            _prevalence_measure(name, listed),
            _factor_measure(name, "ADPF", [one for one in of_factors if one.patients is not None], registers, terms),
            *_restored_measures(name, of_factors, means, registers, terms),
            *_constant_measures(name, listed, adjusting),
        ],
        means=[_mean(register, figures, means[register]) for register in sorted(means)],
        registers=registers,
        restored=restored,
        official=official if means else None,
    )


def _adjusting(listed: Iterable[Register]) -> Mapping[str, list[Register]]:
    """The registers by name, without those whose factor is 1 for everybody: these adjust nothing."""
    rows: dict[str, list[Register]] = {}
    for one in listed:
        rows.setdefault(one.name, []).append(one)
    return {name: found for name, found in rows.items() if not _is_constant(found)}


def _is_constant(rows: Sequence[Register]) -> bool:
    """Whether (nearly) every factor is exactly 1; a practice without patients may have been given none."""
    ones = sum(one.factor == 1 for one in rows)
    return ones > CONSTANT * len(rows)


def _by_practice(rows: Iterable[Register]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for one in rows:
        found.setdefault(one.practice, {})[one.name] = one.patients or 0
    return found


def _figures(
    listed: Iterable[Register], registers: Mapping[str, Mapping[str, int]], parameters: Parameters
) -> NationalFigures:
    lists = {one.practice: one.list_size or 0 for one in listed}
    return national_figures(((code, lists[code], found) for code, found in registers.items()), parameters)


def _with_means(figures: NationalFigures, means: Mapping[str, Fraction]) -> NationalFigures:
    """The figures with other means, of the registers that have one."""
    return replace(
        figures,
        registers={
            register: replace(figure, mean_adjusted_prevalence=freeze(means[register]))
            for register, figure in figures.registers.items()
            if register in means
        },
    )


def _terms(figures: NationalFigures, means: Mapping[str, Fraction], parameters: Parameters) -> Terms:
    return terms_of(_with_means(figures, means), parameters)


def _official_mean(rows: Sequence[Register], registers: Mapping[str, Mapping[str, int]], trial: Terms) -> Fraction:
    """The mean that the published factors were made with: our adjusted prevalence (a factor over 1) over theirs."""
    ratios = [_factor(one, registers, trial) / one.factor for one in rows if one.patients is not None and one.factor]
    # All but a few are the same to 15 digits, so floats are good enough to order them by.
    return sorted(ratios, key=float)[len(ratios) // 2] if ratios else Fraction(1)


def _factor(one: Register, registers: Mapping[str, Mapping[str, int]], terms: Terms) -> Fraction:
    return Fraction(*disease_factor(one.name, one.list_size or 0, registers[one.practice], terms).apdf)


def _exact_patients(one: Register, mean: Fraction) -> Fraction:
    return (one.factor or Fraction(0)) * mean * (one.list_size or 0)


def _restored(
    adjusting: Mapping[str, Sequence[Register]], means: Mapping[str, Fraction]
) -> Mapping[str, Mapping[str, int]]:
    """The suppressed registers, as the nearest whole number of patients that gives their factor."""
    found: dict[str, dict[str, int]] = {}
    for register, rows in adjusting.items():
        for one in rows:
            if one.patients is None and one.factor is not None:
                found.setdefault(one.practice, {})[register] = round(_exact_patients(one, means[register]))
    return found


def _prevalence_measure(name: str, listed: Iterable[Register]) -> Measure:
    rows = [one for one in listed if one.patients is not None and one.prevalence is not None]
    differences = []
    for one in rows:
        patients, of = adjusted_prevalence("true-prevalence", one.patients or 0, one.list_size or 1, None)
        if abs(Fraction(100 * patients, of) - (one.prevalence or 0)) > NEAR:
            differences.append(_difference(one, one.prevalence or Fraction(0), Fraction(100 * patients, of)))
    return Measure(name, "prevalence", len(rows), differences, FACTOR_SHARE)


def _factor_measure(
    name: str,
    title: str,
    rows: Sequence[Register],
    registers: Mapping[str, Mapping[str, int]],
    terms: Terms,
) -> Measure:
    differences = []
    for one in rows:
        ours = _factor(one, registers, terms)
        if abs(ours - (one.factor or 0)) > NEAR:
            differences.append(_difference(one, one.factor or Fraction(0), ours))
    return Measure(name, title, len(rows), differences, FACTOR_SHARE)


def _restored_measures(
    name: str,
    rows: Iterable[Register],
    means: Mapping[str, Fraction],
    registers: Mapping[str, Mapping[str, int]],
    terms: Terms,
) -> list[Measure]:
    """Suppressed registers: is each a whole number from 0 to 4?"""
    hidden = [one for one in rows if one.patients is None and one.name in registers.get(one.practice, {})]
    differences = []
    for one in hidden:
        exact, whole = _exact_patients(one, means[one.name]), registers[one.practice][one.name]
        if abs(exact - whole) > WHOLE or not 0 <= whole < SUPPRESSED:
            differences.append(_difference(one, Fraction(whole), exact))
    measure = Measure(name, "suppressed register: 0 to 4, whole", len(hidden), differences)
    return [measure] if hidden else []


def _constant_measures(
    name: str, listed: Iterable[Register], adjusting: Mapping[str, Sequence[Register]]
) -> list[Measure]:
    """Registers that adjust nothing are published with a factor of 1 (palliative care)."""
    rows = [one for one in listed if one.name not in adjusting and one.factor is not None]
    differences = [_difference(one, one.factor or Fraction(0), Fraction(1)) for one in rows if one.factor != 1]
    return [Measure(name, "ADPF of what is not adjusted: 1", len(rows), differences)] if rows else []


def _mean(register: str, figures: NationalFigures, official: Fraction) -> Mean:
    figure = figures.registers[register]
    return Mean(register, figure.practices, official, Fraction(figure.mean_adjusted_prevalence))


def _difference(one: Register, published: Fraction, ours: Fraction) -> Difference:
    cause = AWARD if one.practice in DOCUMENTED else cause_of(one.practice, published, ours)
    counts = f"{'not shown' if one.patients is None else one.patients} of {one.list_size}"
    return Difference(one.practice, one.name, decimal_text(published), decimal_text(ours), cause, counts)
