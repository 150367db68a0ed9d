"""Which published files lie in a folder, and what is in them?

A year is what a file's name says, so that a new year is a new file: `results_scotland_2012-13.csv.gz`, `QOF_2223.csv`.
Plain and gzipped CSV are the same; so are a folder and the `published` folder below it.
"""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import TextIO

from qof_local.paths import LocalStackError

YEAR = re.compile(r"(?<!\d)(?:20)?(\d\d)[-_/]?(\d\d)(?!\d)")
LONG_COLUMNS = ("PRACTICE_CODE", "INDICATOR_CODE", "MEASURE", "VALUE")
"""The columns of NHS Digital's practice files, whatever else stands beside them."""


def published_folder(data: Path) -> Path:
    """The folder with the files: `data/published`, or `data` itself. Raises LocalStackError where there is none."""
    for folder in (data / "published", data):
        if folder.is_dir():
            return folder
    raise LocalStackError(f"there is no folder {data}; let DATA name the folder that holds `published`.")


def tables(folder: Path, name: str) -> list[Path]:
    """The CSV files whose name begins like that, in alphabetical order; of a plain and a gzipped one the plain one."""
    found = {file.name.removesuffix(".gz"): file for file in sorted(folder.glob(f"{name}*"), reverse=True)}
    return [found[name] for name in sorted(found) if name.endswith(".csv")]


def years(folder: Path, name: str) -> Mapping[str, Path]:
    """QOF year -> the file of that name and year."""
    found = ((year_in(file.name.removeprefix(name)), file) for file in tables(folder, name))
    return {year: file for year, file in found if year is not None}


def long_tables(place: Path) -> list[Path]:
    """The files in NHS Digital's long layout: the one named, or all of a folder and below, known by their columns."""
    if place.is_file():
        return [place]
    files = (file for file in sorted(place.rglob("*")) if file.name.lower().endswith((".csv", ".csv.gz")))
    return [file for file in files if columns(file).issuperset(LONG_COLUMNS)]


def year_in(name: str) -> str | None:
    """The QOF year that a name holds, as `2012-13`: from 2012-13, 2012_13, 201213 or 1213; None where it holds none."""
    for first, second in YEAR.findall(name):
        if (int(first) + 1) % 100 == int(second):
            return f"20{first}-{second}"
    return None


def columns(file: Path) -> frozenset[str]:
    """The names in a table's first line, in capitals."""
    with _opened(file) as lines:
        return frozenset(name.strip().upper() for name in next(csv.reader(lines), []))


def rows(file: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> Iterator[tuple[str, ...]]:
    """A table's rows: what stands in the needed columns, then in the optional ones; names in whatever case.

    An optional column that is not there is empty. Raises LocalStackError where a needed one is missing.
    """
    with _opened(file) as lines:
        reader = csv.reader(lines)
        header = {name.strip().upper(): place for place, name in enumerate(next(reader, []))}
        if missing := [name for name in needed if name.upper() not in header]:
            raise LocalStackError(f"{file}: the column {', '.join(missing)} is missing; there are {', '.join(header)}.")
        pick = itemgetter(*(header.get(name.upper(), len(header)) for name in (*needed, *optional)))
        for number, line in enumerate(reader, 2):
            if line:
                if len(line) != len(header):
                    raise LocalStackError(f"{file}: line {number} has {len(line)} columns instead of {len(header)}.")
                line.append("")
                yield pick(line)


@contextmanager
def _opened(file: Path) -> Iterator[TextIO]:
    """A CSV file as text; a byte order mark at its beginning is none of its first column's business."""
    with (
        gzip.open(file, "rt", encoding="utf-8-sig", newline="")
        if file.suffix == ".gz"
        else file.open("rt", encoding="utf-8-sig", newline="")
    ) as lines:
        yield lines
