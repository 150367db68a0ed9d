"""What does a receipt cost a signature, and what does the log cost as it grows? Prints, never asserts.

    eval "$(.venv/bin/python -m qof_local servers env)"
    .venv/bin/python services/declarations/tests/integration/measure_receipts.py [LEAVES ...]

Signatures with and without a receipt take turns in one database, on reports as large as England's of 2012-13. Logs of
each size (9,000 and 1,000,000 leaves unless told) are filled past the triggers, as no release could.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from statistics import median, quantiles
from unittest.mock import patch
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import msgspec
from measure import points, pounds

from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.merkle import consistency_spans, grow, inclusion_spans, leaf_hash, perfect
from qof_declarations.core.receipt import HEAD_TYPE, head_document
from qof_declarations.handlers.receipts import prove_consistency, prove_inclusion
from qof_declarations.testing.builders import COLLECTION, OUR_COMMISSIONER, make_collection, make_directory, tell
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.world import World
from qof_shared.contracts import AchievementCalculated, DeclarationSigned, EntitlementCalculated, Event
from qof_shared.db.engine import create_engine
from qof_shared.db.migrate import migrate
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON

PRACTICES, ROUNDS, AT_ONCE, PROOFS, BATCH = 64, 12, 16, 500, 100


def of(practice: str, number: int) -> Iterator[Event]:
    """Both halves of a practice's large report."""
    achievement = points(number).content(AchievementCalculated)
    entitlement = pounds(number).content(EntitlementCalculated)
    extract = uuid4()
    yield tell(msgspec.structs.replace(achievement, practice=practice, extract_id=extract))
    yield tell(
        msgspec.structs.replace(
            entitlement, practice=practice, extract_id=extract, entitlement_id=uuid4(), pounds=f"{number}.00"
        )
    )


def said(name: str, seconds: Iterable[float]) -> None:
    taken = sorted(seconds)
    worst = quantiles(taken, n=100)[98]
    sys.stdout.write(f"{name:44} median {median(taken) * 1e3:6.2f} ms   p99 {worst * 1e3:6.2f} ms\n")


async def nothing(*_: object, **__: object) -> None:
    return None


