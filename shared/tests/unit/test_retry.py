"""A retry is a decision."""

from qof_shared.errors import PermanentError
from qof_shared.messaging.retry import DeadLetter, Retry, decide
from qof_shared.messaging.topology import RETRY_DELAYS


def test_a_passing_failure_waits_longer_each_time() -> None:
    decisions = [decide(ValueError("x"), attempt) for attempt in range(1, len(RETRY_DELAYS) + 1)]
    assert decisions == [Retry(delay) for delay in RETRY_DELAYS]


def test_after_the_last_delay_a_person_must_look() -> None:
    decision = decide(ValueError("x"), len(RETRY_DELAYS) + 1)
    assert decision == DeadLetter(f"failed {len(RETRY_DELAYS) + 1} times, last with ValueError: x")


def test_a_permanent_failure_is_not_tried_again() -> None:
    assert decide(PermanentError("unknown year"), 1) == DeadLetter("PermanentError: unknown year")
