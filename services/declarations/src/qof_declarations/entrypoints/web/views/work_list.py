"""What does a commissioner see of each practice, under which filters, and what is to be looked at before approving?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from qof_declarations.core.summary import Summary
from qof_declarations.core.work_list import WorkFilter, WorkSort
from qof_declarations.entrypoints.web.views.practice import path_of
from qof_declarations.entrypoints.web.views.states import TURNS, Tag, tag_of
from qof_declarations.entrypoints.web.words import moment, points, pounds
from qof_declarations.handlers.overseeing import Reminder, Weighed, WorkEntry, WorkList

FILTERS: Mapping[WorkFilter, str] = {
    WorkFilter.SIGNED: "Signed, to approve",
    WorkFilter.NOT_STARTED: "Not started",
    WorkFilter.LATE: "Late",
    WorkFilter.QUERIED: "Queried",
    WorkFilter.MOVED: "Figures moved",
    WorkFilter.RETURNED: "Returned",
    WorkFilter.APPROVED: "Approved, with finance",
    WorkFilter.FINANCE_APPROVED: "Payment approved",
}
"""The filters that a page offers, in this order, after "all"."""

SORTS: Mapping[WorkSort, str] = {
    WorkSort.PRACTICE: "Practice code",
    WorkSort.NAME: "Name",
    WorkSort.POUNDS: "Pounds, most first",
    WorkSort.CHANGE: "Change since last year, most first",
    WorkSort.SIGNED: "Signed, longest ago first",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter with how many practices it has."""

    name: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One practice of a list, told."""

    practice: str
    name: str
    href: str
    tag: Tag
    turn: str
    is_late: bool
    points: str
    points_before: str
    """Last year's; empty where there was none."""
    pounds: str
    pounds_before: str
    pounds_change: str
    signed: str
    open_queries: int
    under_protest: bool
    is_newer: bool
    """Newer figures are beside what was approved."""
    flags: Sequence[str]
    can_tick: bool
    """The person can approve what was signed."""
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class WeighedRow:
    """One declaration of those that were ticked."""

    practice: str
    declaration_id: UUID | None
    row: WorkRow | None
    signed_points: str
    signed_pounds: str
    told: str
    """What was done, or why nothing can be."""


@dataclass(frozen=True, slots=True)
class WeighedPart:
    """What approving the ticked ones comes to."""

    ready: Sequence[WeighedRow]
    done: Sequence[WeighedRow]
    refused: Sequence[WeighedRow]
    ready_pounds: str
    done_pounds: str


def tabs(found: WorkList, chosen: WorkFilter | None, address: str, kept: Mapping[str, str]) -> Sequence[Tab]:
    """All, then the filters; `kept` is what stays of the query: search and order."""
    counts = found.counts
    everybody = sum(
        counts[one]
        for one in (WorkFilter.NOT_SIGNED, WorkFilter.SIGNED, WorkFilter.APPROVED, WorkFilter.FINANCE_APPROVED)
    )
    offered: list[tuple[str, int, WorkFilter | None]] = [("All", everybody, None)]
    offered += [(name, counts[one], one) for one, name in FILTERS.items()]
    return [
        Tab(name, count, address_with(address, filter=one or "", **kept), one == chosen) for name, count, one in offered
    ]


def address_with(address: str, **query: str) -> str:
    """An address with those of the parameters that say something."""
    said = {name: str(value) for name, value in query.items() if value}
    return f"{address}?{urlencode(said)}" if said else address


def work_row(entry: WorkEntry, *, tick: str = "") -> WorkRow:
    """Tell one practice; `tick` is `all` or `plain` where boxes are to be ticked beforehand."""
    standing, last = entry.standing, entry.last_year
    declaration = standing.declaration
    # After an approval what was signed is paid, whatever came since.
    shown = declaration if declaration and standing.is_newer_than_approved else standing
    can_approve = entry.can.can_approve or (entry.can.can_finance_approve and not standing.is_newer_than_approved)
    flags = [flag.sentence for flag in entry.flags]
    is_plain = not flags and not standing.open_queries
    return WorkRow(
        practice=standing.practice,
        name=standing.practice_name,
        href=path_of(standing),
        tag=tag_of(standing),
        turn=TURNS[standing.turn],
        is_late=entry.is_late,
        points=points(shown.points) if shown.points is not None else "–",
        points_before=points(last.points) if last else "",
        pounds=pounds(shown.pounds) if shown.pounds is not None else "–",
        pounds_before=pounds(last.pounds) if last else "",
        pounds_change=_change(shown.pounds, last),
        signed=f"{declaration.signed_by_name}, {moment(declaration.signed_at)}" if declaration else "",
        open_queries=standing.open_queries,
        under_protest=declaration.under_protest if declaration else False,
        is_newer=standing.is_newer_than_approved,
        flags=flags,
        can_tick=can_approve,
        is_ticked=can_approve and (tick == "all" or (tick == "plain" and is_plain)),
    )


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """A practice that has not signed, and the words for it."""

    practice: str
    name: str
    href: str
    tag: Tag
    turn: str
    is_late: bool
    text: str


def reminder_row(reminder: Reminder) -> ReminderRow:
    """Tell one practice that has not signed."""
    standing = reminder.standing
    return ReminderRow(
        practice=standing.practice,
        name=standing.practice_name,
        href=path_of(standing),
        tag=tag_of(standing),
        turn=TURNS[standing.turn],
        is_late=reminder.is_late,
        text=reminder.text,
    )


def weighed_part(weighed: Sequence[Weighed]) -> WeighedPart:
    """Tell what was ticked: what is ready, what is done, what cannot be approved and why."""
    rows = [(one, _weighed_row(one)) for one in weighed]
    return WeighedPart(
        ready=[row for one, row in rows if not one.is_done and not one.refusal],
        done=[row for one, row in rows if one.is_done],
        refused=[row for one, row in rows if one.refusal],
        ready_pounds=_sum([one for one in weighed if not one.is_done and not one.refusal]),
        done_pounds=_sum([one for one in weighed if one.is_done]),
    )


def _weighed_row(one: Weighed) -> WeighedRow:
    row = work_row(one.entry) if one.entry else None
    declaration = one.entry.standing.declaration if one.entry else None
    told = ""
    if one.refusal is not None:
        told = str(one.refusal)
    elif one.is_done and declaration:
        approval = declaration.finance_approval or declaration.approval
        told = f"Approved by {approval.name}, {moment(approval.at)}." if approval else ""
    return WeighedRow(
        practice=one.practice,
        declaration_id=declaration.declaration_id if declaration else None,
        row=row,
        signed_points=points(declaration.points) if declaration else "–",
        signed_pounds=pounds(declaration.pounds) if declaration else "–",
        told=told,
    )


def _sum(weighed: Sequence[Weighed]) -> str:
    declared = [one.entry.standing.declaration for one in weighed if one.entry]
    return pounds(sum((Decimal(one.pounds) for one in declared if one), Decimal()))


def _change(now: str | None, last: Summary | None) -> str:
    """By how much the pounds differ from last year's, with its sign; empty where there is nothing to compare."""
    if now is None or last is None:
        return ""
    change = Decimal(now) - Decimal(last.pounds)
    return f"+{pounds(change)}" if change > 0 else pounds(change)
