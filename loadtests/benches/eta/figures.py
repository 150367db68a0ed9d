"""Did what was said come true? Was it through by then, and how long was said against how long it took?"""

from collections.abc import Sequence
from statistics import median

import msgspec

from loadtests.benches.eta.trace import ASKERS, PHASES, PRACTICE, SUPPLIER, Said, Trace
from loadtests.benches.reporting import Target

LEAST, MOST = 0.85, 0.95
"""Of a hundred 90 % times so many should be kept: fewer is a broken promise, more is caution that helps nobody."""


class Judged(msgspec.Struct, frozen=True):
    """An answer and what became of it."""

    who: str
    phase: str
    asked_at: float
    position: int
    waited: float
    """Seconds from the question to the end of the wait."""
    expected: float | None
    """Seconds that were said, as likely too many as too few; None where nobody could say."""
    bound: float | None
    """Seconds that were said to be enough nine times of ten."""
    is_before_loss: bool
    """It was said before a worker was lost that the wait outlasted: nobody could know."""

    @property
    def is_kept(self) -> bool:
        return self.bound is not None and self.waited <= self.bound


class Line(msgspec.Struct, frozen=True):
    """All answers of a phase to one kind of asker, or to all."""

    who: str
    phase: str
    instants: int
    """Different seconds at which somebody asked: answers of the same second are right or wrong together."""
    answers: int
    cannot_say: int
    kept: float
    """Share of the 90 % times that were kept."""
    half: float
    """Share of those that were through by the expected time."""
    said_of_waited: float
    """Median of the seconds said (90 %) over the seconds waited: what caution costs."""
    waited: float
    """Median, seconds."""


def judge(trace: Trace) -> list[Judged]:
    """Every answer about an extract that was still waiting when it was given."""
    until = {whose: {one.number: one.until for one in trace.queues[whose].waited} for whose in (PRACTICE, SUPPLIER)}
    found = []
    for said in trace.said:
        end = until[PRACTICE if said.who == PRACTICE else SUPPLIER].get(said.number)
        if end is not None and end > said.asked_at:
            found.append(_judged(trace, said, end))
    return found


def _judged(trace: Trace, said: Said, end: float) -> Judged:
    is_told = said.expected_at is not None and said.ready_by is not None
    return Judged(
        who=said.who,
        phase=trace.phase(said.asked_at),
        asked_at=said.asked_at,
        position=said.position or 1,
        waited=end - said.asked_at,
        expected=said.expected_at - said.asked_at if is_told and said.expected_at else None,
        bound=said.ready_by - said.asked_at if is_told and said.ready_by else None,
        is_before_loss=said.asked_at < trace.lost_at < end,
    )


def lines(judged: Sequence[Judged]) -> list[Line]:
    """A line for each phase and kind of asker that was answered; then one for each phase, and one for all."""
    cut = [
        (who, phase, [one for one in judged if (one.who, one.phase) == (who, phase)])
        for phase in PHASES
        for who in ASKERS
    ]
    cut += [("all", phase, [one for one in judged if one.phase == phase]) for phase in PHASES]
    cut.append(("all", "all", list(judged)))
    return [_line(who, phase, found) for who, phase, found in cut if found]


def _line(who: str, phase: str, judged: Sequence[Judged]) -> Line:
    told = [one for one in judged if one.expected is not None and one.bound is not None]
    return Line(
        who=who,
        phase=phase,
        instants=len({int(one.asked_at) for one in judged}),
        answers=len(judged),
        cannot_say=len(judged) - len(told),
        kept=_share(sum(one.is_kept for one in told), len(told)),
        half=_share(sum(one.waited <= one.expected for one in told if one.expected is not None), len(told)),
        said_of_waited=median([one.bound / one.waited for one in told if one.bound is not None] or [0.0]),
        waited=median(one.waited for one in judged),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def targets(judged: Sequence[Judged]) -> list[Target]:
    """What the issue asks: between 85 and 95 of a hundred 90 % times kept, in every phase and in all."""
    return [
        Target(
            f"{line.phase}: {LEAST:.0%} to {MOST:.0%} through by the stated 90 % time",
            round(line.kept * 100, 1),
            LEAST <= line.kept <= MOST,
        )
        for line in lines(judged)
        if line.who == "all"
    ]
