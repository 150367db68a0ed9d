from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from qof_ingest.core.directory import Commissioner, Directory, Practice, Supplier
from qof_ingest.handlers.load_directory import RECORDS_PER_EVENT, InvalidDirectoryError, load_directory
from qof_shared.contracts import CollectionOpened, DirectoryRecorded
from qof_shared.testing.fakes import NOON


async def test_a_first_load_records_and_tells_everything(directory: Directory, uow: Any) -> None:
    loaded = await load_directory(directory, uow=uow, now=NOON)
    assert (loaded.changed, loaded.revision) == (directory, 1)
    (told,) = uow.outbox.contents(DirectoryRecorded)
    assert told.revision == 1
    assert [one.practice for one in told.practices] == ["10002", "10003", "10017"]
    assert [one.commissioner for one in told.commissioners] == ["S08000015"]
    (opened,) = uow.outbox.contents(CollectionOpened)
    assert (opened.collection.collection, opened.collection.qof_year) == ("QOF-2012-13-SCOTLAND", "2012-13")


async def test_tokens_are_told_to_nobody(directory: Directory, uow: Any) -> None:
    await load_directory(directory, uow=uow, now=NOON)
    assert not any(b"token" in bytes(event.data) for event in uow.outbox.events)


async def test_the_same_file_again_changes_and_tells_nothing(directory: Directory, uow: Any) -> None:
    await load_directory(directory, uow=uow, now=NOON)
    told = len(uow.outbox.events)
    loaded = await load_directory(directory, uow=uow, now=NOON)
    assert (loaded.changed, loaded.revision) == (Directory(), None)
    assert len(uow.outbox.events) == told


async def test_only_what_changed_is_told_with_a_higher_revision(directory: Directory, uow: Any) -> None:
    await load_directory(directory, uow=uow, now=NOON)
    moved = Practice("10002", "The example surgery", "S08000015", "inps", "scotland")
    reopened = replace(directory.collections[0], closes_at=datetime(2013, 8, 1, tzinfo=UTC))
    uow.outbox.events.clear()
    changed = replace(directory, practices=(moved, *directory.practices[1:]), collections=(reopened,))
    loaded = await load_directory(changed, uow=uow, now=NOON)
    assert loaded.changed == Directory(practices=(moved,), collections=(reopened,))
    (told,) = uow.outbox.contents(DirectoryRecorded)
    assert (told.revision, [one.supplier for one in told.practices]) == (2, ["inps"])
    assert uow.outbox.contents(CollectionOpened) == []


async def test_a_new_token_is_a_change_that_nobody_is_told(directory: Directory, uow: Any) -> None:
    await load_directory(directory, uow=uow, now=NOON)
    uow.outbox.events.clear()
    new_token = Directory(suppliers=(Supplier("emis", "EMIS", "a-new-token-of-emis"),))
    loaded = await load_directory(new_token, uow=uow, now=NOON)
    assert loaded.revision == 2
    assert uow.outbox.events == []


async def test_many_practices_are_told_in_several_events(uow: Any) -> None:
    practices = tuple(
        Practice(f"{number:05d}", "A surgery", "S08000015", "emis", "scotland")
        for number in range(2 * RECORDS_PER_EVENT + 1)
    )
    many = Directory(
        (Supplier("emis", "EMIS", "token-of-emis-0123456789"),), (Commissioner("S08000015", "NHS"),), practices
    )
    await load_directory(many, uow=uow, now=NOON)
    told = uow.outbox.contents(DirectoryRecorded)
    assert [len(one.practices) for one in told] == [RECORDS_PER_EVENT, RECORDS_PER_EVENT, 1]
    assert [practice.practice for one in told for practice in one.practices] == [one.practice for one in practices]


async def test_a_fault_records_and_tells_nothing(directory: Directory, uow: Any) -> None:
    wrong = replace(directory, commissioners=())
    with pytest.raises(InvalidDirectoryError, match="/practices/0/commissioner: There is no commissioner") as refused:
        await load_directory(wrong, uow=uow, now=NOON)
    assert len(refused.value.faults) == 3
    assert uow.directory.revision == 0
    assert uow.outbox.events == []
