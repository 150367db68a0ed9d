"""Receipts over HTTP: the file, the page, the keys and the log, and a command that needs nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from qof_declarations.adapters.seal import Seal, SealKeyError, add_key
from qof_declarations.core.merkle import leaf_hash
from qof_declarations.entrypoints.http_problems import add_declarations_problems
from qof_declarations.entrypoints.http_receipts import receipts_router
from qof_declarations.testing.asking import as_person
from qof_declarations.testing.builders import (
    APPROVER,
    COLLECTION,
    DECLARER,
    EVERYBODY,
    OTHER_DECLARER,
    OURS,
    make_achievement,
    make_collection,
    make_directory,
    make_entitlement,
)
from qof_declarations.testing.fake_receipts import SEAL
from qof_declarations.testing.fakes import FakeDeclarationsUnitOfWork
from qof_declarations.testing.world import World
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.testing.fakes import FakePeople

PRACTICE = f"/v1/collections/{COLLECTION}/practices/{OURS}"


@pytest.fixture
async def world(database: FakeDeclarationsUnitOfWork) -> World:
    world = World(lambda: database)
    await world.tell(make_directory(), make_collection(), make_achievement(), make_entitlement())
    return world


@pytest.fixture
async def path(world: World) -> str:
    """Where the receipt of a fresh signature is."""
    declaration = (await world.sign(await world.digest())).view.standing.declaration
    assert declaration is not None
    return f"{PRACTICE}/receipts/{declaration.declaration_id}"


@pytest.fixture
async def client(world: World, database: FakeDeclarationsUnitOfWork) -> AsyncIterator[httpx.AsyncClient]:
    people = FakePeople({person.person: person for person in EVERYBODY})
    router = receipts_router(new_unit_of_work=lambda: database, people=people, public_keys=SEAL.public_keys)
    app = create_shared_app(title="t", version="1", description="", routers=[router], checks={})
    add_declarations_problems(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_a_receipt_becomes_provable_once_the_log_has_it(
    client: httpx.AsyncClient, world: World, database: FakeDeclarationsUnitOfWork, path: str
) -> None:
    before = await client.get(path, headers=as_person(DECLARER))
    assert (before.status_code, before.json()["log"]) == (200, None)
    assert (await client.get("/v1/log/head")).status_code == 404
    await world.tell(*database.outbox.events)
    after = (await client.get(path, headers=as_person(APPROVER))).json()
    assert after["jws"] == before.json()["jws"]
    head = (await client.get("/v1/log/head")).json()
    assert after["log"] == {"head": head, "inclusion": [], "leaf": 0}
    leaf = leaf_hash(after["jws"].encode()).hex()
    found = await client.get("/v1/log/inclusion", params={"leaf": leaf})
    assert found.json() == {"hashes": [], "leaf": 0, "size": 1}
    assert (await client.get("/v1/log/heads")).json() == {"heads": [head], "next": None}
    proof = await client.get("/v1/log/consistency", params={"first": 1, "second": 1})
    assert proof.json() == {"first": 1, "hashes": [], "second": 1}


async def test_a_receipt_to_print_is_a_pdf(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"{path}.pdf", headers=as_person(DECLARER))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"] == ('attachment; filename="receipt-A81001-england-2012-13-v1.pdf"')
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_receipts_are_for_those_who_see_the_practice(client: httpx.AsyncClient, path: str) -> None:
    for ending in ("", ".pdf"):
        assert (await client.get(path + ending)).status_code == 401
        assert (await client.get(path + ending, headers=as_person(OTHER_DECLARER))).status_code == 404
        nowhere = f"{PRACTICE}/receipts/{uuid4()}{ending}"
        assert (await client.get(nowhere, headers=as_person(DECLARER))).status_code == 404
    assert (await client.get(f"{PRACTICE}/receipts/x.pdf", headers=as_person(DECLARER))).status_code == 422


async def test_the_log_and_the_keys_are_for_everybody_and_tell_nothing_of_anybody(
    client: httpx.AsyncClient, world: World, database: FakeDeclarationsUnitOfWork, path: str
) -> None:
    await world.tell(*database.outbox.events)
    keys = (await client.get("/v1/receipt-keys")).json()
    assert keys == SEAL.public_keys
    assert all("d" not in key for key in keys["keys"])
    told = [await client.get(f"/v1/log/{what}") for what in ("head", "heads", "consistency?first=1")]
    for answer in told:
        assert answer.status_code == 200
        assert OURS not in answer.text
        assert "diana" not in answer.text.lower()


@pytest.mark.parametrize(
    ("query", "status", "problem"),
    [
        ("inclusion?leaf=abc", 422, "invalid-request"),
        ("inclusion", 422, "invalid-request"),
        (f"inclusion?leaf={'0' * 64}", 404, "not-found"),
        ("consistency?first=0", 422, "invalid-request"),
        ("consistency?first=2&second=1", 422, "impossible-sizes"),
        ("consistency?first=1&second=9", 404, "not-found"),
        ("heads?limit=0", 422, "invalid-request"),
    ],
)
async def test_what_cannot_be_proved_is_a_problem(
    client: httpx.AsyncClient,
    world: World,
    database: FakeDeclarationsUnitOfWork,
    path: str,
    query: str,
    status: int,
    problem: str,
) -> None:
    await world.tell(*database.outbox.events)
    answer = await client.get(f"/v1/log/{query}")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, problem)


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The command as somebody elsewhere runs it: no settings, no database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("QOF_")}
    command = [sys.executable, "-m", "qof_declarations", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def test_anybody_verifies_a_receipt_with_a_command(
    client: httpx.AsyncClient, world: World, database: FakeDeclarationsUnitOfWork, path: str, tmp_path: Path
) -> None:
    receipt, keys, report, head = (tmp_path / f"{name}.json" for name in ("receipt", "keys", "report", "head"))
    keys.write_bytes((await client.get("/v1/receipt-keys")).content)
    receipt.write_bytes((await client.get(path, headers=as_person(DECLARER))).content)
    early = run("verify-receipt", receipt, "--keys", keys)
    assert (early.returncode, "before the log had it" in early.stdout) == (3, True), early.stderr
    await world.tell(*database.outbox.events)
    receipt.write_bytes((await client.get(path, headers=as_person(DECLARER))).content)
    head.write_bytes((await client.get("/v1/log/head")).content)
    document = (await world.report()).document
    assert document is not None
    report.write_bytes(document)
    genuine = run("verify-receipt", receipt, "--keys", keys, "--report", report, "--head", head)
    assert genuine.returncode == 0, genuine.stdout + genuine.stderr
    assert genuine.stdout.count("proved  ") == 4
    report.write_bytes(document.replace(b"1003.20", b"9003.20"))
    forged = run("verify-receipt", receipt, "--keys", keys, "--report", report)
    assert (forged.returncode, "WRONG   The report is not the one" in forged.stdout) == (1, True)
    keys.write_text(json.dumps(Seal.new().public_keys))
    assert run("verify-receipt", receipt, "--keys", keys).returncode == 1
    keys.write_text("{}")
    assert run("verify-receipt", receipt, "--keys", keys).returncode == 2
    assert run("verify-receipt", tmp_path / "none", "--keys", keys).returncode == 2


def test_verifying_imports_nothing_that_needs_a_database() -> None:
    code = (
        "import sys, runpy\n"
        "sys.argv = ['qof_declarations', 'verify-receipt', '/nowhere', '--keys', '/nowhere']\n"
        "try: runpy.run_module('qof_declarations', run_name='__main__')\n"
        "except SystemExit as end: code = end.code\n"
        "print(code, {'sqlalchemy', 'asyncpg', 'aio_pika', 'fastapi', 'pydantic'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "2 set()"


def test_a_new_key_seals_and_the_old_one_stays_published(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    made = run("receipt-key", file)
    assert (made.returncode, file.stat().st_mode & 0o777) == (0, 0o600)
    old = Seal.from_file(file)
    add_key(file)
    new = Seal.from_file(file)
    assert new.public_keys["keys"][1:] == old.public_keys["keys"]
    assert json.loads(file.read_text())["keys"][1] == old.public_keys["keys"][0], "its private part is gone"


def test_keys_that_cannot_seal_are_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(SealKeyError, match=r"QOF_DECLARATIONS_RECEIPT_KEY_FILE is not set.*receipt-key FILE"):
        Seal.from_file(None)
    with pytest.raises(SealKeyError, match="make one with"):
        Seal.from_file(tmp_path / "none")
    for text in ("{}", "[]", "no", '{"keys": []}', '{"kty": "oct", "k": "AAAA"}'):
        file = tmp_path / "wrong.json"
        file.write_text(text)
        with pytest.raises(SealKeyError, match=r"wrong\.json"):
            Seal.from_file(file)
    public = tmp_path / "public.json"
    public.write_text(json.dumps(Seal.new().public_keys))
    with pytest.raises(SealKeyError, match="the first key is public"):
        Seal.from_file(public)
    assert run("receipt-key").returncode == 2
