"""What the routes of contract terms and aspiration take and give. Pounds are text with two places."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, Field

from qof_payments.core.contract_terms import AspirationTerms, ContractKind, ContractTerms
from qof_payments.core.entitlement import in_pounds
from qof_payments.core.parameters import AspirationMethod
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.money_ports import Act, ActKind, HeldTerms, MonthTotals, Sums, TermsRevision
from qof_payments.handlers.record_contract_terms import GivenTerms

MOST_PRACTICES = 20_000

Reason = Annotated[str, Field(min_length=1, max_length=1000)]
Patients = Annotated[int, Field(ge=0)]
Pounds = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]


class AspirationTermsModel(BaseModel):
    """By what a practice's aspiration payments are worked out."""

    method: AspirationMethod = "share-of-last-year"
    accepted_offer: bool
    """Without the year's offer accepted nothing is paid in advance."""
    is_final: bool = False
    """Is last year's payment final, or provisional as it is in April?"""
    last_year: Pounds | None = Field(default=None, examples=["118000.00"])
    """Pounds of last year's unadjusted achievement payment."""
    agreed_points: Pounds | None = None
    """Of the points method, and so is the list size."""
    list_size: Patients | None = None


class ContractTermsModel(BaseModel):
    """What a practice is paid by beside its points."""

    contract: ContractKind = "GMS"
    target_populations: dict[str, Patients] = Field(default_factory=dict, examples=[{"CS": 1767}])
    """Patients for whom an additional service is, by group of indicators."""
    aspiration: AspirationTermsModel | None = None

    def terms(self) -> ContractTerms:
        aspiration = None if self.aspiration is None else AspirationTerms(**self.aspiration.model_dump())
        return ContractTerms(self.contract, self.target_populations, aspiration)

    @classmethod
    def of(cls, terms: ContractTerms) -> Self:
        return cls.model_validate(terms, from_attributes=True)


class PracticeTermsModel(ContractTermsModel):
    """Terms of one practice."""

    practice: str = Field(examples=["A81001"])

    def given(self) -> GivenTerms:
        return GivenTerms(self.practice, self.terms())


class RecordTermsRequest(BaseModel):
    """Terms of practices, and why they are recorded. All are recorded or none."""

    reason: Reason = Field(examples=["provisional payments of last year, as calculated on 2 April"])
    practices: list[PracticeTermsModel] = Field(min_length=1, max_length=MOST_PRACTICES)


class RecordedTermsModel(BaseModel):
    """What became of it. A practice whose terms were so already is unchanged, and its history does not grow."""

    number: int
    """Of this act; 0: everything was so already."""
    changed: list[str]
    unchanged: int


class TermsRevisionModel(ContractTermsModel):
    """Terms as they stood from an act on."""

    number: int
    recorded_by: str
    recorded_at: datetime
    reason: str

    @classmethod
    def of_revision(cls, revision: TermsRevision) -> Self:
        terms = ContractTermsModel.of(revision.held.terms)
        act = revision.act
        return cls(
            **terms.model_dump(), number=act.number, recorded_by=act.person, recorded_at=act.at, reason=act.reason
        )


class PracticeTermsHistoryModel(BaseModel):
    """A practice's terms, the newest first. None: it is paid as general medical services, without aspiration."""

    practice: str
    history: list[TermsRevisionModel]


class ActModel(BaseModel):
    """Something that somebody did to what the collection is paid by."""

    number: int
    act: ActKind
    person: str
    reason: str
    at: datetime

    @classmethod
    def of(cls, act: Act) -> Self:
        return cls.model_validate(act, from_attributes=True)


class TargetPopulationModel(BaseModel):
    """Patients for whom a service is, and all patients."""

    target: int
    registered: int


class TargetPopulationsRequest(BaseModel):
    """The nation's target populations, and why they are recorded."""

    reason: Reason
    groups: dict[str, TargetPopulationModel] = Field(
        min_length=1, examples=[{"CS": {"target": 13000000, "registered": 52000000}}]
    )

    def targets(self) -> dict[str, TargetPopulation]:
        return {group: TargetPopulation(one.target, one.registered) for group, one in self.groups.items()}


class TargetPopulationsModel(BaseModel):
    """The nation's target populations as they stand; number 0: nobody recorded any."""

    number: int
    groups: dict[str, TargetPopulationModel]


class InstructMonthRequest(BaseModel):
    """Have a month's aspiration paid."""

    reason: Reason = Field(examples=["payment run of April"])


class MonthModel(BaseModel):
    """What stands for a month in all."""

    month: int
    payments: int
    pounds: str

    @classmethod
    def of(cls, totals: MonthTotals) -> Self:
        return cls(month=totals.month, payments=totals.payments, pounds=str(in_pounds(totals.pence)))


class InstructedMonthModel(MonthModel):
    """What this request instructed, and what stands for the month in all. Asked again it instructs nobody again."""

    instructed: int
    instructed_pounds: str


class SumsModel(BaseModel):
    """What a collection comes to, in pounds: achievement − deductions = due, and what of it is instructed."""

    practices: int
    """With an entitlement."""
    achievement_pounds: str
    deducted_pounds: str
    """PMS deductions and aspiration."""
    due_pounds: str
    aspiration_pounds: str
    """Instructed during the year, to whomever."""
    instructed_pounds: str

    @classmethod
    def of(cls, sums: Sums) -> Self:
        return cls(
            practices=sums.practices,
            achievement_pounds=str(sums.achievement),
            deducted_pounds=str(sums.achievement - sums.due),
            due_pounds=str(sums.due),
            aspiration_pounds=str(sums.aspiration),
            instructed_pounds=str(sums.instructed),
        )


class PlannedMonthModel(BaseModel):
    """A month of a practice's aspiration."""

    month: int
    """1 is April."""
    pounds: str
    is_instructed: bool


class ScheduleModel(BaseModel):
    """A practice's aspiration, month by month; empty without terms or aspiration."""

    practice: str
    accepted_offer: bool
    months: list[PlannedMonthModel]
    pounds: str
    """Of the year."""
    instructed_pounds: str

    @classmethod
    def of(cls, practice: str, held: HeldTerms, paid: dict[int, int]) -> Self:
        sums = dict(enumerate(held.months, start=1)) | paid
        aspiration = held.terms.aspiration
        return cls(
            practice=practice,
            accepted_offer=aspiration is not None and aspiration.accepted_offer,
            months=[
                PlannedMonthModel(month=month, pounds=str(in_pounds(sums[month])), is_instructed=month in paid)
                for month in sorted(sums)
            ],
            pounds=str(in_pounds(sum(sums.values()))),
            instructed_pounds=str(in_pounds(sum(paid.values()))),
        )
