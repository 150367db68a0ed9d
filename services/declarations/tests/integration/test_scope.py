"""Nobody reads or writes what is not theirs: every role against every route, over HTTP and PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.seal import add_key
from qof_declarations.bootstrap import create_app
from qof_declarations.core.attachment import MediaType, attachment_of
from qof_declarations.core.query import Disagreement
from qof_declarations.settings import DeclarationsSettings
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    FINANCE,
    NATIONAL,
    OPERATOR,
    OTHER_APPROVER,
    OTHER_DECLARER,
    OTHER_FINANCE,
    OURS,
    THEIRS,
    USER,
    make_achievement,
    make_entitlement,
)
from qof_declarations.testing.world import World
from qof_shared.db.people import record_people
from qof_shared.people import Person

pytestmark = pytest.mark.needs_postgres

SEES: dict[Person, set[str]] = {
    USER: {OURS},
    DECLARER: {OURS},
    OTHER_DECLARER: {THEIRS},
    APPROVER: {OURS},
    OTHER_APPROVER: {THEIRS},
    FINANCE: {OURS},
    OTHER_FINANCE: {THEIRS},
    NATIONAL: {OURS, THEIRS},
    OPERATOR: set(),
}
OVERSEES: dict[Person, set[str]] = {APPROVER, OTHER_APPROVER, FINANCE, OTHER_FINANCE, NATIONAL}
SIGNS_FOR = {DECLARER: OURS, OTHER_DECLARER: THEIRS}
APPROVES_FOR = {APPROVER: OURS, OTHER_APPROVER: THEIRS}
PAYS_FOR = {FINANCE: OURS, OTHER_FINANCE: THEIRS}
QUERIES_FOR = {USER: OURS, DECLARER: OURS, OTHER_DECLARER: THEIRS}
READ = (
    "report",
    "reports",
    "reports/1",
    "declaration",
    "determinations",
    "queries",
    "waiting",
    "comparison",
    "hints",
    "report/indicators",
    "report/indicators/AF 4",
    "report/indicators/AF 4/what-if?numerator=1&denominator=2",
)
SWEPT = {
    ("GET", "/v1/collections/{collection}/practices/{practice}/report"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/reports"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/reports/{version}"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/declaration"),
    ("POST", "/v1/collections/{collection}/practices/{practice}/declaration"),
    ("GET", "/v1/collections/{collection}/declarations"),
    ("GET", "/v1/collections/{collection}/progress"),
    ("POST", "/v1/declarations/{declaration_id}/approve"),
    ("POST", "/v1/declarations/{declaration_id}/return"),
    ("POST", "/v1/declarations/{declaration_id}/finance-approve"),
    ("GET", "/v1/collections/{collection}/declarations.csv"),
    ("GET", "/v1/collections/{collection}/reminders"),
    ("GET", "/v1/collections/{collection}/reminders.csv"),
    ("POST", "/v1/collections/{collection}/approvals"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/queries"),
    ("POST", "/v1/collections/{collection}/practices/{practice}/queries"),
    ("POST", "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/answer"),
    ("POST", "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/withdraw"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/queries/{query_id}/attachments/{position}"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/receipts/{declaration_id}"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/receipts/{declaration_id}.pdf"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/waiting"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/waiting/events"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/comparison"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/hints"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/report/indicators"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/report/indicators/{indicator}"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/report/indicators/{indicator}/what-if"),
    ("GET", "/v1/collections/{collection}/practices/{practice}/determinations"),
    ("POST", "/v1/collections/{collection}/practices/{practice}/determinations"),
    ("DELETE", "/v1/collections/{collection}/practices/{practice}/determinations/{determination_id}"),
    ("POST", "/v1/collections/{collection}/determinations"),
}

PUBLIC = {
    ("GET", "/v1/receipt-keys"),
    ("GET", "/v1/log/head"),
    ("GET", "/v1/log/heads"),
    ("GET", "/v1/log/inclusion"),
    ("GET", "/v1/log/consistency"),
}
"""What anybody needs who checks a receipt: digests and keys, nobody's figures."""


def token(person: Person) -> str:
    return f"a long and random token of {person.person}"


