"""How is the running system, in a terminal? What the operator's page says, from the same answer of ingest."""

from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from qof_declarations.core.operations import Facts, Own
from qof_declarations.core.operations_verdicts import verdicts
from qof_declarations.handlers.operating import read_pipeline
from qof_local import paths, services
from qof_local.directory import OPERATOR
from qof_local.paths import LocalStackError

FOLDER = "nation"


def run(console: Console) -> None:
    """Print verdicts, the ledger and every queue. Raises LocalStackError where ingest says nothing."""
    told = _ask(_token())
    pipeline = read_pipeline(told)
    ledger = pipeline.ledger
    facts = Facts(pipeline.at, pipeline, None, Own((), 0, 0.0), payments_answers=True)
    for verdict in verdicts(facts, lambda moment: f"{moment:%H:%M} UTC"):
        console.print(f"[bold]{verdict.heading}[/bold]  {verdict.means}", soft_wrap=True)
        for deed in verdict.do:
            console.print(f"  - {deed}", soft_wrap=True, markup=False)
    balance = "balances" if ledger.balances else "does NOT balance"
    console.print(
        f"\naccepted {ledger.accepted:,} = calculated {ledger.calculated:,} + rejected {ledger.rejected:,} + dead"
        f" {ledger.dead:,} + in flight {ledger.in_flight:,}: {balance}",
        soft_wrap=True,
    )
    console.print(_queues(told["queues"] or []))


def _queues(queues: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("queue", "workers", "waiting", "done/s", "retrying", "dead"):
        table.add_column(column, justify="left" if column == "queue" else "right", no_wrap=True)
    for one in queues:
        waiting = one["ready"] + one["unacknowledged"]
        numbers = (one["consumers"], waiting, one["acknowledge_rate"], one["retrying"], one["dead"])
        table.add_row(one["name"], *(f"{number:g}" for number in numbers))
    return table


def _token() -> str:
    """The operator's, of the newest demonstration: tokens are the same for every run of a seed."""
    files = list(paths.folder(FOLDER).glob(f"*/{OPERATOR}.token"))
    if not files:
        raise LocalStackError("nobody is known as operator yet; `make demo` loads a nation with one.")
    return max(files, key=lambda file: file.stat().st_mtime).read_text()


def _ask(token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{services.api_url('ingest')}/v1/operations"
    try:
        answer = httpx.get(url, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        raise LocalStackError(f"ingest does not answer ({type(error).__name__}); is it running? `make up`") from error
    if answer.status_code != httpx.codes.OK:
        raise LocalStackError(f"ingest answers {answer.status_code}: {answer.text[:300]}")
    found: dict[str, Any] = answer.json()
    return found
