"""Was this token issued by whom we trust? Discovery, keys and claims of one OpenID Connect issuer."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

ALGORITHMS = ("RS256", "PS256", "ES256")
"""Signatures by a key that only the issuer has; never a shared secret, never none."""
KEPT_SECONDS = 3600.0
"""How long addresses and keys are believed without asking again."""
ANSWERING_SECONDS = 5.0
"""How long an issuer that answered, or did not, is taken to go on so."""
FORGED_KEYS_SECONDS = 10.0
"""A token with an unknown key makes us ask for new keys so often at most: anybody can invent a key's name."""
LEEWAY_SECONDS = 60
TIMEOUT_SECONDS = 2.0


class IssuerAwayError(Exception):
    """The issuer does not answer, or not as an issuer does."""


class TokenRefusedError(Exception):
    """The token proves nothing; the text says why, for a log."""


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: dict[str, Any]
    keys: KeySet
    at: float


class Issuer:
    """Addresses and keys of an issuer, asked for once an hour and when a new key turns up.

    While it is away, what is known goes on being believed.
    """

    def __init__(self, issuer: str, client: httpx.AsyncClient, clock: Callable[[], float] = time.monotonic) -> None:
        self.issuer = issuer
        self._client = client
        self._clock = clock
        self._known: _Known | None = None
        self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self._answered = (float("-inf"), False)

    async def metadata(self) -> dict[str, Any]:
        """What the issuer tells about itself (OpenID Connect Discovery). Raises IssuerAwayError."""
        return (await self._current()).metadata

    async def check_answering(self) -> None:
        """Before somebody is sent there: raises IssuerAwayError where they would meet nobody. Asks now and then."""
        await self._current()
        at, did = self._answered
        if self._clock() - at >= ANSWERING_SECONDS:
            self._answered = (self._clock(), did)  # the others who come now need not ask, too
            try:
                await self._get(self._discovery)
            except IssuerAwayError:
                self._answered = (self._clock(), False)
                raise
            self._answered = (self._clock(), True)
        elif not did:
            raise IssuerAwayError(f"{self.issuer} did not answer a moment ago")

    @property
    def _discovery(self) -> str:
        return f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"

    async def claims(self, token: str, *, audience: str, now: datetime, nonce: str | None = None) -> dict[str, Any]:
        """The claims of a token of this issuer for `audience` that is good now, and answers `nonce` if given.

        Raises TokenRefusedError, and IssuerAwayError where the keys were never known.
        """
        known = await self._current()
        try:
            try:
                decoded = jwt.decode(token, known.keys, algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                known = await self._current(newer_than=known)
                decoded = jwt.decode(token, known.keys, algorithms=ALGORITHMS)
            _check(decoded.claims, issuer=self.issuer, audience=audience, now=now, nonce=nonce)
        except (JoseError, ValueError, TypeError) as error:
            raise TokenRefusedError(str(error)) from error
        return decoded.claims

    async def _current(self, newer_than: _Known | None = None) -> _Known:
        """What is known; asked for when it is old, or when it is `newer_than` that did not suffice."""
        async with self._lock:
            known, clock = self._known, self._clock()
            if known is not None:
                is_enough = known is not newer_than and clock - known.at < KEPT_SECONDS
                if is_enough or clock - self._asked < FORGED_KEYS_SECONDS:
                    return known
            self._asked = clock
            try:
                self._known = await self._ask()
            except IssuerAwayError:
                if known is None:
                    raise
                return known
            return self._known

    async def _ask(self) -> _Known:
        metadata = await self._get(self._discovery)
        if metadata.get("issuer") != self.issuer:
            raise IssuerAwayError(f"{self.issuer} says that it is {metadata.get('issuer')!r}; correct the setting")
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - metadata.keys()
        if missing:
            raise IssuerAwayError(f"{self.issuer} does not tell its {', '.join(sorted(missing))}")
        try:
            keys = KeySet.import_key_set(await self._get(metadata["jwks_uri"]))  # type: ignore[arg-type]
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise IssuerAwayError(f"the keys of {self.issuer} cannot be read: {error}") from error
        self._answered = (self._clock(), True)
        return _Known(metadata, keys, self._clock())

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            answer = await self._client.get(url)
            found = answer.raise_for_status().json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise IssuerAwayError(f"{url} does not answer: {error!r}") from error
        if not isinstance(found, dict):
            raise IssuerAwayError(f"{url} answers no JSON object")
        return found


def _check(claims: dict[str, Any], *, issuer: str, audience: str, now: datetime, nonce: str | None) -> None:
    wanted: dict[str, ClaimsOption] = {
        "iss": {"essential": True, "value": issuer},
        "sub": {"essential": True},
        "aud": {"essential": True, "value": audience},
        "exp": {"essential": True},
        "iat": {"essential": True},
    }
    if nonce is not None:
        wanted["nonce"] = {"essential": True, "value": nonce}
    JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY_SECONDS, **wanted).validate(claims)
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != audience:
        raise ValueError("it is for several, and was not given to us")


def issuer_client() -> httpx.AsyncClient:
    """How an issuer is asked: with little patience, because somebody waits."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False)
