"""Where is my extract in the queue, and when are all of mine through? Told to suppliers, with when to ask again."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field

from qof_ingest.entrypoints.http import problems
from qof_ingest.entrypoints.http_requests import authenticate_by
from qof_ingest.handlers.ports import KnownDirectory, Queues
from qof_ingest.handlers.show_waiting import show_place, show_share
from qof_shared.http.problems import Problem
from qof_shared.pace import Forecast, ask_again_after


class _Told(BaseModel):
    """Times are null where nobody can say, and where nothing of yours waits."""

    expected_at: datetime | None = Field(description="As likely sooner as later.")
    ready_by: datetime | None = Field(description="Nine times out of ten it is through by then.")
    is_settled: bool = Field(description="Nothing waits any more: stop asking.")
    poll_after_seconds: int = Field(description="After how many seconds to ask again; also in `Retry-After`.")


class PlaceModel(_Told):
    """Where an extract of yours is in the queue of its collection."""

    extract_id: UUID
    position: int | None = Field(description="From 1, among all suppliers' extracts; null once it is through.")
    waiting: int | None = Field(description="Extracts that wait, this one included.")


class ShareModel(_Told):
    """Your part of a collection's queue; the times are those of your last extract."""

    collection: str
    waiting: int = Field(description="Extracts of yours that wait to be calculated.")
    waiting_of_all: int = Field(description="Extracts that wait, of all suppliers.")
    last_position: int | None = Field(description="Of your last extract, from 1.")
    extracts_per_minute: int | None = Field(description="At which all suppliers' extracts come out at present.")


def waiting_router(
    *,
    directory: KnownDirectory,
    queues: Queues,
    now: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> APIRouter:
    """The routes of waiting. Every route shows the asking supplier's own only."""
    documented = HTTPBearer(scheme_name="supplierToken", auto_error=False)
    router = APIRouter(
        prefix="/v1", tags=["waiting"], dependencies=[Depends(documented)], responses=problems(401, 404, 422, 503)
    )
    Supplier = Annotated[str, Depends(authenticate_by(directory))]  # noqa: N806 - a type

    def told(forecast: Forecast | None, response: Response, *, is_settled: bool) -> dict[str, object]:
        pause = ask_again_after(forecast, now(), chance())
        response.headers["Cache-Control"] = "private, no-store"
        if not is_settled:
            response.headers["Retry-After"] = str(pause)
        return {
            "expected_at": forecast.expected_at if forecast else None,
            "ready_by": forecast.ready_by if forecast else None,
            "is_settled": is_settled,
            "poll_after_seconds": pause,
        }

    @router.get("/extracts/{extract_id}/waiting")
    async def show_extract_waiting(extract_id: UUID, response: Response, supplier: Supplier) -> PlaceModel:
        """Where your extract is in the queue, when it is through, and when to ask again; up to a second old."""
        place = await show_place(extract_id, supplier=supplier, queues=queues)
        if place is None:
            raise Problem(
                404, "not-found", "There is no such extract", f"You have posted no extract {extract_id}. Check its id."
            )
        return PlaceModel.model_validate(
            {
                "extract_id": extract_id,
                "position": place.position,
                "waiting": place.waiting,
                **told(place.forecast, response, is_settled=place.position is None),
            }
        )

    @router.get("/collections/{collection}/waiting")
    async def show_waiting(collection: str, response: Response, supplier: Supplier) -> ShareModel:
        """How many of your extracts wait, at which pace they come out, and when all of yours are through."""
        share = await show_share(collection, supplier=supplier, directory=directory, queues=queues)
        if share is None:
            raise Problem(
                404, "not-found", "There is no such collection", f"There is no collection {collection}. Check its code."
            )
        pace = share.extracts_per_minute
        return ShareModel.model_validate(
            {
                "collection": collection,
                "waiting": share.waiting,
                "waiting_of_all": share.waiting_of_all,
                "last_position": share.last_position,
                "extracts_per_minute": None if pace is None else round(pace),
                **told(share.forecast, response, is_settled=not share.waiting),
            }
        )

    return router
