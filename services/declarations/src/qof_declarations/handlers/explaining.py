"""Answering why an indicator has its points, and what other counts would change: from the newest report alone."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from qof_declarations.core.explanation import (
    Document,
    Explanation,
    WhatIf,
    adjustments_of,
    explain,
    explain_all,
    patients_around,
    what_if,
)
from qof_declarations.core.explanation_words import why
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reading import show_report
from qof_shared.people import Person


class Explained(NamedTuple):
    """One indicator of a report version, explained in numbers and in words."""

    version: int
    digest: str
    explanation: Explanation
    why: str


async def explain_indicators(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> Sequence[Explained]:
    """Every indicator of the newest report, the dearest loss first."""
    return explained(*await _newest(collection, practice, person, uow))


def explained(version: int, digest: str, document: Document) -> Sequence[Explained]:
    """Every indicator of this report, the dearest loss first."""
    adjustments = adjustments_of(document)
    found = [_worded(version, digest, explanation, adjustments) for explanation in explain_all(document)]
    return sorted(found, key=lambda one: -(one.explanation.pounds_lost or 0))


async def explain_indicator(
    collection: str, practice: str, indicator: str, *, person: Person, uow: UnitOfWork
) -> tuple[Explained, Sequence[WhatIf]]:
    """One indicator of the newest report, with what up to ten patients more or fewer would change."""
    return explained_one(*await _newest(collection, practice, person, uow), indicator)


def explained_one(version: int, digest: str, document: Document, indicator: str) -> tuple[Explained, Sequence[WhatIf]]:
    """One indicator of this report, with what up to ten patients more or fewer would change."""
    one = _worded(version, digest, explain(document, indicator), adjustments_of(document))
    return one, list(patients_around(document, indicator))


async def ask_what_if(
    collection: str, practice: str, indicator: str, *, numerator: int, denominator: int, person: Person, uow: UnitOfWork
) -> WhatIf:
    """The newest report with other counts for an indicator."""
    _, _, document = await _newest(collection, practice, person, uow)
    return what_if(document, indicator, numerator, denominator)


async def _newest(collection: str, practice: str, person: Person, uow: UnitOfWork) -> tuple[int, str, Document]:
    report = await show_report(collection, practice, person=person, uow=uow)
    assert report.document is not None, "nobody said that they know it already"
    return report.about.version, report.about.digest, json.loads(report.document)


def _worded(
    version: int, digest: str, explanation: Explanation, adjustments: Mapping[str, Mapping[str, Any]]
) -> Explained:
    return Explained(version, digest, explanation, why(explanation, adjustments.get(explanation.indicator)))
