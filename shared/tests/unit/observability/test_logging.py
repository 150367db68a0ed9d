import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import msgspec
import pytest
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError, StatementError

from qof_shared.errors import SetupError
from qof_shared.observability.ids import put_ids, with_ids
from qof_shared.observability.logging import IdsAndNoBodies

SECRET = "what-a-practice-typed"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that the formatter of every process makes of what a test logs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(IdsAndNoBodies("%(levelname)s %(name)s %(message)s"))
    logger = logging.getLogger("a-test")
    logger.addHandler(handler)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


class Sent(BaseModel):
    name: int


class Row(msgspec.Struct):
    name: int


def refused_by_database() -> None:
    error = asyncpg.CheckViolationError(f"new row violates check {SECRET}")
    error.detail = f"Failing row contains ({SECRET})."
    error.sqlstate, error.constraint_name = "23514", "practices_name_check"
    raise DBAPIError("INSERT", {"name": SECRET}, error) from error


def refused_by_pydantic() -> None:
    Sent.model_validate({"name": SECRET})


def refused_by_msgspec() -> None:
    msgspec.json.decode(json.dumps({"name": SECRET}), type=Row)


def refused_by_python() -> None:
    int(SECRET)


def refused_while_another_was_told() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise StatementError(SECRET, "INSERT", {"name": SECRET}, error) from error


def refused_in_a_group() -> None:
    raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])


@pytest.mark.parametrize(
    "refuse",
    [
        refused_by_database,
        refused_by_pydantic,
        refused_by_msgspec,
        refused_by_python,
        refused_while_another_was_told,
        refused_in_a_group,
    ],
)
def test_exception_is_told_by_type_and_place_without_what_was_sent(
    refuse: Callable[[], None], lines: Callable[[], list[dict[str, Any]]]
) -> None:
    try:
        refuse()
    except Exception:
        logging.getLogger("a-test").exception("it failed")
    [line] = lines()
    assert SECRET not in json.dumps(line)
    assert f"in {refuse.__name__}" in line["exc_info"]
    assert "Error" in line["exc_info"]


def test_refusal_of_the_database_is_told_with_its_codes(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        refused_by_database()
    except DBAPIError:
        logging.getLogger("a-test").exception("it failed")
    assert "23514 practices_name_check" in lines()[0]["exc_info"]


def test_fault_of_the_setting_up_is_told_in_its_own_words(lines: Callable[[], list[dict[str, Any]]]) -> None:
    try:
        raise SetupError("queue a.b exists with other settings")
    except SetupError:
        logging.getLogger("a-test").exception("it failed")
    assert "queue a.b exists with other settings" in lines()[0]["exc_info"]


def test_line_has_the_ids_of_what_is_in_hand(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logger = logging.getLogger("a-test")
    put_ids(correlation_id="c1")
    with with_ids(message_id="m1"):
        logger.warning("inside")
        logger.warning("its own wins", extra={"message_id": "m2"})
    logger.warning("after")
    inside, own, after = lines()
    assert (inside["correlation_id"], inside["message_id"]) == ("c1", "m1")
    assert own["message_id"] == "m2"
    assert "message_id" not in after
