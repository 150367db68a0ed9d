import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_ingest.adapters.directory_cache import CachedDirectory
from qof_ingest.adapters.unit_of_work import IngestUnitOfWork
from qof_ingest.bootstrap import load
from qof_ingest.core.directory import Directory, Practice, Supplier
from qof_ingest.handlers.load_directory import load_directory
from qof_shared.contracts import DirectoryRecorded, decode_event
from qof_shared.testing.fakes import NOON

pytestmark = pytest.mark.needs_postgres

EXAMPLE = Path(__file__).parents[2] / "examples" / "directory.json"

Query = Callable[..., Any]


async def record(engine: AsyncEngine, directory: Directory) -> int | None:
    async with IngestUnitOfWork(engine) as uow:
        loaded = await load_directory(directory, uow=uow, now=NOON)
        await uow.commit()
    return loaded.revision


async def test_what_is_recorded_is_read_back_the_same(engine: AsyncEngine, directory: Directory) -> None:
    async with IngestUnitOfWork(engine) as uow:
        recorded = await uow.directory.recorded()
    assert tuple(recorded.practices.values()) == directory.practices
    assert tuple(recorded.collections.values()) == directory.collections
    assert await record(engine, directory) is None


async def test_a_file_is_loaded_and_told_once(engine: AsyncEngine, query: Query) -> None:
    told = "SELECT body FROM outbox WHERE routing_key = 'directory.recorded.v1' ORDER BY outbox_id"
    before = len(await query(told))
    assert "practices: 1, collections: 1; the directory is at revision 2" in await load(engine, EXAMPLE)
    assert "nothing changed" in await load(engine, EXAMPLE)
    bodies = [bytes(row.body) for row in await query(told)]
    assert len(bodies) == before + 1
    revisions = [decode_event(body).content(DirectoryRecorded).revision for body in bodies]
    assert revisions == sorted(set(revisions))
    stored = {row.token_digest for row in await query("SELECT token_digest FROM suppliers")}
    assert all(len(digest) == 64 for digest in stored)


async def test_a_file_with_a_fault_changes_nothing(engine: AsyncEngine, query: Query, tmp_path: Path) -> None:
    file = tmp_path / "directory.json"
    practice = {"practice": "99999", "name": "A", "commissioner": "X99", "supplier": "emis", "nation": "scotland"}
    file.write_text(json.dumps({"practices": [practice]}))
    with pytest.raises(SystemExit, match="/practices/0/commissioner: There is no commissioner 'X99'"):
        await load(engine, file)
    with pytest.raises(SystemExit, match="No such file"):
        await load(engine, tmp_path / "missing.json")
    assert await query("SELECT 1 FROM practices WHERE practice = '99999'") == []


async def test_a_practice_just_recorded_is_known_at_once(engine: AsyncEngine) -> None:
    cached = CachedDirectory(engine, fresh_seconds=3600)
    assert await cached.practice("99999") is None
    await record(engine, Directory(practices=(Practice("99999", "A new surgery", "S08000015", "emis", "scotland"),)))
    found = await cached.practice("99999")
    assert found is not None
    assert found.supplier == "emis"
    assert await cached.collection("QOF-2012-13-SCOTLAND") is not None
    assert await cached.collection("QOF-1899-00") is None


async def test_a_withdrawn_token_is_refused_once_the_cache_is_no_longer_fresh(
    engine: AsyncEngine, emis_token: str
) -> None:
    held, fresh = CachedDirectory(engine, fresh_seconds=3600), CachedDirectory(engine, fresh_seconds=-1)
    for cached in (held, fresh):
        assert await cached.supplier_with_token(emis_token) == "emis"
    await record(engine, Directory(suppliers=(Supplier("emis", "EMIS", "a-new-token-of-emis"),)))
    assert await held.supplier_with_token(emis_token) == "emis"
    assert await fresh.supplier_with_token(emis_token) is None
    assert await held.supplier_with_token("a-new-token-of-emis") == "emis"


async def test_a_renamed_supplier_keeps_its_token(engine: AsyncEngine, emis_token: str) -> None:
    await record(engine, Directory(suppliers=(Supplier("emis", "EMIS Health", None),)))
    assert await CachedDirectory(engine).supplier_with_token(emis_token) == "emis"


async def test_a_practice_that_moves_belongs_to_its_new_supplier(engine: AsyncEngine, directory: Directory) -> None:
    cached = CachedDirectory(engine, fresh_seconds=-1)
    assert await record(engine, Directory(practices=(replace(directory.practices[0], supplier="inps"),)))
    found = await cached.practice("10002")
    assert found is not None
    assert found.supplier == "inps"
