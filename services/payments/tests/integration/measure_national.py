"""How long do a preview, a proposal and a freeze of a nation take? Prints, never asserts.

eval "$(python -m qof_local servers env)"; python services/payments/tests/integration/measure_national.py [PRACTICES]
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_payments.adapters.gates import load_thresholds
from qof_payments.adapters.parameters import load_parameters
from qof_payments.adapters.unit_of_work import PaymentsUnitOfWork
from qof_payments.core.statement import PointsLine
from qof_payments.handlers.calculate_entitlements import accounts_of, calculator_on
from qof_payments.handlers.freeze_national_figures import freeze_national_figures
from qof_payments.handlers.ports import PracticeAchievement
from qof_payments.handlers.propose_national_figures import Terms, propose_national_figures
from qof_payments.handlers.review_national_figures import review_national_figures
from qof_shared.contracts import CollectionRecord, DirectoryRecorded, PracticeRecord
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate

COLLECTION, LAST_YEAR = "QOF-NOW", "QOF-BEFORE"
REGISTERS = [f"REGISTER{number:02}" for number in range(23)]
SUPPLIERS = ("northstar",) * 11 + ("meridian",) * 6 + ("fellside",) * 2 + ("harbour",)
NOW = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)
AT_ONCE = 500

R = TypeVar("R")


def achievement(number: int, collection: str, random: Random) -> PracticeAchievement:
    list_size = random.randint(1_500, 20_000)
    registers = {register: list_size * random.randint(150, 250) // 10_000 for register in REGISTERS}
    lines = [PointsLine(name, name, name, (random.randint(1, 200), 7)) for name in REGISTERS]
    lines += [PointsLine(name, name, None, (100, 1)) for name in ("Organisational", "Patient experience")]
    return PracticeAchievement(
        collection=collection,
        practice=f"A{number:05}",
        nation="england",
        qof_year="2012-13",
        extract_id=uuid4(),
        extract_number=number + 1,
        list_size=list_size,
        registers=registers,
        points=tuple(lines),
        achievement_date=date(2013, 3, 31),
    )


async def timed(name: str, work: Awaitable[R]) -> R:
    began, cpu = time.perf_counter(), time.process_time()
    done = await work
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    sys.stdout.write(f"{name:44} {seconds:6.2f} s, of which {used:6.2f} s here\n")
    return done


async def fill(engine: AsyncEngine, practices: int) -> None:
    for collection, year in ((LAST_YEAR, "2011-12"), (COLLECTION, "2012-13")):
        async with PaymentsUnitOfWork(engine) as uow:
            day = date(int(year[:4]) + 1, 3, 31)
            await uow.directory.open_collection(
                CollectionRecord(collection=collection, nation="england", qof_year=year, achievement_date=day)
            )
            for start in range(0, practices, AT_ONCE):
                numbers = range(start, min(start + AT_ONCE, practices))
                await uow.achievements.keep_newest(
                    [achievement(number, collection, Random(number)) for number in numbers]
                )
            await uow.commit()
    records = [
        PracticeRecord(
            practice=f"A{number:05}", name="n", nation="england", commissioner="C", supplier=SUPPLIERS[number % 20]
        )
        for number in range(practices)
    ]
    async with PaymentsUnitOfWork(engine) as uow:
        await uow.directory.record(DirectoryRecorded(revision=1, commissioners=[], practices=records))
        await uow.commit()


async def two_people(engine: AsyncEngine, name: str) -> None:
    common = {"parameters_of": load_parameters, "thresholds": load_thresholds()}

    async def review() -> int:
        async with PaymentsUnitOfWork(engine) as uow:
            found = await review_national_figures(COLLECTION, exclusions={}, uow=uow, **common)  # type: ignore[arg-type]
        return len(found.changes)

    changes = await timed(f"{name}: preview", review())
    terms = Terms(name, "measured", unverified_reason="measured")
    async with PaymentsUnitOfWork(engine) as uow:
        proposal = await timed(
            f"{name}: proposal",
            propose_national_figures(COLLECTION, terms=terms, person="n1", uow=uow, now=NOW, **common),  # type: ignore[arg-type]
        )
        await uow.commit()
    async with PaymentsUnitOfWork(engine) as uow:
        await timed(
            f"{name}: freeze, {changes:,} changes",
            freeze_national_figures(COLLECTION, proposal.proposal_id, person="n2", uow=uow, now=NOW, **common),  # type: ignore[arg-type]
        )
        await uow.commit()


async def pay(engine: AsyncEngine, practices: int) -> None:
    for start in range(0, practices, AT_ONCE):
        codes = [f"A{number:05}" for number in range(start, min(start + AT_ONCE, practices))]
        async with PaymentsUnitOfWork(engine) as uow:
            snapshot = await uow.national_figures.newest(COLLECTION)
            assert snapshot is not None
            accounts = await accounts_of(COLLECTION, codes, uow)
            calculate = calculator_on(snapshot, load_parameters, NOW, accounts)
            held = await uow.achievements.of_practices(COLLECTION, codes)
            await uow.entitlements.add([calculate(one) for one in held])
            await uow.commit()


async def measured(url: str, practices: int) -> None:
    await migrate("qof_payments", url)
    engine = create_engine(url)
    await fill(engine, practices)
    await two_people(engine, "first")
    await pay(engine, practices)
    corrected = achievement(0, COLLECTION, Random(1))
    corrected = replace(corrected, extract_number=practices + 1, registers=dict.fromkeys(REGISTERS, 1))
    async with PaymentsUnitOfWork(engine) as uow:
        await uow.achievements.keep_newest([corrected])
        await uow.commit()
    await two_people(engine, "second")
    await engine.dispose()


async def main() -> None:
    practices = int(sys.argv[1]) if len(sys.argv) > 1 else 9_000
    admin_url = os.environ["QOF_TEST_POSTGRES_URL"]
    name = f"measure_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        await measured(urlunsplit(urlsplit(admin_url)._replace(path=f"/{name}")), practices)
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asyncio.run(main())
