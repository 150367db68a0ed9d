"""Does everything balance, what did it take, and where does one look at it? The end of a demonstration."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from rich.console import Console

from qof_local import services
from qof_local.compare import Comparison
from qof_local.demo_cast import Cast, tried
from qof_local.demo_meter import Meter
from qof_local.demo_outcome import Outcome
from qof_local.demo_tables import table
from qof_local.directory import accounts_document
from qof_local.servers import Servers
from qof_shared.vocabulary import parse_rational, two_places

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Balance:
    """Two things that must be the same."""

    what: str
    left: object
    right: object

    @property
    def holds(self) -> bool:
        return self.left == self.right


def balances(cast: Cast, outcome: Outcome, *, waiting: int, dead: int) -> list[Balance]:
    """Every sum that has to come out even after a run, or after the part of it that was run."""
    figures, work_list = outcome.figures, outcome.work_list.values()
    states = [entry["state"] for entry in work_list]
    different = [
        practice
        for practice, points in cast.points.items()
        if (entry := outcome.work_list.get(practice)) is None or parse_rational(entry["points"] or "-1") != points
    ]
    paid = sum((Decimal(entry["payment"]["pounds"]) for entry in work_list if entry["payment"]), Decimal(0))
    approved = sum(outcome.approved.values(), Decimal(0))
    to_reports = [
        Balance("practices = extracts posted", len(cast.practices), outcome.posted),
        Balance("posted = receipts", outcome.posted, outcome.accepted),
        Balance("receipts = accepted, as ingest counts", outcome.accepted, figures["accepted"]),
        Balance("accepted = calculated + rejected", figures["accepted"], figures["calculated"] + figures["rejected"]),
        Balance("rejected = 0", figures["rejected"], 0),
        Balance("calculated = achievements in payments", figures["calculated"], outcome.achievements),
        Balance("calculated = reported", figures["calculated"], figures["reported"]),
        Balance("reported = reports in declarations", figures["reported"], sum(map(_has_report, work_list))),
        Balance("practices whose points are not the same", len(different), 0),
        Balance("messages left in work queues", waiting, 0),
        Balance("dead letters of this run", dead, 0),
    ]
    if outcome.money:
        to_reports += [
            Balance("statements = reports", outcome.money.practices, figures["reported"]),
            Balance("pounds due = pounds in reports", outcome.money.due, _pounds(work_list)),
        ]
    if "signed" not in outcome.moments:
        return to_reports
    return [
        *to_reports,
        Balance("signed = approved + returned", outcome.signed, len(outcome.approved) + outcome.returned),
        Balance("approved = approved by finance", len(outcome.approved), outcome.finance_approved),
        Balance("approved by finance = in that state", outcome.finance_approved, states.count("finance-approved")),
        Balance("returned = state returned", outcome.returned, states.count("returned")),
        Balance("approved by finance = instructed", outcome.finance_approved, outcome.instructions),
        Balance("pounds approved = pounds instructed", approved, outcome.instructed),
        Balance("pounds instructed = pounds shown as paid", outcome.instructed, paid),
    ]


def _pounds(work_list: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(entry["pounds"]) for entry in work_list), Decimal(0))


def _has_report(entry: object) -> bool:
    return isinstance(entry, dict) and entry["report_version"] is not None


def show_balances(console: Console, found: Sequence[Balance]) -> None:
    shown = table("Does it balance?", "", "", "")
    for balance in found:
        holds = "[green]yes[/]" if balance.holds else "[bold red]NO[/]"
        shown.add_row(balance.what, _number(balance.left), _number(balance.right), holds)
    console.print(shown)


def show_totals(console: Console, cast: Cast, outcome: Outcome) -> None:
    points = sum((parse_rational(entry["points"]) for entry in outcome.work_list.values()), Fraction(0))
    pounds = sum((Decimal(entry["pounds"]) for entry in outcome.work_list.values()), Decimal(0))
    count = len(outcome.work_list)
    console.print(
        f"{cast.collection}, rule set {cast.ruleset}: {count:,} practices, {_commas(points)} points in all "
        f"({two_places(points / count)} each), £{pounds:,} of entitlements, £{outcome.instructed:,} instructed",
        soft_wrap=True,
    )


def show_usage(console: Console, meter: Meter) -> None:
    shown = table("Process", "peak PSS MiB", "peak RSS MiB", "CPU s")
    for usage in meter.usages.values():
        shown.add_row(usage.name, _mebibytes(usage.pss), _mebibytes(usage.rss), f"{usage.cpu_seconds:.1f}")
    shown.add_section()
    cpu = sum(usage.cpu_seconds for usage in meter.usages.values())
    shown.add_row("everything at its highest moment", _mebibytes(meter.peak_pss), "", f"{cpu:.1f}")
    console.print(shown)


def show_left_out(console: Console, cast: Cast) -> None:
    if cast.published:
        console.print("not published, so not sent:")
        for reason, count in cast.published.left_out.items():
            console.print(f"  {count:>6,} {reason}", soft_wrap=True)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """The share reproduced, what could not be checked, and every difference."""
    console.print(
        f"[bold]{comparison.reproduced:,} of {comparison.checkable:,} published practice x indicator points are "
        f"reproduced: {float(comparison.share):.4%}[/] (to 1e-12 of a point: published points are printed floats)",
        soft_wrap=True,
    )
    for reason, count in comparison.not_checkable.items():
        console.print(f"  not checkable {count:>6,} {reason}", soft_wrap=True)
    console.print(f"  differences {len(comparison.differences)}, of which {len(comparison.unexplained)} unexplained")
    for one in comparison.differences:
        row = one.published
        ours = "nothing" if one.ours is None else two_places(one.ours)
        console.print(
            f"  {row.practice} {row.term.code:<9} {one.counts}: published {two_places(one.theirs)}, ours {ours}; "
            f"{one.cause}",
            soft_wrap=True,
        )


def show_where_to_look(console: Console, cast: Cast, folder: Path, servers: Servers) -> None:
    """Addresses, and commands to try with the tokens of this run."""
    console.print("everything stays up; stop it with [bold]make down[/]. Look at it here:")
    console.print(f"  pages         {services.api_url('declarations')}/ - sign in as one of these:", soft_wrap=True)
    for one in accounts_document(cast.nation, cast.seed)["accounts"]:
        if one["is_ready_made"]:
            said = f"    {one['account']:<22} {one['password']:<26} {one['does']}"
            console.print(said, soft_wrap=True, highlight=False)
    for service in services.API_PORTS:
        console.print(f"  {service:<13} {services.api_url(service)}/docs", soft_wrap=True)
    console.print(f"  RabbitMQ      {servers.management_url or 'not known'}", soft_wrap=True)
    people, first = tried(cast), cast.nation.practices[0]
    collection = f"v1/collections/{cast.collection}"
    report = f"declarations/{collection}/practices/{first.practice}"
    asked = (
        ("supplier", f"ingest/{collection}/progress"),
        ("practice", f"{report}/report"),
        ("practice", f"{report}/declaration"),
        ("commissioner", f"declarations/{collection}/declarations?filter=returned"),
        ("finance", f"declarations/{collection}/declarations?filter=finance-approved"),
        ("national team", f"payments/{collection}/practices/{first.practice}/entitlement"),
        ("operator", "ingest/v1/operations"),
    )
    for who, what in asked:
        service, _, path = what.partition("/")
        header = f'-H "Authorization: Bearer $(cat {folder / people[who]}.token)"'
        console.print(f"  curl -s {header} '{services.api_url(service)}/{path}'", soft_wrap=True, highlight=False)


def _number(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, Decimal)) else str(value)


def _commas(points: Fraction) -> str:
    return f"{Decimal(two_places(points)):,}"


def _mebibytes(amount: int) -> str:
    return f"{amount / MEBIBYTE:.0f}" if amount else ""
