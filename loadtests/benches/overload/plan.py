"""Who asks what, and when? Arrivals as people come: independent of each other, and of how busy we are. Pure."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from loadtests.benches.pages.requests import browser_get, read_report, sign_on_page
from loadtests.benches.pages.year import Reader

SEED = 2026


class Kind(StrEnum):
    """What is asked, the worthiest first."""

    SIGN = "sign"
    REPORT = "report"
    STATUS = "status"
    PREVIEW = "preview"


MIX: Mapping[Kind, float] = {Kind.SIGN: 0.1, Kind.REPORT: 0.4, Kind.STATUS: 0.3, Kind.PREVIEW: 0.2}
"""Of all requests."""

GOOD: Mapping[Kind, int] = {Kind.SIGN: 303, Kind.REPORT: 200, Kind.STATUS: 200, Kind.PREVIEW: 200}
"""Status of an answer that is what was asked for."""


class Asked(msgspec.Struct, frozen=True):
    """One request: seconds after the start, what, and head and body as they travel."""

    at: float
    kind: Kind
    practice: str
    request: bytes


def request_of(kind: Kind, reader: Reader, collection: str) -> bytes:
    base = f"/collections/{collection}/practices/{reader.practice}"
    if kind is Kind.SIGN:
        return sign_on_page(reader, collection)
    if kind is Kind.REPORT:
        return read_report(reader, collection)
    return browser_get(reader, f"{base}/waiting/now" if kind is Kind.STATUS else f"{base}/compare")


def arrivals(
    rate: float, seconds: float, readers: Sequence[Reader], collection: str, *, seed: int = SEED
) -> list[Asked]:
    """Requests at so many a second. Everybody signs once: a signature is another practice's each time.

    Raises ValueError where there are too few practices for the signatures.
    """
    chance = random.Random(seed)
    choose: Callable[[], Kind] = lambda: chance.choices(list(MIX), list(MIX.values()))[0]  # noqa: E731
    signers = iter(readers)
    return [_asked(at, choose(), chance.choice(readers), signers, collection) for at in _moments(rate, seconds, chance)]


def _moments(rate: float, seconds: float, chance: random.Random) -> Iterator[float]:
    at = chance.expovariate(rate)
    while at < seconds:
        yield at
        at += chance.expovariate(rate)


def _asked(at: float, kind: Kind, reader: Reader, signers: Iterator[Reader], collection: str) -> Asked:
    if kind is Kind.SIGN:
        signer = next(signers, None)
        if signer is None:
            raise ValueError("there are more signatures than practices; bench with more practices or fewer seconds")
        reader = signer
    return Asked(at, kind, reader.practice, request_of(kind, reader, collection))
