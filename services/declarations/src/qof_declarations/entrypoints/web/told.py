"""Reports as they are told, remembered by digest: the same report is read, confirmed, printed and sent as a table."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from qof_declarations.core.ruleset_words import RulesetWords
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

    of: tuple[str, str]
    """Collection and practice."""
    part: ReportPart
    body: bytes | None = None


class ToldReports:
    """The last reports that this process told. A report never changes, so what is remembered is never wrong."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, _Told] = OrderedDict()
        self._newest: dict[tuple[str, str], str] = {}
        """Collection and practice -> the digest of theirs that is remembered."""
        self._words: dict[str, RulesetWords] = {}
        """By the digest of their rule set, of which there are a few dozen; they never change either."""

    async def review(
        self, collection: str, practice: str, *, person: Person, uow: UnitOfWork
    ) -> tuple[Review, ReportPart]:
        """The newest report, told. Raises as `review_report` does."""
        review = await review_report(
            collection,
            practice,
            known=self._told,
            is_probably_known=(collection, practice) in self._newest,
            person=person,
            uow=uow,
        )
        digest = review.about.digest
        if review.document is not None:
            document = msgspec.json.decode(review.document)
            words = await self._words_of(document["worked_out_with"]["ruleset_digest"], uow)
            part = report_part(document, explained(review.about.version, digest, document), words)
            if words.indicators:
                # Without its words it is told again once they are here.
                self._remember(collection, practice, digest, part)
            return review, part
        self._told.move_to_end(digest)
        return review, self._told[digest].part

    async def _words_of(self, ruleset_digest: str, uow: UnitOfWork) -> RulesetWords:
        words = self._words.get(ruleset_digest)
        if words is None:
            words = await words_of(ruleset_digest, uow=uow)
            if words.indicators:
                self._words[ruleset_digest] = words
        return words

    def body(self, digest: str, write: Callable[[], bytes]) -> bytes:
        """What the page says of the report of this digest, written at most once while it is remembered."""
        told = self._told.get(digest)
        if told is None:
            return write()
        if told.body is None:
            told.body = write()
        return told.body

    def _remember(self, collection: str, practice: str, digest: str, part: ReportPart) -> None:
        if (before := self._newest.get((collection, practice))) is not None:
            self._told.pop(before, None)
        self._told[digest] = _Told((collection, practice), part)
        self._newest[collection, practice] = digest
        while len(self._told) > MOST:
            _, oldest = self._told.popitem(last=False)
            del self._newest[oldest.of]
