"""How does a practice compare? Measuring the others now and then, and laying a report beside them."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from qof_declarations.core.comparison import Comparison, compare
from qof_declarations.core.distribution import NATION, Distributions, Gathering
from qof_declarations.core.explanation import Document
from qof_declarations.core.hints import Hint, Thresholds, hints
from qof_declarations.core.permissions import scope_of
from qof_declarations.core.summary import Summary, summary_of
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reviewing import Review, review_report
from qof_shared.people import Person


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A report version beside last year's and the others'."""

    version: int
    digest: str
    summary: Summary
    last_year: Summary | None
    commissioner: Distributions | None
    comparison: Comparison
    measured_at: datetime | None
    """When the others were measured; None: not yet."""


async def show_comparison(collection: str, practice: str, *, person: Person, uow: UnitOfWork) -> ComparisonView:
    """The newest report beside others. Raises NotFoundError or ReportAwaitedError."""
    review = await review_report(collection, practice, person=person, uow=uow)
    assert review.document is not None, "nobody said that they know it already"
    return await compare_review(review, json.loads(review.document), person=person, uow=uow)


async def compare_review(review: Review, document: Document, *, person: Person, uow: UnitOfWork) -> ComparisonView:
    """The report of this review, whose document is decoded already, beside others."""
    standing = review.standing
    collection, practice = standing.collection, standing.practice
    words = await uow.rulesets.words(document["worked_out_with"]["ruleset_digest"])
    summary = summary_of(document)
    last_year = (await uow.summaries(scope_of(person)).last_year(collection, [practice])).get(practice)
    ours = await uow.distributions.of(collection, standing.commissioner)
    nation = await uow.distributions.of(collection, NATION)
    return ComparisonView(
        version=review.about.version,
        digest=review.about.digest,
        summary=summary,
        last_year=last_year,
        commissioner=ours[0] if ours else None,
        comparison=compare(
            summary,
            last_year=last_year,
            successions=words.successions,
            commissioner=ours[0] if ours else None,
            nation=nation[0] if nation else None,
        ),
        measured_at=nation[1] if nation else None,
    )


async def show_hints(
    collection: str, practice: str, *, person: Person, uow: UnitOfWork, thresholds: Thresholds
) -> Sequence[Hint]:
    """What to look at before signing the newest report. Raises NotFoundError or ReportAwaitedError."""
    view = await show_comparison(collection, practice, person=person, uow=uow)
    return hints_of(view, thresholds)


def hints_of(view: ComparisonView, thresholds: Thresholds) -> Sequence[Hint]:
    """The hints of a report that is compared already."""
    return hints(view.summary, view.last_year, view.comparison, thresholds)


async def measure_distributions(collection: str, *, uow: UnitOfWork, now: datetime) -> bool:
    """Measure a collection anew; False where somebody else is at it."""
    if not await uow.distributions.lock(collection):
        return False
    gathering = Gathering()
    async for commissioner, summary in uow.distributions.newest_summaries(collection):
        gathering.add(commissioner, summary)
    # A nation is a second of sorting, and the queues of this process go on meanwhile.
    for commissioner, found in await asyncio.to_thread(lambda: list(gathering.distributions())):
        await uow.distributions.record(collection, commissioner, found, now)
    return True
