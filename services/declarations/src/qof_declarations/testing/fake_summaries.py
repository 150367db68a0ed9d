"""Summaries of the newest reports in memory."""

from collections.abc import Mapping, Sequence

from qof_declarations.core.permissions import EveryPractice, NamedPractices, NoPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.summary import Summary
from qof_declarations.testing.memory import Memory
from qof_shared.vocabulary import QofYear


class FakeSummaries:
    """Within `scope`."""

    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    async def newest(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        rows = {practice: self._memory.figures.get((collection, practice)) for practice in practices}
        return {
            practice: row.reports[-1].summary
            for practice, row in rows.items()
            if row is not None and row.reports and sees(self._memory, self._scope, practice)
        }

    async def last_year(self, collection: str, practices: Sequence[str]) -> Mapping[str, Summary]:
        opened = self._memory.collections.get(collection)
        if opened is None:
            return {}
        before = QofYear(QofYear.parse(opened.qof_year).first_year - 1)
        found = [
            one
            for one in self._memory.collections.values()
            if one.nation == opened.nation and one.qof_year == str(before)
        ]
        if not found:
            return {}
        last = max(sorted(found, key=lambda one: one.collection, reverse=True), key=lambda one: one.achievement_date)
        return await self.newest(last.collection, practices)


def sees(memory: Memory, scope: Scope, practice: str) -> bool:
    """Whether a practice is within `scope`."""
    _, record = memory.practices.get(practice, (0, None))
    if record is None:
        return False
    match scope:
        case OnePractice(own):
            return practice == own
        case PracticesOf(commissioner):
            return record.commissioner == commissioner
        case NamedPractices(named):
            return practice in named
        case EveryPractice():
            return True
        case NoPractice():
            return False
