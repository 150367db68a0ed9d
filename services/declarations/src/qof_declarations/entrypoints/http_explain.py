"""Why these points, and what if? Routes over one practice's newest report."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from qof_declarations.core.explanation import WhatIf
from qof_declarations.handlers.explaining import Explained, ask_what_if, explain_indicator, explain_indicators
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role
from qof_shared.vocabulary import rational_text, two_places


class WhatIfModel(BaseModel):
    """The report with other counts for one indicator. Points are rational text, pounds have two places; null pounds:
    the report does not know what a point of this line is worth."""

    numerator: int
    denominator: int
    points: str
    total_points: str
    points_change: str
    pounds: str | None
    pounds_change: str | None

    @classmethod
    def of(cls, found: WhatIf) -> "WhatIfModel":
        return cls(
            numerator=found.numerator,
            denominator=found.denominator,
            points=rational_text(found.points),
            total_points=rational_text(found.total_points),
            points_change=rational_text(found.points_change),
            pounds=None if found.pounds is None else str(found.pounds),
            pounds_change=None if found.pounds_change is None else str(found.pounds_change),
        )


class ExplanationModel(BaseModel):
    """One indicator of a report: what was counted, what it is worth, and what is missing."""

    indicator: str
    report_version: int
    report_digest: str
    why: str
    status: str
    kind: str
    group: str
    domain: str
    numerator: int | None
    denominator: int | None
    percentage: str | None
    """Two places, for reading; points are worked out from the exact one."""
    register_count: int | None
    exclusions: Mapping[str, int]
    """Patients by reason code."""
    exclusions_total: int
    pcas: Mapping[str, int]
    pcas_total: int
    lower_threshold: str | None
    upper_threshold: str | None
    points: str
    points_available: str
    line: str
    """The statement's line that pays it."""
    pounds: str | None
    """This indicator's share of its line, rounded for reading."""
    pounds_lost: str | None
    patients_to_next_point: int | None
    patients_to_maximum: int | None
    next_patient: WhatIfModel | None
    is_unverified: bool

    @classmethod
    def of(cls, explained: Explained) -> "ExplanationModel":
        found, row = explained.explanation, explained.explanation.row
        return cls(
            indicator=found.indicator,
            report_version=explained.version,
            report_digest=explained.digest,
            why=explained.why,
            status=row["status"],
            kind=row["kind"],
            group=row["group"],
            domain=row["domain"],
            numerator=row["numerator"],
            denominator=row["denominator"],
            percentage=None if found.percentage is None else two_places(found.percentage),
            register_count=row["register_count"],
            exclusions=row.get("exclusion_reasons", {}),
            exclusions_total=row["exclusions"],
            pcas=row.get("pca_reasons", {}),
            pcas_total=row["pcas"],
            lower_threshold=row["lower_threshold"],
            upper_threshold=row["upper_threshold"],
            points=row["points"],
            points_available=row["points_available"],
            line=found.line,
            pounds=None if found.pounds is None else str(found.pounds),
            pounds_lost=None if found.pounds_lost is None else str(found.pounds_lost),
            patients_to_next_point=found.patients_to_next_point,
            patients_to_maximum=found.patients_to_maximum,
            next_patient=None if found.next_patient is None else WhatIfModel.of(found.next_patient),
            is_unverified=row.get("is_unverified", False),
        )


class IndicatorModel(ExplanationModel):
    """The same, with what up to ten patients fewer and more who meet it would change."""

    patients_around: list[WhatIfModel]


def explanations_router(*, new_unit_of_work: NewUnitOfWork, people: People) -> APIRouter:
    """The routes below a practice's report."""
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 422)}
    prefix = "/v1/collections/{collection}/practices/{practice}/report/indicators"
    router = APIRouter(prefix=prefix, tags=["explanations"], responses=refusals)
    asking = Depends(person_with_role(people, *Role))

    @router.get("")
    async def explain_all(collection: str, practice: str, person: Annotated[Person, asking]) -> list[ExplanationModel]:
        """Every indicator of the newest report explained, the dearest loss first."""
        async with new_unit_of_work() as uow:
            found = await explain_indicators(collection, practice, person=person, uow=uow)
        return [ExplanationModel.of(one) for one in found]

    @router.get("/{indicator}")
    async def explain_one(
        collection: str, practice: str, indicator: str, person: Annotated[Person, asking]
    ) -> IndicatorModel:
        """Why this indicator has its points, what it is worth, and what one to ten patients would change."""
        async with new_unit_of_work() as uow:
            found, around = await explain_indicator(collection, practice, indicator, person=person, uow=uow)
        explanation = ExplanationModel.of(found)
        return IndicatorModel(
            **{name: getattr(explanation, name) for name in ExplanationModel.model_fields},
            patients_around=[WhatIfModel.of(one) for one in around],
        )

    @router.get("/{indicator}/what-if")
    async def what_if(
        collection: str,
        practice: str,
        indicator: str,
        person: Annotated[Person, asking],
        numerator: Annotated[int, Query(ge=0, description="Patients who meet it.")],
        denominator: Annotated[int, Query(ge=0, description="Patients after exclusions and PCAs.")],
    ) -> WhatIfModel:
        """The practice's points and pounds if the indicator had these counts; nothing is stored."""
        async with new_unit_of_work() as uow:
            found = await ask_what_if(
                collection, practice, indicator, numerator=numerator, denominator=denominator, person=person, uow=uow
            )
        return WhatIfModel.of(found)

    return router
