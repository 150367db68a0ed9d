"""How a process speaks: one JSON object a line, a sentence plus a machine-readable `action` and ids. Never a body.

What people and practices sent can hide in the text of an exception: a database repeats the row that it refuses, a
parser the value that it cannot read. So of an exception a log holds its type, its place and its codes; its text only
where it is about how the process was set up.
"""

import logging
import logging.config
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import asyncpg
from pydantic import ValidationError
from pythonjsonlogger.json import JsonFormatter

from qof_shared.errors import SetupError
from qof_shared.observability.ids import ids_in_hand
from qof_shared.observability.tracing import trace_id

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class IdsAndNoBodies(JsonFormatter):
    """JSON lines with the ids of what is in hand, and exceptions without what was sent."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        for name, value in ids_in_hand().items():
            log_data.setdefault(name, value)
        if found := trace_id():
            log_data.setdefault("trace_id", found)

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802 - logging's name
        return "\n".join(_told(ei[1])) if ei[1] is not None else ""


def _told(error: BaseException) -> Iterator[str]:
    """An exception, its causes first, as Python tells it: where each was raised, and what is safe to say of it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None:
        yield from _told(before)
        yield "which led to"
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _told(one)
            yield "which is one of"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
    yield f"{type(error).__module__}.{type(error).__qualname__}{safe_text(error)}"


def safe_text(error: BaseException) -> str:
    """`: text` where the text cannot hold what was sent; codes and names where there are some; else nothing."""
    if isinstance(error, asyncpg.PostgresError):
        told = (error.sqlstate, error.table_name, error.column_name, error.constraint_name)
        return f": {' '.join(str(part) for part in told if part)}"
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_context=False, include_url=False)
        return f": {'; '.join('.'.join(map(str, fault['loc'])) + ' ' + fault['type'] for fault in faults)}"
    if isinstance(error, SetupError):
        return f": {error}"
    if isinstance(error, OSError):
        return f": {error.strerror or ''}"
    return ""


def configure_logging(service: str, process: str, level: str = "INFO") -> None:
    """Log JSON lines to standard error. Access logs are off: the surge would drown everything else."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": IdsAndNoBodies,
                    "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
                    "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                    "static_fields": {"service": service, "process": process},
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"level": level, "handlers": ["stderr"]},
            "loggers": {
                "uvicorn.access": {"level": "WARNING"},
                "qof_shared.db.pool": {"level": "WARNING"},  # SQLAlchemy speaks under the name of its pool's class
                "aiormq": {"level": "WARNING"},
                "aio_pika": {"level": "WARNING"},
                "httpx": {"level": "WARNING"},
            },
        }
    )
    sys.excepthook = _log_the_end


def _log_the_end(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical(
        "the process ends on an error", exc_info=(kind, error, where), extra={"action": "process.failed"}
    )
