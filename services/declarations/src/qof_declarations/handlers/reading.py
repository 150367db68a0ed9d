"""Answering who asks: reports, declarations and progress, each within the person's scope."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from qof_declarations.core.declaration import AuditEntry, ReportVersion
from qof_declarations.core.determination import Determination
from qof_declarations.core.determination import standing as determinations_standing
from qof_declarations.core.differences import Difference, differences
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import check_oversee, check_read, scope_of
from qof_declarations.core.standing import Abilities, Standing, abilities
from qof_declarations.handlers.errors import ReportAwaitedError
from qof_declarations.handlers.ports import NationalFigures, Standings, UnitOfWork
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class ShownReport:
    """A report version; `document` is its canonical JSON, or None where the person has that digest already."""

    about: ReportVersion
    document: bytes | None


@dataclass(frozen=True, slots=True)
class DeclarationView:
    """Everything about one practice's declaration, as the asking person may see it."""

    standing: Standing
    can: Abilities
    audit: Sequence[AuditEntry]
    determinations: Sequence[Determination]
    """Those that stand, newest first."""
    moved_since: Sequence[Difference]
    """What moved between the declared version and the newest one; empty where they are the same."""
    national_figures: NationalFigures | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many practices are in which state; every state is there."""

    collection: str
    practices: int
    by_state: Mapping[State, int]
    national_figures: NationalFigures | None


async def find_standing(
    standings: Standings, collection: str, practice: str, *, person: Person, with_document: bool = False
) -> Standing:
    """The practice within the person's scope; raises NotFoundError, the same for "not there" and "not yours"."""
    found = await standings.find(collection, practice, with_document=with_document)
    return _checked(found, collection, practice, person)


async def lock_standing(standings: Standings, collection: str, practice: str, *, person: Person) -> Standing:
    """The same, and nobody else changes the practice until the transaction ends."""
    return _checked(await standings.lock(collection, practice), collection, practice, person)


def _checked(standing: Standing | None, collection: str, practice: str, person: Person) -> Standing:
    if standing is None:
        raise NotFoundError(f"There is no practice {practice} in collection {collection}, or it is not yours to see.")
    check_read(person, practice=standing.practice, commissioner=standing.commissioner)
    return standing


async def newest_report(standings: Standings, standing: Standing) -> ReportVersion:
    """The newest report; raises ReportAwaitedError with what it waits for."""
    if standing.report is not None:
        return standing.report
    sentence = standing.meaning
    figures = await standings.national_figures(standing.collection)
    if standing.state is State.AWAITING_NATIONAL_FIGURES and figures is not None:
        sentence = f"The points are ready; the pounds are being worked out on the national figures {figures.name!r}."
    raise ReportAwaitedError(sentence, state=standing.state, points=standing.newest_points)


async def show_report(
    collection: str, practice: str, *, known: Collection[str] = (), person: Person, uow: UnitOfWork
) -> ShownReport:
    """The newest report; without its document where its digest is among the `known` ones."""
    standings = uow.standings(scope_of(person))
    standing = await find_standing(standings, collection, practice, person=person, with_document=not known)
    about = await newest_report(standings, standing)
    if about.digest in known:
        return ShownReport(about, None)
    return ShownReport(about, await standings.document(collection, practice, about.version))


async def show_version(
    collection: str, practice: str, version: int, *, known: Collection[str] = (), person: Person, uow: UnitOfWork
) -> ShownReport:
    """One version of a report; raises NotFoundError."""
    standings = uow.standings(scope_of(person))
    await find_standing(standings, collection, practice, person=person)
    about = next((about for about in await standings.versions(collection, practice) if about.version == version), None)
    if about is None:
        raise NotFoundError(f"Practice {practice} has no report version {version} in {collection}.")
    if about.digest in known:
        return ShownReport(about, None)
    return ShownReport(about, await standings.document(collection, practice, version))


async def list_versions(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> Sequence[ReportVersion]:
    """All versions of a report, newest first."""
    standings = uow.standings(scope_of(person))
    await find_standing(standings, collection, practice, person=person)
    return await standings.versions(collection, practice)


async def show_declaration(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> DeclarationView:
    """Where the practice stands, whose turn it is, what happened so far and what the person can do now."""
    standings = uow.standings(scope_of(person))
    return await view(standings, await find_standing(standings, collection, practice, person=person), person=person)


async def view(standings: Standings, standing: Standing, *, person: Person) -> DeclarationView:
    """A standing as `person` sees it."""
    moved: Sequence[Difference] = ()
    if standing.declaration and standing.report and standing.declaration.digest != standing.report.digest:
        moved = await moved_between(standings, standing, standing.declaration.version, standing.report.version)
    [seen] = await views(standings, standing.collection, [(standing, person)])
    return replace(seen, moved_since=moved)


async def views(
    standings: Standings, collection: str, asked: Sequence[tuple[Standing, Person]]
) -> list[DeclarationView]:
    """Each standing of a collection as its person sees it, without what moved since the declaration."""
    practices = sorted({standing.practice for standing, _ in asked})
    audit, history = await standings.audit(collection, practices), await standings.determinations(collection, practices)
    stands = determinations_standing(history).values()
    national_figures = await standings.national_figures(collection)
    return [
        DeclarationView(
            standing=standing,
            can=abilities(person, standing),
            audit=[one for one in audit if one.practice == standing.practice],
            determinations=[one for one in history if one.subject.practice == standing.practice and one in stands],
            moved_since=(),
            national_figures=national_figures,
        )
        for standing, person in asked
    ]


async def moved_between(standings: Standings, standing: Standing, old: int, new: int) -> Sequence[Difference]:
    """What moved from version `old` to version `new`."""
    before = await standings.document(standing.collection, standing.practice, old)
    after = await standings.document(standing.collection, standing.practice, new)
    assert before is not None, "reports are never removed"
    assert after is not None, "reports are never removed"
    return differences(before, after)


async def show_progress(collection: str, *, person: Person, uow: UnitOfWork) -> Progress:
    """How far the person's practices are in a collection; raises NotAllowedError for people of a practice."""
    check_oversee(person)
    standings = uow.standings(scope_of(person))
    await _check_collection(standings, collection)
    counts = await standings.count(collection)
    by_state = {state: counts.get(state, 0) for state in State}
    return Progress(collection, sum(by_state.values()), by_state, await standings.national_figures(collection))


async def _check_collection(standings: Standings, collection: str) -> None:
    if not await standings.collection_exists(collection):
        raise NotFoundError(f"There is no collection {collection}.")
