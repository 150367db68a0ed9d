"""Queries and work lists in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from qof_declarations.core.attachment import Attachment
from qof_declarations.core.paying import PaymentStep, Sum, payment_step
from qof_declarations.core.permissions import EveryPractice, NamedPractices, NoPractice, OnePractice, PracticesOf, Scope
from qof_declarations.core.query import Query
from qof_declarations.core.standing import Standing
from qof_declarations.core.work_list import Choice, WorkFilter, WorkSort, fits, is_shown
from qof_declarations.handlers.query_ports import CollectionInBrief
from qof_declarations.testing.memory import Memory
from qof_shared.contracts import CollectionRecord
from qof_shared.vocabulary import QofYear


class FakeQueries:
    """Queries within `scope`."""

    def __init__(self, memory: Memory, scope: Scope) -> None:
        self._memory = memory
        self._scope = scope

    def _sees(self, practice: str) -> bool:
        _, record = self._memory.practices.get(practice, (0, None))
        match self._scope:
            case OnePractice(own):
                return record is not None and own == practice
            case PracticesOf(commissioner):
                return record is not None and record.commissioner == commissioner
            case NamedPractices(named):
                return record is not None and practice in named
            case EveryPractice():
                return record is not None
            case NoPractice():
                return False

    async def of_practice(self, collection: str, practice: str) -> list[Query]:
        found = self._memory.queries_of(collection, practice) if self._sees(practice) else []
        return sorted(found, key=lambda one: -one.number)

    async def record(self, query: Query, contents: Sequence[bytes]) -> None:
        if self._sees(query.practice):
            self._memory.queries[query.query_id] = query
            self._memory.attached[query.query_id] = tuple(contents)

    async def resolve(self, query: Query) -> None:
        if self._sees(query.practice):
            self._memory.queries[query.query_id] = query

    async def content(
        self, collection: str, practice: str, query_id: UUID, position: int
    ) -> tuple[Attachment, bytes] | None:
        for query in await self.of_practice(collection, practice):
            if query.query_id == query_id and 0 <= position < len(query.attachments):
                return query.attachments[position], self._memory.attached[query_id][position]
        return None


class AllStandings(Protocol):
    """What a work list is made of."""

    def all(self, collection: str) -> list[Standing]: ...


LAST = Decimal("Infinity")


@dataclass
class FakeWorkLists:
    """Work lists of the standings that somebody sees."""

    memory: Memory
    standings: AllStandings

    async def page(
        self, collection: str, choice: Choice, *, previous: str | None, today: date, after: str, limit: int
    ) -> Sequence[Standing]:
        before = {one.practice: one for one in (self.standings.all(previous) if previous else [])}

        def key(one: Standing) -> tuple[object, str]:
            pounds = Decimal(one.report.pounds) if one.report else None
            last = before.get(one.practice)
            last_pounds = Decimal(last.report.pounds) if last and last.report else None
            never = datetime.max.replace(tzinfo=UTC)
            keys: dict[WorkSort, object] = {
                WorkSort.PRACTICE: 0,
                WorkSort.NAME: one.practice_name.lower(),
                WorkSort.POUNDS: LAST if pounds is None else -pounds,
                WorkSort.CHANGE: LAST if pounds is None or last_pounds is None else -abs(pounds - last_pounds),
                WorkSort.SIGNED: one.declaration.signed_at if one.declaration else never,
            }
            return keys[choice.sort], one.practice

        listed = sorted(self.standings.all(collection), key=key)
        start = next((number + 1 for number, one in enumerate(listed) if one.practice == after), None)
        shown = listed[start or 0 :] if start is not None or not after else []
        return [one for one in shown if is_shown(one, choice, today=today)][:limit]

    async def counts(self, collection: str, *, today: date) -> Mapping[WorkFilter, int]:
        listed = self.standings.all(collection)
        return {chosen: sum(fits(one, chosen, today=today) for one in listed) for chosen in WorkFilter}

    async def payments(self, collection: str) -> Mapping[PaymentStep, Sum]:
        found: dict[PaymentStep, Sum] = {}
        for one in self.standings.all(collection):
            step = payment_step(one)
            if step and one.declaration:
                pounds = one.payment.pounds if one.payment else one.declaration.pounds
                found[step] = found.get(step, Sum()).plus(pounds)
        return found

    async def collection(self, collection: str) -> CollectionInBrief | None:
        record = self.memory.collections.get(collection)
        return _in_brief(record) if record else None

    async def previous(self, collection: str) -> CollectionInBrief | None:
        record = self.memory.collections.get(collection)
        if record is None:
            return None
        before = str(QofYear(QofYear.parse(record.qof_year).first_year - 1))
        found = [
            one for one in self.memory.collections.values() if (one.nation, one.qof_year) == (record.nation, before)
        ]
        newest = sorted(found, key=lambda one: (-one.achievement_date.toordinal(), one.collection))
        return _in_brief(newest[0]) if newest else None


def _in_brief(record: CollectionRecord) -> CollectionInBrief:
    return CollectionInBrief(record.collection, record.qof_year, record.sign_by)
