"""Is a receipt genuine? Everything is looked at anew, from the files alone: no database, no network, no trust.

Every file is to be written exactly as it was served, so that no byte of it can be changed unseen.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from qof_declarations.core.errors import InvalidFiguresError
from qof_declarations.core.merkle import is_consistent, is_included, leaf_hash
from qof_declarations.core.receipt import HEAD_TYPE, RECEIPT_TYPE, payload_of
from qof_declarations.core.report import canonical_json, digest_of

OpenSeal: TypeAlias = Callable[[str, str], bytes]
"""Seal and its type -> what it seals; raises ValueError with a sentence where no published key made it."""


class Verdict(StrEnum):
    """What one look at a receipt showed."""

    PROVED = "proved"
    OPEN = "open"
    """Neither proved nor wrong: something is not there to look at."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and what it means, for a person."""

    verdict: Verdict
    sentence: str


class _WrongError(Exception):
    """Something is not as it was served; the text says what."""


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    root: bytes
    at: str


def check_receipt(
    receipt: bytes,
    *,
    open_seal: OpenSeal,
    report: bytes | None = None,
    head: bytes | None = None,
    consistency: bytes | None = None,
) -> list[Finding]:
    """Look at a receipt file; with a report, whether it is the one that was signed; with a head that somebody kept,
    whether the log still is what it was. `consistency` leads from one head to the other where they differ.

    The first wrong thing ends it: what follows would rest on it.
    """
    findings: list[Finding] = []
    try:
        for finding in _looks(receipt, open_seal, report, head, consistency):
            findings.append(finding)
    except _WrongError as wrong:
        findings.append(Finding(Verdict.WRONG, str(wrong)))
    return findings


def _looks(
    receipt: bytes, open_seal: OpenSeal, report: bytes | None, kept: bytes | None, consistency: bytes | None
) -> Iterator[Finding]:
    content = _read(receipt, "The receipt", {"document", "jws", "log"})
    sealed = _opened(content["jws"], RECEIPT_TYPE, open_seal, "The receipt")
    document = content["document"]
    if not isinstance(document, dict) or canonical_json(document) != sealed:
        raise _WrongError("The receipt's document is not the one that was sealed. It was changed.")
    yield Finding(Verdict.PROVED, f"The receipt is genuine: {_said(document)}")
    if report is not None:
        if digest_of(report) != document["report_digest"]:
            raise _WrongError(
                "The report is not the one that was signed: its SHA-256 is "
                f"{digest_of(report)}, and {document['report_digest']} was signed."
            )
        yield Finding(Verdict.PROVED, "The report is exactly the one that was signed.")
    if content["log"] is None:
        yield Finding(
            Verdict.OPEN,
            "The receipt was saved before the log had it. Save it again a minute later to prove that it is in the log.",
        )
        return
    log = _object(content["log"], "The receipt's place in the log", {"head", "inclusion", "leaf"})
    head = _head(log["head"], open_seal, "The log's head in the receipt")
    leaf, inclusion = _number(log["leaf"]), _hashes(log["inclusion"])
    if not is_included(leaf, head.size, leaf_hash(content["jws"].encode()), inclusion, head.root):
        raise _WrongError("The receipt is not in the log where it says: its proof does not lead to the log's root.")
    yield Finding(
        Verdict.PROVED, f"The receipt is entry {leaf + 1:,} of the {head.size:,} that the log had at {head.at}."
    )
    if kept is not None:
        yield _agree(head, _head(_parsed(kept, "The head"), open_seal, "The head that you kept"), consistency)


def _agree(ours: _Head, kept: _Head, consistency: bytes | None) -> Finding:
    """Is one head's log the beginning of the other's?"""
    first, second = sorted((ours, kept), key=lambda head: head.size)
    if first.size == second.size:
        if first.root != second.root:
            raise _WrongError(
                f"The log was changed: it promised two different roots for the same {first.size:,} entries."
            )
        return Finding(Verdict.PROVED, "The head that you kept is that of the same log.")
    if consistency is None:
        return Finding(
            Verdict.OPEN,
            f"The head that you kept is of {kept.size:,} entries, the receipt's of {ours.size:,}. To prove that the"
            f" one grew from the other, fetch /v1/log/consistency?first={first.size}&second={second.size} and give it"
            " with --consistency.",
        )
    proof = _read(consistency, "The consistency proof", {"first", "hashes", "second"})
    if (_number(proof["first"]), _number(proof["second"])) != (first.size, second.size):
        raise _WrongError(
            f"The consistency proof is of other heads: it should lead from {first.size} to {second.size} entries."
        )
    if not is_consistent(first.size, second.size, first.root, second.root, _hashes(proof["hashes"])):
        raise _WrongError(
            f"The log was changed: its first {first.size:,} entries are not those that it had at {first.at}."
        )
    return Finding(Verdict.PROVED, f"The log only grew between {first.at} and {second.at}: nothing in it was changed.")


def _opened(seal: object, kind: str, open_seal: OpenSeal, what: str) -> bytes:
    try:
        if not isinstance(seal, str):
            raise ValueError("it has no seal")
        payload_of(seal)
        return open_seal(seal, kind)
    except ValueError as error:
        raise _WrongError(f"{what} was not sealed with a published key, or was changed since: {error}.") from error


def _head(content: object, open_seal: OpenSeal, what: str) -> _Head:
    found = _object(content, what, {"at", "jws", "root", "size"})
    sealed = _opened(found["jws"], HEAD_TYPE, open_seal, what)
    if canonical_json({name: found[name] for name in ("at", "root", "size")}) != sealed:
        raise _WrongError(f"{what} is not the one that was sealed. It was changed.")
    return _Head(_number(found["size"]), _hash(found["root"]), found["at"])


def _read(file: bytes, what: str, names: set[str]) -> Mapping[str, Any]:
    return _object(_parsed(file, what), what, names)


def _parsed(file: bytes, what: str) -> object:
    """The content of a file that is written as we write it; an end of line behind it is an editor's habit."""
    text = file.removesuffix(b"\n")
    try:
        content = json.loads(text)
        is_ours = canonical_json(content) == text
    except (ValueError, RecursionError, InvalidFiguresError) as error:
        raise _WrongError(f"{what} cannot be read: {error}.") from error
    if not is_ours:
        raise _WrongError(
            f"{what} is not written as it was served: something was changed, or a program saved it in its own way. "
            "Use the file as it was downloaded."
        )
    return content


def _object(content: object, what: str, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(content, dict) or content.keys() != names:
        raise _WrongError(f"{what} should hold {', '.join(sorted(names))} and nothing else.")
    return content


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _WrongError(f"{value!r} is no number of entries.")
    return value


def _hash(value: object) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != 32 or found.hex() != value:
        raise _WrongError(f"{value!r} is no SHA-256 hash.")
    return found


def _hashes(values: object) -> list[bytes]:
    if not isinstance(values, list):
        raise _WrongError("A proof is a list of hashes.")
    return [_hash(value) for value in values]


def _said(document: Mapping[str, Any]) -> str:
    protest = " under protest" if document["under_protest"] else ""
    return (
        f"{document['signed_by_name']} ({document['role']}) signed{protest} for {document['practice_name']}"
        f" ({document['practice']}), collection {document['collection']}, report version {document['report_version']}"
        f" with {document['points']} points and £{document['pounds']}, at {document['signed_at']}."
    )
