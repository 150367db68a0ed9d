"""What does a directory file say? Reads the JSON of the `load` command into the core's records."""

from datetime import date, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from qof_ingest.core.directory import Collection, Commissioner, Directory, Practice, Supplier
from qof_ingest.core.faults import Fault, as_lines, pointer


class InvalidDirectoryFileError(Exception):
    """The file cannot be read as a directory: every fault with its place."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Supplier(_Model):
    supplier: str
    name: str
    token: str | None = None


class _Commissioner(_Model):
    commissioner: str
    name: str


class _Practice(_Model):
    practice: str
    name: str
    commissioner: str
    supplier: str
    nation: str


class _Collection(_Model):
    collection: str
    nation: str
    qof_year: str
    achievement_date: date
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    sign_by: date | None = None


class _Directory(_Model):
    suppliers: list[_Supplier] = []
    commissioners: list[_Commissioner] = []
    practices: list[_Practice] = []
    collections: list[_Collection] = []


def read_directory_file(path: Path) -> Directory:
    """Read `path`; raises InvalidDirectoryFileError naming every fault of shape, OSError where it cannot be opened."""
    try:
        document = _Directory.model_validate_json(path.read_bytes())
    except ValidationError as error:
        faults = [Fault(pointer(*one["loc"]), one["type"], one["msg"]) for one in error.errors()]
        raise InvalidDirectoryFileError(f"{path} is not a directory file:\n{as_lines(faults)}") from error
    return Directory(
        suppliers=tuple(Supplier(**one.model_dump()) for one in document.suppliers),
        commissioners=tuple(Commissioner(**one.model_dump()) for one in document.commissioners),
        practices=tuple(Practice(**one.model_dump()) for one in document.practices),
        collections=tuple(Collection(**one.model_dump()) for one in document.collections),
    )
