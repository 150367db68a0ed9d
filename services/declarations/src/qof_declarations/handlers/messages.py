"""How a batch of events is read: contents of one type, the newest of each thing, and bad ones given up at once."""

from typing import TypeVar

import msgspec

from qof_shared.contracts import Contract, Event
from qof_shared.errors import PermanentError

C = TypeVar("C", bound=Contract)


def read(event: Event, contract: type[C]) -> C:
    """The event's content; raises PermanentError where it does not fit: it never will."""
    try:
        return event.content(contract)
    except msgspec.ValidationError as error:
        raise PermanentError(f"{event.name} does not fit its contract: {error}") from error
