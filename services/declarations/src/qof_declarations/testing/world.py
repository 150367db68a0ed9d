"""Declarations as its neighbours meet it: send it events, ask it as a person. On a fake or on PostgreSQL alike."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from qof_declarations.core.determination import Wanted
from qof_declarations.core.errors import NotFoundError
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.query import Disagreement
from qof_declarations.entrypoints.consumers import handlers
from qof_declarations.handlers.declaring import (
    Decided,
    approve_declaration,
    finance_approve,
    return_declaration,
)
from qof_declarations.handlers.determining import (
    Determinations,
    Determined,
    DeterminedMany,
    determine,
    determine_many,
    list_determinations,
    withdraw_determination,
)
from qof_declarations.handlers.looking import keep_look_at
from qof_declarations.handlers.overseeing import Outcome, approve_many
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.querying import Queried, answer_query, raise_query, withdraw_query
from qof_declarations.handlers.reading import DeclarationView, ShownReport, show_declaration, show_report
from qof_declarations.handlers.signing import Signature, SignatureBook, Signed, sign_report
from qof_declarations.testing.builders import APPROVER, COLLECTION, DECLARER, FINANCE, NATIONAL, OURS
from qof_shared.contracts import Event
from qof_shared.people import Person
from qof_shared.testing.fakes import NOON


class ConsumingUnitOfWork(UnitOfWork, Protocol):
    """A unit of work with an inbox."""

    async def keep_new(self, consumer: str, events: Sequence[Event]) -> list[Event]: ...


class World:
    """Declarations with its clock at noon unless moved."""

    def __init__(self, new_unit_of_work: Callable[[], AbstractAsyncContextManager[ConsumingUnitOfWork]]) -> None:
        self._new = new_unit_of_work
        self.now: datetime = NOON
        self.book: SignatureBook | None = None
        """Signs where it is there; else each signature is a transaction of its own."""

    async def tell(self, *events: Event) -> None:
        """Deliver events as their queues would, those of one type in one batch."""
        for queue, table in handlers(lambda: self.now).items():
            for name, handler in table.items():
                batch = [event for event in events if event.name == name]
                if batch:
                    async with self._new() as uow:
                        await handler(await uow.keep_new(queue, batch), uow)
                        await uow.commit()

    async def report(self, person: Person = DECLARER, practice: str = OURS) -> ShownReport:
        async with self._new() as uow:
            return await show_report(COLLECTION, practice, person=person, uow=uow)

    async def view(self, person: Person = DECLARER, practice: str = OURS) -> DeclarationView:
        async with self._new() as uow:
            return await show_declaration(COLLECTION, practice, person=person, uow=uow)

    async def look(self, person: Person, minutes: int = 0, practice: str = OURS) -> None:
        """The person opens what the practice signed, so many minutes from now; nothing where it is not theirs."""
        async with self._new() as uow:
            try:
                await keep_look_at(
                    COLLECTION, practice, person=person, uow=uow, now=self.now + timedelta(minutes=minutes)
                )
            except NotFoundError:
                return
            await uow.commit()

    async def digest(self, practice: str = OURS) -> str | None:
        """The digest of the newest report, as somebody who sees everything finds it."""
        async with self._new() as uow:
            standing = await uow.standings(scope_of(NATIONAL)).find(COLLECTION, practice)
        return standing.report.digest if standing and standing.report else None

    async def sign(
        self,
        digest: str | None,
        *,
        person: Person = DECLARER,
        practice: str = OURS,
        statement: str | None = None,
        under_protest: bool = False,
    ) -> Decided:
        signature = Signature(
            collection=COLLECTION,
            practice=practice,
            person=person,
            at=self.now,
            digest=digest,
            statement=statement,
            under_protest=under_protest,
            wants_view=True,
        )
        done = await self._signed(signature)
        assert done.view is not None
        return Decided(done.view, is_new=done.entry is not None)

    async def _signed(self, signature: Signature) -> Signed:
        if self.book is not None:
            return await self.book.sign(signature)
        async with self._new() as uow:
            done = await sign_report(signature, uow=uow)
            await uow.commit()
        return done

    async def approve(self, declaration_id: UUID, *, person: Person = APPROVER) -> Decided:
        async with self._new() as uow:
            decided = await approve_declaration(declaration_id, person=person, uow=uow, now=self.now)
            await uow.commit()
        return decided

    async def finance_approve(
        self, declaration_id: UUID, *, person: Person = FINANCE, newer_version: int | None = None
    ) -> Decided:
        async with self._new() as uow:
            decided = await finance_approve(
                declaration_id, newer_version=newer_version, person=person, uow=uow, now=self.now
            )
            await uow.commit()
        return decided

    async def approve_many(self, *declaration_ids: UUID, person: Person = APPROVER) -> Sequence[Outcome]:
        async with self._new() as uow:
            outcomes = await approve_many(COLLECTION, declaration_ids, person=person, uow=uow, now=self.now)
            await uow.commit()
        return outcomes

    async def disagree(self, wanted: Disagreement, *, person: Person = DECLARER, practice: str = OURS) -> Queried:
        async with self._new() as uow:
            queried = await raise_query(COLLECTION, practice, wanted, person=person, uow=uow, now=self.now)
            await uow.commit()
        return queried

    async def answer(
        self,
        query_id: UUID,
        *,
        accepted: bool = True,
        answer: str = "Agreed.",
        determination_id: UUID | None = None,
        person: Person = APPROVER,
        practice: str = OURS,
    ) -> Queried:
        async with self._new() as uow:
            queried = await answer_query(
                COLLECTION,
                practice,
                query_id,
                accepted=accepted,
                answer=answer,
                determination_id=determination_id,
                person=person,
                uow=uow,
                now=self.now,
            )
            await uow.commit()
        return queried

    async def withdraw_query(
        self, query_id: UUID, *, reason: str = "", person: Person = DECLARER, practice: str = OURS
    ) -> Queried:
        async with self._new() as uow:
            queried = await withdraw_query(
                COLLECTION, practice, query_id, reason=reason, person=person, uow=uow, now=self.now
            )
            await uow.commit()
        return queried

    async def send_back(self, declaration_id: UUID, reason: str, *, person: Person = APPROVER) -> Decided:
        async with self._new() as uow:
            decided = await return_declaration(declaration_id, reason=reason, person=person, uow=uow, now=self.now)
            await uow.commit()
        return decided

    async def determine(
        self, wanted: Wanted, *, reason: str = "The register was lost.", person: Person = APPROVER
    ) -> Determined:
        async with self._new() as uow:
            determined = await determine(COLLECTION, wanted, reason=reason, person=person, uow=uow, now=self.now)
            await uow.commit()
        return determined

    async def determine_many(
        self, *wanted: Wanted, reason: str = "Reference points.", person: Person = NATIONAL
    ) -> DeterminedMany:
        async with self._new() as uow:
            many = await determine_many(COLLECTION, wanted, reason=reason, person=person, uow=uow, now=self.now)
            await uow.commit()
        return many

    async def withdraw(
        self, determination_id: UUID, *, reason: str = "It was found.", person: Person = APPROVER, practice: str = OURS
    ) -> Determined:
        async with self._new() as uow:
            withdrawn = await withdraw_determination(
                COLLECTION, practice, determination_id, reason=reason, person=person, uow=uow, now=self.now
            )
            await uow.commit()
        return withdrawn

    async def determinations(self, person: Person = DECLARER, practice: str = OURS) -> Determinations:
        async with self._new() as uow:
            return await list_determinations(COLLECTION, practice, person=person, uow=uow)
