"""How the exact numbers of payments lie in JSON: fractions as rational text, decimals as decimal text."""

from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from qof_shared.vocabulary import parse_rational, rational_text

T = TypeVar("T")


def _write(value: Any) -> str:
    if isinstance(value, Fraction):
        return rational_text(value)
    raise NotImplementedError(f"cannot write {type(value).__name__}")


def _read(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return parse_rational(value)
    raise NotImplementedError(f"cannot read {kind.__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_write)


def encode(value: object) -> bytes:
    """A dataclass or contract as JSON."""
    return _encoder.encode(value)


def decode(body: bytes, kind: type[T]) -> T:
    """What `encode` wrote."""
    return msgspec.json.decode(body, type=kind, dec_hook=_read)
