"""From nothing to points and pounds: `python -m qof_local demo`. A whole nation's year end, and does it balance?"""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console

from qof_local import demo_money, demo_summary, demo_times, servers, services
from qof_local.compare import Comparison, compare
from qof_local.demo_api import api
from qof_local.demo_cast import Cast, invented, load_files, next_collection, real, write_files
from qof_local.demo_meter import Meter
from qof_local.demo_outcome import Outcome
from qof_local.demo_queues import Queues, dead_letters
from qof_local.demo_stages import PEOPLE_AT_ONCE, Demonstration
from qof_local.directory import SUPPLIERS
from qof_local.paths import LocalStackError
from qof_local.progress import Progress
from qof_local.servers import Servers

DEFAULT_PRACTICES = 1_000
SIGNING_OF_FIVE = 3
"""Three practices of five sign; the others' reports wait, as they do at any moment of a real year end."""


@dataclass(frozen=True)
class Options:
    """What is demonstrated: an invented nation, or with `data` the published practices of Scotland."""

    year: str
    nation: str
    practices: int | None
    """None: a thousand, or all that were published."""
    data: Path | None
    seed: int
    to_reports: bool = False
    """True: stop when every report is there; nobody signs."""
    record: Path | None = None
    """Where to write what was measured, as JSON."""


def run(options: Options, console: Console) -> bool:
    """Run the whole demonstration; True when everything balances. Everything stays up.

    Raises LocalStackError where the machine or a service keeps it from running.
    """
    if options.practices is not None and options.practices < 1:
        raise LocalStackError(f"PRACTICES={options.practices}: give at least 1.")
    cast = _prepare(options, console)
    demo_summary.show_left_out(console, cast)
    began = time.monotonic()
    found = servers.ensure_servers()
    services.start_all(found)
    console.print(f"OpenQOF is up in {time.monotonic() - began:.1f} s")
    folder = write_files(cast)
    load_files(folder, found)
    console.print(f"directory and people loaded from {folder}", soft_wrap=True)
    with Meter() as meter:
        try:
            outcome, comparison, waiting, dead = asyncio.run(_play(cast, found, console, meter, options))
        except BaseExceptionGroup as group:
            raise _first_of(group) from group
    balances = demo_summary.balances(cast, outcome, waiting=waiting, dead=dead)
    _summarise(console, cast, outcome, meter, balances)
    if options.record:
        demo_times.record(options.record, len(cast.practices), outcome, meter)
    if comparison:
        demo_summary.show_comparison(console, comparison)
    demo_summary.show_where_to_look(console, cast, folder, found)
    return all(balance.holds for balance in balances) and not (comparison and comparison.unexplained)


def _prepare(options: Options, console: Console) -> Cast:
    began = time.monotonic()
    collection = next_collection(options.year)
    if options.data:
        cast = real(options.data, options.year, options.practices, seed=options.seed, collection=collection)
    else:
        practices = options.practices or DEFAULT_PRACTICES
        cast = invented(practices, options.nation, options.year, seed=options.seed, collection=collection)
    size = sum(map(len, cast.extracts.values()))
    console.print(
        f"{len(cast.practices):,} extracts of {cast.ruleset} for {collection}: {size / 1e6:.1f} MB, made and worked "
        f"out in {time.monotonic() - began:.1f} s",
        soft_wrap=True,
    )
    return cast


async def _play(
    cast: Cast, found: Servers, console: Console, meter: Meter, options: Options
) -> tuple[Outcome, Comparison | None, int, int]:
    async with AsyncExitStack() as stack:
        # A supplier is a machine of its own, so it has a client of its own.
        suppliers = {supplier: await stack.enter_async_context(api("ingest", connections=2)) for supplier in SUPPLIERS}
        payments = await stack.enter_async_context(api("payments", connections=2))
        declarations = await stack.enter_async_context(api("declarations", connections=PEOPLE_AT_ONCE))
        management = await stack.enter_async_context(httpx.AsyncClient(timeout=5, trust_env=False))
        queues = Queues(found, management)
        progress = stack.enter_context(Progress(console))
        play = Demonstration(
            cast,
            ingest=suppliers,
            payments=payments,
            declarations=declarations,
            queues=queues,
            progress=progress,
            meter=meter,
        )
        await play.wait_until_known()
        dead_before = dead_letters(await queues.depths())
        await demo_money.tell_terms(cast, payments)
        await play.collect()
        await play.freeze()
        await play.report()
        if not options.to_reports:
            signing = [one for number, one in enumerate(cast.nation.practices) if number % 5 < SIGNING_OF_FIVE]
            signed = await play.sign(signing)
            await play.approve(signing, signed)
            await play.approve_payments(signing, signed)
            await play.instruct()
        play.outcome.money = await demo_money.read_money(cast, payments)
        comparison = compare(cast.published, await play.read_points()) if cast.published else None
        play.outcome.retries = sum(client.retries for client in (*suppliers.values(), payments, declarations))
        return play.outcome, comparison, *await queues.settled(dead_before)


def _summarise(
    console: Console, cast: Cast, outcome: Outcome, meter: Meter, balances: list[demo_summary.Balance]
) -> None:
    console.print()
    demo_summary.show_usage(console, meter)
    console.print()
    demo_times.show_stages(console, outcome, meter.yardstick)
    console.print()
    console.print(outcome.gates, soft_wrap=True)
    demo_summary.show_balances(console, balances)
    console.print()
    demo_summary.show_totals(console, cast, outcome)
    if outcome.money:
        demo_money.show_money(console, cast, outcome.money)


def _first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """What went wrong first; the others were cancelled or failed for the same reason."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
