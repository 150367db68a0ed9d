"""Which generated files are checked in, and what should they say? Event schemas, OpenAPI, declaration states, metrics.

`make docs` writes them; a test compares them, so that a contract cannot change unseen.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import create_async_engine

import qof_calculator.bootstrap  # noqa: F401 - declares its metrics
import qof_declarations.bootstrap
import qof_ingest.bootstrap
import qof_payments.bootstrap
from qof_declarations.core.lifecycle import states_page
from qof_local.dashboard import dashboard
from qof_local.metrics_page import metrics_page
from qof_shared.contracts.schemas import event_schemas

DOCS = Path(__file__).parents[4] / "docs"

NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:1/nothing"
"""An engine connects when it is used; describing an API uses none."""


def documents() -> Mapping[str, str]:
    """Path below docs/ -> what the file should hold."""
    events = {f"contracts/events/{name}.json": _text(schema) for name, schema in event_schemas().items()}
    apis = {f"contracts/openapi/{name}.json": _text(app.openapi()) for name, app in _apps().items()}
    return {
        **events,
        **apis,
        "reference/declaration-states.md": states_page(),
        "reference/metrics.md": metrics_page(),
        "../deploy/observability/grafana/dashboards/openqof.json": dashboard(),
    }


def _apps() -> Mapping[str, FastAPI]:
    engine = create_async_engine(NOWHERE)
    return {
        "ingest": qof_ingest.bootstrap.create_app(engine),
        "payments": qof_payments.bootstrap.create_app(engine),
        "declarations": qof_declarations.bootstrap.create_app(engine),
    }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_documents(folder: Path) -> list[str]:
    """Write every document below `folder`; returns the paths that changed."""
    changed = []
    for path, text in documents().items():
        file = folder / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
