"""How does an indicator table become rule sets? Run again for every new year:

    python -m qof_calculator.adapters.indicator_tables ../shared/data/indicators

A table (CSV, one row per indicator) says what is counted and what it is worth; a mapping
(`rulesets/tables/<year>.yaml`) says what the table does not: group codes, registers, sources, trust. The result
is a complete rule set, one line per indicator. Its digest is written into `rulesets/digests.json` by hand, because
freezing a year is a decision.
"""

import argparse
import csv
import io
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qof_calculator.adapters.rulesets import RULESETS, read_document, read_ruleset
from qof_calculator.core.kinds import KINDS
from qof_calculator.core.lint import lint
from qof_calculator.core.ruleset import RulesetError

HEADER = (
    "ruleset_id",
    "nation",
    "qof_year",
    "achievement_date",
    "status",
    "points_total",
    "domain_totals",
    "shares_table_with",
    "sources",
    "caveats",
    "registers",
    "list_types",
    "successions",
)
PARTS = re.compile(r"; (?![^(]*\))")
"""Between the parts of a row's source; not within brackets."""
ROWS = "row"
"""As the mapping's `source`: every indicator cites what its own row of the table cites."""


def write_ruleset(table: str, mapping: Mapping[str, Any], ruleset_id: str) -> str:
    """The YAML text of one rule set, from a table (CSV text) and the mapping of its year.

    Raises RulesetError where the mapping does not know a group of the table, names an indicator that the table
    does not have, or the result has faults.
    """
    document = ruleset_document(table, mapping, ruleset_id)
    text = "".join(f"{line}\n" for line in _lines(document, str(mapping["table"])))
    if faults := lint(read_ruleset(text)):
        raise RulesetError(f"{ruleset_id}: {'; '.join(faults)}")
    return text


def ruleset_document(table: str, mapping: Mapping[str, Any], ruleset_id: str) -> dict[str, Any]:
    """The rule set as a document: `HEADER`, then groups and indicators."""
    own = mapping["rulesets"][ruleset_id]
    header = {"caveats": [], "successions": {}, **mapping, **own, "ruleset_id": ruleset_id}
    rows = [_named(row, mapping) for row in csv.DictReader(io.StringIO(table))]
    _refuse_strangers(rows, mapping, own)
    reasons = _reasons(mapping, own)
    indicators = [_indicator(row, mapping, reasons) for row in rows]
    if mapping["source"] == ROWS:
        header["sources"] = _cite_rows(rows, indicators, mapping["sources"])
    return {
        **{key: header.get(key) for key in HEADER},
        "shares_table_with": [other for other in mapping["rulesets"] if other != ruleset_id],
        "list_types": {
            register: mapping.get("list_types", {}).get(register, "TOTAL") for register in header["registers"]
        },
        "caveats": [*mapping.get("caveats", ()), *own.get("caveats", ())],
        "groups": list(_groups(rows, indicators, mapping)),
        "indicators": indicators,
    }


def _named(row: Mapping[str, str], mapping: Mapping[str, Any]) -> dict[str, str]:
    """The row with the code, group and domain that the mapping gives it, where it gives another."""
    code = row["indicator"].removesuffix(mapping.get("code_suffix", ""))
    code = mapping.get("codes", {}).get(code, code)
    group = mapping.get("groups_of", {}).get(code, row["group"].strip())
    domain = mapping.get("domains", {}).get(row["domain"], row["domain"])
    return {**row, "indicator": code, "group": group, "domain": mapping["groups"].get(group, {}).get("domain", domain)}


