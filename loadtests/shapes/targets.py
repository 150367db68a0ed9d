"""Which numbers do shapes promise? Each is measured over a run's phases, None where there is nothing to measure."""

from math import ceil

from loadtests.record import PAGE, PhaseRecord, Record, quantile
from loadtests.shapes.shape import Target

MOST = 0.95
SIGNED_IN, SIGNED, RECEIPT = "due to signed in", "due to signed", "due to receipt"


def signed_in_share(record: Record) -> float | None:
    wanted = record.total("wanted to sign in")
    return record.total("signed in") / wanted if wanted else None


def signed_share(record: Record) -> float | None:
    wanted = record.total("wanted to sign")
    return record.total("signed") / wanted if wanted else None


def dropped(record: Record) -> float | None:
    return float(record.total("dropped sessions"))


def page_p99(record: Record) -> float | None:
    return quantile([one for phase in record.phases.values() for one in phase.of(PAGE)], 0.99)


def p99_of(name: str, phase: PhaseRecord) -> float | None:
    return phase.share(name, 0.99)


def goodput(phase: PhaseRecord) -> float | None:
    """Signatures a second, from the phase's beginning until 95 of 100 who wanted to sign have signed; the last few,
    whose one waiting page decides, are left out. Where fewer ever sign: those, over the whole phase."""
    most = ceil(MOST * phase.counts["wanted to sign"])
    signed = phase.times[SIGNED].moments if SIGNED in phase.times else ()
    until, done = (signed[most - 1], most) if most and len(signed) >= most else (phase.ended, len(signed))
    return done / (until - phase.began) if until > phase.began else None


def ratio(over: float | None, under: float | None) -> float | None:
    return over / under if over is not None and under else None


NO_DROPPED = Target(
    "dropped sessions", "whoever was signed in is never asked to sign in again", 0, is_at_least=False, measure=dropped
)
ALL_SIGNED_IN = Target(
    "signed in", "of those who came, so many were signed in", 0.999, is_at_least=True, measure=signed_in_share
)
ALL_SIGNED = Target(
    "signed", "of those who came to sign, so many have signed", 0.999, is_at_least=True, measure=signed_share
)
PAGES_QUICK = Target(
    "page p99", "99 of 100 pages are answered within so many seconds", 2.0, is_at_least=False, measure=page_p99
)
