"""What would the national figures be, what speaks against them, and whom would they pay otherwise?

A preview, a proposal and a freeze all come from here, so that what is frozen is what was seen.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from qof_payments.core.blast_radius import Change, Progress, Stated, blast_radius, change_of
from qof_payments.core.factor import EntitlementError
from qof_payments.core.gates import UNKNOWN_SUPPLIER, Earlier, Finding, Reported, Thresholds
from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters, UnknownParametersError
from qof_payments.core.plausibility import Circumstances, findings
from qof_payments.core.review import Inputs, Review
from qof_payments.handlers.calculate_entitlements import accounts_of
from qof_payments.handlers.errors import NothingToFreezeError, UnknownCollectionError, UnknownPracticeError
from qof_payments.handlers.ports import (
    ParametersOf,
    PracticeAchievement,
    ReportedRegisters,
    Snapshot,
    UnitOfWork,
)
from qof_payments.handlers.standing import Standing
from qof_payments.handlers.sums import sums_on
from qof_shared.contracts import CollectionRecord
from qof_shared.vocabulary import QofYear

PRACTICES_AT_ONCE = 500
"""Of so many practices the statements are compared at a time: what is held is bounded, and others get their turn."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review, with what a proposal or a freeze needs of it beside what people see."""

    review: Review
    changes: tuple[Change, ...]
    """By practice."""
    due: tuple[str, ...]
    """Practices whose entitlement is to be calculated: those without one, and those for which something changes."""
    inputs: bytes
    """What the figures were made from: JSON, [[practice, list size, registers], ...] by practice."""


async def review_national_figures(
    collection: str,
    *,
    exclusions: Mapping[str, str],
    uow: UnitOfWork,
    parameters_of: ParametersOf,
    thresholds: Thresholds,
) -> Reviewed:
    """Look at the newest achievement of every practice. `exclusions` is practice -> reason.

    Raises UnknownCollectionError, UnknownParametersError, UnknownPracticeError or NothingToFreezeError.
    """
    record = await uow.directory.collection(collection)
    if record is None:
        raise UnknownCollectionError(f"no collection {collection}; load it into ingest, then wait until it has arrived")
    year = parameters_of(record.nation, record.qof_year)
    expected = await uow.directory.suppliers(record.nation)
    reported = await uow.achievements.registers(collection)
    if not reported:
        raise NothingToFreezeError(f"no practice has an achievement in {collection} yet; wait for the calculator")
    unknown = sorted(exclusions.keys() - expected.keys() - {one.practice for one in reported})
    if unknown:
        raise UnknownPracticeError(f"no practice {', '.join(unknown)} in {record.nation}; check the codes excluded")
    standing = await uow.national_figures.newest(collection)
    circumstances = Circumstances(
        achievement_date=record.achievement_date,
        expected=expected,
        excluded=exclusions.keys(),
        parameters=year,
        parameters_before=_year_before(record, parameters_of),
        earlier=await _earlier(record, standing, uow),
    )
    # In a thread: the nation takes a second or two, and the other requests shall not wait for it.
    figures, found = await asyncio.to_thread(_looked_at, reported, circumstances, thresholds, exclusions)
    # Where no figures stand nobody has a statement, and everybody gets a first one.
    practices = [one.practice for one in reported]
    compared = _Compared([], practices, len(practices))
    if standing is not None:
        compared = await _compared(collection, figures, practices, uow, parameters_of)
    inputs = await asyncio.to_thread(_inputs, reported)
    review = Review(
        figures=figures,
        findings=tuple(found),
        blast_radius=blast_radius(
            compared.changes,
            practices=len(reported),
            first_paid=compared.first_paid,
            progress=await _progress(collection, compared.changes, uow),
            before=standing.figures if standing else None,
            after=figures,
        ),
        unverified=dict(sorted(year.unverified.items())),
        unverified_indicators=tuple(await uow.achievements.unverified_indicators(collection)),
        parameters_id=year.parameters_id,
        parameters_digest=year.digest,
        gates_digest=thresholds.digest,
        digest="",
    )
    digest = await asyncio.to_thread(_digest, review, exclusions, inputs)
    return Reviewed(replace(review, digest=digest), tuple(compared.changes), tuple(compared.due), inputs)


def inputs_of(kept: bytes) -> Inputs:
    """What figures were made from, as a proposal keeps it."""
    return {practice: (size, registers) for practice, size, registers in _inputs_decoder.decode(kept)}


_inputs_decoder = msgspec.json.Decoder(list[tuple[str, int, dict[str, int]]])
_registers_decoder = msgspec.json.Decoder(dict[str, int])


