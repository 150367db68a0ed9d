"""The log's tree: hashes as published elsewhere, proofs that prove, and none that proves anything else."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qof_declarations.core.merkle import (
    EMPTY_ROOT,
    Node,
    consistency_spans,
    fold,
    grow,
    inclusion_spans,
    is_consistent,
    is_included,
    leaf_hash,
    perfect,
    prove,
)

# Leaves, roots of the first 1..8 of them and proofs as Certificate Transparency's implementations test themselves with.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 70)


class Log:
    """A log as its tables keep it: for every leaf the subtrees that it completes."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.leaves = [leaf_hash(entry) for entry in entries]
        self.hashes: dict[Node, bytes] = {}
        self.roots = [EMPTY_ROOT]
        for number, leaf in enumerate(self.leaves):  # one by one; a test adds many at once
            grown = grow(number, [self.hashes[node] for node in perfect((0, number))], [leaf])
            for level, one in enumerate(grown.completed[0]):
                self.hashes[Node(level, number >> level)] = one
            self.roots.append(grown.root)


def log_of(size: int) -> Log:
    return Log([str(number).encode() for number in range(size)])


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """The definition of the RFC, read aloud."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


def test_roots_are_the_published_ones() -> None:
    assert [root.hex() for root in Log(LEAVES).roots[1:]] == ROOTS


@pytest.mark.parametrize(
    ("leaf", "size", "proof"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
    ],
)
def test_inclusion_proofs_are_the_published_ones(leaf: int, size: int, proof: list[str]) -> None:
    log = Log(LEAVES)
    assert [one.hex() for one in prove(inclusion_spans(leaf, size), log.hashes)] == proof


def test_a_consistency_proof_is_the_published_one() -> None:
    log = Log(LEAVES)
    assert [one.hex() for one in prove(consistency_spans(6, 8), log.hashes)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_proof_up_to_seventy_leaves_proves() -> None:
    log = log_of(70)
    for size in range(1, 71):
        assert log.roots[size] == slow_root(log.leaves[:size])
        for leaf in range(size):
            proof = prove(inclusion_spans(leaf, size), log.hashes)
            assert is_included(leaf, size, log.leaves[leaf], proof, log.roots[size])
            assert len(proof) <= (size - 1).bit_length()
        for first in range(1, size + 1):
            proof = prove(consistency_spans(first, size), log.hashes)
            assert is_consistent(first, size, log.roots[first], log.roots[size], proof)


@given(before=st.integers(0, 40), added=st.integers(0, 40))
def test_many_at_once_are_as_one_by_one(before: int, added: int) -> None:
    log = log_of(before + added)
    peaks = [log.hashes[node] for node in perfect((0, before))]
    grown = grow(before, peaks, log.leaves[before:])
    assert grown.root == log.roots[before + added]
    for number, hashes in enumerate(grown.completed, start=before):
        assert list(hashes) == [log.hashes[Node(level, number >> level)] for level in range(len(hashes))]
        assert all(Node(level, number >> level).last_leaf == number for level in range(len(hashes)))


@given(size=SIZES, data=st.data())
def test_an_inclusion_proof_proves_nothing_else(size: int, data: st.DataObject) -> None:
    log = log_of(size)
    leaf = data.draw(st.integers(0, size - 1))
    proof = prove(inclusion_spans(leaf, size), log.hashes)
    root = log.roots[size]
    place = data.draw(st.integers(0, 32 * (len(proof) + 2) - 1))
    hashes = [bytearray(one) for one in (log.leaves[leaf], root, *proof)]
    hashes[place // 32][place % 32] ^= data.draw(st.integers(1, 255))
    changed_leaf, changed_root, *changed = [bytes(one) for one in hashes]
    assert not is_included(leaf, size, changed_leaf, changed, changed_root)
    other = data.draw(st.integers(0, size - 1).filter(lambda number: number != leaf) if size > 1 else st.just(size))
    assert not is_included(other, size, log.leaves[leaf], proof, root)
    assert not is_included(leaf, size, log.leaves[leaf], [*proof, root], root)
    assert not proof or not is_included(leaf, size, log.leaves[leaf], proof[:-1], root)


@given(first=SIZES, more=st.integers(0, 40), data=st.data())
def test_a_log_that_was_changed_is_not_consistent(first: int, more: int, data: st.DataObject) -> None:
    """Whatever proof the changed log gives, an honest verifier with the old head refuses it."""
    second = first + more
    entries = [str(number).encode() for number in range(second)]
    old = Log(entries[:first])
    place = data.draw(st.integers(0, first - 1))
    changed = list(entries)
    deed = data.draw(st.sampled_from(["delete", "replace", "swap", "insert"]))
    if deed == "delete":
        changed[place : place + 1] = []
        changed.append(b"filled up")
    elif deed == "replace":
        changed[place] = b"another"
    elif deed == "insert":
        changed.insert(place, b"slipped in")
    else:
        other = data.draw(
            st.integers(0, second - 1).filter(lambda number: number != place) if second > 1 else st.just(0)
        )
        changed[place], changed[other] = changed[other], changed[place]
        if changed == entries:
            changed[place] = b"another"
    new = Log(changed)
    size = len(changed)
    proof = prove(consistency_spans(first, size), new.hashes)
    assert not is_consistent(first, size, old.roots[first], new.roots[size], proof)


@given(first=SIZES, more=st.integers(0, 40), data=st.data())
def test_a_consistency_proof_proves_nothing_else(first: int, more: int, data: st.DataObject) -> None:
    second = first + more
    log = log_of(second)
    proof = prove(consistency_spans(first, second), log.hashes)
    hashes = [bytearray(one) for one in (log.roots[first], log.roots[second], *proof)]
    place = data.draw(st.integers(0, 32 * len(hashes) - 1))
    hashes[place // 32][place % 32] ^= data.draw(st.integers(1, 255))
    old, new, *changed = [bytes(one) for one in hashes]
    assert not is_consistent(first, second, old, new, changed)
    assert not is_consistent(first, second, log.roots[first], log.roots[second], [*proof, log.roots[first]])


def test_sizes_that_cannot_be_are_refused() -> None:
    for leaf, size in ((0, 0), (3, 3), (-1, 3)):
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_spans(leaf, size)
        assert not is_included(leaf, size, EMPTY_ROOT, [], EMPTY_ROOT)
    for first, second in ((0, 3), (4, 3)):
        with pytest.raises(ValueError, match="no beginning"):
            consistency_spans(first, second)
        assert not is_consistent(first, second, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not is_consistent(3, 4, EMPTY_ROOT, EMPTY_ROOT, [])
    assert fold([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", [1, 9_000, 1_000_000, 1_000_001])
def test_a_proof_reads_a_few_hashes_however_long_the_log(size: int) -> None:
    for spans in (inclusion_spans(size // 3, size), consistency_spans(max(1, size // 3), size)):
        assert sum(len(perfect(span)) for span in spans) <= 2 * size.bit_length() + 1
