"""Signing exactly the report that was read: decided with the practice's row locked, alone or in a group."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from qof_declarations.core.declaration import AuditEntry, Change, signed
from qof_declarations.core.errors import DeclarationsError
from qof_declarations.core.lifecycle import ALREADY_DONE, Action, State
from qof_declarations.core.permissions import NamedPractices, can_sign, check_sign, scope_of
from qof_declarations.core.query import NothingQueriedError, Query, QueryState, protest_of
from qof_declarations.core.standing import Standing, check_settled
from qof_declarations.handlers.errors import DigestMissingError, FiguresMovedError, ReturnedUnreadError
from qof_declarations.handlers.ports import Standings, UnitOfWork
from qof_declarations.handlers.reading import (
    DeclarationView,
    lock_standing,
    moved_between,
    newest_report,
    view,
    views,
)
from qof_declarations.handlers.receipts import give_receipts
from qof_shared.contracts import DeclarationSigned, new_event
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class Signature:
    """What a person signs, and what they want to be told afterwards."""

    collection: str
    practice: str
    person: Person
    at: datetime
    digest: str | None
    """Of the report that they read; None where they did not say."""
    statement: str | None = None
    under_protest: bool = False
    """The declaration carries the queries that are open."""
    seen: str | None = None
    """The state that their page showed; None where there was no page."""
    wants_view: bool = False


@dataclass(frozen=True, slots=True)
class Signed:
    """How the practice stands after a signature."""

    standing: Standing
    entry: AuditEntry | None
    """What was written down; None where the same was signed before."""
    view: DeclarationView | None = None
    """All that there is to say about the declaration, where that was wanted."""


class SignatureBook(Protocol):
    """Where signatures are kept, for good once they are answered."""

    async def sign(self, signature: Signature) -> Signed:
        """Raises as `sign_report` does."""


async def sign_report(signature: Signature, *, uow: UnitOfWork) -> Signed:
    """Sign exactly the report with this digest.

    Raises NotFoundError, NotAllowedError, ReportAwaitedError, DigestMissingError, FiguresMovedError,
    RecalculatingError, NothingQueriedError, NotPossibleNowError or ReturnedUnreadError. The same digest signed again
    is the same declaration, by whomever.
    """
    person, collection, practice = signature.person, signature.collection, signature.practice
    standings = uow.standings(scope_of(person))
    standing = await lock_standing(standings, collection, practice, person=person)
    check_sign(person, practice=practice)
    await newest_report(standings, standing)
    if signature.digest is None:
        raise DigestMissingError
    queried = await uow.queries(scope_of(person)).of_practice(collection, practice) if signature.under_protest else ()
    try:
        change = decide_signature(signature, standing, [one for one in queried if one.state is QueryState.OPEN])
    except FiguresMovedError as refusal:
        raise await _with_what_moved(refusal, standings, standing, signature.digest) from None
    if change is not None:
        await _keep([(change, standing)], collection, standings=standings, uow=uow)
        standing = replace(standing, declaration=change.declaration)
    seen = await view(standings, standing, person=person) if signature.wants_view else None
    return Signed(standing, change.entry if change else None, seen)


async def sign_together(
    signatures: Sequence[Signature], *, uow: UnitOfWork
) -> list[Signed | DeclarationsError | ReturnedUnreadError | None]:
    """Sign what needs nothing but the practice's own row and report; each as `sign_report` would, in the order given.

    An answer for each: signed, refused, or None: this one is to be signed by `sign_report`, in its own transaction.
    That is where somebody else holds the practice's row at this moment, so that nobody waits for a stranger's
    practice; where a refusal has to read what it says; under protest; and for everybody who may not sign.
    """
    answers: dict[int, Signed | DeclarationsError | ReturnedUnreadError] = {}
    plain = {place: one for place, one in enumerate(signatures) if _is_plain(one)}
    for collection in dict.fromkeys(one.collection for one in plain.values()):
        of_collection = {place: one for place, one in plain.items() if one.collection == collection}
        answers |= await _sign_together(of_collection, collection, uow=uow)
    return [answers.get(place) for place in range(len(signatures))]


def _is_plain(signature: Signature) -> bool:
    # Each person's own permission comes first: the rows of all are asked for at once.
    is_theirs = can_sign(signature.person, practice=signature.practice)
    return is_theirs and signature.digest is not None and not signature.under_protest


async def _sign_together(
    signatures: dict[int, Signature], collection: str, *, uow: UnitOfWork
) -> dict[int, Signed | DeclarationsError | ReturnedUnreadError]:
    practices = sorted({one.practice for one in signatures.values()})
    standings = uow.standings(NamedPractices(tuple(practices)))
    current = {one.practice: one for one in await standings.lock_free(collection, practices)}
    answers: dict[int, Signed | DeclarationsError | ReturnedUnreadError] = {}
    made: list[tuple[Change, Standing]] = []
    for place, signature in signatures.items():
        standing = current.get(signature.practice)
        if standing is None or standing.report is None or standing.report.digest != signature.digest:
            continue
        try:
            change = decide_signature(signature, standing)
        except (DeclarationsError, ReturnedUnreadError) as refusal:
            answers[place] = refusal
            continue
        if change is not None:
            made.append((change, standing))
            standing = current[signature.practice] = replace(standing, declaration=change.declaration)
        answers[place] = Signed(standing, change.entry if change else None)
    if made:
        await _keep(made, collection, standings=standings, uow=uow)
    return answers | await _with_views(answers, signatures, collection, standings)


async def _with_views(
    answers: dict[int, Signed | DeclarationsError | ReturnedUnreadError],
    signatures: dict[int, Signature],
    collection: str,
    standings: Standings,
) -> dict[int, Signed]:
    wanted = {
        place: answer
        for place, answer in answers.items()
        if isinstance(answer, Signed) and signatures[place].wants_view
    }
    asked = [(answer.standing, signatures[place].person) for place, answer in wanted.items()]
    found = await views(standings, collection, asked) if asked else []
    return {place: replace(answer, view=seen) for (place, answer), seen in zip(wanted.items(), found, strict=True)}


def decide_signature(signature: Signature, standing: Standing, open_queries: Sequence[Query] = ()) -> Change | None:
    """What signing the newest report of a locked practice comes to; None where the same was signed before.

    Raises FiguresMovedError (without what moved), RecalculatingError, NothingQueriedError, NotPossibleNowError or
    ReturnedUnreadError. `open_queries` are looked at under protest alone.
    """
    report, current = standing.report, standing.declaration
    assert report is not None, "whoever has no report is told so before"
    if current and current.digest == signature.digest and current.state in ALREADY_DONE[Action.SIGN]:
        return None
    if signature.digest != report.digest:
        raise FiguresMovedError(digest=report.digest, version=report.version, moved=())
    check_settled(standing)
    if signature.under_protest and not open_queries:
        raise NothingQueriedError
    change = signed(
        report,
        collection=signature.collection,
        practice=signature.practice,
        state=standing.state,
        person=signature.person,
        statement=signature.statement,
        at=signature.at,
        protested=tuple(query.query_id for query in open_queries),
        protest=protest_of(open_queries),
    )
    if standing.state is State.RETURNED and signature.seen not in (None, State.RETURNED.value):
        raise ReturnedUnreadError
    return change


async def _keep(
    made: Sequence[tuple[Change, Standing]], collection: str, *, standings: Standings, uow: UnitOfWork
) -> None:
    """Keep the signatures of practices that are locked, one of each; tell them and give their receipts."""
    await uow.declarations.record([change for change, _ in made])
    await give_receipts(made, collection, standings=standings, uow=uow)
    for change, standing in made:
        declaration = change.declaration
        content = DeclarationSigned(
            declaration_id=declaration.declaration_id,
            collection=collection,
            practice=declaration.practice,
            report_version=declaration.version,
            report_digest=declaration.digest,
            signed_by=declaration.signed_by,
            signed_at=declaration.signed_at,
            under_protest=declaration.under_protest,
            queries=list(declaration.protested),
        )
        assert standing.report is not None, "nothing is signed without a report"
        journey = str(standing.report.extract_id)
        uow.outbox.add(new_event(content, occurred_at=declaration.signed_at, correlation_id=journey))


async def _with_what_moved(
    refusal: FiguresMovedError, standings: Standings, standing: Standing, digest: str
) -> FiguresMovedError:
    """The refusal of an old digest with what moved since, where the digest is one of ours."""
    versions = await standings.versions(standing.collection, standing.practice)
    old = next((about.version for about in versions if about.digest == digest), None)
    moved = await moved_between(standings, standing, old, refusal.version) if old is not None else ()
    return FiguresMovedError(digest=refusal.digest, version=refusal.version, moved=moved)
