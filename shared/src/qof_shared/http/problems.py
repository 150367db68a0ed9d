"""How an API says no: RFC 9457 problem details that name every fault at once and how to mend it."""

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from qof_shared.contracts import Fault
from qof_shared.db.engine import is_unavailable

logger = logging.getLogger(__name__)

PROBLEM_TYPES = "https://openqof.org/problems/"
"""Stable name space of problem types; each is explained under its last segment in docs/problems.md."""


class FaultModel(BaseModel):
    """One fault of a request's document."""

    pointer: str
    rule: str
    message: str


class ProblemModel(BaseModel):
    """An `application/problem+json` answer, for the OpenAPI document."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    correlation_id: str
    errors: list[FaultModel] = []


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it a problem, and so do our users
    """Raise to answer a request with a problem. `slug` names its type; `extra` adds members of its own."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {slug}: {detail}")
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def problem_document(problem: Problem, *, instance: str, correlation_id: str) -> dict[str, Any]:
    """A problem as it is told; `instance` is the path that was asked."""
    return {
        "type": f"{PROBLEM_TYPES}{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "correlation_id": correlation_id,
        **({"errors": [_fault(error) for error in problem.errors]} if problem.errors else {}),
        **problem.extra,
    }


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer for a problem."""
    correlation_id = getattr(request.state, "correlation_id", "")
    body = problem_document(problem, instance=request.url.path, correlation_id=correlation_id)
    return JSONResponse(body, problem.status, headers=problem.headers, media_type="application/problem+json")


RETRY_AFTER = range(1, 6)
"""Seconds; each caller is told another number, so that they do not all come back at once."""


def come_back(seconds: range = RETRY_AFTER) -> dict[str, str]:
    """The header that asks a caller to come back, at a moment of its own."""
    return {"Retry-After": str(secrets.choice(seconds))}


def database_away() -> Problem:
    """The answer while the database cannot be reached: come back, nothing was half done."""
    return Problem(
        503,
        "unavailable",
        "We cannot reach our database",
        "Nothing you sent was at fault and nothing was half done. Send the same request again: it has one effect,"
        " however often it is sent.",
        headers=come_back(),
    )


def unforeseen() -> Problem:
    """The answer to a fault of ours."""
    return Problem(
        500,
        "unforeseen",
        "Something went wrong here",
        "Nothing you sent was at fault. Send the same request again: it has one effect, however often.",
    )


def _fault(fault: Fault) -> dict[str, str]:
    return {"pointer": fault.pointer, "rule": fault.rule, "message": fault.message}


def json_pointer(location: Sequence[str | int]) -> str:
    """RFC 6901: ("indicators", 3, "a/b") -> "/indicators/3/a~1b"."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of an application a problem: ours, the framework's and the unforeseen."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return problem_response(request, error)

    async def on_invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [
            Fault(pointer=json_pointer(item["loc"][1:]), rule=item["type"], message=item["msg"])
            for item in error.errors()
        ]
        return problem_response(
            request,
            Problem(
                422,
                "invalid-request",
                "The request does not fit",
                "Mend every error listed, then send it again.",
                errors=faults,
            ),
        )

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "http-error")
        problem = Problem(error.status_code, slug, str(error.detail), str(error.detail), headers=error.headers)
        return problem_response(request, problem)

    async def on_unforeseen(request: Request, error: Exception) -> Response:
        if is_unavailable(error):
            return problem_response(request, database_away())
        logger.error("unforeseen error", exc_info=error, extra={"action": "http.unforeseen"})
        return problem_response(request, unforeseen())

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(Exception, on_unforeseen)
