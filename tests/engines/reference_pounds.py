"""How many pounds do the rules give? The slow statement, written from docs/rules.md section 3, in Fractions.

It imports nothing of the services. Figures that are frozen (means, cut-offs, roots) have 24 decimals (3.4); a line is
rounded once, half up, to the penny (3.2), whatever else a rounding profile rounds before.
"""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from tests.engines.reference_points import Indicator, Judged, Practice

FROZEN = Fraction(1, 10**24)
PENNY = HUNDREDTH = Fraction(1, 100)
ZERO, ONE = Fraction(0), Fraction(1)
PRECISE = Context(prec=120)
"""Digits of a square root before it is rounded: far more than could hide on which side of a half it lies."""


class Money(NamedTuple):
    """A year's money parameters, read."""

    value_of_a_point: Fraction
    average_list: Fraction
    regime: str
    rebase: str
    cut_off_share: Fraction | None
    rounding: str
    services: frozenset[str]
    """Groups of indicators that are paid by their target population; none where the factor does not apply."""
    aspiration_rate: Fraction
    points_share: Fraction | None
    uprating: Fraction
    pms: tuple[Fraction, Fraction] | None
    """Pounds taken off a PMS practice of so many patients."""


class Figure(NamedTuple):
    """A register's national figures."""

    mean: Fraction
    cut_off: Fraction | None
    divisor: Fraction
    """What a practice's adjusted prevalence is divided by."""


class Line(NamedTuple):
    """One line of a statement; factors are None where the line has none."""

    points: Fraction
    apdf: Fraction | None
    tpf: Fraction | None
    pence: int


def money_of(document: Mapping[str, Any]) -> Money:
    """The year's numbers from its document."""
    values = {name: entry["value"] for name, entry in document["values"].items()}
    applies = values.get("target_population_factor") == "applies"
    pms = [Fraction(values[name]) for name in ("pms_deduction", "pms_deduction_list") if name in values]
    return Money(
        value_of_a_point=Fraction(values["value_of_a_point"]),
        average_list=Fraction(values["average_list_size"]),
        regime=values["prevalence_regime"],
        rebase=values.get("rebase", "mean-of-roots"),
        cut_off_share=Fraction(values["cut_off_share"]) if "cut_off_share" in values else None,
        rounding=values["rounding_profile"],
        services=frozenset(values["target_population_groups"] if applies else ()),
        aspiration_rate=Fraction(values["aspiration_rate"]),
        points_share=Fraction(values["aspiration_points_share"]) if "aspiration_points_share" in values else None,
        uprating=Fraction(values.get("uprating_index", "1")),
        pms=(pms[0], pms[1]) if pms else None,
    )


def rounded(value: Fraction, unit: Fraction) -> Fraction:
    """The nearest multiple of the unit, the higher of two."""
    return floor(value / unit + Fraction(1, 2)) * unit


def pence(pounds: Fraction) -> int:
    return int(rounded(pounds, PENNY) / PENNY)


def national_figures(practices: Sequence[Practice], money: Money) -> dict[str, Figure]:
    """Means over the practices that report the register, frozen (3.4)."""
    prevalences: dict[str, list[Fraction]] = {}
    for practice in practices:
        for register, patients in practice["registers"].items():
            prevalences.setdefault(register, []).append(Fraction(patients, practice["list_size"]))
    return {register: _figure(of_register, money) for register, of_register in prevalences.items()}


def _figure(prevalences: Sequence[Fraction], money: Money) -> Figure:
    mean = rounded(sum(prevalences, ZERO) / len(prevalences), FROZEN)
    if money.cut_off_share is None:
        return Figure(mean, None, mean)
    cut_off = rounded(money.cut_off_share * max(prevalences), FROZEN)
    lifted = [max(prevalence, cut_off) for prevalence in prevalences]
    if money.regime == "square-root" and money.rebase == "mean-of-roots":
        lifted = [root(prevalence) for prevalence in lifted]
    divisor = rounded(sum(lifted, ZERO) / len(lifted), FROZEN)
    if money.regime == "square-root" and money.rebase == "root-of-mean":
        divisor = root(divisor)
    return Figure(mean, cut_off, divisor)


def adjusted_prevalence(prevalence: Fraction, figure: Figure, regime: str) -> Fraction:
    """Regime A: lifted to the cut-off, then its root; B: lifted; C: as it is (3.4)."""
    if figure.cut_off is not None:
        prevalence = max(prevalence, figure.cut_off)
    return root(prevalence) if regime == "square-root" else prevalence


def root(value: Fraction) -> Fraction:
    """The square root at 24 decimals."""
    quotient = PRECISE.divide(Decimal(value.numerator), Decimal(value.denominator))
    return rounded(Fraction(PRECISE.sqrt(quotient)), FROZEN)


def statement(
    indicators: Sequence[Indicator],
    judged: Mapping[str, Judged],
    practice: Practice,
    nation: Sequence[Practice],
    figures: Mapping[str, Figure],
    money: Money,
) -> dict[str, Line]:
    """Points by prevalence register, additional service or domain, and what each line is worth (3.1, 3.2)."""
    points: dict[tuple[str | None, str], Fraction] = {}
    for indicator in indicators:
        register = indicator.prevalence_register
        rest = indicator.group if indicator.group in money.services else indicator.domain
        line = register, register or rest
        points[line] = points.get(line, ZERO) + judged[indicator.code].points
    index = practice["list_size"] / money.average_list
    lines: dict[str, Line] = {}
    for (register, name), earned in points.items():
        apdf = None if register is None else _apdf(register, practice, figures, money)
        tpf = _tpf(name, practice, nation) if register is None and name in money.services else None
        lines[name] = _line(earned, index, apdf, tpf, money)
    return lines


def _line(points: Fraction, index: Fraction, apdf: Fraction | None, tpf: Fraction | None, money: Money) -> Line:
    if money.rounding == "cpi2_apdf2":
        index = rounded(index, HUNDREDTH)
        apdf = None if apdf is None else rounded(apdf, HUNDREDTH)
    each = money.value_of_a_point * index
    if money.rounding == "point2":
        each = rounded(each, HUNDREDTH)
    pounds = points * each
    for factor in (apdf, tpf):
        pounds *= ONE if factor is None else factor
    return Line(points, apdf, tpf, pence(pounds))


def _apdf(register: str, practice: Practice, figures: Mapping[str, Figure], money: Money) -> Fraction | None:
    if register not in practice["registers"]:
        return None
    prevalence = Fraction(practice["registers"][register], practice["list_size"])
    adjusted = adjusted_prevalence(prevalence, figures[register], money.regime)
    return adjusted / figures[register].divisor if adjusted else ZERO


def _tpf(service: str, practice: Practice, nation: Sequence[Practice]) -> Fraction | None:
    """The share of the practice's list over the share of the nation's; None where nobody has told it (3.5)."""
    if service not in practice["targets"]:
        return None
    own = Fraction(practice["targets"][service], practice["list_size"])
    target, registered = national_target(service, nation)
    return own / Fraction(target, registered) if target else None


def national_target(service: str, nation: Sequence[Practice]) -> tuple[int, int]:
    """Patients for whom the service is, and all patients, of the practices that have told it."""
    known = [practice for practice in nation if service in practice["targets"]]
    return sum(one["targets"][service] for one in known), sum(one["list_size"] for one in known)
