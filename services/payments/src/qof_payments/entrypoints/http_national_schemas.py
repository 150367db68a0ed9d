"""What the API of national figures takes and gives: previews, proposals, freezes, audit."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from qof_payments.core.gates import Finding
from qof_payments.core.national import NationalFigures, RegisterFigure
from qof_payments.core.review import Review
from qof_payments.entrypoints.http_affected_schemas import AffectedModel, BlastRadiusModel
from qof_payments.handlers.ports import Snapshot
from qof_payments.handlers.proposal_ports import AuditEntry, Proposal
from qof_payments.handlers.propose_national_figures import Terms

Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class Exclusion(BaseModel):
    """A practice that the national figures are not made from; it is paid by them all the same."""

    practice: str = Field(min_length=1, max_length=20, examples=["A81001"])
    reason: Reason = Field(examples=["a care home: half of its patients have dementia"])


class PreviewRequest(BaseModel):
    """Look at the figures as they would be."""

    exclusions: list[Exclusion] = []

    def excluded(self) -> dict[str, str]:
        return {one.practice: one.reason for one in self.exclusions}


class ProposalRequest(PreviewRequest):
    """Propose what a preview showed, under a name."""

    name: str = Field(min_length=1, max_length=100, examples=["2012-13 final"])
    reason: Reason = Field(examples=["all practices in, plausibility checked"])
    acknowledgements: dict[str, Reason] = Field(
        default={}, description="Finding -> why the figures are right all the same."
    )
    unverified_reason: str = Field(
        default="", max_length=1000, description="Why practices may be paid by values that no source confirmed."
    )

    def terms(self) -> Terms:
        return Terms(self.name, self.reason, self.excluded(), self.acknowledgements, self.unverified_reason)


class WithdrawRequest(BaseModel):
    """Withdraw a proposal."""

    reason: Reason


class RegisterFigureModel(BaseModel):
    """One register's national figures. Prevalences are decimal text, a fraction of 1."""

    prevalence_register: str
    practices: int
    total_register: int
    total_list: int
    mean_prevalence: str
    cut_off: str | None
    mean_adjusted_prevalence: str

    @classmethod
    def of(cls, figure: RegisterFigure) -> Self:
        return cls(
            prevalence_register=figure.register,
            practices=figure.practices,
            total_register=figure.total_register,
            total_list=figure.total_list,
            mean_prevalence=format(figure.mean_prevalence, "f"),
            cut_off=None if figure.cut_off is None else format(figure.cut_off, "f"),
            mean_adjusted_prevalence=format(figure.mean_adjusted_prevalence, "f"),
        )


def register_models(figures: NationalFigures) -> list[RegisterFigureModel]:
    return [RegisterFigureModel.of(figure) for figure in figures.registers.values()]


class NationalFiguresModel(BaseModel):
    """National figures frozen under a name."""

    snapshot_id: UUID
    collection: str
    number: int
    name: str
    digest: str
    parameters: str
    parameters_digest: str
    frozen_at: datetime
    frozen_by: str
    reason: str
    practices: int
    left_out: dict[str, str]
    registers: list[RegisterFigureModel]
    proposal_id: UUID | None
    proposed_by: str
    exclusions: dict[str, str]
    acknowledgements: dict[str, str]
    unverified_reason: str

    @classmethod
    def of(cls, snapshot: Snapshot) -> Self:
        return cls(
            snapshot_id=snapshot.snapshot_id,
            collection=snapshot.collection,
            number=snapshot.number,
            name=snapshot.name,
            digest=snapshot.digest,
            parameters=snapshot.parameters_id,
            parameters_digest=snapshot.parameters_digest,
            frozen_at=snapshot.frozen_at,
            frozen_by=snapshot.frozen_by,
            reason=snapshot.reason,
            practices=snapshot.figures.practices,
            left_out=dict(snapshot.figures.left_out),
            registers=register_models(snapshot.figures),
            proposal_id=snapshot.proposal_id,
            proposed_by=snapshot.proposed_by,
            exclusions=dict(snapshot.exclusions),
            acknowledgements=dict(snapshot.acknowledgements),
            unverified_reason=snapshot.unverified_reason,
        )


class FindingModel(BaseModel):
    """One thing that is not plausible. `stop`: mend it, or acknowledge it by its id with a reason."""

    finding: str
    gate: str
    severity: str
    where: str
    says: str
    numbers: dict[str, str]
    mend: str

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(
            finding=finding.finding,
            gate=finding.gate,
            severity=finding.severity,
            where=finding.where,
            says=finding.says,
            numbers=dict(finding.numbers),
            mend=finding.mend,
        )


class PreviewModel(BaseModel):
    """National figures as they would be. Nothing is kept."""

    digest: str
    parameters: str
    parameters_digest: str
    practices: int
    left_out: dict[str, str]
    registers: list[RegisterFigureModel]
    findings: list[FindingModel]
    unverified: dict[str, str]
    unverified_indicators: list[str]
    blast_radius: BlastRadiusModel


class ReviewedPreviewModel(PreviewModel):
    """A preview, with the first of those who would be paid otherwise."""

    affected: list[AffectedModel]


class ProposalModel(PreviewModel):
    """National figures that one person proposes; another may freeze them."""

    proposal_id: UUID
    collection: str
    name: str
    reason: str
    state: str
    proposed_by: str
    proposed_at: datetime
    exclusions: dict[str, str]
    acknowledgements: dict[str, str]
    unverified_reason: str
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    snapshot_id: UUID | None

    @classmethod
    def of(cls, proposal: Proposal) -> Self:
        return cls(
            **preview_members(proposal.review),
            proposal_id=proposal.proposal_id,
            collection=proposal.collection,
            name=proposal.name,
            reason=proposal.reason,
            state=proposal.state,
            proposed_by=proposal.proposed_by,
            proposed_at=proposal.proposed_at,
            exclusions=dict(proposal.exclusions),
            acknowledgements=dict(proposal.acknowledgements),
            unverified_reason=proposal.unverified_reason,
            decided_by=proposal.decided_by,
            decided_at=proposal.decided_at,
            decision_reason=proposal.decision_reason,
            snapshot_id=proposal.snapshot_id,
        )


class AuditEntryModel(BaseModel):
    """Somebody did something about a collection's national figures."""

    at: datetime
    person: str
    action: str
    proposal_id: UUID
    name: str
    digest: str
    reason: str
    exclusions: dict[str, str]
    acknowledgements: dict[str, str]
    unverified_reason: str

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(**asdict(entry))


def preview_members(review: Review) -> dict[str, Any]:
    """A review as the members of a preview."""
    return {
        "digest": review.digest,
        "parameters": review.parameters_id,
        "parameters_digest": review.parameters_digest,
        "practices": review.figures.practices,
        "left_out": dict(review.figures.left_out),
        "registers": register_models(review.figures),
        "findings": [FindingModel.of(one) for one in review.findings],
        "unverified": dict(review.unverified),
        "unverified_indicators": list(review.unverified_indicators),
        "blast_radius": BlastRadiusModel.of(review.blast_radius),
    }
