"""Is this body an extract? Reads it fast where it is one, and names every fault where it is not.

msgspec stops at the first fault but is twice as fast, so Pydantic is asked only about what msgspec refused. A test
proves that both accept the same documents.
"""

from collections.abc import Sequence
from contextlib import suppress

import msgspec
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from qof_ingest.core.faults import Fault, pointer
from qof_ingest.entrypoints.http_schemas import ExtractDocument, bounded_decoder, extract_decoder
from qof_shared.contracts import Extract

RULES = {
    "missing": ("missing-field", "This field is missing. Add it."),
    "extra_forbidden": ("unknown-field", "An extract has no such field. Check its spelling, or leave it out."),
    "int_type": ("whole-number", "Send a whole number, without quotes, point or exponent."),
    "string_type": ("text", "Send text in double quotes."),
    "bool_type": ("true-or-false", "Send true or false, without quotes."),
    "date_parsing": ("date", "Send a date of the calendar in double quotes, written as 2013-03-31."),
    "date_from_datetime_parsing": ("date", "Send a date of the calendar in double quotes, written as 2013-03-31."),
    "dict_type": ("object", "Send an object of codes and counts, such as {}."),
    "list_type": ("list", "Send a list, such as []."),
    "model_type": ("object", "Send a JSON object with the fields of an extract."),
}
"""Pydantic's error type -> our rule, and how to mend it."""


REFUSALS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises of a body that is no extract."""


class MalformedJsonError(Exception):
    """The body is no JSON; the message says at which line and column."""


class MisshapenExtractError(Exception):
    """The body is JSON, but no extract: every fault of its shape."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults of shape")
        self.faults = faults


def read_extract(body: bytes) -> tuple[Extract, bool]:
    """Decode a request's body; raises MalformedJsonError or MisshapenExtractError.

    True beside it where all counts and codes are within bounds, as `faults_of_extract` wants to know; False leaves
    that open.
    """
    # Where all bytes are printable ASCII and nothing is escaped, so are the characters of every code.
    if body.isascii() and b"\\" not in body and b"\x7f" not in body:
        with suppress(*REFUSALS):
            return bounded_decoder.decode(body), True
    try:
        return extract_decoder.decode(body), False
    except REFUSALS as error:
        refusal = str(error)
    try:
        ExtractDocument.model_validate_json(body)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        if details[0]["type"] == "json_invalid":
            raise MalformedJsonError(details[0]["msg"].removeprefix("Invalid JSON: ")) from None
        raise MisshapenExtractError([_fault(detail) for detail in details]) from None
    # A field sent twice: Pydantic looks at the last one only, msgspec at each. What one of them refuses is refused.
    raise MisshapenExtractError([Fault("", "field-twice", f"{refusal}. Send every field once.")])


def _fault(detail: ErrorDetails) -> Fault:
    rule, message = RULES.get(detail["type"], (detail["type"], detail["msg"]))
    return Fault(pointer(*detail["loc"]), rule, message)
