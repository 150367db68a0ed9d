"""What people did before a journey begins: signed, approved, paid. By the handlers, as fast as a database is."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from qof_declarations.adapters.seal import Seal
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.declaration import AuditEntry
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.query import Disagreement
from qof_declarations.core.standing import Standing
from qof_declarations.handlers.comparing import measure_distributions
from qof_declarations.handlers.overseeing import approve_many
from qof_declarations.handlers.querying import raise_query
from qof_declarations.handlers.reading import find_standing
from qof_declarations.handlers.signing import Signature, sign_report
from qof_local import directory
from qof_local.receipt_keys import receipt_key_file
from qof_shared.contracts import Event, PaymentInstructed, new_event
from qof_shared.db.engine import create_engine
from qof_shared.people import Person, Role, token_digest
from tests.browser.site import Site, run_on, settled

NAMESPACE = UUID("0d7c2a5e-8e0f-4b7b-9a51-5f1f0f7a9e21")
"""Of instruction ids that stand for payments' own."""


def declarer(practice: str) -> Person:
    return Person(directory.declarer(practice), f"Dilys Declarer of {practice}", Role.PRACTICE_DECLARER, practice)


def approver(commissioner: str) -> Person:
    return Person(
        directory.approver(commissioner), f"Anwar Approver of {commissioner}", Role.COMMISSIONER_APPROVER, commissioner
    )


def finance(commissioner: str) -> Person:
    return Person(
        directory.finance(commissioner), f"Fay Finance of {commissioner}", Role.FINANCE_APPROVER, commissioner
    )


def within(site: Site, deed: Callable[[DeclarationsUnitOfWork], Awaitable[None]]) -> None:
    """Do something in one transaction of the site's database."""

    async def work() -> None:
        engine = create_engine(site.database, pool_size=1)
        try:
            async with DeclarationsUnitOfWork(engine, Seal.from_file(receipt_key_file())) as uow:
                await deed(uow)
                await uow.commit()
        finally:
            await engine.dispose()

    settled(work())


def standing_of(site: Site, practice: str) -> Standing:
    """Where a practice stands now."""
    found: list[Standing] = []

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        person = declarer(practice)
        standings = uow.standings(scope_of(person))
        found.append(await find_standing(standings, site.year.collection, practice, person=person))

    within(site, deed)
    return found[0]


def sign(site: Site, *practices: str, statement: str | None = None) -> None:
    """Their declarers sign the newest reports."""

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        for practice in practices:
            person = declarer(practice)
            standings = uow.standings(scope_of(person))
            standing = await find_standing(standings, site.year.collection, practice, person=person)
            assert standing.report is not None
            signature = Signature(
                collection=site.year.collection,
                practice=practice,
                person=person,
                at=datetime.now(UTC),
                digest=standing.report.digest,
                statement=statement,
            )
            await sign_report(signature, uow=uow)

    within(site, deed)


def approve(site: Site, by: Person, practices: Sequence[str]) -> None:
    """An approver approves the figures, or finance the payments, of what is signed."""

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        standings = await uow.standings(scope_of(by)).of_practices(site.year.collection, practices)
        ids = [one.declaration.declaration_id for one in standings if one.declaration]
        outcomes = await approve_many(site.year.collection, ids, person=by, uow=uow, now=datetime.now(UTC))
        assert [one.refusal for one in outcomes] == [None] * len(practices)

    within(site, deed)


def query(site: Site, practice: str, indicator: str, comment: str) -> None:
    """A practice disagrees with an indicator."""

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        wanted = Disagreement((indicator,), comment)
        await raise_query(
            site.year.collection, practice, wanted, person=declarer(practice), uow=uow, now=datetime.now(UTC)
        )

    within(site, deed)


def instructed(site: Site, practice: str) -> Event:
    """What payments tells when it has instructed the payment of what a practice signed."""
    declaration = standing_of(site, practice).declaration
    assert declaration is not None
    return new_event(
        PaymentInstructed(
            instruction_id=uuid5(NAMESPACE, f"{declaration.collection}/{practice}"),
            declaration_id=declaration.declaration_id,
            entitlement_id=declaration.entitlement_id,
            collection=declaration.collection,
            practice=practice,
            pounds=declaration.pounds,
            instructed_at=datetime.now(UTC),
        ),
        occurred_at=datetime.now(UTC),
        correlation_id=practice,
    )


def measure(site: Site) -> None:
    """Measure how the figures lie among the practices, as the worker does now and then."""

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        assert await measure_distributions(site.year.collection, uow=uow, now=datetime.now(UTC))

    within(site, deed)


def audit_of(site: Site, practice: str) -> Sequence[AuditEntry]:
    """Everything that happened to a practice's declarations."""
    found: list[AuditEntry] = []

    async def deed(uow: DeclarationsUnitOfWork) -> None:
        found.extend(await uow.standings(scope_of(declarer(practice))).audit(site.year.collection, [practice]))

    within(site, deed)
    return found


def let_sleep(site: Site, cookie: str) -> None:
    """Nothing was asked in this session for an hour."""
    earlier = "UPDATE sessions SET seen_at = seen_at - interval '1 hour' WHERE session_digest ="
    settled(run_on(site.database, f"{earlier} '{token_digest(cookie)}'"))
