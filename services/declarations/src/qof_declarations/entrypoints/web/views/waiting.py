"""Where is the extract, told for a page: steps, sentences, and how much of the queue is behind it?"""

from collections.abc import Sequence
from dataclasses import dataclass

from qof_declarations.core.waiting import Place, Stage
from qof_declarations.core.waiting_words import waiting_sentences
from qof_declarations.entrypoints.web.words import clock, moment

FROZEN = "National figures frozen"
STEPS = ("Extract received", "Points calculated", FROZEN, "Pounds worked out", "Report ready")

_DONE = {
    Stage.AWAITING_EXTRACT: 0,
    Stage.REJECTED: 1,
    Stage.IN_QUEUE: 1,
    Stage.AWAITING_NATIONAL_FIGURES: 2,
    Stage.AWAITING_POUNDS: 3,
    Stage.READY: 5,
}
"""Stage -> how many steps are behind it."""

_HEADINGS = {
    Stage.AWAITING_EXTRACT: "Waiting for your extract",
    Stage.REJECTED: "Your extract could not be calculated",
    Stage.IN_QUEUE: "Your extract is in the queue",
    Stage.AWAITING_NATIONAL_FIGURES: "Waiting for the national figures",
    Stage.AWAITING_POUNDS: "Your pounds are being worked out",
    Stage.RECALCULATING: "New figures are being worked out",
    Stage.READY: "Your report is ready",
}


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """One step; `state` is done, now or later."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class WaitingPart:
    """Where the extract is, told."""

    stage: Stage
    heading: str
    sentences: Sequence[str]
    steps: Sequence[WaitingStep]
    received: str | None
    position: int | None
    waiting: int | None
    is_settled: bool
    has_report: bool
    """There is a report to read, be it not the newest."""

    @property
    def is_ready(self) -> bool:
        return self.stage is Stage.READY


def waiting_part(place: Place) -> WaitingPart:
    """Tell a place."""
    done, heading = steps_done(place), _HEADINGS[place.stage]
    behind = set(STEPS[:done]) | ({FROZEN} if place.journey.version else set())
    now = next((name for name in STEPS if name not in behind), None)
    return WaitingPart(
        stage=place.stage,
        heading=heading,
        sentences=[one for one in waiting_sentences(place, clock) if one != f"{heading}."],
        steps=[WaitingStep(name, "done" if name in behind else "now" if name == now else "later") for name in STEPS],
        received=moment(place.journey.received_at) if place.journey.received_at else None,
        position=place.position,
        waiting=place.waiting,
        is_settled=place.is_settled,
        has_report=place.journey.version > 0,
    )


def steps_done(place: Place) -> int:
    """How many of the steps are behind the newest extract."""
    if place.stage is Stage.RECALCULATING:
        # Without a place in the queue its points are there, or are about to be asked for again.
        return 3 if place.position is None and place.waiting is not None else 1
    return _DONE[place.stage]
