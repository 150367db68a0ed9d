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
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from qof_calculator.adapters.rulesets import RULESETS, read_document, read_ruleset
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
    "successions",
)


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
    header = {"shares_table_with": None, "caveats": [], "successions": {}, **mapping, **own, "ruleset_id": ruleset_id}
    rows = list(csv.DictReader(io.StringIO(table)))
    codes = mapping.get("codes", {})
    for row in rows:
        row["indicator"] = codes.get(row["indicator"], row["indicator"])
    _refuse_strangers(rows, mapping, own)
    indicators = [_indicator(row, mapping, own) for row in rows]
    return {
        **{key: header[key] for key in HEADER},
        "caveats": [*mapping.get("caveats", ()), *own.get("caveats", ())],
        "groups": list(_groups(rows, indicators, mapping)),
        "indicators": indicators,
    }


def _refuse_strangers(rows: Iterable[Mapping[str, str]], mapping: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """A misspelt name in the mapping would silently do nothing."""
    rows = list(rows)
    groups, codes = {row["group"] for row in rows}, {row["indicator"] for row in rows}
    strangers = [
        *(set(mapping["groups"]) ^ groups),
        *(set(mapping["indicators"]) - codes),
        *(set(own.get("unverified", ())) - codes),
        *(set(mapping.get("codes", {}).values()) - codes),
    ]
    if strangers:
        raise RulesetError(f"table and mapping do not agree on {', '.join(sorted(strangers))}")


def _indicator(row: Mapping[str, str], mapping: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """One row, with the group's register for denominator and prevalence unless the mapping says otherwise."""
    code, group = row["indicator"], mapping["groups"][row["group"]]
    exception = mapping["indicators"].get(code, {})
    register = exception.get("register", group.get("register"))
    return {
        "code": code,
        "group": group["code"],
        "domain": row["domain"],
        "description": row["description"],
        "kind": exception.get("kind", row["kind"]),
        "points": row["points"],
        "lower_threshold": row["lower_threshold_pct"] or None,
        "upper_threshold": row["upper_threshold_pct"] or None,
        "register": register,
        "prevalence_register": exception.get("prevalence_register", register),
        "source": exception.get("source", mapping["source"]),
        "unverified": (
            "unverified" in row["source"] or exception.get("unverified", False) or code in own.get("unverified", ())
        ),
        "denominator_within_register": exception.get("denominator_within_register", True),
        "parameters": exception.get("parameters", {}),
    }


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
    parser.add_argument("--out", type=Path, default=Path(str(RULESETS)), help="folder of the rule sets")
    options = parser.parse_args(arguments)
    for file in sorted(Path(str(RULESETS / "tables")).glob("*.yaml")):
        mapping = read_document(file.read_text(encoding="utf-8"))
        table = (options.tables / mapping["table"]).read_text(encoding="utf-8")
        for ruleset_id in mapping["rulesets"]:
            text = write_ruleset(table, mapping, ruleset_id)
            (options.out / f"{ruleset_id}.yaml").write_text(text, encoding="utf-8")
            sys.stdout.write(f"{ruleset_id} {read_ruleset(text).digest}\n")


if __name__ == "__main__":
    main()
