"""What declarations tells: reports published, declarations signed, approved, approved by finance and returned."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from qof_shared.contracts.envelope import Contract
from qof_shared.contracts.extracts import Determination


class ReportPublished(Contract, frozen=True, kw_only=True):
    """A practice's figures (points and pounds) are ready to be reviewed and signed."""

    event: ClassVar[str] = "report.published.v1"

    collection: str
    practice: str
    version: int
    digest: str
    """SHA-256, hexadecimal, of the report's canonical JSON: what a declaration signs."""
    extract_id: UUID
    extract_number: int
    entitlement_id: UUID
    published_at: datetime


class ReportsPublished(Contract, frozen=True, kw_only=True):
    """Several practices' figures are ready: what was published together, told together."""

    event: ClassVar[str] = "reports.published.v1"

    reports: list[ReportPublished]


class DeclarationSigned(Contract, frozen=True, kw_only=True):
    """A practice declared that its achievement is right, for exactly this report."""

    event: ClassVar[str] = "declaration.signed.v1"

    declaration_id: UUID
    collection: str
    practice: str
    report_version: int
    report_digest: str
    signed_by: str
    signed_at: datetime
    under_protest: bool = False
    """The practice disagrees with something and says so in queries; it signed in order not to lose the payment."""
    queries: list[UUID] = []
    """Those that were open when it signed under protest."""


class DeclarationApproved(Contract, frozen=True, kw_only=True):
    """The commissioner approved the figures; finance is to approve the payment."""

    event: ClassVar[str] = "declaration.approved.v1"

    declaration_id: UUID
    collection: str
    practice: str
    report_version: int
    report_digest: str
    entitlement_id: UUID
    pounds: str
    approved_by: str
    approved_at: datetime


class DeclarationFinanceApproved(Contract, frozen=True, kw_only=True):
    """The commissioner's finance approved the payment; payments may instruct exactly this entitlement."""

    event: ClassVar[str] = "declaration.finance_approved.v1"

    declaration_id: UUID
    collection: str
    practice: str
    report_version: int
    report_digest: str
    entitlement_id: UUID
    pounds: str
    approved_by: str
    """Who approved the figures."""
    approved_at: datetime
    finance_approved_by: str
    finance_approved_at: datetime


class DeclarationReturned(Contract, frozen=True, kw_only=True):
    """The commissioner's approver or finance returned the declaration to the practice, with a reason."""

    event: ClassVar[str] = "declaration.returned.v1"

    declaration_id: UUID
    collection: str
    practice: str
    report_version: int
    report_digest: str
    returned_by: str
    returned_at: datetime
    reason: str


class DeterminationMade(Contract, frozen=True, kw_only=True):
    """Somebody determined something about an indicator of a practice; its newest extract is calculated again.

    It replaces an earlier determination of the same kind for the same indicator.
    """

    event: ClassVar[str] = "determination.made.v1"

    collection: str
    practice: str
    determination: Determination


class DeterminationWithdrawn(Contract, frozen=True, kw_only=True):
    """A determination no longer stands; the practice's newest extract is calculated again."""

    event: ClassVar[str] = "determination.withdrawn.v1"

    collection: str
    practice: str
    determination_id: UUID
    reason: str
    person: str
    withdrawn_at: datetime
