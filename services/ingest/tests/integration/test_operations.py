"""Where every extract is, on a real database and a real broker."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.bootstrap import create_app, load
from qof_ingest.settings import IngestSettings
from qof_shared.db.engine import create_engine
from qof_shared.messaging.broker import ensure_topology, open_connection
from qof_shared.messaging.publishing import REASON_HEADER, Publisher
from qof_shared.testing.plugin import Broker
from qof_shared.testing.waiting import until

pytestmark = [pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq]

COLLECTION = "QOF-2012-13-SCOTLAND"
ROLES = {
    "olga": ("operator", ""),
    "nora": ("national-team", ""),
    "diana": ("practice-declarer", "10002"),
    "anna": ("commissioner-approver", "S08000015"),
}

Query = Callable[..., Any]
MakeExtract = Callable[..., dict[str, Any]]
AsOperator = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


def token(person: str) -> str:
    return f"a-long-token-of-{person}"


@pytest.fixture
async def people(engine: AsyncEngine, tmp_path: Path) -> str:
    """A file with people of all kinds, loaded; returns what the command said."""
    file = tmp_path / "people.json"
    people = [
        {"person": person, "name": person.title(), "role": role, "organisation": of, "token": token(person)}
        for person, (role, of) in ROLES.items()
    ]
    file.write_text(json.dumps({"people": people}))
    return await load(engine, file)


@pytest.fixture
def as_operator(people: str, database_url: str, broker: Broker) -> AsOperator:
    @asynccontextmanager
    async def client(engine: AsyncEngine, **changed: str | None) -> AsyncIterator[httpx.AsyncClient]:
        settings = IngestSettings(
            **{  # type: ignore[arg-type] # texts, which pydantic hides
                "database_url": database_url,
                "broker_url": broker.url,
                "broker_management_url": broker.management_url,
            }
            | changed
        )
        app = create_app(engine, settings, settings)
        headers = {"Authorization": f"Bearer {token('olga')}"}
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app), base_url="http://ingest", headers=headers
            ) as opened,
        ):
            yield opened

    return client


@pytest.fixture
async def publisher(broker: Broker) -> AsyncIterator[Publisher]:
    async with open_connection(broker.url, name="test") as connection:
        await ensure_topology(connection)
        yield await Publisher.open(connection)


async def post(client: httpx.AsyncClient, supplier_token: str, document: dict[str, Any]) -> UUID:
    headers = {"Authorization": f"Bearer {supplier_token}"}
    receipt = (await client.post("/v1/extracts", json=document, headers=headers)).raise_for_status().json()
    return UUID(receipt["extract_id"])


async def reach(query: Query, extract_id: UUID, stage: str, supplier: str = "emis") -> None:
    await query(
        "INSERT INTO journey (extract_id, stage, at, detail, supplier, collection)"
        " VALUES ($1, $2, now(), '{}', $3, $4)",
        extract_id,
        stage,
        supplier,
        COLLECTION,
    )


async def ask(client: httpx.AsyncClient, **parameters: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/v1/operations", params=parameters)).raise_for_status().json()
    return found


async def test_every_extract_is_in_the_ledger_once(
    engine: AsyncEngine,
    as_operator: AsOperator,
    publisher: Publisher,
    query: Query,
    make_extract: MakeExtract,
    emis_token: str,
    inps_token: str,
) -> None:
    async with as_operator(engine) as client:
        extracts = [await post(client, emis_token, make_extract(list_size=5000 + number)) for number in range(4)]
        await post(client, inps_token, make_extract(practice="10017"))
        await reach(query, extracts[0], "calculated")
        await reach(query, extracts[0], "reported")
        await reach(query, extracts[1], "rejected")
        await query("DELETE FROM outbox WHERE routing_key <> 'extract.accepted.v1'")
        await publisher.send_to_queue(
            "calculator.extracts.dead", b"{}", "a-message", {REASON_HEADER: "KeyError: no such rule"}
        )

        async def is_dead() -> bool:
            return (await ask(client))["ledger"]["dead"] == 1

        await until(is_dead)
        told = await ask(client)
    ledger = told["ledger"]
    assert [ledger[name] for name in ("accepted", "calculated", "rejected", "dead", "in_flight")] == [5, 1, 1, 1, 2]
    assert ledger["balances"]
    assert told["outbox_rows"] == 5
    assert 0 <= told["oldest_in_flight_seconds"] < 60
    emis, inps = told["suppliers"]
    assert (emis["supplier"], emis["name"], emis["collection"]) == ("emis", "EMIS", COLLECTION)
    assert [emis[name] for name in ("expected", "practices", "accepted", "calculated", "reported", "rejected")] == [
        *(2, 1, 4, 1, 1, 1)
    ]
    assert (emis["in_flight"], inps["in_flight"]) == (2, 1)
    queue = next(one for one in told["queues"] if one["name"] == "calculator.extracts")
    assert (queue["dead"], queue["consumers"], queue["service"]) == (1, 0, "calculator")
    assert told["dead_letters"] == [{"queue": "calculator.extracts", "reasons": {"KeyError: no such rule": 1}}]


async def test_an_extract_accepted_again_counts_once(
    engine: AsyncEngine,
    as_operator: AsOperator,
    query: Query,
    make_extract: MakeExtract,
    emis_token: str,
) -> None:
    async with as_operator(engine) as client:
        first = await post(client, emis_token, make_extract())
        again = await post(client, emis_token, make_extract(list_size=1))
        await query("UPDATE extracts SET amends = $1 WHERE extract_id = $2", first, again)
        await reach(query, again, "calculated")
        ledger = (await ask(client))["ledger"]
    assert (ledger["accepted"], ledger["calculated"], ledger["in_flight"], ledger["balances"]) == (1, 1, 0, True)


async def test_figures_that_disagree_do_not_balance(
    engine: AsyncEngine, as_operator: AsOperator, query: Query, make_extract: MakeExtract, emis_token: str
) -> None:
    async with as_operator(engine) as client:
        extract = await post(client, emis_token, make_extract())
        await reach(query, extract, "calculated")
        await reach(query, extract, "rejected", supplier="inps")  # somebody else's books have it, too
        ledger = (await ask(client))["ledger"]
    assert not ledger["balances"]
    assert "1 extracts were accepted, but 2 are calculated" in ledger["problem"]


async def test_one_collection_alone_may_be_asked_for(
    engine: AsyncEngine, as_operator: AsOperator, make_extract: MakeExtract, emis_token: str
) -> None:
    async with as_operator(engine) as client:
        await post(client, emis_token, make_extract())
        assert (await ask(client, collection=COLLECTION))["ledger"]["accepted"] == 1
        answer = await client.get("/v1/operations", params={"collection": "QOF-NEVER"})
    assert answer.status_code == 404


async def test_without_its_broker_the_ledger_is_told_all_the_same(
    engine: AsyncEngine, as_operator: AsOperator, make_extract: MakeExtract, emis_token: str
) -> None:
    for away, why in (("http://127.0.0.1:9", "does not answer"), (None, "QOF_BROKER_MANAGEMENT_URL")):
        async with as_operator(engine, broker_management_url=away) as client:
            await post(client, emis_token, make_extract())
            told = await ask(client)
        assert told["queues"] is None
        assert why in told["queues_problem"]
        assert (told["ledger"]["accepted"], told["ledger"]["in_flight"]) == (1, 1)


async def test_without_its_database_the_answer_says_so(as_operator: AsOperator) -> None:
    gone = create_engine("postgresql://nobody:nothing@127.0.0.1:9/nowhere", pool_size=1)
    async with as_operator(gone) as client:
        answer = await client.get("/v1/operations")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"


async def test_only_operators_and_the_national_team_are_kept_and_answered(
    engine: AsyncEngine, as_operator: AsOperator, people: str, query: Query, emis_token: str
) -> None:
    assert people.endswith("2 people recorded who may see the running of the system, of 4")
    assert {row.person for row in await query("SELECT person FROM people")} == {"olga", "nora"}
    async with as_operator(engine) as client:
        for who, status in ((token("nora"), 200), (token("diana"), 401), (emis_token, 401)):
            answer = await client.get("/v1/operations", headers={"Authorization": f"Bearer {who}"})
            assert answer.status_code == status
        await query("UPDATE people SET role = 'practice-user' WHERE person = 'nora'")
        answer = await client.get("/v1/operations", headers={"Authorization": f"Bearer {token('nora')}"})
        assert answer.status_code == 403


async def test_a_file_of_people_with_a_fault_is_not_loaded(engine: AsyncEngine, tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text('{"people": [{"person": "x", "name": "X", "role": "king", "token": "long-enough-a-token"}]}')
    with pytest.raises(SystemExit, match="the people cannot be loaded"):
        await load(engine, file)
