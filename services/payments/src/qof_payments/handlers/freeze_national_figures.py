"""Fix a collection's national figures under a name; from then on every practice is paid by them."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import msgspec

from qof_payments.core.national import NationalFigures, national_figures
from qof_payments.core.parameters import Parameters
from qof_payments.handlers.ports import ParametersOf, ReportedRegisters, Snapshot, UnitOfWork
from qof_shared.contracts import EntitlementsDue, NationalFiguresFrozen, new_event

PRACTICES_PER_MESSAGE = 100
"""How many practices one message makes due: enough to calculate in one transaction, few enough to share out."""


class FreezeError(Exception):
    """The national figures cannot be frozen now; the message says why and what to do."""


class UnknownCollectionError(FreezeError):
    """Payments knows no such collection."""


class NothingToFreezeError(FreezeError):
    """No practice has an achievement yet."""


class NameTakenError(FreezeError):
    """A snapshot of this name exists; frozen figures never change."""


def figures_digest(figures: NationalFigures) -> str:
    """SHA-256, hexadecimal, of the figures' JSON; registers are in alphabetical order, so it is canonical."""
    return hashlib.sha256(msgspec.json.encode(figures)).hexdigest()


async def freeze_national_figures(
    collection: str,
    *,
    name: str,
    reason: str,
    person: str,
    uow: UnitOfWork,
    parameters_of: ParametersOf,
    now: datetime,
) -> Snapshot:
    """Freeze what is there and make every practice's entitlement due. Raises a FreezeError.

    The figures are made from the newest achievement of each practice; later extracts are paid by the frozen
    figures and do not move them.
    """
    record = await uow.directory.collection(collection)
    if record is None:
        raise UnknownCollectionError(f"no collection {collection}; load it into ingest, then wait until it has arrived")
    year = parameters_of(record.nation, record.qof_year)
    await uow.national_figures.lock(collection)
    if await uow.national_figures.by_name(collection, name) is not None:
        raise NameTakenError(f"{collection} has national figures named {name!r} already; choose another name")
    practices = await uow.achievements.registers(collection)
    if not practices:
        raise NothingToFreezeError(f"no practice has an achievement in {collection} yet; wait for the calculator")
    # In a thread: averaging the nation takes part of a second, and the other requests shall not wait for it.
    figures = await asyncio.to_thread(_averaged, practices, year)
    newest = await uow.national_figures.newest(collection)
    snapshot = Snapshot(
        snapshot_id=uuid4(),
        collection=collection,
        number=newest.number + 1 if newest else 1,
        name=name,
        digest=figures_digest(figures),
        figures=figures,
        parameters_id=year.parameters_id,
        parameters_digest=year.digest,
        frozen_at=now,
        frozen_by=person,
        reason=reason,
    )
    await uow.national_figures.add(snapshot)
    _tell(snapshot, [reported.practice for reported in practices], uow, now)
    return snapshot


def _averaged(practices: Sequence[ReportedRegisters], year: Parameters) -> NationalFigures:
    """Decoded one after the other while they are averaged, so that the nation is never in memory as a whole."""
    registers = msgspec.json.Decoder(dict[str, int])
    return national_figures(((one.practice, one.list_size, registers.decode(one.registers)) for one in practices), year)


def _tell(snapshot: Snapshot, practices: list[str], uow: UnitOfWork, now: datetime) -> None:
    correlation_id = str(snapshot.snapshot_id)
    frozen = NationalFiguresFrozen(
        snapshot_id=snapshot.snapshot_id,
        collection=snapshot.collection,
        name=snapshot.name,
        digest=snapshot.digest,
        frozen_at=now,
        frozen_by=snapshot.frozen_by,
        reason=snapshot.reason,
        practices=snapshot.figures.practices,
        mean_prevalence={
            register: format(figure.mean_prevalence, "f") for register, figure in snapshot.figures.registers.items()
        },
    )
    uow.outbox.add(new_event(frozen, occurred_at=now, correlation_id=correlation_id))
    for start in range(0, len(practices), PRACTICES_PER_MESSAGE):
        due = EntitlementsDue(
            snapshot_id=snapshot.snapshot_id,
            collection=snapshot.collection,
            practices=practices[start : start + PRACTICES_PER_MESSAGE],
        )
        uow.outbox.add(new_event(due, occurred_at=now, correlation_id=correlation_id))
