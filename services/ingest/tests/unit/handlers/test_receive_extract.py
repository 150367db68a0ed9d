import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from qof_ingest.core.directory import Collection
from qof_ingest.handlers.ports import KnownDirectory, Receipt, UnavailableError
from qof_ingest.handlers.receive_extract import (
    ExtractRefusedError,
    IdempotencyKeyReusedError,
    Posted,
    digest_of,
    receive_extract,
)
from qof_shared.contracts import Extract, ExtractAccepted, decode_event, encode_event
from qof_shared.messaging.chunks import OutboxRow, with_kept_body
from qof_shared.testing.fakes import NOON

MakeExtract = Callable[..., dict[str, Any]]


async def receive(extract: Posted, **ports: Any) -> Receipt:
    return await (await receive_extract(extract, **ports)).receipt()


def posted(document: dict[str, Any], *, key: str | None = None, supplier: str = "emis") -> Posted:
    body = msgspec.json.encode(document)
    return Posted(supplier, key, body, digest_of(body), msgspec.json.decode(body, type=Extract))


async def test_an_acceptable_extract_gets_a_receipt(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    extract = posted(make_extract(), key="first")
    receipt = await receive(extract, directory=known_directory, intake=intake, now=NOON)
    assert receipt.digest == hashlib.sha256(extract.body).hexdigest()
    assert (receipt.practice, receipt.received_at, receipt.is_replay) == ("10002", NOON, False)
    kept = intake.kept["emis", "first"]
    assert (kept.body, kept.nation, kept.qof_year) == (extract.body, "scotland", "2012-13")


async def test_the_event_carries_the_extract_and_its_number(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    extract = posted(make_extract())
    await receive(extract, directory=known_directory, intake=intake, now=NOON)
    (kept,) = intake.kept.values()
    event = kept.accepted(17)
    assert bytes(event.data).endswith(b'"extract":null}')
    row = with_kept_body(OutboxRow(1, str(event.message_id), event.name, encode_event(event)), kept.body)
    content = decode_event(row.body).content(ExtractAccepted)
    assert event.correlation_id == str(kept.extract_id)
    assert (content.extract_number, content.supplier, content.digest) == (17, "emis", kept.digest)
    assert content.extract == extract.extract


async def test_the_same_content_without_a_key_is_one_extract(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    first, second = [
        await receive(posted(make_extract()), directory=known_directory, intake=intake, now=NOON) for _ in range(2)
    ]
    assert second.extract_id == first.extract_id
    assert second.is_replay
    assert len(intake.kept) == 1


async def test_a_new_key_makes_the_same_content_a_new_extract(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    for key in (None, "restore"):
        await receive(posted(make_extract(), key=key), directory=known_directory, intake=intake, now=NOON)
    assert len(intake.kept) == 2


async def test_a_key_used_for_other_content_is_refused(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    await receive(posted(make_extract(), key="one"), directory=known_directory, intake=intake, now=NOON)
    other = posted(make_extract(list_size=5892), key="one")
    with pytest.raises(IdempotencyKeyReusedError):
        await receive(other, directory=known_directory, intake=intake, now=NOON)


async def test_a_key_belongs_to_its_supplier(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    await receive(posted(make_extract(), key="one"), directory=known_directory, intake=intake, now=NOON)
    other = posted(make_extract(practice="10017"), key="one", supplier="inps")
    receipt = await receive(other, directory=known_directory, intake=intake, now=NOON)
    assert not receipt.is_replay


async def test_a_refused_extract_is_not_kept_and_its_key_is_free(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    wrong = posted(make_extract(practice="10017", list_size=0), key="one")
    with pytest.raises(ExtractRefusedError) as refused:
        await receive(wrong, directory=known_directory, intake=intake, now=NOON)
    assert [fault.rule for fault in refused.value.faults] == ["practice-not-yours", "list-size"]
    assert not intake.kept
    await receive(posted(make_extract(), key="one"), directory=known_directory, intake=intake, now=NOON)


async def test_an_unknown_collection_is_refused(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    wrong = posted(make_extract(collection="QOF-1899-00"))
    with pytest.raises(ExtractRefusedError):
        await receive(wrong, directory=known_directory, intake=intake, now=NOON)


async def test_a_retry_after_the_collection_closed_gets_the_first_receipt(
    make_extract: MakeExtract, known_directory: Any, intake: Any
) -> None:
    first = await receive(posted(make_extract()), directory=known_directory, intake=intake, now=NOON)
    known_directory._collections["QOF-2012-13-SCOTLAND"] = Collection(
        "QOF-2012-13-SCOTLAND", "scotland", "2012-13", date(2013, 3, 31), closes_at=datetime(2013, 4, 1, tzinfo=UTC)
    )
    second = await receive(posted(make_extract()), directory=known_directory, intake=intake, now=NOON)
    assert second.extract_id == first.extract_id
    assert second.is_replay


async def test_without_a_database_there_is_no_receipt(
    make_extract: MakeExtract, known_directory: KnownDirectory, intake: Any
) -> None:
    intake.failure = UnavailableError("away")
    with pytest.raises(UnavailableError):
        await receive(posted(make_extract()), directory=known_directory, intake=intake, now=NOON)
