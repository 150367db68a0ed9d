"""Which extracts were just accepted? One small event for all that a transaction keeps, beside those that carry them.

Whoever tells practices where they are in the queue needs no more than the numbers; an event for each extract would cost
as much as the extract's own.
"""

from collections.abc import Sequence

from qof_ingest.handlers.ports import AcceptedAgain, Submission
from qof_shared.contracts import Event, ExtractsReceived, ReceivedExtract, new_event


def received(accepted: Sequence[tuple[Submission | AcceptedAgain, int]]) -> Event:
    """The event of these extracts, at least one, each with its number."""
    first, _ = accepted[0]
    extracts = [ReceivedExtract(one.collection, one.practice, number, one.received_at) for one, number in accepted]
    return new_event(
        ExtractsReceived(extracts=extracts),
        occurred_at=max(one.received_at for one in extracts),
        correlation_id=str(first.extract_id),
    )
