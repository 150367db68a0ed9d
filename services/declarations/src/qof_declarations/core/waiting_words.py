"""A place in the queue as a practice manager would say it: what happens now, and when it will be through."""

from collections.abc import Callable
from datetime import datetime, timedelta

from qof_declarations.core.waiting import Place, Stage
from qof_shared.pace import Forecast

Clock = Callable[[datetime], str]
"""Writes a moment as people read it: 8:41am."""


def waiting_sentences(place: Place, clock: Clock) -> list[str]:
    """What happens now; then when it will be through, or that nobody can say yet; then what to do."""
    match place.stage:
        case Stage.AWAITING_EXTRACT:
            return [
                "We have no extract of your practice yet.",
                "Your system supplier sends it. Ask them when.",
            ]
        case Stage.IN_QUEUE | Stage.RECALCULATING if place.position is not None:
            return [_queued(place), _when(place.forecast, clock), "You do not have to do anything."]
        case Stage.AWAITING_NATIONAL_FIGURES:
            return [
                "Your points are calculated.",
                "Your pounds wait for the national figures, which the national team freezes for all practices.",
                "You do not have to do anything.",
            ]
        case Stage.AWAITING_POUNDS | Stage.RECALCULATING if place.waiting is not None:
            return [
                f"Your points are calculated. Your pounds are being worked out{_others(place.waiting)}.",
                _when(place.forecast, clock),
                "You do not have to do anything.",
            ]
        case Stage.RECALCULATING:
            return [
                "Something about your figures was changed. They are about to be worked out again.",
                "You do not have to do anything. Until then nothing can be signed.",
            ]
        case Stage.REJECTED:
            return [
                "Your newest extract could not be calculated.",
                "Your system supplier has been told why, and has to send it again.",
            ]
    return ["Your report is ready."]


def _queued(place: Place) -> str:
    what = "A newer extract of your practice" if place.stage is Stage.RECALCULATING else "We have your extract. It"
    if place.position == 1:
        return f"{what} is next to be worked out."
    return f"{what} is number {place.position:,} of {place.waiting:,} in the queue."


def _when(forecast: Forecast | None, clock: Clock) -> str:
    if forecast is None:
        return "We cannot say yet when it will be ready."
    # A clock leaves the seconds out: 8:41 and 50 seconds is said as 8:42, or it would be over before it is ready.
    expected, by = clock(_next_minute(forecast.expected_at)), clock(_next_minute(forecast.ready_by))
    if expected == by:
        return f"It should be ready at about {by}."
    return f"It should be ready at about {expected}. Nine times out of ten it is ready by {by}."


def _next_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _others(waiting: int) -> str:
    others = waiting - 1
    if not others:
        return ""
    return f", with those of {others:,} other {'practice' if others == 1 else 'practices'}"
