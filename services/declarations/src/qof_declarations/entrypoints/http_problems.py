"""How each refusal is told over HTTP: its status, its problem type and what a program needs to go on."""

from fastapi import FastAPI, Request
from fastapi.responses import Response

from qof_declarations.core.determination import (
    ApprovedAlreadyError,
    InvalidDeterminationsError,
    ReplacedAlreadyError,
)
from qof_declarations.core.errors import DeclarationsError, NotFoundError
from qof_declarations.core.explanation import ImpossibleCountsError
from qof_declarations.core.lifecycle import NotPossibleNowError
from qof_declarations.core.permissions import NotAllowedError, SeparationOfDutiesError
from qof_declarations.core.query import InvalidQueryError, NothingQueriedError, QueryClosedError
from qof_declarations.core.standing import RecalculatingError
from qof_declarations.entrypoints.http_schemas import moved_json
from qof_declarations.handlers.errors import (
    DigestMissingError,
    FiguresMovedError,
    ImpossibleSizesError,
    NewerFiguresError,
    ReasonMissingError,
    ReportAwaitedError,
)
from qof_shared.contracts import Fault
from qof_shared.http.problems import Problem, problem_response

RECALCULATING_SECONDS = 5

PROBLEMS: dict[type[DeclarationsError], tuple[int, str, str]] = {
    NotFoundError: (404, "not-found", "Not here"),
    ReportAwaitedError: (404, "report-awaited", "The report is not there yet"),
    NotAllowedError: (403, "not-allowed", "You may not do this"),
    SeparationOfDutiesError: (403, "separation-of-duties", "Somebody else has to approve"),
    DigestMissingError: (428, "digest-missing", "Say what you sign"),
    FiguresMovedError: (412, "figures-moved", "The figures moved"),
    NotPossibleNowError: (409, "not-possible-now", "Not possible in this state"),
    RecalculatingError: (409, "recalculating", "A newer extract is being worked out"),
    ImpossibleCountsError: (422, "impossible-counts", "These counts cannot be"),
    ApprovedAlreadyError: (409, "approved-already", "The commissioner has approved"),
    ReplacedAlreadyError: (409, "replaced-already", "A newer determination stands"),
    InvalidDeterminationsError: (422, "invalid-determinations", "This cannot be determined"),
    ImpossibleSizesError: (422, "impossible-sizes", "A log does not shrink"),
    ReasonMissingError: (422, "reason-missing", "A reason is needed"),
    NewerFiguresError: (409, "newer-figures", "Newer figures are beside what was approved"),
    InvalidQueryError: (422, "invalid-query", "This cannot be queried or answered so"),
    QueryClosedError: (409, "query-closed", "The query is answered or withdrawn"),
    NothingQueriedError: (409, "nothing-queried", "There is nothing to protest against"),
}
"""Error -> status, slug of the problem type, title."""


def problem_of(error: DeclarationsError) -> Problem:
    """The problem that tells this refusal."""
    status, slug, title = PROBLEMS[type(error)]
    extra: dict[str, object] = {}
    headers: dict[str, str] = {}
    faults: list[Fault] = []
    match error:
        case ReportAwaitedError():
            extra = {"state": error.state, "points": error.points}
        case FiguresMovedError():
            extra = {"digest": error.digest, "version": error.version, "differences": moved_json(error.moved)}
            headers = {"ETag": f'"{error.digest}"'}
        case NewerFiguresError():
            extra = {"approved_version": error.approved, "newer_version": error.newer}
        case QueryClosedError():
            extra = {"state": error.state}
        case NotPossibleNowError():
            extra = {"state": error.state}
        case InvalidDeterminationsError() | InvalidQueryError():
            faults = [Fault(pointer=one.pointer, rule=one.rule, message=one.message) for one in error.faults]
        case RecalculatingError():
            headers = {"Retry-After": str(RECALCULATING_SECONDS)}
    return Problem(status, slug, title, str(error), errors=faults, extra=extra, headers=headers)


def add_declarations_problems(app: FastAPI) -> None:
    """Make every refusal of the handlers a problem."""

    async def on_refusal(request: Request, error: Exception) -> Response:
        assert isinstance(error, DeclarationsError)
        return problem_response(request, problem_of(error))

    app.add_exception_handler(DeclarationsError, on_refusal)
