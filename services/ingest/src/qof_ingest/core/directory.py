"""Who exists: suppliers, commissioners, practices, collections; and is a file of them fit to be recorded?"""

import re
from collections.abc import Collection as AbstractCollection
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from qof_ingest.core.faults import Fault, pointer
from qof_shared.people import token_digest
from qof_shared.vocabulary import NATIONS, ODS_CODE, InvalidQofYearError, QofYear

SUPPLIER_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
COMMISSIONER_CODE = re.compile(r"[A-Z0-9]{2,20}")
"""An ODS code in England (5P5, QWO); a Scottish health board has a longer one (S08000015)."""
COLLECTION_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,59}")
TOKEN = re.compile(r"[\x21-\x7e]{16,512}")
"""Tokens are stored as a plain hash, which is safe only for long random ones."""

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Supplier:
    """A GP system supplier: a machine that posts extracts of its practices."""

    supplier: str
    name: str
    token: str | None = None
    """The bearer token as the file has it; None leaves a known supplier's token as it is."""


@dataclass(frozen=True, slots=True)
class RecordedSupplier:
    """A supplier as the database holds it: never the token itself."""

    supplier: str
    name: str
    token_digest: str

    def is_as(self, supplier: Supplier) -> bool:
        """True when recording `supplier` would change nothing."""
        same_token = supplier.token is None or token_digest(supplier.token) == self.token_digest
        return same_token and supplier.name == self.name


@dataclass(frozen=True, slots=True)
class Commissioner:
    """The body that approves its practices' achievement."""

    commissioner: str
    name: str


@dataclass(frozen=True, slots=True)
class Practice:
    """A GP practice, known by its ODS code. Its nation's collections ask it for an extract."""

    practice: str
    name: str
    commissioner: str
    supplier: str
    nation: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What is asked of practices: one QOF year of one nation, counted at one achievement date.

    It takes extracts from `opens_at` until just before `closes_at`; practices are to sign by `sign_by`, that day
    included. None sets no bound.
    """

    collection: str
    nation: str
    qof_year: str
    achievement_date: date
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    sign_by: date | None = None

    def asks_the_same_as(self, other: "Collection") -> bool:
        """True when only the opening times and the day to sign by differ."""
        return (self.nation, self.qof_year, self.achievement_date) == (
            other.nation,
            other.qof_year,
            other.achievement_date,
        )


@dataclass(frozen=True, slots=True)
class Directory:
    """Suppliers, commissioners, practices and collections, as a file lists them."""

    suppliers: Sequence[Supplier] = ()
    commissioners: Sequence[Commissioner] = ()
    practices: Sequence[Practice] = ()
    collections: Sequence[Collection] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database already holds, by code."""

    suppliers: Mapping[str, RecordedSupplier] = field(default_factory=dict)
    commissioners: Mapping[str, Commissioner] = field(default_factory=dict)
    practices: Mapping[str, Practice] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)


def faults_of_directory(new: Directory, recorded: Recorded) -> list[Fault]:
    """Everything that forbids recording `new` on top of `recorded`, with pointers into the file."""
    return [
        *_faults_of_suppliers(new.suppliers, recorded),
        *_faults_of_commissioners(new.commissioners),
        *_faults_of_practices(new, recorded),
        *_faults_of_collections(new.collections, recorded),
    ]


def _faults_of_suppliers(suppliers: Sequence[Supplier], recorded: Recorded) -> Iterable[Fault]:
    yield from _faults_of_repeats("suppliers", "supplier", [supplier.supplier for supplier in suppliers])
    tokens: dict[str, int] = {}
    owners = {known.token_digest: known.supplier for known in recorded.suppliers.values()}
    for position, supplier in enumerate(suppliers):
        where = pointer("suppliers", position)
        if not SUPPLIER_CODE.fullmatch(supplier.supplier):
            message = f"{supplier.supplier!a} is no supplier code: use up to 40 letters, digits and hyphens."
            yield Fault(f"{where}/supplier", "supplier-code", message)
        yield from _faults_of_name(where, supplier.name)
        if supplier.token is None:
            if supplier.supplier not in recorded.suppliers:
                message = "A new supplier needs a token: 16 or more random characters without spaces."
                yield Fault(f"{where}/token", "token-missing", message)
            continue
        if not TOKEN.fullmatch(supplier.token):
            message = "A token has 16 to 512 visible ASCII characters without spaces. Make a long random one."
            yield Fault(f"{where}/token", "token", message)
        first = tokens.setdefault(supplier.token, position)
        if first != position:
            message = f"The same token as /suppliers/{first}. Give every supplier a token of its own."
            yield Fault(f"{where}/token", "token-twice", message)
        if owners.get(token_digest(supplier.token), supplier.supplier) != supplier.supplier:
            message = "Another supplier has this token. Give every supplier a token of its own."
            yield Fault(f"{where}/token", "token-twice", message)


