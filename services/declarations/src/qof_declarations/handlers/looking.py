"""Keeping who outside a practice opened what it signed, and telling the practice."""

from collections.abc import Sequence
from datetime import datetime

from qof_declarations.core.look import Look, look_at
from qof_declarations.core.permissions import PRACTICE_ROLES, scope_of
from qof_declarations.core.standing import Standing
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import find_standing
from qof_shared.people import Person

SHOWN = 50
"""So many looks are told, the newest."""


async def keep_look(standing: Standing, *, version: int, person: Person, uow: UnitOfWork, now: datetime) -> bool:
    """Keep that `person` opened this version; whether there is anything to commit.

    Nothing is written for people of the practice, nor before anything was signed; once per person, version and hour.
    """
    look = look_at(standing, version=version, person=person, at=now)
    if look is not None:
        await uow.looks(scope_of(person)).keep(look)
    return look is not None


async def keep_look_at(
    collection: str, practice: str, *, version: int | None = None, person: Person, uow: UnitOfWork, now: datetime
) -> bool:
    """The same, of a practice that is looked up first; `version` is the signed one unless said. Raises
    NotFoundError."""
    if person.role in PRACTICE_ROLES:
        return False
    standing = await find_standing(uow.standings(scope_of(person)), collection, practice, person=person)
    if standing.declaration is None:
        return False
    return await keep_look(standing, version=version or standing.declaration.version, person=person, uow=uow, now=now)


async def list_looks(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> Sequence[Look]:
    """Who opened what the practice signed, the newest first; nothing of a practice outside the person's scope."""
    return await uow.looks(scope_of(person)).of_practice(collection, practice, SHOWN)
