"""Which problem is it? Says in an API's words what went wrong with a request, or with one line of a bulk one."""

from collections.abc import Sequence

from qof_ingest.core.faults import Fault
from qof_ingest.entrypoints.documents import MalformedJsonError, MisshapenExtractError
from qof_ingest.handlers.ports import BacklogError, BusyError, Receipt, UnavailableError
from qof_ingest.handlers.receive_extract import ExtractRefusedError, IdempotencyKeyReusedError
from qof_shared import contracts
from qof_shared.http.problems import Problem, come_back, database_away

FAULTS_SHOWN = 1000
"""An extract has some hundred indicators: a body with more faults than this is something else altogether."""

BACKLOG_RETRY_AFTER = range(5, 31)
"""Seconds. A broker that is away takes longer to return than a busy moment; and then nobody should come at once."""


def problem_of(error: Exception) -> Problem | None:
    """The problem to answer with; None where the error is a fault of ours that nobody foresaw."""
    match error:
        case Problem():
            return error
        case MalformedJsonError():
            return _malformed(error)
        case MisshapenExtractError() | ExtractRefusedError():
            return _refused(error.faults)
        case IdempotencyKeyReusedError():
            return _key_reused(error.first)
        case UnavailableError():
            return database_away()
        case BacklogError():
            return _backlog()
        case BusyError():
            return busy("More extracts are waiting than we can hold")
    return None


def busy(title: str) -> Problem:
    """Too much at once: the same request is welcome in a moment."""
    detail = "Nothing was kept. Send the same request again in a few seconds."
    return Problem(503, "busy", title, detail, headers=come_back())


def too_large(limit: int) -> Problem:
    return Problem(
        413,
        "extract-too-large",
        "The extract is too large",
        f"An extract has at most {limit} bytes. Send one practice's counts, and never patients.",
        headers={"Connection": "close"},  # else the server would go on reading what we refuse to take
    )


def unsupported_media_type(wanted: str) -> Problem:
    return Problem(
        415,
        "unsupported-media-type",
        "This is not how extracts are sent",
        f"Send plain JSON with the header `Content-Type: {wanted}`, without Content-Encoding.",
    )


def too_many_lines(limit: int) -> Problem:
    return Problem(
        413,
        "too-many-lines",
        "A request takes no more lines",
        f"This line and those after it were not read: a request has at most {limit} lines. Send the rest in another.",
    )


def key_invalid(detail: str) -> Problem:
    return Problem(400, "idempotency-key-invalid", "The Idempotency-Key cannot be used", detail)


def _malformed(error: MalformedJsonError) -> Problem:
    return Problem(
        400,
        "malformed-json",
        "The body is not JSON",
        f"Reading stopped here: {error}. Mend it, then send it again.",
        errors=[contracts.Fault(pointer="", rule="malformed-json", message=str(error))],
    )


def _refused(faults: Sequence[Fault]) -> Problem:
    shown = faults[:FAULTS_SHOWN]
    count = f"{len(faults)} faults" if len(faults) > 1 else "one fault"
    partly = f", of which the first {FAULTS_SHOWN} are listed" if len(faults) > FAULTS_SHOWN else ""
    return Problem(
        422,
        "extract-refused",
        "This extract cannot be accepted",
        f"It has {count}{partly}. Nothing was kept. Mend every one, then send it again; the same key may be used.",
        errors=[contracts.Fault(pointer=one.pointer, rule=one.rule, message=one.message) for one in shown],
    )


def _key_reused(first: Receipt) -> Problem:
    return Problem(
        422,
        "idempotency-key-reused",
        "This Idempotency-Key stands for another extract",
        "Nothing was kept: you used the key before, for other content. Send new content with a new key.",
        extra={"first_extract": f"/v1/extracts/{first.extract_id}", "first_digest": first.digest},
    )


def _backlog() -> Problem:
    return Problem(
        503,
        "backlog",
        "Too many extracts wait to be passed on",
        "Nothing was kept. What you were given receipts for is safe. Send the same request again in half a minute.",
        headers=come_back(BACKLOG_RETRY_AFTER),
    )
