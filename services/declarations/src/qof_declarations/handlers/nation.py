"""What the national team looks at: how far the country is, and which practices are special."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.nation import (
    HOURS,
    CommissionerProgress,
    SignedHour,
    SupplierProgress,
    hours_of,
    most_late_first,
)
from qof_declarations.core.permissions import check_national, scope_of
from qof_declarations.handlers.nation_ports import Determined
from qof_declarations.handlers.ports import NationalFigures, Standings, UnitOfWork
from qof_shared.contracts import CollectionRecord
from qof_shared.people import Person

LONDON = ZoneInfo("Europe/London")
"""By whose calendar a day to sign by is over."""


@dataclass(frozen=True, slots=True)
class CollectionProgress:
    """A collection, and how many practices are in which state; every state is there."""

    collection: CollectionRecord
    by_state: dict[State, int]


@dataclass(frozen=True, slots=True)
class NationProgress:
    """How far the country has come in one collection."""

    collection: CollectionRecord
    by_state: dict[State, int]
    """Every state is there."""
    commissioners: Sequence[CommissionerProgress]
    """Those with the most late practices first."""
    suppliers: Sequence[SupplierProgress]
    hours: Sequence[SignedHour]
    """The oldest first."""
    figures: NationalFigures | None
    """The national figures that stand; None before the first freeze."""
    determined: int
    """How many determinations stand."""

    @property
    def practices(self) -> int:
        return sum(self.by_state.values())

    @property
    def late(self) -> int:
        return sum(one.late for one in self.commissioners)


@dataclass(frozen=True, slots=True)
class DeterminedPage:
    """One page of what was determined; `next` is where the next one starts, None on the last."""

    collection: CollectionRecord
    determined: Sequence[Determined]
    total: int
    next: tuple[str, str, str] | None


async def list_collections(*, person: Person, uow: UnitOfWork) -> Sequence[CollectionProgress]:
    """Every collection, the newest first; raises NotAllowedError."""
    check_national(person)
    standings = uow.standings(scope_of(person))
    return [
        CollectionProgress(one, await _by_state(standings, one.collection)) for one in await standings.collections()
    ]


async def show_progress(collection: str, *, person: Person, uow: UnitOfWork, now: datetime) -> NationProgress:
    """How far the country is; raises NotAllowedError or NotFoundError."""
    record = await known_collection(collection, person=person, uow=uow)
    standings, nation = uow.standings(scope_of(person)), uow.nation(scope_of(person))
    commissioners = await nation.by_commissioner(collection, today=now.astimezone(LONDON).date())
    signed = await nation.signed_by_hour(collection, since=now - timedelta(hours=HOURS))
    return NationProgress(
        collection=record,
        by_state=await _by_state(standings, collection),
        commissioners=most_late_first(commissioners),
        suppliers=await nation.by_supplier(collection),
        hours=hours_of(signed, now),
        figures=await standings.national_figures(collection),
        determined=await nation.count_determined(collection),
    )


async def list_determined(
    collection: str,
    *,
    search: str = "",
    after: tuple[str, str, str] | None = None,
    limit: int = 100,
    person: Person,
    uow: UnitOfWork,
) -> DeterminedPage:
    """What people determined and still stands, over the country; raises NotAllowedError or NotFoundError."""
    record = await known_collection(collection, person=person, uow=uow)
    nation = uow.nation(scope_of(person))
    found = await nation.determined(collection, search=search, after=after, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1].determination.subject if len(found) > limit else None
    return DeterminedPage(
        collection=record,
        determined=shown,
        total=await nation.count_determined(collection),
        next=(last.practice, last.indicator, last.determines.value) if last else None,
    )


async def known_collection(collection: str, *, person: Person, uow: UnitOfWork) -> CollectionRecord:
    """The collection of this code; raises NotAllowedError or NotFoundError."""
    check_national(person)
    for one in await uow.standings(scope_of(person)).collections():
        if one.collection == collection:
            return one
    raise NotFoundError(f"There is no collection {collection}.")


async def _by_state(standings: Standings, collection: str) -> dict[State, int]:
    counts = await standings.count(collection)
    return {state: counts.get(state, 0) for state in State}
