"""How are a bench's figures told? As a Markdown table, as verdicts on its targets, and as JSON."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec


class Target(msgspec.Struct, frozen=True):
    """What was aimed at, and what came of it."""

    aim: str
    found: float
    holds: bool


def markdown_table(headings: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(_row(cells) for cells in (headings, ["---"] * len(headings), *rows))


def verdict(target: Target) -> str:
    return f"{'holds' if target.holds else 'FAILS'}: {target.aim} (found: {target.found:,.2f})"


def write_document(file: Path, document: Mapping[str, object]) -> None:
    """Write it as JSON, indented; its folder is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
