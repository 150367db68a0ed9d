"""Counts over the country in memory."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime

from qof_declarations.core.determination import newest, standing
from qof_declarations.core.lifecycle import State
from qof_declarations.core.nation import CommissionerProgress, SupplierProgress
from qof_declarations.core.permissions import Scope
from qof_declarations.handlers.nation_ports import Determined
from qof_declarations.handlers.ports import Standings
from qof_declarations.testing.fake_summaries import sees
from qof_declarations.testing.memory import Memory
from qof_shared.contracts import PracticeRecord


class FakeNation:
    """Within `scope`."""

    def __init__(self, memory: Memory, scope: Scope, standings: Standings) -> None:
        self._memory = memory
        self._scope = scope
        self._standings = standings

    async def by_commissioner(self, collection: str, *, today: date) -> list[CommissionerProgress]:
        states: dict[str, Counter[State]] = defaultdict(Counter)
        late: Counter[str] = Counter()
        for practice in self._asked(collection):
            found = await self._standings.find(collection, practice.practice)
            assert found is not None, "what is in scope is found"
            states[practice.commissioner][found.state] += 1
            late[practice.commissioner] += found.is_late(today)
        names = {code: record.name for code, (_, record) in self._memory.commissioners.items()}
        return [CommissionerProgress(code, names.get(code), dict(states[code]), late[code]) for code in sorted(states)]

    async def by_supplier(self, collection: str) -> list[SupplierProgress]:
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0])
        for practice in self._asked(collection):
            row = self._memory.row(collection, practice.practice)
            seen = (True, bool(row.received or row.points or row.rejection), bool(row.points), bool(row.reports))
            for place, is_so in enumerate((*seen, bool(row.shown_rejection))):
                counts[practice.supplier][place] += is_so
        return [SupplierProgress(supplier, *counted) for supplier, counted in sorted(counts.items())]

    async def signed_by_hour(self, collection: str, *, since: datetime) -> Mapping[datetime, int]:
        signed = (
            entry.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            for entry in self._memory.audit
            if entry.kind == "declaration-signed"
            and entry.collection == collection
            and entry.at >= since
            and sees(self._memory, self._scope, entry.practice)
        )
        return dict(Counter(signed))

    async def determined(
        self, collection: str, *, search: str, after: tuple[str, str, str] | None, limit: int
    ) -> list[Determined]:
        wanted = search.strip().lower()
        found = []
        for practice in self._asked(collection):
            if practice.practice.lower().startswith(wanted) or wanted in practice.name.lower():
                stands = standing(newest(self._memory.history(collection, practice.practice)).values()).values()
                found += [Determined(one, practice.name) for one in stands]
        found.sort(key=_key)
        return [one for one in found if after is None or _key(one) > after][:limit]

    async def count_determined(self, collection: str) -> int:
        return len(await self.determined(collection, search="", after=None, limit=1_000_000))

    def _asked(self, collection: str) -> list[PracticeRecord]:
        """The practices in scope that the collection asks."""
        nation = self._memory.collections[collection].nation
        records = (record for _, record in self._memory.practices.values() if record.nation == nation)
        return [record for record in records if sees(self._memory, self._scope, record.practice)]


def _key(one: Determined) -> tuple[str, str, str]:
    subject = one.determination.subject
    return subject.practice, subject.indicator, subject.determines.value
