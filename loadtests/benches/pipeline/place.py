"""What does a process of a run have to know? Where it takes place, and what a job on the queue is."""

import msgspec


class Place(msgspec.Struct, frozen=True):
    """Where a run takes place, and a producer's part of the backlog."""

    broker_url: str
    database_url: str
    management_url: str
    first: int = 0
    last: int = -1


class Job(msgspec.Struct, frozen=True):
    """One encoded `extract.accepted.v1` and its message id."""

    message_id: str
    body: bytes
