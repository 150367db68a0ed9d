"""How a practice compares, and what it should look at before it signs. Figures are text, never floats."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from qof_declarations.core.availability import Availability, availability_of
from qof_declarations.core.comparison import Compared, ComparedGroup, ComparedIndicator, shown
from qof_declarations.core.distribution import Band, Distribution
from qof_declarations.core.hints import Hint, Rule, Thresholds
from qof_declarations.core.summary import IndicatorSummary
from qof_declarations.handlers.comparing import ComparisonView, show_comparison, show_hints
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_shared.http.auth import person_with_role
from qof_shared.http.problems import ProblemModel
from qof_shared.people import People, Person, Role
from qof_shared.vocabulary import rational_text, two_places


def _text(millionths: int | None) -> str | None:
    return None if millionths is None else two_places(shown(millionths))


class DistributionModel(BaseModel):
    """Five numbers among that many practices; each is some practice's own value."""

    practices: int
    lowest: str
    lower_quartile: str
    median: str
    upper_quartile: str
    highest: str
    band: Band | None
    """Where the practice's own value lies."""

    @classmethod
    def of(cls, found: Distribution | None, band: Band | None) -> "DistributionModel | None":
        if found is None:
            return None
        names = ("lowest", "lower_quartile", "median", "upper_quartile", "highest")
        numbers = {name: two_places(shown(getattr(found, name))) for name in names}
        return cls(practices=found.practices, band=band, **numbers)


class ComparedModel(BaseModel):
    """One figure beside others, to two places. Null: there is none; of a distribution also: fewer than five practices,
    or not measured yet."""

    value: str | None
    last_year: str | None
    change: str | None
    commissioner: DistributionModel | None
    nation: DistributionModel | None

    @classmethod
    def of(cls, found: Compared) -> "ComparedModel":
        return cls(
            value=_text(found.value),
            last_year=_text(found.last_year),
            change=_text(found.change),
            commissioner=DistributionModel.of(found.commissioner, found.commissioner_band),
            nation=DistributionModel.of(found.nation, found.nation_band),
        )


class ComparedIndicatorModel(BaseModel):
    """Percent achieved and percent left out as PCAs."""

    last_years_code: str | None
    availability: Availability
    availability_sentence: str
    percentage: ComparedModel
    pca_share: ComparedModel

    @classmethod
    def of(cls, found: ComparedIndicator, summary: IndicatorSummary) -> "ComparedIndicatorModel":
        told = availability_of(summary)
        return cls(
            last_years_code=found.last_years_code,
            availability=told.availability,
            availability_sentence=told.sentence,
            percentage=ComparedModel.of(found.percentage),
            pca_share=ComparedModel.of(found.pca_share),
        )


class ComparedGroupModel(BaseModel):
    """Points of a group; rational text. Null: the group had no indicators last year, or there is no report of it."""

    points: str
    points_available: str
    last_points: str | None
    last_points_available: str | None

    @classmethod
    def of(cls, found: ComparedGroup) -> "ComparedGroupModel":
        return cls(
            points=rational_text(found.points),
            points_available=rational_text(found.available),
            last_points=None if found.last_points is None else rational_text(found.last_points),
            last_points_available=None if found.last_available is None else rational_text(found.last_available),
        )


class ComparisonModel(BaseModel):
    """A report version beside last year's and the newest of other practices."""

    report_version: int
    report_digest: str
    has_last_year: bool
    measured_at: datetime | None
    """When the others were measured; null: not yet."""
    points: ComparedModel
    pounds: ComparedModel
    groups: Mapping[str, ComparedGroupModel]
    indicators: Mapping[str, ComparedIndicatorModel]

    @classmethod
    def of(cls, view: ComparisonView) -> "ComparisonModel":
        found = view.comparison
        return cls(
            report_version=view.version,
            report_digest=view.digest,
            has_last_year=view.last_year is not None,
            measured_at=view.measured_at,
            points=ComparedModel.of(found.points),
            pounds=ComparedModel.of(found.pounds),
            groups={group: ComparedGroupModel.of(one) for group, one in found.groups.items()},
            indicators={
                code: ComparedIndicatorModel.of(one, view.summary.indicators[code])
                for code, one in found.indicators.items()
            },
        )


class HintModel(BaseModel):
    """Look at this; it stops nobody."""

    rule: Rule
    about: str
    """The indicator or register; empty for the practice as a whole."""
    sentence: str

    @classmethod
    def of(cls, hint: Hint) -> "HintModel":
        return cls(rule=hint.rule, about=hint.about, sentence=hint.sentence)


def comparison_router(*, new_unit_of_work: NewUnitOfWork, people: People, thresholds: Thresholds) -> APIRouter:
    """The routes beside a practice's newest report."""
    refusals: dict[int | str, dict[str, Any]] = {status: {"model": ProblemModel} for status in (401, 403, 404, 422)}
    prefix = "/v1/collections/{collection}/practices/{practice}"
    router = APIRouter(prefix=prefix, tags=["comparing"], responses=refusals)
    asking = Depends(person_with_role(people, *Role))

    @router.get("/comparison")
    async def compare_report(
        collection: str, practice: str, response: Response, person: Annotated[Person, asking]
    ) -> ComparisonModel:
        """The newest report beside last year's, the commissioner's practices and the nation's."""
        async with new_unit_of_work() as uow:
            view = await show_comparison(collection, practice, person=person, uow=uow)
        response.headers["Cache-Control"] = "private, no-cache"
        return ComparisonModel.of(view)

    @router.get("/hints")
    async def look_before_signing(
        collection: str, practice: str, response: Response, person: Annotated[Person, asking]
    ) -> list[HintModel]:
        """What to look at before signing; none of it stops anybody."""
        async with new_unit_of_work() as uow:
            found = await show_hints(collection, practice, person=person, uow=uow, thresholds=thresholds)
        response.headers["Cache-Control"] = "private, no-cache"
        return [HintModel.of(one) for one in found]

    return router