@pytest.fixture
async def client(world: World, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with engine.begin() as connection:
        await record_people(connection, [(person, token(person)) for person in EVERYBODY])
    await world.tell(make_achievement(OURS), make_entitlement(OURS), make_achievement(THEIRS), make_entitlement(THEIRS))
    key_file = tmp_path / "receipt-keys.json"
    add_key(key_file)
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    settings = DeclarationsSettings(
        database_url=SecretStr(nowhere), broker_url=SecretStr("amqp://nobody@127.0.0.1:1/"), receipt_key_file=key_file
    )
    transport = httpx.ASGITransport(app=create_app(engine, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def test_every_route_is_swept(engine: AsyncEngine) -> None:
    document = create_app(engine).openapi()
    routes = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith("/v1")
    }
    assert routes == SWEPT | PUBLIC


def as_person(person: Person) -> dict[str, str]:
    return {"Authorization": f"Bearer {token(person)}"}


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_nobody_reads_another_practice(client: httpx.AsyncClient, person: Person) -> None:
    for practice in (OURS, THEIRS):
        for path in READ:
            answer = await client.get(
                f"/v1/collections/{COLLECTION}/practices/{practice}/{path}", headers=as_person(person)
            )
            assert answer.status_code == (200 if practice in SEES[person] else 404), (practice, path)
            if practice not in SEES[person]:
                nowhere = await client.get(
                    f"/v1/collections/{COLLECTION}/practices/NOWHERE/{path}", headers=as_person(person)
                )
                assert answer.json()["detail"] == nowhere.json()["detail"].replace("NOWHERE", practice)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_lists_hold_only_what_is_theirs(client: httpx.AsyncClient, person: Person) -> None:
    listed = await client.get(f"/v1/collections/{COLLECTION}/declarations", headers=as_person(person))
    progress = await client.get(f"/v1/collections/{COLLECTION}/progress", headers=as_person(person))
    others = [
        await client.get(f"/v1/collections/{COLLECTION}/{path}", headers=as_person(person))
        for path in ("reminders", "reminders.csv", "declarations.csv")
    ]
    if person not in OVERSEES:
        assert {answer.status_code for answer in (listed, progress, *others)} == {403}
        return
    assert {one["practice"] for one in others[0].json()["reminders"]} == SEES[person]
    for exported in others[1:]:
        assert [code for code in (OURS, THEIRS) if code in exported.text] == sorted(SEES[person])
    assert {entry["practice"] for entry in listed.json()["practices"]} == SEES[person]
    assert progress.json()["practices"] == len(SEES[person])


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_nobody_signs_or_decides_for_another(client: httpx.AsyncClient, world: World, person: Person) -> None:
    signer = {OURS: DECLARER, THEIRS: OTHER_DECLARER}
    approver = {OURS: APPROVER, THEIRS: OTHER_APPROVER}
    for practice in (OURS, THEIRS):
        digest = await world.digest(practice)
        signed = await client.post(
            f"/v1/collections/{COLLECTION}/practices/{practice}/declaration",
            headers=as_person(person) | {"If-Match": f'"{digest}"'},
        )
        may_sign = SIGNS_FOR.get(person) == practice
        assert signed.status_code == (201 if may_sign else 403 if practice in SEES[person] else 404)
        declaration = (await world.sign(digest, person=signer[practice], practice=practice)).view.standing.declaration
        assert declaration is not None
        assert declaration.signed_by == signer[practice].person
        for ending in ("", ".pdf"):
            receipt = await client.get(
                f"/v1/collections/{COLLECTION}/practices/{practice}/receipts/{declaration.declaration_id}{ending}",
                headers=as_person(person),
            )
            assert receipt.status_code == (200 if practice in SEES[person] else 404)
        many = await client.post(
            f"/v1/collections/{COLLECTION}/approvals",
            headers=as_person(person),
            json={"declaration_ids": [str(declaration.declaration_id)]},
        )
        assert many.status_code == (200 if person in APPROVES_FOR.keys() | PAYS_FOR.keys() else 403)
        if many.status_code == 200:
            assert many.json()["approved"] == (APPROVES_FOR.get(person) == practice)
        for deed in ("approve", "return"):
            decided = await client.post(
                f"/v1/declarations/{declaration.declaration_id}/{deed}",
                headers=as_person(person),
                json={"reason": "why"},
            )
            if APPROVES_FOR.get(person) == practice:
                assert decided.status_code == (200 if deed == "approve" else 403), "what is approved finance returns"
            else:
                assert decided.status_code == (403 if practice in SEES[person] else 404)
        await world.approve(declaration.declaration_id, person=approver[practice])
        paid = await client.post(
            f"/v1/declarations/{declaration.declaration_id}/finance-approve", headers=as_person(person)
        )
        if PAYS_FOR.get(person) == practice:
            assert paid.status_code == 200
        else:
            assert paid.status_code == (403 if practice in SEES[person] else 404)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_nobody_queries_or_answers_for_another(client: httpx.AsyncClient, world: World, person: Person) -> None:
    for practice in (OURS, THEIRS):
        refused = 403 if practice in SEES[person] else 404
        path = f"/v1/collections/{COLLECTION}/practices/{practice}/queries"
        body = {"indicators": ["AF 4"], "comment": f"asked by {person.name}"}
        raised = await client.post(path, headers=as_person(person), json=body)
        assert raised.status_code == (201 if QUERIES_FOR.get(person) == practice else refused)
        owner = {OURS: DECLARER, THEIRS: OTHER_DECLARER}[practice]
        content = b"evidence"
        query = (
            await world.disagree(
                Disagreement(("AF 4",), "why", "", ((attachment_of("a.txt", MediaType.TEXT, content), content),)),
                person=owner,
                practice=practice,
            )
        ).query
        file = await client.get(f"{path}/{query.query_id}/attachments/0", headers=as_person(person))
        assert file.status_code == (200 if practice in SEES[person] else 404)
        answer = {"accepted": True, "answer": "so"}
        answered = await client.post(f"{path}/{query.query_id}/answer", headers=as_person(person), json=answer)
        assert answered.status_code == (200 if APPROVES_FOR.get(person) == practice else refused)
        second = (await world.disagree(Disagreement(("AF 4",), "again"), person=owner, practice=practice)).query
        withdrawn = await client.post(f"{path}/{second.query_id}/withdraw", headers=as_person(person))
        assert withdrawn.status_code == (200 if QUERIES_FOR.get(person) == practice else refused)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_nobody_determines_for_another(client: httpx.AsyncClient, person: Person) -> None:
    one = {"indicator": "AF 4", "determines": "adjusted-points", "value": "5"}
    for practice in (OURS, THEIRS):
        path = f"/v1/collections/{COLLECTION}/practices/{practice}/determinations"
        made = await client.post(path, headers=as_person(person), json=one | {"reason": "why"})
        allowed = person is NATIONAL or APPROVES_FOR.get(person) == practice
        refused = 403 if practice in SEES[person] else 404
        assert made.status_code == (202 if allowed else refused)
        theirs = (await client.post(path, headers=as_person(NATIONAL), json=one | {"reason": "why"})).json()
        address = f"{path}/{theirs['determination']['determination_id']}"
        withdrawn = await client.request("DELETE", address, headers=as_person(person), json={"reason": "why"})
        assert withdrawn.status_code == (202 if allowed else refused)
    many = {"reason": "why", "determinations": [one | {"practice": OURS}]}
    path = f"/v1/collections/{COLLECTION}/determinations"
    answer = await client.post(path, headers=as_person(person), json=many)
    assert answer.status_code == (202 if person is NATIONAL else 403)


@pytest.mark.parametrize("person", EVERYBODY, ids=lambda person: person.person)
async def test_nobody_listens_for_another(client: httpx.AsyncClient, person: Person) -> None:
    for practice in {OURS, THEIRS} - SEES[person]:
        path = f"/v1/collections/{COLLECTION}/practices/{practice}/waiting/events"
        assert (await client.get(path, headers=as_person(person))).status_code == 404


async def test_nobody_unknown_gets_anything(client: httpx.AsyncClient) -> None:
    for method, path in SWEPT:
        address = path.format(
            collection=COLLECTION,
            practice=OURS,
            version=1,
            declaration_id=OURS,
            query_id=OURS,
            position=0,
            determination_id=OURS,
            indicator="AF 4",
        )
        for headers in ({}, {"Authorization": "Bearer unknown"}, {"Authorization": "Basic x"}):
            assert (await client.request(method, address, headers=headers)).status_code == 401, (method, path)
