"""Can these counts be calculated? Every fault at once, each with its place in the extract and how to mend it."""

from collections.abc import Iterator, Mapping, Sequence
from operator import eq

from qof_calculator.core.compiled import COUNTS, CompiledRuleset, Term
from qof_calculator.core.determinations import determination_faults, registers_lacking
from qof_calculator.core.faults import CountFault
from qof_shared.counts import CountsLike, DeterminationLike, IndicatorCountLike


def faults(
    rules: CompiledRuleset, counts: CountsLike, determinations: Sequence[DeterminationLike] = ()
) -> list[CountFault]:
    """All faults of a practice's counts and of its determinations, in their order; an empty list where there is none.

    An indicator that is missing is no fault: it is not reported and has no points. `calculate` finds out on its way
    whether there is any (`Achievement.is_sound`); this tells them all.
    """
    return [
        *_list_faults(counts),
        *_register_faults(rules, counts),
        *_indicator_faults(rules, counts, determinations),
        *determination_faults(rules, determinations),
    ]


def _list_faults(counts: CountsLike) -> Iterator[CountFault]:
    if counts.list_size <= 0:
        yield CountFault(
            "/list_size",
            "list-size-positive",
            f"The list size is {counts.list_size}; send the number of registered patients, at least 1.",
        )


def _register_faults(rules: CompiledRuleset, counts: CountsLike) -> Iterator[CountFault]:
    known = rules.ruleset.registers
    for register, patients in counts.registers.items():
        pointer = f"/registers/{_escaped(register)}"
        if register not in known:
            yield CountFault(
                pointer,
                "register-known",
                f"{rules.ruleset.ruleset_id} has no register {register}; leave it out or use one of "
                f"{', '.join(known)}.",
            )
        elif patients < 0:
            yield _negative(pointer, f"The register {register}", patients)
        elif patients > counts.list_size > 0:
            yield CountFault(
                pointer,
                "register-within-list",
                f"The register {register} has {patients} patients, the list {counts.list_size}; "
                "count only registered patients, or correct the list size.",
            )


def _indicator_faults(
    rules: CompiledRuleset, counts: CountsLike, determinations: Sequence[DeterminationLike]
) -> Iterator[CountFault]:
    registers = counts.registers
    missing = rules.registers_needed - registers.keys()
    needed_by: dict[str, str] = {}
    first: dict[str, int] = {}
    for position, count in enumerate(counts.indicators):
        code = count.indicator
        term = rules.by_code.get(code)
        if term is None:
            yield CountFault(
                f"/indicators/{position}/indicator",
                "indicator-known",
                f"{rules.ruleset.ruleset_id} has no indicator {code}; leave it out or correct its code.",
            )
            continue
        if first.setdefault(code, position) != position:
            yield CountFault(
                f"/indicators/{position}/indicator",
                "indicator-once",
                f"{code} is there twice, first at /indicators/{first[code]}; send it once.",
            )
        yield from _count_faults(f"/indicators/{position}", count, term, registers)
        if missing:
            for register in missing.intersection(term.registers_needed):
                needed_by.setdefault(register, code)
    for register, code in (registers_lacking(rules, registers, determinations) | needed_by).items():
        yield CountFault(
            f"/registers/{_escaped(register)}",
            "register-present",
            f"{code} needs the register {register}; send its number of patients, 0 if there is none.",
        )


def _count_faults(at: str, count: IndicatorCountLike, term: Term, registers: Mapping[str, int]) -> Iterator[CountFault]:
    numerator, denominator, code = count.numerator, count.denominator, term.code
    yield from _presence_faults(at, count, term)
    for field, value in (("numerator", numerator), ("denominator", denominator)):
        if value is not None and value < 0:
            yield _negative(f"{at}/{field}", f"The {field} of {code}", value)
    if numerator is not None and denominator is not None and numerator > denominator >= 0:
        yield CountFault(
            f"{at}/numerator",
            "numerator-within-denominator",
            f"{code} counts {numerator} patients of {denominator}; the numerator must lie within the "
            "denominator: a patient who meets the indicator stays in both.",
        )
    if denominator is not None and term.bound is not None:
        patients = registers.get(term.bound)
        if patients is not None and denominator > patients >= 0:
            yield CountFault(
                f"{at}/denominator",
                "denominator-within-register",
                f"The denominator of {code} is {denominator}, its register {term.bound} has {patients} "
                "patients; count the denominator within the register, or correct the register.",
            )
    yield from _negative_reasons(at, count)


def _presence_faults(at: str, count: IndicatorCountLike, term: Term) -> Iterator[CountFault]:
    """A count that the indicator's kind needs and does not have, or has and must not have."""
    kind, values = term.indicator.kind, (count.numerator, count.denominator, count.achieved)
    given = tuple(value is not None for value in values)
    if given in term.counts:
        return
    # Of several choices, the one that most of what is there fits.
    counts = max(term.counts, key=lambda shape: sum(map(eq, shape, given)))
    for field, value, needed in zip(COUNTS, values, counts, strict=True):
        says = f"{term.code} is a {kind} indicator"
        if needed and value is None:
            told = "true or false" if field == "achieved" else "a number of patients"
            yield CountFault(f"{at}/{field}", "count-present", f"{says}; send {field}, {told}.")
        elif value is not None and not needed:
            yield CountFault(f"{at}/{field}", "count-fits-kind", f"{says}; leave {field} out.")


def _negative_reasons(at: str, count: IndicatorCountLike) -> Iterator[CountFault]:
    for field, reasons in (("exclusions", count.exclusions), ("pcas", count.pcas)):
        for reason, patients in reasons.items():
            if patients < 0:
                yield _negative(f"{at}/{field}/{_escaped(reason)}", f"{reason} of {count.indicator}", patients)


def _negative(pointer: str, what: str, patients: int) -> CountFault:
    return CountFault(pointer, "count-not-negative", f"{what} is {patients}; send a number from 0.")


def _escaped(name: str) -> str:
    """One reference token of a JSON Pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")