def _inputs(reported: Sequence[ReportedRegisters]) -> bytes:
    return msgspec.json.encode([(one.practice, one.list_size, msgspec.Raw(one.registers)) for one in reported])


def _digest(review: Review, exclusions: Mapping[str, str], inputs: bytes) -> str:
    """Registers, findings and exclusions are in a fixed order, so the JSON is canonical."""
    rests_on = (
        review.figures,
        review.findings,
        review.unverified,
        review.unverified_indicators,
        review.parameters_digest,
        review.gates_digest,
        sorted(exclusions.items()),
        hashlib.sha256(inputs).hexdigest(),
    )
    return hashlib.sha256(msgspec.json.encode(rests_on)).hexdigest()


def _year_before(record: CollectionRecord, parameters_of: ParametersOf) -> Parameters | None:
    try:
        return parameters_of(record.nation, _previous(record.qof_year))
    except UnknownParametersError:
        return None


def _previous(qof_year: str) -> str:
    return str(QofYear(QofYear.parse(qof_year).first_year - 1))


async def _earlier(record: CollectionRecord, standing: Snapshot | None, uow: UnitOfWork) -> list[Earlier]:
    """Last year's counts, and those of the figures that stand, where payments has them."""
    found = []
    last_year = await uow.directory.collection_of(record.nation, _previous(record.qof_year))
    if last_year is not None:
        counts = await uow.achievements.registers(last_year)
        found.append(Earlier(last_year, await asyncio.to_thread(_counts, counts)))
    if standing is not None and standing.proposal_id is not None:
        kept = await uow.proposals.inputs(standing.proposal_id)
        found.append(Earlier(f'the figures "{standing.name}"', await asyncio.to_thread(inputs_of, kept)))
    return found


def _counts(reported: Sequence[ReportedRegisters]) -> Inputs:
    return {one.practice: (one.list_size, _registers_decoder.decode(one.registers)) for one in reported}


def _looked_at(
    reported: Sequence[ReportedRegisters],
    circumstances: Circumstances,
    thresholds: Thresholds,
    exclusions: Mapping[str, str],
) -> tuple[NationalFigures, list[Finding]]:
    decode = _registers_decoder.decode
    practices = [
        Reported(
            one.practice,
            circumstances.expected.get(one.practice, UNKNOWN_SUPPLIER),
            one.list_size,
            decode(one.registers),
            one.achievement_date,
        )
        for one in reported
    ]
    figures = national_figures(
        ((one.practice, one.list_size, one.registers) for one in practices),
        circumstances.parameters,
        exclusions=exclusions,
    )
    return figures, findings(practices, figures, circumstances, thresholds)


async def _progress(collection: str, changes: Sequence[Change], uow: UnitOfWork) -> Progress:
    found = (await uow.declarations.progress(collection, [change.practice for change in changes])).values()
    states = [one.declaration.state for one in found if one.declaration]
    return Progress(
        signed=states.count("signed"),
        approved=states.count("approved"),
        finance_approved=states.count("finance-approved"),
        paid=sum(one.paid is not None for one in found),
    )


@dataclass(slots=True)
class _Compared:
    changes: list[Change]
    due: list[str]
    first_paid: int = 0


async def _compared(
    collection: str, figures: NationalFigures, practices: Sequence[str], uow: UnitOfWork, parameters_of: ParametersOf
) -> _Compared:
    """Every practice's statement on these figures against the one that stands."""
    compared = _Compared([], [])
    for start in range(0, len(practices), PRACTICES_AT_ONCE):
        codes = practices[start : start + PRACTICES_AT_ONCE]
        statements = await uow.entitlements.standing(collection, codes)
        achievements = await uow.achievements.of_practices(collection, codes)
        sums = sums_on(figures, parameters_of, await accounts_of(collection, codes, uow))
        await asyncio.to_thread(_compare, compared, achievements, statements, sums)
    return compared


def _compare(
    compared: _Compared,
    achievements: Sequence[PracticeAchievement],
    statements: Mapping[str, Standing],
    sums: Callable[[PracticeAchievement], Stated],
) -> None:
    for achievement in achievements:
        practice = achievement.practice
        stands = statements.get(practice)
        if stands is None:
            compared.first_paid += 1
            compared.due.append(practice)
            continue
        try:
            change = change_of(practice, stands.stated, sums(achievement))
        except EntitlementError as error:
            change = Change(practice, stands.stated.pence, None, (), str(error))
        if change is not None:
            compared.changes.append(change)
        if change is not None or stands.extract_id != achievement.extract_id:
            compared.due.append(practice)
