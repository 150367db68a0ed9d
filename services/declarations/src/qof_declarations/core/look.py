"""Who outside the practice has opened what it signed? A practice may know who looks at its figures."""

from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.permissions import PRACTICE_ROLES
from qof_declarations.core.standing import Standing
from qof_shared.people import Person, Role


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody opened a version of a report, or its declaration. The first one of an hour is kept."""

    collection: str
    practice: str
    version: int
    person: str
    name: str
    role: Role
    organisation: str
    at: datetime

    @property
    def hour(self) -> datetime:
        """The hour that the look counts for."""
        return self.at.replace(minute=0, second=0, microsecond=0)


def look_at(standing: Standing, *, version: int, person: Person, at: datetime) -> Look | None:
    """The look to be kept; None for people of a practice, and before anything was signed."""
    if person.role in PRACTICE_ROLES or standing.declaration is None:
        return None
    return Look(
        standing.collection,
        standing.practice,
        version,
        person.person,
        person.name,
        person.role,
        person.organisation,
        at,
    )
