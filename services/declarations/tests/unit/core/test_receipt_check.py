"""No byte of a receipt, its report, its proof or a head can be changed unseen."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qof_declarations.adapters.seal import Seal, open_seal, read_public_keys
from qof_declarations.core.merkle import (
    Node,
    consistency_spans,
    grow,
    inclusion_spans,
    leaf_hash,
    prove,
)
from qof_declarations.core.receipt import (
    HEAD_TYPE,
    RECEIPT_TYPE,
    LogEntry,
    LogHead,
    Receipt,
    document_of,
    head_document,
    head_json,
    moment,
    payload_of,
    receipt_file,
)
from qof_declarations.core.receipt_check import Finding, Verdict, check_receipt
from qof_declarations.core.report import canonical_json, digest_of

NOON = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)
SEAL = Seal.new()
KEYS = read_public_keys(json.dumps(SEAL.public_keys).encode())
OPEN = partial(open_seal, keys=KEYS)
REPORT = b'{"points":"7.5","pounds":"1003.20"}'

DOCUMENT = canonical_json(
    {
        "collection": "england-2012-13",
        "declaration_id": str(UUID(int=7)),
        "points": "45/6",
        "pounds": "1003.20",
        "practice": "A81001",
        "practice_name": "Señor Street Surgery",
        "protested_queries": [],
        "report_digest": digest_of(REPORT),
        "report_version": 1,
        "role": "practice-declarer",
        "signed_at": moment(NOON),
        "signed_by": "diana",
        "signed_by_name": "Diana Declarer",
        "statement": None,
        "under_protest": False,
        "worked_out_with": {"ruleset": "england-2012-13", "ruleset_digest": "1" * 64},
    }
)
OURS = SEAL.close(DOCUMENT, RECEIPT_TYPE)


class Log:
    """A log of seals, ours among them."""

    def __init__(self, seals: Sequence[str]) -> None:
        grown = grow(0, [], [leaf_hash(seal.encode()) for seal in seals])
        self.seals = seals
        self.hashes: dict[Node, bytes] = {
            Node(level, number >> level): one
            for number, completed in enumerate(grown.completed)
            for level, one in enumerate(completed)
        }

    def head(self, size: int) -> LogHead:
        root = grow(0, [], [leaf_hash(seal.encode()) for seal in self.seals[:size]]).root
        return LogHead(size, root, NOON, SEAL.close(head_document(size, root, NOON), HEAD_TYPE))

    def receipt(self, size: int) -> bytes:
        leaf = self.seals.index(OURS)
        proof = prove(inclusion_spans(leaf, size), self.hashes)
        return receipt_file(Receipt(OURS, document_of(OURS), LogEntry(leaf, proof, self.head(size))))

    def consistency(self, first: int, second: int) -> bytes:
        hashes = [one.hex() for one in prove(consistency_spans(first, second), self.hashes)]
        return canonical_json({"first": first, "hashes": hashes, "second": second})


SEALS = [f"seal {number}" for number in range(40)]
SEALS[11] = OURS
LOG = Log(SEALS)
RECEIPT, KEPT, GREW = LOG.receipt(23), canonical_json(head_json(LOG.head(37))), LOG.consistency(23, 37)


def verdicts(findings: Sequence[Finding]) -> set[Verdict]:
    return {finding.verdict for finding in findings}


def check_all(receipt: bytes, report: bytes, head: bytes, consistency: bytes) -> set[Verdict]:
    return verdicts(check_receipt(receipt, open_seal=OPEN, report=report, head=head, consistency=consistency))


def test_a_genuine_receipt_is_proved() -> None:
    found = check_receipt(RECEIPT, open_seal=OPEN, report=REPORT, head=KEPT, consistency=GREW)
    assert verdicts(found) == {Verdict.PROVED}
    said = [finding.sentence for finding in found]
    assert "Diana Declarer (practice-declarer) signed for Señor Street Surgery (A81001)" in said[0]
    assert "45/6 points and £1003.20" in said[0]
    assert said[2].startswith("The receipt is entry 12 of the 23 ")
    assert said[3].startswith("The log only grew")


@settings(max_examples=2500, deadline=None)
@given(data=st.data())
def test_every_changed_byte_is_noticed(data: st.DataObject) -> None:
    files = [RECEIPT, REPORT, KEPT, GREW]
    which = data.draw(st.integers(0, 3))
    place = data.draw(st.integers(0, len(files[which]) - 1))
    changed = bytearray(files[which])
    deed = data.draw(st.sampled_from(["change", "remove", "insert"]))
    if deed == "change":
        changed[place] ^= data.draw(st.integers(1, 255))
    elif deed == "remove":
        del changed[place]
    else:
        changed.insert(place, data.draw(st.integers(0, 255)))
    files[which] = bytes(changed)
    assert Verdict.WRONG in check_all(*files)


def test_each_byte_of_a_receipt_counts() -> None:
    """Not some drawn ones: the lowest bit of every byte, one after the other."""
    for place in range(len(RECEIPT)):
        changed = bytearray(RECEIPT)
        changed[place] ^= 1
        assert Verdict.WRONG in verdicts(check_receipt(bytes(changed), open_seal=OPEN)), place


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_log_with_an_entry_deleted_or_moved_is_noticed(data: st.DataObject) -> None:
    """The log seals new heads itself and gives the best proof it can: whoever kept an old head notices."""
    place = data.draw(st.integers(0, 22))
    seals = list(SEALS)
    if data.draw(st.booleans()):
        if seals[place] == OURS:
            place += 1
        del seals[place]
        seals.append("another")
    else:
        other = data.draw(st.integers(0, 39).filter(lambda number: number != place))
        seals[place], seals[other] = seals[other], seals[place]
    forged = Log(seals)
    size = max(seals.index(OURS) + 1, 30)
    kept = canonical_json(head_json(LOG.head(23)))
    found = check_receipt(forged.receipt(size), open_seal=OPEN, head=kept, consistency=forged.consistency(23, size))
    assert Verdict.WRONG in verdicts(found)
    assert "log was changed" in found[-1].sentence


def test_two_roots_for_one_size_are_noticed() -> None:
    other = Log(["another", *SEALS[1:]])
    kept = canonical_json(head_json(other.head(23)))
    [*_, last] = check_receipt(RECEIPT, open_seal=OPEN, head=kept)
    assert last == Finding(
        Verdict.WRONG, "The log was changed: it promised two different roots for the same 23 entries."
    )
    [*_, same] = check_receipt(RECEIPT, open_seal=OPEN, head=canonical_json(head_json(LOG.head(23))))
    assert same.verdict is Verdict.PROVED


def test_what_cannot_be_proved_yet_is_open_and_not_wrong() -> None:
    early = receipt_file(Receipt(OURS, document_of(OURS), None))
    assert [one.verdict for one in check_receipt(early, open_seal=OPEN)] == [Verdict.PROVED, Verdict.OPEN]
    [*_, last] = check_receipt(RECEIPT, open_seal=OPEN, head=KEPT)
    assert last.verdict is Verdict.OPEN
    assert "first=23&second=37" in last.sentence
    wrong = check_receipt(RECEIPT, open_seal=OPEN, head=KEPT, consistency=LOG.consistency(22, 37))
    assert "of other heads" in wrong[-1].sentence


def test_another_key_and_another_kind_of_seal_are_refused() -> None:
    stranger = Seal.new()
    forged = receipt_file(Receipt(stranger.close(DOCUMENT, RECEIPT_TYPE), document_of(OURS), None))
    assert verdicts(check_receipt(forged, open_seal=OPEN)) == {Verdict.WRONG}
    as_head = receipt_file(Receipt(SEAL.close(DOCUMENT, HEAD_TYPE), document_of(OURS), None))
    assert verdicts(check_receipt(as_head, open_seal=OPEN)) == {Verdict.WRONG}


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"\xff",
        b'{"document":{},"jws":"a","log":null,"more":1}',
        b'{"document":{},"jws":1,"log":null}',
        b'{"document":{},"jws":"a.b.c","log":null}',
        b'{"document":1.5,"jws":"a","log":null}',
        b"[" * 100_000,
        json.dumps(json.loads(RECEIPT), indent=1).encode(),
    ],
)
def test_what_is_no_receipt_is_said_to_be_none(file: bytes) -> None:
    [only] = check_receipt(file, open_seal=OPEN)
    assert only.verdict is Verdict.WRONG


def test_an_editors_last_line_end_is_forgiven() -> None:
    assert verdicts(check_receipt(RECEIPT + b"\n", open_seal=OPEN)) == {Verdict.PROVED}
    assert verdicts(check_receipt(RECEIPT + b"\n\n", open_seal=OPEN)) == {Verdict.WRONG}


def test_one_seal_is_one_text() -> None:
    header, payload, signature = OURS.split(".")
    assert payload_of(OURS) == DOCUMENT
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = last[last.index(signature[-1]) ^ 1]
    for text in (f"{header}.{payload}", f"{header}.{payload}.{signature[:-1]}{spare}", f"{OURS}=", f"{OURS}\n"):
        with pytest.raises(ValueError, match="seal"):
            payload_of(text)


def test_hashes_are_written_in_one_way() -> None:
    content = json.loads(RECEIPT)
    content["log"]["inclusion"][0] = content["log"]["inclusion"][0].upper()
    assert Verdict.WRONG in verdicts(check_receipt(canonical_json(content), open_seal=OPEN))
    for place, value in (("leaf", True), ("leaf", -1), ("leaf", "1"), ("inclusion", {}), ("inclusion", [1])):
        content = json.loads(RECEIPT)
        content["log"][place] = value
        assert Verdict.WRONG in verdicts(check_receipt(canonical_json(content), open_seal=OPEN))
