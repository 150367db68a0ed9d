"""Reports as they are told, remembered by digest: the same report is read, confirmed, printed and sent as a table."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from qof_declarations.entrypoints.web.views.report import ReportPart, report_part
from qof_declarations.handlers.explaining import explained
from qof_declarations.handlers.ports import UnitOfWork
from qof_declarations.handlers.reviewing import Review, review_report, words_of
from qof_shared.people import Person

MOST = 200
"""Reports remembered by one process, half a megabyte each."""


@dataclass(slots=True)
class _Told:
    """`body` is what the page says of the report, as it is sent."""

    part: ReportPart
    body: bytes | None = None


class ToldReports:
    """The last reports that this process told. A report never changes, so what is remembered is never wrong."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, _Told] = OrderedDict()

    async def review(
        self, collection: str, practice: str, *, person: Person, uow: UnitOfWork
    ) -> tuple[Review, ReportPart]:
        """The newest report, told. Raises as `review_report` does."""
        review = await review_report(collection, practice, known=self._told, person=person, uow=uow)
        digest = review.about.digest
        if review.document is not None:
            document = msgspec.json.decode(review.document)
            words = await words_of(document["worked_out_with"]["ruleset_digest"], uow=uow)
            part = report_part(document, explained(review.about.version, digest, document), words)
            if words.indicators:
                # Without its words it is told again once they are here.
                self._remember(digest, part)
            return review, part
        self._told.move_to_end(digest)
        return review, self._told[digest].part

    def body(self, digest: str, write: Callable[[], bytes]) -> bytes:
        """What the page says of the report of this digest, written at most once while it is remembered."""
        told = self._told.get(digest)
        if told is None:
            return write()
        if told.body is None:
            told.body = write()
        return told.body

    def _remember(self, digest: str, part: ReportPart) -> None:
        self._told[digest] = _Told(part)
        while len(self._told) > MOST:
            self._told.popitem(last=False)
