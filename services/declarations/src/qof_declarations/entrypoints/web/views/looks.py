"""Who has opened what a practice signed, told to the practice."""

from dataclasses import dataclass

from qof_declarations.core.look import Look
from qof_declarations.entrypoints.web.views.states import ROLES
from qof_declarations.entrypoints.web.words import moment


@dataclass(frozen=True, slots=True)
class LookRow:
    """One look."""

    name: str
    who: str
    """The role, and of which organisation."""
    version: int
    at: str


def look_row(look: Look) -> LookRow:
    """Tell one look."""
    of = f" of {look.organisation}" if look.organisation else ""
    return LookRow(look.name, f"{ROLES[look.role]}{of}", look.version, moment(look.at))
