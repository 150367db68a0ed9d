"""What is due when, and how far has the run come? The state that all users of one run share."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loadtests.ledger import Ledger
from loadtests.nation import Extract, Nation

SENT_TWICE_EVERY = 10
"""Every tenth extract is sent again on purpose."""

POSTERS_SHARE = 4
"""One user in four posts for a supplier; the others are practices."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An extract's sending is due so many seconds after the start, whether or not somebody is free to send it."""

    extract: Extract
    due: float


@dataclass(slots=True)
class Consignment:
    """What one supplier has to post in a run."""

    supplier: str
    arrivals: deque[Arrival]
    awaited: int
    """Arrivals without a final answer so far."""
    received: set[str] = field(default_factory=set)
    """Ids of the receipts."""
    calculated: int | None = None
    """How many became points; None until the supplier has seen that nothing is in flight any more."""


@dataclass(slots=True)
class Surge:
    """One run. Users take work from it and report back to it; it decides nothing by the clock."""

    nation: Nation
    ledger: Ledger
    consignments: list[Consignment]
    posts_for: list[int]
    """Poster -> index of the consignment that it works on."""
    practice_users: int
    unsigned: deque[str]
    """Practices that nobody attends to at the moment; one that waits for its report goes back to the end."""
    signed: set[str] = field(default_factory=set)
    began: float | None = None
    """`time.perf_counter()` when all users were there; arrivals are due from then on."""

    def consignment_for(self, poster: int) -> Consignment:
        return self.consignments[self.posts_for[poster]]

    @property
    def posters(self) -> int:
        return len(self.posts_for)

    @property
    def users(self) -> int:
        """Posters, practices and the national team's one."""
        return self.posters + self.practice_users + 1

    @property
    def calculated(self) -> int | None:
        """How many extracts have points; None until every supplier knows."""
        found = [consignment.calculated for consignment in self.consignments]
        return None if None in found else sum(count for count in found if count is not None)


def new_surge(nation: Nation, ledger: Ledger, *, rate: float, users: int) -> Surge:
    """Lay out a run: `rate` arrivals a second over all suppliers, and `users` users where there is work for so many."""
    by_supplier: dict[str, deque[Arrival]] = {}
    for number, extract in enumerate(_with_repeats(nation.extracts)):
        by_supplier.setdefault(extract.supplier, deque()).append(Arrival(extract, number / rate))
    consignments = [Consignment(supplier, due, len(due)) for supplier, due in sorted(by_supplier.items())]
    posts_for = _deal(consignments, users // POSTERS_SHARE)
    return Surge(
        nation=nation,
        ledger=ledger,
        consignments=consignments,
        posts_for=posts_for,
        practice_users=max(1, min(users - len(posts_for) - 1, len(nation.extracts))),
        unsigned=deque(extract.practice for extract in nation.extracts),
    )


def _deal(consignments: Sequence[Consignment], posters: int) -> list[int]:
    """Give each consignment a poster, and each further poster to the one that has most to post for each of its own."""
    dealt = list(range(len(consignments)))
    while len(dealt) < posters:
        dealt.append(max(range(len(consignments)), key=lambda at: consignments[at].awaited / dealt.count(at)))
    return dealt


def arrivals(extracts: int) -> int:
    """How many sendings so many extracts make."""
    return extracts + -(-extracts // SENT_TWICE_EVERY)


def _with_repeats(extracts: Iterable[Extract]) -> Iterable[Extract]:
    for number, extract in enumerate(extracts):
        yield extract
        if number % SENT_TWICE_EVERY == 0:
            # At once, not later: with two posters the second request races with the first.
            yield extract