async def signatures(url: str) -> None:
    engine = create_engine(url, pool_size=AT_ONCE + 2)
    world = World(partial(DeclarationsUnitOfWork, engine, SEAL))
    practices = [f"P{number:04}" for number in range(PRACTICES)]
    await world.tell(make_directory(practices=[(code, OUR_COMMISSIONER) for code in practices]), make_collection())
    taken: dict[tuple[str, str], list[float]] = {}
    rates: dict[str, list[float]] = {"with a receipt": [], "without": []}
    waiting: list[Event] = []

    async def sign(practice: str) -> float:
        person = Person(practice, "Diana", Role.PRACTICE_DECLARER, practice)
        digest = await world.digest(practice)
        began = time.perf_counter()
        decided = await world.sign(digest, person=person, practice=practice)
        lasted = time.perf_counter() - began
        assert decided.is_new
        declaration = decided.view.standing.declaration
        assert declaration is not None
        waiting.append(
            tell(
                DeclarationSigned(
                    declaration_id=declaration.declaration_id,
                    collection=COLLECTION,
                    practice=practice,
                    report_version=declaration.version,
                    report_digest=declaration.digest,
                    signed_by=practice,
                    signed_at=declaration.signed_at,
                )
            )
        )
        return lasted

    async def many(some: list[str]) -> list[float]:
        return [await sign(practice) for practice in some]

    for number in range(1, 2 * ROUNDS + 1):
        way = ("with a receipt", "without")[number % 2]
        for practice in practices:
            await world.tell(*of(practice, number))
        with patch("qof_declarations.handlers.signing.give_receipts", nothing) if way == "without" else nullcontext():
            alone = practices[: PRACTICES // 4]
            taken.setdefault((way, "one by one"), []).extend(await many(alone))
            began = time.perf_counter()
            shares = [practices[PRACTICES // 4 :][place::AT_ONCE] for place in range(AT_ONCE)]
            for lasted in await asyncio.gather(*map(many, shares)):
                taken.setdefault((way, f"{AT_ONCE} at once"), []).extend(lasted)
            rates[way].append((PRACTICES - len(alone)) / (time.perf_counter() - began))
    for (way, how), seconds in sorted(taken.items(), key=lambda one: one[0][::-1]):
        said(f"signature {way}, {how}", seconds)
    for way, found in rates.items():
        sys.stdout.write(f"signatures {way}, {AT_ONCE} at once: {median(found):6.0f} a second\n")

    began = time.perf_counter()
    for start in range(0, len(waiting), BATCH):
        await world.tell(*waiting[start : start + BATCH])
    lasted = time.perf_counter() - began
    async with DeclarationsUnitOfWork(engine) as uow:
        head = await uow.log.newest_head()
    assert head is not None
    sys.stdout.write(f"receipts entered in batches of {BATCH}: {head.size / lasted:6.0f} a second\n")
    await engine.dispose()


async def fill(url: str, size: int) -> None:
    """A log of this size, written past its triggers and keys: its receipts are nobody's."""
    filler = await asyncpg.connect(url)
    await filler.execute("SET session_replication_role = replica")
    leaves = (leaf_hash(number.to_bytes(8)) for number in range(size))
    grown = grow(0, [], leaves)
    rows = ((leaf, uuid4(), 1, b"".join(hashes)) for leaf, hashes in enumerate(grown.completed))
    columns = ["leaf", "declaration_id", "signature", "hashes"]
    await filler.copy_records_to_table("log_leaves", records=rows, columns=columns)
    seal = SEAL.close(head_document(size, grown.root, NOON), HEAD_TYPE)
    await filler.execute("INSERT INTO log_heads VALUES ($1, $2, $3, $4)", size, grown.root, NOON, seal)
    await filler.execute("ANALYZE")
    disk = await filler.fetchval("SELECT pg_total_relation_size('log_leaves')")
    sys.stdout.write(f"log of {size:,} leaves: {disk / 2**20:,.0f} MiB on disk with its indexes\n")
    await filler.close()


async def proofs(url: str, size: int) -> None:
    engine = create_engine(url, pool_size=2)
    draw = random.Random(size)
    inclusion, consistency, hashes, rows = [], [], [], []
    async with DeclarationsUnitOfWork(engine) as uow:
        for _ in range(PROOFS):
            leaf = draw.randrange(size)
            began = time.perf_counter()
            found = await prove_inclusion(leaf_hash(leaf.to_bytes(8)), size=None, uow=uow)
            inclusion.append(time.perf_counter() - began)
            began = time.perf_counter()
            other = await prove_consistency(leaf + 1, second=None, uow=uow)
            consistency.append(time.perf_counter() - began)
            hashes.append(max(len(found.hashes), len(other.hashes)))
            spans = inclusion_spans(leaf, size), consistency_spans(leaf + 1, size)
            rows.append(max(sum(len(perfect(span)) for span in some) for some in spans))
        began = time.perf_counter()
        peaks = perfect((0, size))
        await uow.log.hashes(peaks)
        peak = time.perf_counter() - began
    said(f"inclusion proof in {size:,}", inclusion)
    said(f"consistency proof in {size:,}", consistency)
    sys.stdout.write(
        f"  at most {max(hashes)} hashes a proof; at most {max(rows)} rows read;"
        f" the {len(peaks)} peaks to append to: {peak * 1e3:.2f} ms\n"
    )
    await engine.dispose()


async def main(server: str, sizes: list[int]) -> None:
    names = [f"measure_receipts_{uuid4().hex[:8]}" for _ in range(1 + len(sizes))]
    admin = await asyncpg.connect(server)
    try:
        for name, size in zip(names, [0, *sizes], strict=True):
            await admin.execute(f'CREATE DATABASE "{name}"')
            url = urlsplit(server)._replace(path=f"/{name}").geturl()
            await migrate("qof_declarations", url)
            if size:
                await fill(url, size)
                await proofs(url, size)
            else:
                await signatures(url)
    finally:
        for name in names:
            await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


if __name__ == "__main__":
    asked = [int(text) for text in sys.argv[1:]] or [9_000, 1_000_000]
    asyncio.run(main(os.environ["QOF_TEST_POSTGRES_URL"], asked))
