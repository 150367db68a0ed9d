"""Who asks with a token that a provider issued: an access token (JWT) beside the tokens that a service knows itself."""

from collections.abc import Callable
from datetime import UTC, datetime

from qof_shared.http.issuer import Issuer, IssuerAwayError, TokenRefusedError
from qof_shared.http.problems import Problem, come_back
from qof_shared.people import People, Person

JWT_DOTS = 2


def _now() -> datetime:
    return datetime.now(UTC)


class PeopleWithIssuedTokens:
    """`People` that also knows whom an access token of the issuer speaks for: the person whose id is its subject."""

    def __init__(self, people: People, issuer: Issuer, *, audience: str, now: Callable[[], datetime] = _now) -> None:
        self._people = people
        self._issuer = issuer
        self._audience = audience
        self._now = now

    async def by_token(self, token: str) -> Person | None:
        if token.count(".") != JWT_DOTS:
            return await self._people.by_token(token)
        try:
            claims = await self._issuer.claims(token, audience=self._audience, now=self._now())
        except TokenRefusedError:
            return None
        except IssuerAwayError as error:
            raise Problem(
                503,
                "issuer-away",
                "We cannot check your token at the moment",
                "Whoever issued it does not answer. Nothing was done; send the same request again.",
                headers=come_back(),
            ) from error
        return await self._people.by_person(claims["sub"])

    async def by_person(self, person: str) -> Person | None:
        return await self._people.by_person(person)
