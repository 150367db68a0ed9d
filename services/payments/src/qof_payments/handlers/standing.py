"""What does a practice's statement come to, to be compared with another?"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from qof_payments.core.blast_radius import Stated, in_pence

DEDUCTION = "deduction: "
"""Before the name of what is taken off, where it stands among the lines."""


class Standing(NamedTuple):
    """The newest entitlement of a practice."""

    extract_id: UUID
    stated: Stated


class StatedLine(Protocol):
    @property
    def line(self) -> str: ...
    @property
    def pounds(self) -> str: ...


class StatedDeduction(Protocol):
    @property
    def deduction(self) -> str: ...
    @property
    def pounds(self) -> str: ...


class Statement(Protocol):
    """What is compared of an entitlement; the contract's EntitlementCalculated fits, and so does a part of it."""

    @property
    def pounds(self) -> str: ...
    @property
    def lines(self) -> Sequence[StatedLine]: ...
    @property
    def deductions(self) -> Sequence[StatedDeduction]: ...


def stated(statement: Statement) -> Stated:
    """Its pence: total, lines, and deductions as lines below 0."""
    lines = {line.line: in_pence(line.pounds) for line in statement.lines}
    lines |= {f"{DEDUCTION}{taken.deduction}": -in_pence(taken.pounds) for taken in statement.deductions}
    return Stated(in_pence(statement.pounds), lines)
