"""What must be looked at before national figures are frozen? The form of findings and thresholds; the gates are apart.

A gate looks at the nation's counts and says what is not plausible. A finding that stops needs to be mended, or a
named person's reason why it is right as it is; a finding to look at needs nothing. The thresholds are data
(`qof_payments/gates.yaml`), each with the evidence that it was chosen from.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple

from qof_payments.core.exact import decimals

Severity = Literal["stop", "look"]

UNKNOWN_SUPPLIER = "unknown"
"""Of a practice that no directory has told of, or an older one without its supplier."""


class Reported(NamedTuple):
    """What a practice's newest extract says, as far as national figures are concerned."""

    practice: str
    supplier: str
    list_size: int
    registers: Mapping[str, int]
    achievement_date: date | None
    """The day the extract was counted at; None: kept by a release that was not told."""


class Earlier(NamedTuple):
    """The counts that these are compared with: last year's, or those of the figures that stand."""

    name: str
    """As findings name it: `QOF-2012-13`, `the figures "provisional"`."""
    counts: Mapping[str, tuple[int, Mapping[str, int]]]
    """Practice -> list size and registers."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not plausible, or is only worth a look."""

    finding: str
    """Its id, the same whenever the same thing is found: `supplier-shift/northstar/AF/QOF-2012-13`."""
    gate: str
    severity: Severity
    where: str
    """Practice, supplier or register."""
    says: str
    numbers: Mapping[str, str]
    mend: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which number on a gate speaks. Shares are of 1."""

    most_listed: int
    """So many practices a gate names at most; the others it counts."""
    fewest_practices: int
    """Of fewer practices nothing is said that rests on their distribution."""
    complete_stop: Fraction
    """Share of a supplier's practices with an achievement, below which a freeze stops."""
    nation_times: Fraction
    """A practice's prevalence ÷ the nation's mean."""
    nation_patients: int
    last_year_times: Fraction
    """A practice's prevalence ÷ its own earlier one, what happened to the nation's mean taken off."""
    last_year_patients: int
    influence_stop: Fraction
    """By which share a national figure may move where one practice is left out."""
    influence_look: Fraction
    lifted_stop: Fraction
    """Share of practices that a cut-off may lift."""
    supplier_practices: int
    shift_stop: Fraction
    """By which share all registers of a supplier may move against the other suppliers'."""
    shift_look: Fraction
    register_stop: Fraction
    """The same of one register, ..."""
    register_stop_patients: int
    """... where the supplier had so many patients on it."""
    register_look: Fraction
    register_look_patients: int
    list_stop: Fraction
    list_look: Fraction
    digest: str
    """SHA-256, hexadecimal, of the whole file."""


def severity_of(share: Fraction, *, stop: Fraction, look: Fraction) -> Severity | None:
    """What a share, positive or negative, is worth; None: nothing."""
    size = abs(share)
    return "stop" if size >= stop else "look" if size >= look else None


def most_telling(findings: Sequence[Finding], most: int) -> list[Finding]:
    """The first `most` findings of one gate (its gravest, as it gives them), and one more that counts the others.

    That one stops where one of those it counts does.
    """
    if len(findings) <= most:
        return list(findings)
    others = findings[most:]
    severity: Severity = "stop" if any(one.severity == "stop" for one in others) else "look"
    rest = Finding(
        finding=f"{others[0].gate}/others",
        gate=others[0].gate,
        severity=severity,
        where=f"{len(others)} others",
        says=f"{len(others):,} more, each less grave than those listed, such as {others[0].where}: {others[0].says}",
        numbers={"others": str(len(others))},
        mend="Mend those listed and look again.",
    )
    return [*findings[:most], rest]


def unacknowledged(findings: Iterable[Finding], acknowledgements: Mapping[str, str]) -> list[Finding]:
    """The findings that still stop: nobody gave a reason for them."""
    return [one for one in findings if one.severity == "stop" and not acknowledgements.get(one.finding, "").strip()]


def percent(share: Fraction) -> str:
    """`4.02 %`, without its sign, for people to read."""
    numerator, denominator = abs(share).as_integer_ratio()
    return f"{decimals(numerator * 100, denominator, 2)} %"


def times(ratio: Fraction) -> str:
    """`63.2 times`."""
    return f"{decimals(*ratio.as_integer_ratio(), 1)} times"
