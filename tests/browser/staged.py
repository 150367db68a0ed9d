"""A site on which a practice is in every state that pages tell of, for whoever looks at all of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.determination import Subject, Wanted
from qof_declarations.core.permissions import scope_of
from qof_declarations.handlers.declaring import return_declaration
from qof_declarations.handlers.determining import determine
from qof_declarations.handlers.signing import Signature, sign_report
from qof_shared.contracts import Event, ExtractRejected, ExtractsReceived, Fault, ReceivedExtract, new_event
from qof_shared.vocabulary import Determines
from tests.browser import deeds
from tests.browser.figures import NAMESPACE, Year, met_more
from tests.browser.ingest import Ingest
from tests.browser.site import Site

PAID, FINANCE_APPROVED, APPROVED, SIGNED, RETURNED, MOVED, READY, RECALCULATING = range(8)
QUEUED, POINTS_ONLY, NOTHING, QUERIED, PROTESTED, REJECTED, DETERMINED, MORE_MOVED = range(8, 16)
"""Practices of the staged year, by the state that they are in."""

STAGED = Year(sign_by=datetime.now(UTC).date() + timedelta(days=9))
LAST_YEAR = Year(qof_year="2011-12", seed=2012)


def staged_events() -> Iterator[Event]:
    """Last year for everybody; this year but for those that wait for something."""
    yield from LAST_YEAR.everything()
    yield from STAGED.opening()
    yield STAGED.freeze()
    for index in range(STAGED.practices):
        if index in (NOTHING, QUEUED, REJECTED):
            continue
        points = STAGED.points(index)
        yield points
        if index != POINTS_ONLY:
            yield STAGED.pounds(points)
    yield _received(QUEUED, *range(30, 45))
    yield _rejected(REJECTED)


def stage(site: Site) -> None:
    """What people did since."""
    year, moment = site.year, datetime.now(UTC)

    def practices(*indexes: int) -> list[str]:
        return [year.members[index].practice for index in indexes]

    deeds.query(site, practices(QUERIED)[0], indicator_of(QUERIED), "Our own search finds eleven more patients.")
    deeds.query(site, practices(PROTESTED)[0], indicator_of(PROTESTED), "The register was counted before the merger.")
    deeds.sign(site, *practices(PAID, FINANCE_APPROVED, APPROVED, SIGNED, RETURNED, MOVED, MORE_MOVED))
    deeds.within(site, lambda uow: _sign_under_protest(uow, year, practices(PROTESTED)[0], moment))
    commissioner = year.members[0].commissioner
    settled = practices(PAID, FINANCE_APPROVED, APPROVED, MORE_MOVED)
    deeds.approve(site, deeds.approver(commissioner), settled)
    deeds.approve(site, deeds.finance(commissioner), settled[:2])
    site.tell([deeds.instructed(site, one) for one in settled[:1]])
    returned = deeds.standing_of(site, *practices(RETURNED)).declaration
    assert returned is not None
    deeds.within(site, lambda uow: _send_back(uow, returned.declaration_id, commissioner, moment))
    deeds.within(site, lambda uow: _determine(uow, year, DETERMINED, moment))
    site.tell(list(_moved(year)))
    deeds.measure(site)


def indicator_of(index: int) -> str:
    """An indicator of the practice of this number of which there are enough patients to take a few away."""
    return next(one.indicator for one in STAGED.extract(index).indicators if (one.numerator or 0) > 50)


def _moved(year: Year) -> Iterator[Event]:
    """Newer extracts: of some the pounds are still to come."""
    for index in (MOVED, RECALCULATING, MORE_MOVED):
        points = year.points(index, 2, met_more(indicator_of(index), -30))
        yield points
        if index != RECALCULATING:
            yield year.pounds(points)


def _received(*indexes: int) -> Event:
    extracts = [
        ReceivedExtract(STAGED.collection, STAGED.members[index].practice, 5_000 + index, STAGED.at)
        for index in indexes
    ]
    return new_event(ExtractsReceived(extracts=extracts), occurred_at=STAGED.at, correlation_id="staged")


def _rejected(index: int) -> Event:
    content = ExtractRejected(
        extract_id=uuid5(NAMESPACE, f"rejected {index}"),
        extract_number=900,
        collection=STAGED.collection,
        practice=STAGED.members[index].practice,
        ruleset=STAGED.rules.ruleset.ruleset_id,
        rejected_at=STAGED.at,
        reasons=[
            Fault(
                pointer="/indicators/3/numerator",
                rule="numerator-above-denominator",
                message="AF07: 61 patients meet the indicator and only 58 are asked for. Count both at the same day.",
            )
        ],
    )
    return new_event(content, occurred_at=STAGED.at, correlation_id="staged")


async def _sign_under_protest(uow: DeclarationsUnitOfWork, year: Year, practice: str, now: datetime) -> None:
    person = deeds.declarer(practice)
    standing = await uow.standings(scope_of(person)).find(year.collection, practice)
    assert standing is not None
    assert standing.report is not None
    signature = Signature(
        collection=year.collection,
        practice=practice,
        person=person,
        at=now,
        digest=standing.report.digest,
        statement="We sign what is undisputed.",
        under_protest=True,
    )
    await sign_report(signature, uow=uow)


async def _send_back(uow: DeclarationsUnitOfWork, declaration: UUID, commissioner: str, now: datetime) -> None:
    reason = "The register of heart failure is half of last year's. Please look at it with your supplier."
    await return_declaration(declaration, reason=reason, person=deeds.approver(commissioner), uow=uow, now=now)


async def _determine(uow: DeclarationsUnitOfWork, year: Year, index: int, now: datetime) -> None:
    member = year.members[index]
    wanted = Wanted(Subject(member.practice, "AF06", Determines.ADJUSTED_POINTS), "5")
    reason = "The register was lost in the flood; last year's points stand for it."
    await determine(
        year.collection, wanted, reason=reason, person=deeds.approver(member.commissioner), uow=uow, now=now
    )


def put_to_work(ingest: Ingest) -> None:
    """Extracts of most practices are accepted, some are through, messages wait and have died, and nobody works."""
    extracts = ingest.post(range(10))
    ingest.reject(extracts[:4])
    ingest.pass_on()
    ingest.publish("calculator.extracts", [None] * 5)
    ingest.publish("payments.entitlements.dead", ["UnpayableAchievementError: no national figure for AF"] * 2)
    ingest.publish("declarations.entitlements.retry.30s", [None])
