"""Looks at what was signed, in memory."""

from collections.abc import Sequence

from qof_declarations.core.look import Look
from qof_declarations.core.permissions import Scope
from qof_declarations.testing.fake_summaries import sees
from qof_declarations.testing.memory import Memory


class FakeLooks:
    """Within `scope`."""

    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    async def keep(self, look: Look) -> None:
        if sees(self._memory, self._scope, look.practice):
            self._memory.looks.setdefault((look.collection, look.practice, look.version, look.person, look.hour), look)

    async def of_practice(self, collection: str, practice: str, limit: int) -> Sequence[Look]:
        if not sees(self._memory, self._scope, practice):
            return []
        found = [one for one in self._memory.looks.values() if (one.collection, one.practice) == (collection, practice)]
        by_person = sorted(found, key=lambda one: (one.person, -one.version))
        return sorted(by_person, key=lambda one: one.at, reverse=True)[:limit]
