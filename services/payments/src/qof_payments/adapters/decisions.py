"""How are the reasons kept that people gave for national figures? As JSON, of a proposal and of a snapshot alike."""

from collections.abc import Mapping
from typing import Any

import msgspec


class _Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    exclusions: Mapping[str, str]
    acknowledgements: Mapping[str, str]
    unverified_reason: str = ""


def encode_decision(
    exclusions: Mapping[str, str], acknowledgements: Mapping[str, str], unverified_reason: str
) -> bytes:
    """`exclusions` is practice -> reason, `acknowledgements` finding -> reason."""
    return msgspec.json.encode(_Decision(exclusions, acknowledgements, unverified_reason))


def decode_decision(kept: bytes | None) -> dict[str, Any]:
    """The same as keyword arguments; nobody was asked for reasons where nothing is kept."""
    if kept is None:
        return {"exclusions": {}, "acknowledgements": {}, "unverified_reason": ""}
    return msgspec.structs.asdict(msgspec.json.decode(kept, type=_Decision))
