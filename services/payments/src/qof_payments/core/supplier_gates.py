"""Is there a supplier whose extracts are missing, of another day, or all a little off?

A whole supplier that is off moves everybody's pay: in 2015 one supplier's extracts missed the year's last day, and
national prevalence was wrong by up to two per cent for every practice (rules.md P3). Nobody's own figures look
wrong then; only the supplier's, together, against those of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from qof_payments.core.gates import Earlier, Finding, Reported, Severity, Thresholds, percent, severity_of

ALL_REGISTERS = "all registers"
LISTS = "lists"

ASK_THE_SUPPLIER = "Have the supplier check its extraction and send its extracts again, or say why it is right."


class Sums(NamedTuple):
    """Patients, and the lists they are of, of practices that reported both now and before."""

    now: int
    list_now: int
    before: int
    list_before: int

    def without(self, part: "Sums") -> "Sums":
        return Sums(*(mine - theirs for mine, theirs in zip(self, part, strict=True)))

    @property
    def move(self) -> Fraction | None:
        """Prevalence now ÷ before."""
        if not all(self):
            return None
        return Fraction(self.now * self.list_before, self.list_now * self.before)


def _total(parts: Iterable[Sums]) -> Sums:
    columns = list(zip(*parts, strict=True))
    return Sums(*map(sum, columns)) if columns else Sums(0, 0, 0, 0)


def counted_at_another_day(
    practices: Iterable[Reported], achievement_date: date, thresholds: Thresholds
) -> list[Finding]:
    """Suppliers with extracts that were counted at another day than the collection's. ingest takes none; a national
    figure is worth asking again."""
    found: dict[tuple[str, date], list[str]] = {}
    for one in practices:
        if one.achievement_date is not None and one.achievement_date != achievement_date:
            found.setdefault((one.supplier, one.achievement_date), []).append(one.practice)
    return [
        Finding(
            finding=f"as-at-date/{supplier}/{day}",
            gate="as-at-date",
            severity="stop",
            where=supplier,
            says=(
                f"{len(codes):,} practices were counted at {day}, the collection counts at {achievement_date}, its"
                f" entries included: {_some(codes, thresholds)}"
            ),
            numbers={"practices": str(len(codes)), "counted_at": str(day), "achievement_date": str(achievement_date)},
            mend=f"Have the supplier count again at {achievement_date} and send the extracts again.",
        )
        for (supplier, day), codes in sorted(found.items())
    ]


def incomplete(
    expected: Mapping[str, str], reported: Set[str], excluded: Set[str], thresholds: Thresholds
) -> list[Finding]:
    """Suppliers of whose practices some have no achievement; `expected` is practice -> supplier.

    A practice that is excluded by name is not waited for.
    """
    of_supplier: dict[str, list[str]] = {}
    for practice, supplier in expected.items():
        if practice not in excluded:
            of_supplier.setdefault(supplier, []).append(practice)
    found = []
    for supplier, practices in sorted(of_supplier.items()):
        missing = sorted(practice for practice in practices if practice not in reported)
        if not missing:
            continue
        share = 1 - Fraction(len(missing), len(practices))
        finding = Finding(
            finding=f"completeness/{supplier}",
            gate="completeness",
            severity="stop" if share < thresholds.complete_stop else "look",
            where=supplier,
            says=(
                f"{len(missing):,} of {len(practices):,} practices have no achievement: {_some(missing, thresholds)}"
            ),
            numbers={"practices": str(len(practices)), "missing": str(len(missing)), "complete": percent(share)},
            mend="Wait for them, exclude those that will not come by name, or say why it is time.",
        )
        found.append(finding)
    return found


def suppliers_shifted(practices: Iterable[Reported], earlier: Earlier, thresholds: Thresholds) -> list[Finding]:
    """Suppliers whose registers or lists moved against their own earlier ones otherwise than the other suppliers' did.

    Only practices that are there both times count, so that a practice that joined or left is no shift. What moved for
    everybody, such as a register with a new definition, is none either.
    """
    registers: dict[str, dict[str, list[int]]] = {}
    lists: dict[str, list[int]] = {}
    members: dict[str, int] = {}
    for one in practices:
        list_size, (list_before, before) = one.list_size, earlier.counts.get(one.practice, (0, {}))
        if list_size <= 0 or list_before <= 0:
            continue
        members[one.supplier] = members.get(one.supplier, 0) + 1
        _add(lists.setdefault(one.supplier, [0, 0, 0, 0]), list_size, 1, list_before, 1)
        of_supplier = registers.setdefault(one.supplier, {})
        for register, count in one.registers.items():
            if register in before:
                sums = of_supplier.get(register) or of_supplier.setdefault(register, [0, 0, 0, 0])
                _add(sums, count, list_size, before[register], list_before)
    codes = sorted({register for of in registers.values() for register in of})
    measures: list[_Measure] = [
        _Measure(ALL_REGISTERS, {name: _total(map(Sums._make, of.values())) for name, of in registers.items()}),
        _Measure(LISTS, {name: Sums(*sums) for name, sums in lists.items()}),
        *(_Measure(code, {name: Sums(*of[code]) for name, of in registers.items() if code in of}) for code in codes),
    ]
    return [
        _finding(measure.what, supplier, members[supplier], shift, severity, measure.sums[supplier], earlier)
        for measure in measures
        for supplier, shift, severity in _out_of_line(measure, members, thresholds)
    ]


class _Measure(NamedTuple):
    """Something that suppliers are compared by: all registers, one of them, or lists."""

    what: str
    sums: Mapping[str, Sums]

    def severity(self, supplier: str, shift: Fraction, thresholds: Thresholds) -> Severity | None:
        if self.what == ALL_REGISTERS:
            return severity_of(shift, stop=thresholds.shift_stop, look=thresholds.shift_look)
        if self.what == LISTS:
            return severity_of(shift, stop=thresholds.list_stop, look=thresholds.list_look)
        patients = self.sums[supplier].before
        if abs(shift) >= thresholds.register_stop and patients >= thresholds.register_stop_patients:
            return "stop"
        if abs(shift) >= thresholds.register_look and patients >= thresholds.register_look_patients:
            return "look"
        return None


def _out_of_line(
    measure: _Measure, members: Mapping[str, int], thresholds: Thresholds
) -> Iterator[tuple[str, Fraction, Severity]]:
    """The supplier that differs most from the others, then, without it, the next.

    Otherwise one large supplier that is short would make all others look long. Of two alone nobody can say which it is,
    so both are told of.
    """
    left = {
        supplier: sums for supplier, sums in measure.sums.items() if members[supplier] >= thresholds.supplier_practices
    }
    while len(left) > 1:
        nation = _total(left.values())
        told = []
        for supplier, sums in left.items():
            shift = _shift(sums, nation)
            severity = None if shift is None else measure.severity(supplier, shift, thresholds)
            if shift is not None and severity is not None:
                told.append((supplier, shift, severity))
        if not told:
            return
        told.sort(key=lambda one: (-abs(one[1]), one[0]))
        yield from told if len(left) == 2 else told[:1]
        del left[told[0][0]]


def _finding(
    what: str, supplier: str, practices: int, shift: Fraction, severity: Severity, sums: Sums, earlier: Earlier
) -> Finding:
    more = "higher" if shift > 0 else "lower"
    return Finding(
        finding=f"supplier-shift/{supplier}/{what}/{earlier.name}",
        gate="supplier-shift",
        severity=severity,
        where=f"{supplier}, {what}",
        says=(
            f"{practices:,} practices have {percent(shift)} {more} {what} than the other suppliers' lead one to expect"
            f" from {earlier.name}"
        ),
        numbers={"shift": percent(shift), "now": str(sums.now), "before": str(sums.before)},
        mend=ASK_THE_SUPPLIER,
    )


def _add(sums: list[int], now: int, list_now: int, before: int, list_before: int) -> None:
    sums[0] += now
    sums[1] += list_now
    sums[2] += before
    sums[3] += list_before


def _shift(mine: Sums, nation: Sums) -> Fraction | None:
    """By which share this supplier's move differs from the others'; None where there are no others to compare with."""
    own, others = mine.move, nation.without(mine).move
    return None if own is None or others is None else own / others - 1


def _some(codes: list[str], thresholds: Thresholds) -> str:
    shown = ", ".join(codes[: thresholds.most_listed])
    more = len(codes) - thresholds.most_listed
    return shown if more <= 0 else f"{shown} and {more:,} more"
