"""What keeping looks needs from the outside, in its own words."""

from collections.abc import Sequence
from typing import Protocol

from qof_declarations.core.look import Look


class Looks(Protocol):
    """Looks at the practices that one person may see; nothing outside that scope is found or written."""

    async def keep(self, look: Look) -> None:
        """Keep it, unless the person's look at this version in this hour is kept already."""

    async def of_practice(self, collection: str, practice: str, limit: int) -> Sequence[Look]:
        """The newest first."""
