"""Whose log line is this? The ids of what is in hand: put here once, found on every line that is logged meanwhile."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_IDS: ContextVar[Mapping[str, str]] = ContextVar("ids", default={})  # noqa: B039 - nobody changes it in place


def ids_in_hand() -> Mapping[str, str]:
    """Name -> id: correlation_id, message_id, extract_id, as far as they are known."""
    return _IDS.get()


def put_ids(**ids: str) -> None:
    """From here on to the end of this task. For a request, whose task is its own."""
    _IDS.set({**_IDS.get(), **ids})


@contextmanager
def with_ids(**ids: str) -> Iterator[None]:
    """While the block runs."""
    token = _IDS.set({**_IDS.get(), **ids})
    try:
        yield
    finally:
        _IDS.reset(token)
