"""What people look at before they act: everything at a glance, and the report with its words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from qof_declarations.core.declaration import ReportVersion
from qof_declarations.core.lifecycle import State
from qof_declarations.core.permissions import NoPractice, OnePractice, scope_of
from qof_declarations.core.ruleset_words import RulesetWords
from qof_declarations.core.standing import Abilities, Standing, abilities
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import find_standing, newest_report
from qof_shared.contracts import CollectionRecord
from qof_shared.people import Person

AT_A_GLANCE = 8
"""Of so many collections, the newest, it is told where they stand."""


@dataclass(frozen=True, slots=True)
class CollectionGlance:
    """Where a collection stands, as one person sees it. One of the two is there."""

    collection: CollectionRecord
    standing: Standing | None
    """For people of a practice: their own."""
    by_state: dict[State, int] | None
    """For everybody else: how many practices are in which state."""


@dataclass(frozen=True, slots=True)
class Review:
    """The newest report of a practice, and what the person can do about it."""

    standing: Standing
    can: Abilities
    about: ReportVersion
    document: bytes | None
    """Canonical JSON; None where the asker knows this digest."""


async def glance(*, person: Person, uow: UnitOfWork) -> Sequence[CollectionGlance]:
    """The newest collections that are the person's concern, newest first."""
    scope = scope_of(person)
    if isinstance(scope, NoPractice):
        return []
    standings = uow.standings(scope)
    found = []
    for collection in list(await standings.collections())[:AT_A_GLANCE]:
        if isinstance(scope, OnePractice):
            standing = await standings.find(collection.collection, scope.practice)
            found.append(CollectionGlance(collection, standing, None))
        else:
            counts = await standings.count(collection.collection)
            found.append(CollectionGlance(collection, None, {state: counts.get(state, 0) for state in State}))
    return found


async def review_report(
    collection: str,
    practice: str,
    *,
    known: Collection[str] = (),
    is_probably_known: bool = False,
    person: Person,
    uow: UnitOfWork,
) -> Review:
    """The newest report; without its document where its digest is `known`. Raises as `reading.show_report` does.

    Where it probably is, the document is not fetched before that is sure.
    """
    standings = uow.standings(scope_of(person))
    standing = await find_standing(standings, collection, practice, person=person, with_document=not is_probably_known)
    about = await newest_report(standings, standing)
    document = None if about.digest in known else await standings.document(collection, practice, about.version)
    return Review(standing, abilities(person, standing), about, document)


async def words_of(ruleset_digest: str, *, uow: UnitOfWork) -> RulesetWords:
    """What the indicators of a rule set are called; they are everybody's to see."""
    return await uow.rulesets.words(ruleset_digest)
