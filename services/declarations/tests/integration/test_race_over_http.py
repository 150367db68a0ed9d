"""Two hundred practices sign over HTTP while their figures move: what is stored is what each was shown."""

import asyncio
import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
import uvicorn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.signature_book import GroupedSignatures
from qof_declarations.adapters.unit_of_work import DeclarationsUnitOfWork
from qof_declarations.core.receipt import document_of
from qof_declarations.entrypoints.http import declarations_router
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_receipts import receipts_router
from qof_declarations.testing.builders import (
    COLLECTION,
    OUR_COMMISSIONER,
    make_achievement,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.people import Person, Role
from qof_shared.testing.fakes import NOON, FakePeople

pytestmark = pytest.mark.needs_postgres

PRACTICES = [f"P{place:05d}" for place in range(200)]


@pytest.fixture
async def client(world: World, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    """A true server on a port of its own."""
    people = FakePeople({code: Person(code, "Diana", Role.PRACTICE_DECLARER, code) for code in PRACTICES})
    new_unit_of_work = partial(DeclarationsUnitOfWork, engine, SEAL)
    routers = [
        declarations_router(
            new_unit_of_work=new_unit_of_work,
            book=GroupedSignatures(new_unit_of_work),
            people=people,
            now=lambda: NOON,
        ),
        receipts_router(new_unit_of_work=new_unit_of_work, people=people, public_keys=SEAL.public_keys),
    ]
    app = create_shared_app(title="t", version="1", description="", routers=routers, checks={})
    add_declarations_problems(app)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody when it is ready
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    await serving


async def test_two_hundred_signatures_meet_newer_figures(
    client: httpx.AsyncClient, world: World, engine: AsyncEngine
) -> None:
    await world.tell(make_directory(practices=[(code, OUR_COMMISSIONER) for code in PRACTICES], revision=2))
    await world.tell(*(make_achievement(code) for code in PRACTICES))
    await world.tell(*(make_entitlement(code) for code in PRACTICES))
    shuffle = random.Random(20130402)
    outcomes: Counter[str] = Counter()

    async def evening(practice: str) -> None:
        path = f"/v1/collections/{COLLECTION}/practices/{practice}"
        person = {"Authorization": f"Bearer {practice}"}
        shown = await client.get(f"{path}/report", headers=person)
        displayed = hashlib.sha256(shown.content).hexdigest()
        assert shown.headers["etag"] == f'"{displayed}"'

        async def press() -> httpx.Response:
            await asyncio.sleep(shuffle.random() * 0.02)
            return await client.post(f"{path}/declaration", headers={**person, "If-Match": f'"{displayed}"'})

        async def move() -> None:
            await asyncio.sleep(shuffle.random() * 0.02)
            await world.tell(make_entitlement(practice, snapshot=2, pounds="2.00"))

        *answers, _ = await asyncio.gather(press(), press(), press(), move())
        statuses = Counter(answer.status_code for answer in answers)
        assert statuses.keys() <= {200, 201, 412}, [answer.text for answer in answers]
        assert statuses[201] <= 1
        declaration = (await client.get(f"{path}/declaration", headers=person)).json()["declaration"]
        if statuses[201]:
            assert declaration["digest"] == displayed
            receipt = await client.get(f"{path}/receipts/{declaration['declaration_id']}", headers=person)
            assert document_of(receipt.json()["jws"])["report_digest"] == displayed
        else:
            assert declaration is None
        outcomes["signed first" if statuses[201] else "moved first"] += 1

    for start in range(0, len(PRACTICES), 5):
        await asyncio.gather(*(evening(practice) for practice in PRACTICES[start : start + 5]))

    assert sum(outcomes.values()) == len(PRACTICES)
    assert len(outcomes) == 2, "the interleavings were all alike and prove nothing"
    async with engine.connect() as connection:
        wrong = text(
            "SELECT count(*) FROM declarations AS d JOIN reports AS r USING (collection, practice, version)"
            " WHERE d.digest <> r.digest OR d.pounds <> r.pounds OR d.state = 'signed'"
        )
        assert (await connection.execute(wrong)).scalar_one() == 0
        for table in ("declarations", "receipts", "outbox WHERE routing_key = 'declaration.signed.v1'"):
            found = await connection.execute(text(f"SELECT count(*) FROM {table}"))
            assert found.scalar_one() == outcomes["signed first"], table
