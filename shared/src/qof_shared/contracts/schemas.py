"""The contracts as JSON Schemas, for readers who do not speak Python and for the test that notices a change."""

from typing import Any

import msgspec

from qof_shared.contracts.envelope import CONTRACTS, Contract, Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def event_schemas() -> dict[str, dict[str, Any]]:
    """Event name -> the schema of its data; `envelope` -> the schema of what surrounds it."""
    schemas = {name: _schema(contract) for name, contract in sorted(CONTRACTS.items())}
    return {"envelope": _schema(Event), **schemas}


def _schema(contract: type[Contract] | type[Event]) -> dict[str, Any]:
    return {"$schema": DIALECT, **msgspec.json.schema(contract)}
