"""What should a practice look at before it signs? Each hint is a sentence, and none of them stops anybody."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from qof_declarations.core.comparison import ComparedIndicator, Comparison, shown
from qof_declarations.core.summary import NOT_AVAILABLE, NOT_REPORTED, IndicatorSummary, Summary
from qof_shared.vocabulary import round_half_up


class Rule(StrEnum):
    """Why it is worth a look."""

    NOTHING_ACHIEVED = "nothing-achieved"
    ALL_WITH_MANY_PCAS = "all-with-many-pcas"
    PCAS_ABOVE_OTHERS = "pcas-above-others"
    NOBODY_COUNTED = "nobody-counted"
    NOT_REPORTED = "not-reported"
    REGISTER_DOWN = "register-down"
    LIST_SIZE_MOVED = "list-size-moved"


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at this."""

    rule: Rule
    about: str
    """The indicator or register; empty for the practice as a whole."""
    sentence: str
    """What stands out, and what to check."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is worth a look (`hints.yaml` says why). Percent, or patients."""

    achieved_last_year: int
    many_pcas: int
    pcas_above_median: int
    fewest_pcas: int
    register_down: int
    fewest_on_register: int
    list_size_moved: int


def hints(summary: Summary, last_year: Summary | None, comparison: Comparison, by: Thresholds) -> Sequence[Hint]:
    """All of them, of the whole practice first, then by indicator."""
    found: list[Hint] = []
    if last_year is not None:
        found += _list_size(summary, last_year, by)
        found += _registers(summary.registers, last_year.registers, by)
    for code, compared in sorted(comparison.indicators.items()):
        before = None
        if last_year is not None and compared.last_years_code is not None:
            before = last_year.indicators.get(compared.last_years_code)
        found += _indicator(code, summary.indicators[code], before, compared, by)
    return found


def _list_size(summary: Summary, last_year: Summary, by: Thresholds) -> Iterator[Hint]:
    change = _change(summary.list_size, last_year.list_size)
    if abs(change) > by.list_size_moved:
        yield Hint(
            Rule.LIST_SIZE_MOVED,
            "",
            f"Your list has {summary.list_size:,} patients, {_by(change)} than last year ({last_year.list_size:,})."
            " Check that it is the list of the right day.",
        )


def _registers(registers: Mapping[str, int], before: Mapping[str, int], by: Thresholds) -> Iterator[Hint]:
    for register, patients in sorted(registers.items()):
        was = before.get(register, 0)
        change = _change(patients, was)
        if was >= by.fewest_on_register and change < -by.register_down:
            yield Hint(
                Rule.REGISTER_DOWN,
                register,
                f"The register {register} has {patients:,} patients, {_by(change)} than last year ({was:,})."
                " Check that your system still counts all the codes of this register.",
            )


def _indicator(
    code: str, now: IndicatorSummary, before: IndicatorSummary | None, compared: ComparedIndicator, by: Thresholds
) -> Iterator[Hint]:
    if now.status == NOT_AVAILABLE:
        return
    if now.status == NOT_REPORTED:
        if before is not None and before.status != NOT_REPORTED:
            yield Hint(
                Rule.NOT_REPORTED,
                code,
                f"Your extract says nothing about {code}, and it did last year. Ask your system supplier why.",
            )
        return
    if now.denominator == 0 and now.register_count:
        yield Hint(
            Rule.NOBODY_COUNTED,
            code,
            f"Nobody counts for {code}, although {now.register_count:,} patients are on its register. Check the"
            " exclusions and PCAs.",
        )
    percentage, pcas = compared.percentage, compared.pca_share
    was = percentage.last_year
    if percentage.value == 0 and was is not None and shown(was) > by.achieved_last_year:
        yield Hint(
            Rule.NOTHING_ACHIEVED,
            code,
            f"No patient meets {code}; last year {_percent(shown(was))} did. Check that your system counts it.",
        )
    if pcas.value is None or now.pcas < by.fewest_pcas:
        return
    if now.denominator and now.numerator == now.denominator and shown(pcas.value) > by.many_pcas:
        yield Hint(
            Rule.ALL_WITH_MANY_PCAS,
            code,
            f"All {now.denominator:,} patients who count meet {code}, and {now.pcas:,}"
            f" ({_percent(shown(pcas.value))}) do not count because of a PCA. Check that each PCA has its reason.",
        )
    median = pcas.commissioner.median if pcas.commissioner else None
    if median is not None and shown(pcas.value - median) > by.pcas_above_median:
        yield Hint(
            Rule.PCAS_ABOVE_OTHERS,
            code,
            f"{_percent(shown(pcas.value))} of the patients of {code} do not count because of a PCA; half of your"
            f" commissioner's practices have {_percent(shown(median))} or less. Check that each PCA has its reason.",
        )


def _change(now: int, before: int) -> Fraction:
    """In percent of before; nothing before is no change that could be told."""
    return Fraction(100 * (now - before), before) if before else Fraction(0)


def _by(change: Fraction) -> str:
    return f"{_percent(abs(change))} {'more' if change > 0 else 'fewer'}"


def _percent(value: Fraction) -> str:
    return f"{round_half_up(value, 1)}%".replace(".0%", "%")
