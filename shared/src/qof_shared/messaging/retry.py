"""What happens to a message whose handler failed: a decision, made apart from any broker."""

from dataclasses import dataclass

from qof_shared.errors import PermanentError
from qof_shared.messaging.topology import RETRY_DELAYS


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `delay` seconds, on the same queue."""

    delay: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Give the message to a person, with the reason."""

    reason: str


def decide(error: Exception, attempt: int) -> Retry | DeadLetter:
    """Decide for a message whose `attempt`-th handling (counted from 1) ended with `error`."""
    if isinstance(error, PermanentError):
        return DeadLetter(f"{type(error).__name__}: {error}")
    if attempt <= len(RETRY_DELAYS):
        return Retry(RETRY_DELAYS[attempt - 1])
    return DeadLetter(f"failed {attempt} times, last with {type(error).__name__}: {error}")
