"""Why has a practice these points, and what if? A newcomer's view of the explanations that declarations gives."""

import os
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from qof_local import paths, services
from qof_local.paths import LocalStackError
from qof_shared.vocabulary import parse_rational, two_places

FOLDER = "nation"
READER = "national-team"
SHOWN = 15
"""Losses in the list of all indicators."""


@dataclass(frozen=True)
class Question:
    """What is asked of whom. Without a collection and a token those of the newest demonstration are taken."""

    practice: str
    indicator: str | None
    collection: str | None = None
    numerator: int | None = None
    denominator: int | None = None
    url: str | None = None
    token: str | None = None


def run(question: Question, console: Console, transport: httpx.BaseTransport | None = None) -> None:
    """Ask (over `transport`, if not the network) and print. Raises LocalStackError with what the service says instead
    of an answer."""
    collection = question.collection or _newest_collection()
    base = f"/v1/collections/{collection}/practices/{question.practice}/report/indicators"
    token = question.token or os.environ.get("QOF_TOKEN") or _token(collection)
    url = question.url or services.api_url("declarations")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=url, headers=headers, timeout=30, trust_env=False, transport=transport) as asking:
        if question.indicator is None:
            _print_losses(_ask(asking, base), console)
            return
        found = _ask(asking, f"{base}/{question.indicator}")
        _print_indicator(found, console)
        if question.numerator is not None:
            denominator = found["denominator"] if question.denominator is None else question.denominator
            counts = {"numerator": question.numerator, "denominator": denominator}
            _print_what_if(_ask(asking, f"{base}/{question.indicator}/what-if", counts), console)


def _ask(asking: httpx.Client, path: str, counts: dict[str, int] | None = None) -> Any:
    try:
        answer = asking.get(path, params=counts)
    except httpx.TransportError as error:
        raise LocalStackError(f"declarations does not answer ({error}); start everything with `make up`.") from error
    if answer.status_code != httpx.codes.OK:
        problem = answer.json()
        raise LocalStackError(f"declarations: {problem['title']}: {problem.get('detail', '')}")
    return answer.json()


def _print_losses(found: list[dict[str, Any]], console: Console) -> None:
    table = Table("indicator", "points", "of", "lost £", "patients short", "why", box=None, header_style="bold")
    for one in [one for one in found if Decimal(one["pounds_lost"] or 0)][:SHOWN]:
        short = one["patients_to_maximum"]
        points, available = (_two_places(one[name]) for name in ("points", "points_available"))
        table.add_row(
            one["indicator"], points, available, one["pounds_lost"], "" if short is None else str(short), one["why"]
        )
    if table.row_count:
        console.print(table)
    else:
        console.print("No points are lost: every indicator has all that was available to the practice.")


def _print_indicator(found: dict[str, Any], console: Console) -> None:
    console.print(f"{found['indicator']}: {found['why']}", soft_wrap=True)
    facts = Table(show_header=False, box=None)
    for name in ("numerator", "denominator", "percentage", "lower_threshold", "upper_threshold", "register_count"):
        if found[name] is not None:
            facts.add_row(name.replace("_", " "), str(found[name]))
    for name in ("exclusions", "pcas"):
        reasons = ", ".join(f"{reason} {patients}" for reason, patients in found[name].items())
        facts.add_row(name, f"{found[f'{name}_total']}{f' ({reasons})' if reasons else ''}")
    facts.add_row("points", f"{_two_places(found['points'])} of {_two_places(found['points_available'])}")
    facts.add_row("paid in line", found["line"])
    facts.add_row("pounds", f"{found['pounds']} (missing points: {found['pounds_lost']})")
    for name in ("patients_to_next_point", "patients_to_maximum"):
        if found[name] is not None:
            facts.add_row(name.replace("_", " "), str(found[name]))
    console.print(facts)
    if found["is_unverified"]:
        console.print("The rule of this indicator is marked unverified: no source confirmed it.")
    if found["patients_around"]:
        _print_around(found, console)


def _print_around(found: dict[str, Any], console: Console) -> None:
    table = Table("patients", "numerator", "points", "practice's pounds", "change £", box=None, header_style="bold")
    for one in found["patients_around"]:
        more = one["numerator"] - found["numerator"]
        table.add_row(
            "now" if more == 0 else f"{more:+}",
            str(one["numerator"]),
            _two_places(one["points"]),
            one["pounds"] or "not known",
            one["pounds_change"] or "",
            style="bold" if more == 0 else "",
        )
    console.print(table)


def _print_what_if(found: dict[str, Any], console: Console) -> None:
    console.print(
        f"With {found['numerator']} of {found['denominator']}: {_two_places(found['points'])} points, "
        f"practice £{found['pounds']} (change {found['pounds_change']}).",
        soft_wrap=True,
    )


def _two_places(points: str) -> str:
    return two_places(parse_rational(points))


def _newest_collection() -> str:
    runs = sorted(paths.folder(FOLDER).glob("QOF-*"), key=lambda folder: folder.stat().st_mtime)
    if not runs:
        raise LocalStackError("there is no demonstration yet; run `make demo`, or name COLLECTION and set QOF_TOKEN.")
    return runs[-1].name


def _token(collection: str) -> str:
    file = paths.folder(FOLDER) / collection / f"{READER}.token"
    if not file.is_file():
        raise LocalStackError(f"no token for {collection}; set QOF_TOKEN to one of somebody who may read the report.")
    return file.read_text(encoding="utf-8").strip()
