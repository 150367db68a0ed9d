"""What the API shows of a report. Points are rational text, pounds decimal text; never a float."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from qof_shared.vocabulary import Determines


class FromCore(BaseModel):
    """Made of what the core or a handler returned."""

    model_config = ConfigDict(from_attributes=True)


class ReportVersionModel(FromCore):
    """One version of a report; `digest` is its ETag."""

    version: int
    digest: str
    points: str
    pounds: str
    extract_id: UUID
    extract_number: int
    entitlement_id: UUID
    snapshot: str
    published_at: datetime


class ReportVersionsModel(BaseModel):
    """Every version of a practice's report, newest first."""

    versions: list[ReportVersionModel]


class ReportedDeterminationModel(BaseModel):
    """What somebody determined, and what would have counted without it; null: nothing."""

    indicator: str
    determines: Determines
    was: str | None
    value: str
    reason: str
    person: str


class UnverifiedModel(BaseModel):
    """What is paid by numbers that no source confirmed."""

    indicators: list[str] = []
    """Those whose rules carry the mark."""
    parameters: dict[str, str] = {}
    """Money parameter -> why its value is not certain yet."""


class ReportModel(BaseModel):
    """The document that is signed, as canonical JSON: SHA-256 of exactly these bytes is the digest and the ETag."""

    collection: str
    practice: str
    nation: str
    qof_year: str
    list_size: int
    registers: dict[str, int]
    points: str
    points_available: str
    pounds: str
    """What is due: the lines less the deductions. Negative where more was paid during the year than was earned."""
    indicators: dict[str, dict[str, str | int | bool | dict[str, int] | dict[str, str] | None]]
    """Indicator -> its result, with numerator, denominator, thresholds and points; `exclusion_reasons`, `pca_reasons`,
    `parameters` and `is_unverified` where there are any."""
    lines: dict[str, dict[str, str | None]]
    """Statement line -> its pounds, with every number of the sum."""
    worked_out_with: dict[str, str]
    achievement_pounds: str = ""
    """Sum of the lines. This and what follows is left out where there is none of it."""
    deductions: dict[str, dict[str, str]] = {}
    """Deduction -> its pounds, with the sum."""
    determinations: list[ReportedDeterminationModel] = []
    unverified: UnverifiedModel = UnverifiedModel()