def _faults_of_commissioners(commissioners: Sequence[Commissioner]) -> Iterable[Fault]:
    yield from _faults_of_repeats("commissioners", "commissioner", [one.commissioner for one in commissioners])
    for position, commissioner in enumerate(commissioners):
        where = pointer("commissioners", position)
        if not COMMISSIONER_CODE.fullmatch(commissioner.commissioner):
            message = f"{commissioner.commissioner!a} is no commissioner code: 2 to 20 capital letters and digits."
            yield Fault(f"{where}/commissioner", "commissioner-code", message)
        yield from _faults_of_name(where, commissioner.name)


def _faults_of_practices(new: Directory, recorded: Recorded) -> Iterable[Fault]:
    suppliers = {*recorded.suppliers, *(supplier.supplier for supplier in new.suppliers)}
    commissioners = {*recorded.commissioners, *(one.commissioner for one in new.commissioners)}
    yield from _faults_of_repeats("practices", "practice", [practice.practice for practice in new.practices])
    for position, practice in enumerate(new.practices):
        where = pointer("practices", position)
        if not ODS_CODE.fullmatch(practice.practice):
            message = f"{practice.practice!a} is no ODS code: 3 to 8 capital letters and digits, such as P81015."
            yield Fault(f"{where}/practice", "ods-code", message)
        yield from _faults_of_name(where, practice.name)
        yield from _faults_of_reference(where, "commissioner", practice.commissioner, commissioners)
        yield from _faults_of_reference(where, "supplier", practice.supplier, suppliers)
        yield from _faults_of_nation(where, practice.nation)


def _faults_of_collections(collections: Sequence[Collection], recorded: Recorded) -> Iterable[Fault]:
    yield from _faults_of_repeats("collections", "collection", [one.collection for one in collections])
    for position, collection in enumerate(collections):
        where = pointer("collections", position)
        if not COLLECTION_CODE.fullmatch(collection.collection):
            message = f"{collection.collection!a} is no collection code; they look like QOF-2012-13-SCOTLAND."
            yield Fault(f"{where}/collection", "collection-code", message)
        yield from _faults_of_nation(where, collection.nation)
        yield from _faults_of_dates(where, collection)
        known = recorded.collections.get(collection.collection)
        if known is not None and not known.asks_the_same_as(collection):
            message = (
                f"{collection.collection} is recorded as {known.nation} {known.qof_year}, counted at"
                f" {known.achievement_date}. What a collection asks never changes: open one with a new code."
            )
            yield Fault(where, "collection-changed", message)


def _faults_of_nation(where: str, nation: str) -> Iterable[Fault]:
    if nation not in NATIONS:
        message = f"{nation!a} is no nation: use {', '.join(NATIONS)}."
        yield Fault(f"{where}/nation", "nation", message)


def _faults_of_dates(where: str, collection: Collection) -> Iterable[Fault]:
    try:
        year = QofYear.parse(collection.qof_year)
    except InvalidQofYearError as error:
        yield Fault(f"{where}/qof_year", "qof-year", f"{error}.")
    else:
        if not year.first_day <= collection.achievement_date <= year.last_day:
            message = f"{collection.achievement_date} is outside {year}. Year end is counted at {year.last_day}."
            yield Fault(f"{where}/achievement_date", "achievement-date", message)
    if collection.sign_by is not None and collection.sign_by < collection.achievement_date:
        message = f"Nobody can sign by {collection.sign_by}: it is before the achievement date. Set a later day."
        yield Fault(f"{where}/sign_by", "sign-by", message)
    for name, moment in (("opens_at", collection.opens_at), ("closes_at", collection.closes_at)):
        if moment is not None and moment.tzinfo is None:
            message = f"{moment.isoformat()} has no time zone. Add Z, or an offset such as +01:00."
            yield Fault(f"{where}/{name}", "time-zone", message)
            return
    if collection.opens_at and collection.closes_at and collection.opens_at >= collection.closes_at:
        message = f"It would close at {collection.closes_at.isoformat()}, before it opens. Mend one of the two."
        yield Fault(f"{where}/closes_at", "closes-before-opening", message)


def _faults_of_repeats(table: str, name: str, codes: Sequence[str]) -> Iterable[Fault]:
    first_at: dict[str, int] = {}
    for position, code in enumerate(codes):
        first = first_at.setdefault(code, position)
        if first != position:
            message = f"{code!a} is already at /{table}/{first}. Keep one of the two."
            yield Fault(pointer(table, position, name), "listed-twice", message)


def _faults_of_name(where: str, name: str) -> Iterable[Fault]:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        message = f"A name has 1 to {LONGEST_NAME} printable characters."
        yield Fault(f"{where}/name", "name", message)


def _faults_of_reference(where: str, name: str, code: str, known: AbstractCollection[str]) -> Iterable[Fault]:
    if code not in known:
        message = f"There is no {name} {code!a}, neither in this file nor recorded before. Add it, or mend the code."
        yield Fault(f"{where}/{name}", f"{name}-unknown", message)
