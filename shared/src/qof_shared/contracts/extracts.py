"""What ingest tells: an extract was accepted, and which ones were."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from qof_shared.contracts.envelope import Contract


class IndicatorCounts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What a practice's system counted for one indicator.

    A fraction indicator has `numerator` and `denominator` (patients left after exclusions and PCAs); a yes/no
    indicator has `achieved`; a register indicator needs neither, its register is in `Extract.registers`.
    `exclusions` and `pcas` are patients by reason code.
    """

    indicator: str
    numerator: int | None = None
    denominator: int | None = None
    achieved: bool | None = None
    exclusions: dict[str, int] = {}
    pcas: dict[str, int] = {}


class Extract(msgspec.Struct, frozen=True, kw_only=True):
    """One practice's counts for one collection, as the supplier sent them. Aggregate counts, never patients."""

    practice: str
    collection: str
    achievement_date: date
    list_size: int
    list_size_date: date | None = None
    registers: dict[str, int]
    indicators: list[IndicatorCounts]


class Determination(msgspec.Struct, frozen=True, kw_only=True):
    """What a commissioner or the national team has determined for one indicator of a practice, and why.

    It stands beside what the supplier counted, never in its place: the extract's bytes stay as they were received.
    """

    determination_id: UUID
    indicator: str
    determines: str
    """A `qof_shared.vocabulary.Determines`: adjusted-points, reference-points, baseline-percentage, ..."""
    value: str
    """Rational text; tier percentages are several, separated by blanks."""
    reason: str
    person: str
    determined_at: datetime


class ExtractAccepted(Contract, frozen=True, kw_only=True):
    """ingest has an extract safe. `extract_number` grows with every acceptance: the higher one is the newer."""

    event: ClassVar[str] = "extract.accepted.v1"

    extract_id: UUID
    extract_number: int
    supplier: str
    collection: str
    practice: str
    nation: str
    qof_year: str
    received_at: datetime
    digest: str
    """SHA-256, hexadecimal, of the extract's bytes as they were received."""
    determinations: list[Determination] = []
    """Those that stood for the practice and collection at this acceptance, at most one of a kind per indicator."""
    extract: Extract
    """Last, because ingest keeps its bytes and the relay puts them at the end (`with_kept_body`)."""


class ReceivedExtract(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One accepted extract by its number. Travels as an array, in this order; new fields join at the end."""

    collection: str
    practice: str
    extract_number: int
    received_at: datetime


class ExtractsReceived(Contract, frozen=True, kw_only=True):
    """ingest has these extracts safe: what it kept in one transaction, by number only. For those who say who waits."""

    event: ClassVar[str] = "extracts.received.v1"

    extracts: list[ReceivedExtract]


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a document: where (JSON Pointer, RFC 6901), which rule, and how to mend it."""

    pointer: str
    rule: str
    message: str
