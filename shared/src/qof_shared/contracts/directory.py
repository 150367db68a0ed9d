"""What ingest tells about who exists: practices, commissioners and collections, owned by ingest."""

from datetime import date
from typing import ClassVar

import msgspec

from qof_shared.contracts.envelope import Contract


class CommissionerRecord(msgspec.Struct, frozen=True, kw_only=True):
    commissioner: str
    name: str


class PracticeRecord(msgspec.Struct, frozen=True, kw_only=True):
    practice: str
    name: str
    nation: str
    """Whose collections ask this practice for an extract."""
    commissioner: str
    supplier: str


class CollectionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A collection is what is asked of practices: one QOF year of one nation, counted at one achievement date."""

    collection: str
    nation: str
    qof_year: str
    achievement_date: date
    sign_by: date | None = None
    """The last day on which practices are to sign; None where nobody set one."""


class DirectoryRecorded(Contract, frozen=True, kw_only=True):
    """Commissioners and practices as they now are; a record replaces the one with the same code."""

    event: ClassVar[str] = "directory.recorded.v1"

    revision: int
    """Grows with every load: a higher revision of a record is the newer."""
    commissioners: list[CommissionerRecord]
    practices: list[PracticeRecord]


class CollectionOpened(Contract, frozen=True, kw_only=True):
    """A collection takes extracts from now on."""

    event: ClassVar[str] = "collection.opened.v1"

    collection: CollectionRecord
