"""What is posted? The extracts of an invented nation, all of one supplier, and the directory that knows them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qof_local.demo_cast import invented
from qof_local.directory import directory_document, token
from qof_local.paths import write_private

NATION, YEAR, COLLECTION, SUPPLIER, SEED = "england", "2012-13", "QOF-2012-13-BENCH", "northstar", 1


@dataclass(frozen=True, slots=True)
class Extracts:
    """Files of extracts, one a line, each practice's once."""

    directory: Path
    token: str
    warm_up: Path
    single: Path
    bulk: Path
    average_bytes: int


def write_extracts(folder: Path, *, warm_up: int, single: int, bulk: int) -> Extracts:
    """Invent the practices and write their extracts; singles and bulk are other runs, so they may be the same."""
    cast = invented(warm_up + max(single, bulk), NATION, YEAR, seed=SEED, collection=COLLECTION)
    practices = [replace(practice, supplier=SUPPLIER) for practice in cast.nation.practices]
    directory = directory_document(replace(cast.nation, practices=practices), COLLECTION, SEED)
    bodies = list(cast.extracts.values())
    write_private(folder / "directory.json", json.dumps(directory))
    return Extracts(
        directory=folder / "directory.json",
        token=token(SEED, SUPPLIER),
        warm_up=_write(folder / "warm-up.ndjson", bodies[:warm_up]),
        single=_write(folder / "single.ndjson", bodies[warm_up : warm_up + single]),
        bulk=_write(folder / "bulk.ndjson", bodies[warm_up : warm_up + bulk]),
        average_bytes=sum(map(len, bodies)) // len(bodies),
    )


def _write(file: Path, bodies: Sequence[bytes]) -> Path:
    file.write_bytes(b"".join(body + b"\n" for body in bodies))
    return file
