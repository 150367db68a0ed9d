"""What does somebody see before national figures are frozen, and has it moved since?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from qof_payments.core.blast_radius import BlastRadius
from qof_payments.core.exact import decimals
from qof_payments.core.gates import Finding
from qof_payments.core.national import NationalFigures

NAMED = 10
"""So many of what moved are named; the others are counted."""


@dataclass(frozen=True, slots=True)
class Review:
    """National figures as they would be, with everything that speaks for looking twice."""

    figures: NationalFigures
    findings: tuple[Finding, ...]
    """Of every gate."""
    blast_radius: BlastRadius
    unverified: Mapping[str, str]
    """Money parameter -> why its value is not certain yet."""
    unverified_indicators: tuple[str, ...]
    """Indicators whose rules carry the same mark and whose points would be paid."""
    parameters_id: str
    parameters_digest: str
    gates_digest: str
    digest: str
    """SHA-256, hexadecimal, of the figures and everything they were made from, the findings included. Not of the blast
    radius: points may come in without moving a figure."""

    @property
    def is_unverified(self) -> bool:
        """Whether a freeze needs a named person's reason for what is not certain."""
        return bool(self.unverified or self.unverified_indicators)


Inputs = Mapping[str, tuple[int, Mapping[str, int]]]
"""Practice -> list size and registers."""


def moved(before: Review, after: Review, inputs_before: Inputs, inputs_after: Inputs) -> list[str]:
    """What differs between two reviews, as sentences; none only where their digests are the same."""
    return [
        *_practices_moved(inputs_before, inputs_after),
        *_figures_moved(before.figures, after.figures),
        *_findings_moved(before.findings, after.findings),
        *_releases_moved(before, after),
    ]


def _practices_moved(before: Inputs, after: Inputs) -> Iterator[str]:
    new = sorted(after.keys() - before.keys())
    gone = sorted(before.keys() - after.keys())
    other = sorted(practice for practice in after.keys() & before.keys() if after[practice] != before[practice])
    for what, practices in (
        ("have an achievement since", new),
        ("have none any more", gone),
        ("have another list or other registers", other),
    ):
        if practices:
            yield f"{len(practices):,} practices {what}: {_some(practices)}"


def _figures_moved(before: NationalFigures, after: NationalFigures) -> Iterator[str]:
    means = {name: figure.mean_adjusted_prevalence for name, figure in before.registers.items()}
    means_now = {name: figure.mean_adjusted_prevalence for name, figure in after.registers.items()}
    other = [
        f"{name} {_said(means.get(name))} -> {_said(means_now.get(name))}"
        for name in sorted(means.keys() | means_now.keys())
        if means.get(name) != means_now.get(name)
    ]
    if other:
        yield f"{len(other)} national figures moved: {_some(other)}"


def _findings_moved(before: tuple[Finding, ...], after: tuple[Finding, ...]) -> Iterator[str]:
    then, now = ({one.finding: one for one in findings} for findings in (before, after))
    for what, ids in (
        ("new findings", now.keys() - then.keys()),
        ("findings that are no longer made", then.keys() - now.keys()),
        ("findings with other numbers", {one for one in now.keys() & then.keys() if now[one] != then[one]}),
    ):
        if ids:
            yield f"{len(ids)} {what}: {_some(sorted(ids))}"


def _releases_moved(before: Review, after: Review) -> Iterator[str]:
    if before.parameters_digest != after.parameters_digest:
        yield f"the money parameters {after.parameters_id} are not those that were proposed with"
    if before.gates_digest != after.gates_digest:
        yield "the gates have other thresholds"


def _some(items: list[str]) -> str:
    shown = ", ".join(items[:NAMED])
    return shown if len(items) <= NAMED else f"{shown} and {len(items) - NAMED:,} more"


def _said(mean: Decimal | None) -> str:
    return "none" if mean is None else f"{decimals(*Fraction(mean * 100).as_integer_ratio(), 6)} %"
