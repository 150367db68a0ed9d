"""Who is asking: bearer tokens, turned into a person or refused."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from qof_shared.http.problems import Problem
from qof_shared.people import People, Person, Role


def bearer_token(authorization: str) -> str:
    """The token of an Authorization header's value; a 401 problem where there is none."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorised("Send your token in the header `Authorization: Bearer <token>`.")
    return token


def unauthorised(detail: str) -> Problem:
    return Problem(401, "unauthorised", "We do not know who you are", detail, headers={"WWW-Authenticate": "Bearer"})


def person_with_role(people: People, *roles: Role) -> Callable[[Request], Awaitable[Person]]:
    """A FastAPI dependency: the person who asks, if the role is one of `roles`."""

    async def person(request: Request) -> Person:
        found = await people.by_token(bearer_token(request.headers.get("authorization", "")))
        if found is None:
            raise unauthorised("This token is not known here. Ask whoever gave it to you for a new one.")
        if found.role not in roles:
            raise Problem(
                403,
                "role-not-allowed",
                "Your role does not allow this",
                f"This needs the role {' or '.join(roles)}; yours is {found.role}.",
            )
        return found

    return person