def _refuse_strangers(rows: Iterable[Mapping[str, str]], mapping: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """A misspelt name in the mapping would silently do nothing."""
    rows = list(rows)
    groups, codes = {row["group"] for row in rows}, {row["indicator"] for row in rows}
    strangers = [
        *(set(mapping["groups"]) ^ groups),
        *(set(mapping["indicators"]) - codes),
        *(set(_reasons(mapping, own)) - codes),
        *(set(mapping.get("codes", {}).values()) - codes),
        *(set(mapping.get("groups_of", {})) - codes),
        *(set(mapping.get("list_types", {})) - set(mapping["registers"])),
    ]
    if strangers:
        raise RulesetError(f"table and mapping do not agree on {', '.join(sorted(strangers))}")


def _reasons(mapping: Mapping[str, Any], own: Mapping[str, Any]) -> Mapping[str, str]:
    """Indicator -> why it is unverified, as the mapping of the table or of the rule set says."""
    marks = [*mapping.get("unverified", ()), *own.get("unverified", ())]
    return {code: mark["reason"] for mark in marks for code in mark["indicators"]}


def _indicator(row: Mapping[str, str], mapping: Mapping[str, Any], reasons: Mapping[str, str]) -> dict[str, Any]:
    """One row, with the group's register for denominator and prevalence unless the mapping says otherwise."""
    code, group = row["indicator"], mapping["groups"][row["group"]]
    exception = mapping["indicators"].get(code, {})
    register = exception.get("register", group.get("register"))
    kind = exception.get("kind", row["kind"])
    lower, upper = (
        row[f"{end}_threshold_pct"] or None if KINDS[kind].thresholds else None for end in ("lower", "upper")
    )
    return {
        "code": code,
        "group": group["code"],
        "domain": row["domain"],
        "description": row["description"],
        "kind": kind,
        "points": row["points"],
        "lower_threshold": lower,
        "upper_threshold": upper,
        "register": register,
        "prevalence_register": exception.get("prevalence_register", register),
        "source": exception.get("source", mapping["source"]),
        "unverified": exception.get(
            "unverified", reasons.get(code, _doubts(row, has_thresholds=KINDS[kind].thresholds))
        ),
        "denominator_within_register": exception.get("denominator_within_register", True),
        "parameters": exception.get("parameters", {}),
    }


def _doubts(row: Mapping[str, str], *, has_thresholds: bool) -> str | None:
    """What the row's own source says to be unverified; of thresholds only where they are calculated with."""
    doubts = [
        part
        for part in PARTS.split(row["source"])
        if "unverified" in part and (has_thresholds or "thresholds" not in part)
    ]
    return "; ".join(doubts) or None


def _cite_rows(
    rows: Sequence[Mapping[str, str]], indicators: Sequence[dict[str, Any]], sources: Mapping[str, str]
) -> Mapping[str, str]:
    """Give every indicator its own row's source, and what the mapping's adds; returns all sources."""
    keys: dict[str, str] = {}
    for row, indicator in zip(rows, indicators, strict=True):
        added = "" if indicator["source"] == ROWS else f"; {sources[indicator['source']]}"
        indicator["source"] = keys.setdefault(f"{row['source']}{added}", f"{ROWS}-{len(keys) + 1}")
    return {**sources, **{key: text for text, key in keys.items()}}


def _groups(
    rows: Sequence[Mapping[str, str]], indicators: Sequence[Mapping[str, Any]], mapping: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """The groups in the table's order. A group reduces by default where one of its indicators has a register."""
    for name in dict.fromkeys(row["group"] for row in rows):
        group = mapping["groups"][name]
        members = [indicator for indicator in indicators if indicator["group"] == group["code"]]
        yield {
            "code": group["code"],
            "name": name,
            "domain": members[0]["domain"],
            "register": group.get("register"),
            "zero_register_reduces": group.get("zero_register_reduces", any(member["register"] for member in members)),
        }


def _lines(document: Mapping[str, Any], table: str) -> Iterator[str]:
    """YAML with one line per entry. JSON's scalars are YAML's, so numbers stay the quoted text they are."""
    yield f"# Written by qof_calculator.adapters.indicator_tables from {table} and its mapping in tables/."
    yield "# Do not edit: a published rule set is frozen (digests.json)."
    for key, value in document.items():
        if not value or not isinstance(value, (dict, list)):
            yield f"{key}: {_json(value)}"
            continue
        yield f"{key}:"
        if isinstance(value, dict):
            yield from (f"  {_json(name)}: {_json(entry)}" for name, entry in value.items())
        else:
            yield from (f"  - {_flow(entry)}" for entry in value)


def _flow(entry: Any) -> str:
    if not isinstance(entry, dict):
        return _json(entry)
    return "{" + ", ".join(f"{key}: {_json(value)}" for key, value in entry.items()) + "}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write every rule set of every mapping whose table lies in the given folder."""
    parser = argparse.ArgumentParser(description="Write the rule sets from indicator tables.")
    parser.add_argument("tables", type=Path, help="folder of the indicator tables (CSV)")
    parser.add_argument("--mappings", type=Path, default=Path(str(RULESETS / "tables")), help="folder of the mappings")
    parser.add_argument("--out", type=Path, default=Path(str(RULESETS)), help="folder of the rule sets")
    parser.add_argument("--only", help="ids of the rule sets to write, separated by commas; all, unless said")
    options = parser.parse_args(arguments)
    wanted = options.only.split(",") if options.only else None
    for file in sorted(options.mappings.glob("*.yaml")):
        mapping = read_document(file.read_text(encoding="utf-8"))
        ids = [ruleset_id for ruleset_id in mapping["rulesets"] if wanted is None or ruleset_id in wanted]
        if not ids:
            continue
        table = (options.tables / mapping["table"]).read_text(encoding="utf-8")
        for ruleset_id in ids:
            text = write_ruleset(table, mapping, ruleset_id)
            (options.out / f"{ruleset_id}.yaml").write_text(text, encoding="utf-8")
            sys.stdout.write(f"{ruleset_id} {read_ruleset(text).digest}\n")


if __name__ == "__main__":
    main()
