"""Seals: JSON Web Signatures with Ed25519 (RFC 7515, RFC 9864), and the file that holds the keys.

The file is a JSON Web Key Set. Its first key, private, seals; the others, public, only tell what was sealed before.
Nothing here needs a database: `verify-receipt` uses it on anybody's machine.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from qof_shared.errors import SetupError

ALGORITHM: Final = "Ed25519"


class SealKeyError(SetupError, ValueError):
    """The keys cannot be used; says which file, and how to mend it."""


class Seal:
    """Seals with one key, and knows the public part of all that were used."""

    def __init__(self, keys: Sequence[OKPKey]) -> None:
        self._key, self._key_id = keys[0], keys[0].thumbprint()
        self._public = {"keys": [_public(key) for key in keys]}

    @classmethod
    def from_file(cls, path: Path | None) -> Self:
        """Raises SealKeyError."""
        if path is None:
            raise SealKeyError(
                "QOF_DECLARATIONS_RECEIPT_KEY_FILE is not set, and receipts cannot be sealed without a key: make one "
                "with `python -m qof_declarations receipt-key FILE` and name the file there"
            )
        keys = _read(path)
        if not keys[0].is_private:
            raise SealKeyError(f"{path}: the first key is public; the one that seals has to come first, with its `d`")
        return cls(keys)

    @classmethod
    def new(cls) -> Self:
        """A seal whose key nobody else has: for tests."""
        return cls([OKPKey.generate_key(ALGORITHM)])

    @property
    def public_keys(self) -> Mapping[str, Any]:
        """The JSON Web Key Set to publish."""
        return self._public

    def close(self, document: bytes, kind: str) -> str:
        """The seal over `document`, compact; `kind` says what is sealed."""
        header = {"alg": ALGORITHM, "kid": self._key_id, "typ": kind}
        return jws.serialize_compact(header, document, self._key, algorithms=[ALGORITHM])


def open_seal(seal: str, kind: str, keys: KeySet) -> bytes:
    """What a seal of this kind seals; raises ValueError where none of `keys` made it."""
    try:
        found = jws.deserialize_compact(seal, keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise ValueError(str(error)) from error
    if found.headers().get("typ") != kind:
        raise ValueError(f"it seals {found.headers().get('typ')!r} and not {kind!r}")
    return found.payload


def read_public_keys(text: bytes) -> KeySet:
    """Published keys; raises SealKeyError."""
    try:
        content = json.loads(text)
        return KeySet([_public_key(one) for one in content["keys"]])
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise SealKeyError(f"these are no published keys (a JSON Web Key Set of Ed25519 keys): {error!r}") from error


def add_key(path: Path) -> str:
    """Make a new key that seals from now on, kept in `path` for its owner alone; the public parts of those that the
    file held stay published. Returns the new key's id."""
    before = _read(path) if path.exists() else []
    key = OKPKey.generate_key(ALGORITHM)
    content = {"keys": [_named(key, private=True), *(_public(one) for one in before)]}
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
    draft.replace(path)
    return key.thumbprint()


def _read(path: Path) -> list[OKPKey]:
    try:
        content = json.loads(path.read_bytes())
        is_set = isinstance(content, dict) and "keys" in content
        keys = [OKPKey.import_key(one) for one in (content["keys"] if is_set else [content])]
    except (OSError, JoseError, ValueError, TypeError, KeyError) as error:
        raise SealKeyError(
            f"{path} holds no receipt key: {error!r}; make one with `python -m qof_declarations receipt-key {path}`"
        ) from error
    if not keys or any(key.curve_name != ALGORITHM for key in keys):
        raise SealKeyError(f"{path}: receipts are sealed with {ALGORITHM} keys, at least one")
    return keys


def _public_key(content: Mapping[str, Any]) -> OKPKey:
    """A key under the name that follows from it, whatever name it was given."""
    key = OKPKey.import_key(_public(OKPKey.import_key(dict(content))))
    if key.curve_name != ALGORITHM:
        raise ValueError(f"a key is of curve {key.curve_name}")
    return key


def _public(key: OKPKey) -> dict[str, Any]:
    return _named(key, private=False)


def _named(key: OKPKey, *, private: bool) -> dict[str, Any]:
    content = {name: value for name, value in key.as_dict(private=private).items() if name in ("kty", "crv", "x", "d")}
    return {**content, "alg": ALGORITHM, "kid": key.thumbprint(), "use": "sig"}
