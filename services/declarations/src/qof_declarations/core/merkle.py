"""How is an append-only log hashed, so that nobody can change what it holds unseen?

A binary tree over the leaves in their order, hashed as RFC 9162 (Certificate Transparency 2.0) says in section 2.1.
Two short proofs follow from it: that a leaf is in a tree (inclusion), and that one tree is the beginning of another
(consistency). Every proof is made of hashes of perfect subtrees, which never change once they are full: a log keeps
those, and proves with about log2(size) of them.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]
"""Leaves from the first number on and before the second: one subtree of the RFC's recursion."""

EMPTY_ROOT = hashlib.sha256().digest()


@dataclass(frozen=True, slots=True)
class Node:
    """The perfect subtree over leaves `position << level` and on, `1 << level` of them."""

    level: int
    position: int

    @property
    def last_leaf(self) -> int:
        """The leaf that completes it."""
        return ((self.position + 1) << self.level) - 1


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf; the zero keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over its two children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def perfect(span: Span) -> list[Node]:
    """The perfect subtrees that make up a span, from left to right."""
    start, end = span
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over perfect subtrees, given from left to right; without any, that of the empty tree."""
    if not hashes:
        return EMPTY_ROOT
    *others, folded = hashes
    for one in reversed(others):
        folded = node_hash(one, folded)
    return folded


@dataclass(frozen=True, slots=True)
class Grown:
    """A log after leaves were added."""

    completed: Sequence[Sequence[bytes]]
    """For each new leaf the hashes of the subtrees that it completes: of level 0 (itself), 1, 2 ... as far as they go.
    """
    root: bytes


def grow(size: int, peaks: Iterable[bytes], leaves: Iterable[bytes]) -> Grown:
    """Add leaf hashes to a log of `size` leaves whose perfect subtrees (`perfect((0, size))`) hash to `peaks`."""
    stack, completed = list(peaks), []
    for number, leaf in enumerate(leaves, start=size):
        full, level = [leaf], 0
        while number >> level & 1:
            full.append(node_hash(stack.pop(), full[-1]))
            level += 1
        stack.append(full[-1])
        completed.append(full)
    return Grown(completed, fold(stack))


def inclusion_spans(leaf: int, size: int) -> list[Span]:
    """Which spans prove that `leaf` is in a tree of `size`, from the leaf to the root. Raises ValueError."""
    if not 0 <= leaf < size:
        raise ValueError(f"a log of {size} leaves has no leaf {leaf}")
    spans, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if leaf < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Which spans prove that the tree of `first` leaves is the beginning of that of `second`. Raises ValueError."""
    if not 0 < first <= second:
        raise ValueError(f"a log of {first} leaves is no beginning of one of {second}")
    spans, start, end, known = [], 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start, known = middle, False
    if not known:
        spans.append((start, end))
    return spans[::-1]


def _split(leaves: int) -> int:
    """The largest power of two below `leaves`: so many are left of the root."""
    return 1 << (leaves - 1).bit_length() - 1


def prove(spans: Iterable[Span], hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The proof: the hash of each span, from those of its perfect subtrees."""
    return [fold([hashes[node] for node in perfect(span)]) for span in spans]


def is_included(leaf: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Does the proof lead from the leaf to the root? RFC 9162, section 2.1.3.2."""
    if not 0 <= leaf < size:
        return False
    number, last, found = leaf, size - 1, leaf_hash
    for one in proof:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(one, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, one)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Does the proof show that the first tree is the beginning of the second? RFC 9162, section 2.1.4.2."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    path = list(proof) if first & (first - 1) else [first_root, *proof]
    if not path:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, one)
        number, last = number >> 1, last >> 1
    return last == 0 and (old, new) == (first_root, second_root)
