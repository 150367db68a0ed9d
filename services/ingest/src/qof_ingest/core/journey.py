"""How far has an extract come? Stages may be reported in any order; the furthest one is the extract's status."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The stages of an extract's journey, the furthest last."""

    ACCEPTED = "accepted"
    """Safe with ingest; the receipt says so."""
    REJECTED = "rejected"
    """The calculator cannot use it, and says why. Points calculated afterwards, with mended rules, go further."""
    CALCULATED = "calculated"
    """It has points."""
    REPORTED = "reported"
    """The practice can see points and pounds, and sign them."""


_ORDER = list(Stage)


def furthest(stages: Iterable[Stage]) -> Stage:
    """The status of an extract that has reached `stages`; one that has reached none beyond acceptance is accepted."""
    return max(stages, key=_ORDER.index, default=Stage.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Progress:
    """A supplier's extracts in one collection: each is counted once, by its furthest stage."""

    practices: int
    """Practices from which at least one extract was accepted."""
    accepted: int
    """All extracts accepted from the supplier, whatever became of them."""
    calculated: int
    """Extracts with points, reported or not."""
    reported: int
    rejected: int
    accepted_again: int = 0
    """How often an extract was accepted again because of what was determined; not among the others, and what became of
    such an acceptance counts for the extract that it repeats."""

    @property
    def in_flight(self) -> int:
        """Accepted, and neither calculated nor rejected so far."""
        return self.accepted - self.calculated - self.rejected
