"""What does the provider give out? Codes that work once, and tokens and cookies that it has signed."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jwt import JWTClaimsRegistry

CODE_KEPT = timedelta(minutes=10)
"""The most that RFC 6749 recommends: who comes back with one may have to wait in a queue."""
ID_TOKEN_KEPT = timedelta(minutes=5)
ACCESS_TOKEN_KEPT = timedelta(hours=1)
ACCESS_AUDIENCE = "openqof"
SIGNED_IN_KEPT = timedelta(hours=12)
DEVICE_KEPT = timedelta(days=400)
MOST_CODES = 10_000


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asked when it sent the browser here."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str
    scope: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for."""

    question: Question
    account: str
    name: str
    authenticated_at: datetime
    ends_at: datetime


class CodeRefusedError(Exception):
    """The code is unknown, used, too old, or another's; the text says which."""


@dataclass
class Codes:
    """Codes that were given out and not used yet. A restart forgets them; who signs in then begins again."""

    grants: dict[str, Grant] = field(default_factory=dict)

    def give(self, question: Question, *, account: str, name: str, authenticated_at: datetime, now: datetime) -> str:
        for old in [code for code, grant in self.grants.items() if grant.ends_at <= now]:
            del self.grants[old]
        while len(self.grants) >= MOST_CODES:
            del self.grants[next(iter(self.grants))]
        code = secrets.token_urlsafe(32)
        self.grants[code] = Grant(question, account, name, authenticated_at, now + CODE_KEPT)
        return code

    def take(self, code: str, *, client_id: str, redirect_uri: str, verifier: str, now: datetime) -> Grant:
        """What the code stands for; it works once, right or wrong. Raises CodeRefusedError."""
        grant = self.grants.pop(code, None)
        if grant is None or grant.ends_at <= now:
            raise CodeRefusedError("the code is unknown, used or too old")
        if (client_id, redirect_uri) != (grant.question.client_id, grant.question.redirect_uri):
            raise CodeRefusedError("the code was given to another client or address")
        if not secrets.compare_digest(create_s256_code_challenge(verifier), grant.question.code_challenge):
            raise CodeRefusedError("the code_verifier does not fit the code_challenge")
        return grant


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs what the provider says, and knows it again."""

    issuer: str
    key: ECKey

    def tokens(self, grant: Grant, now: datetime) -> dict[str, Any]:
        """The answer of the token endpoint."""
        question = grant.question
        id_token = self._sign(
            {"sub": grant.account, "aud": question.client_id, "name": grant.name, "nonce": question.nonce}
            | {"auth_time": int(grant.authenticated_at.timestamp())},
            now,
            ID_TOKEN_KEPT,
        )
        access_token = self._sign(
            {"sub": grant.account, "aud": ACCESS_AUDIENCE, "client_id": question.client_id, "scope": question.scope}
            | {"jti": secrets.token_urlsafe(16)},
            now,
            ACCESS_TOKEN_KEPT,
            kind="at+jwt",
        )
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(ACCESS_TOKEN_KEPT.total_seconds()),
            "id_token": id_token,
            "scope": question.scope,
        }

    def cookie(self, purpose: str, claims: dict[str, Any], now: datetime, kept: timedelta) -> str:
        """A cookie that only we can have written, for one purpose."""
        return self._sign({**claims, "aud": f"{self.issuer}#{purpose}"}, now, kept)

    def read_cookie(self, purpose: str, cookie: str | None, now: datetime) -> dict[str, Any] | None:
        """What a cookie of ours says, while it is good."""
        if not cookie:
            return None
        registry = JWTClaimsRegistry(
            now=int(now.timestamp()),
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": f"{self.issuer}#{purpose}"},
            exp={"essential": True},
        )
        try:
            claims = jwt.decode(cookie, self.key, algorithms=["ES256"]).claims
            registry.validate(claims)
        except (JoseError, ValueError):
            return None
        return claims

    def _sign(self, claims: dict[str, Any], now: datetime, kept: timedelta, *, kind: str = "JWT") -> str:
        at = int(now.timestamp())
        header = {"alg": "ES256", "kid": self.key.kid, "typ": kind}
        return jwt.encode(
            header, {"iss": self.issuer, "iat": at, "exp": at + int(kept.total_seconds()), **claims}, self.key
        )
