"""What the handlers of queries and work lists need from the outside, in their own words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from qof_declarations.core.attachment import Attachment
from qof_declarations.core.paying import PaymentStep, Sum
from qof_declarations.core.query import Query
from qof_declarations.core.standing import Standing
from qof_declarations.core.work_list import Choice, WorkFilter


class Queries(Protocol):
    """Queries of the practices that one person may see; nothing outside that scope is found or written."""

    async def of_practice(self, collection: str, practice: str) -> Sequence[Query]:
        """All that were ever raised, newest first, each with its resolution."""

    async def record(self, query: Query, contents: Sequence[bytes]) -> None:
        """Keep a new one with what is in its attachments."""

    async def resolve(self, query: Query) -> None:
        """Keep its resolution."""

    async def content(
        self, collection: str, practice: str, query_id: UUID, position: int
    ) -> tuple[Attachment, bytes] | None:
        """An attachment of a query, counted from 0."""


@dataclass(frozen=True, slots=True)
class CollectionInBrief:
    """A collection as people speak of it."""

    collection: str
    qof_year: str
    sign_by: date | None = None


class WorkLists(Protocol):
    """The practices of a collection that one person may see, many at a time."""

    async def page(
        self, collection: str, choice: Choice, *, previous: str | None, today: date, after: str, limit: int
    ) -> Sequence[Standing]:
        """Those chosen, in the order chosen, from the one behind practice `after`; `previous` is last year's
        collection."""

    async def counts(self, collection: str, *, today: date) -> Mapping[WorkFilter, int]:
        """Practices by filter; every filter is there."""

    async def payments(self, collection: str) -> Mapping[PaymentStep, Sum]:
        """What the signed declarations come to, by how far they have come; a step without practices may be missing."""

    async def collection(self, collection: str) -> CollectionInBrief | None: ...

    async def previous(self, collection: str) -> CollectionInBrief | None:
        """The newest one of the same nation that counted earlier; None where there is none."""
