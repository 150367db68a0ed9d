"""Who plays in this run, what will they send, and what should come of it? Also writes and loads their files."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import msgspec

from qof_calculator.adapters.rulesets import RulesetCatalogue, load_rulesets
from qof_calculator.core.compiled import CompiledRuleset
from qof_calculator.core.points import calculate
from qof_calculator.core.ruleset import UnknownRulesetError
from qof_local import paths, services
from qof_local.directory import (
    NATIONAL_TEAM,
    OPERATOR,
    SECOND_OF_NATIONAL_TEAM,
    SUPPLIERS,
    Nation,
    accounts_document,
    approver,
    declarer,
    directory_document,
    finance,
    invented_commissioners,
    invented_practice,
    people_document,
    token,
)
from qof_local.nation import SyntheticNation
from qof_local.paths import LocalStackError
from qof_local.provider import keys
from qof_local.published import PublishedYear, read_year
from qof_local.servers import Servers
from qof_payments.adapters.parameters import load_parameters
from qof_shared.contracts import Extract

FOLDER = "nation"
SAID_CHARACTERS = 2_000
LOADED = (
    *(("ingest", "directory.json"), ("ingest", "people.json")),
    *(("payments", "people.json"), ("declarations", "people.json")),
)
"""Which service loads which file."""


@dataclass(frozen=True)
class Cast:
    """A nation, the extract that each of its practices will send, and the points that should come of it."""

    nation: Nation
    collection: str
    seed: int
    ruleset: str
    extracts: Mapping[str, bytes]
    """Practice -> body of its POST."""
    points: Mapping[str, Fraction]
    """Practice -> its exact points, worked out here."""
    published: PublishedYear | None
    """What was published of these practices, where they are real ones."""

    @property
    def practices(self) -> list[str]:
        return list(self.extracts)

    def token(self, who: str) -> str:
        return token(self.seed, who)


def invented(practices: int, nation: str, year: str, *, seed: int, collection: str) -> Cast:
    """So many invented practices of a nation's year. Raises LocalStackError where there is no rule set for it."""
    rules = _ruleset(load_rulesets(), nation, year)
    average_list = load_parameters(nation, year).average_list_size
    counted = SyntheticNation(rules, seed=seed, average_list=float(average_list))
    members = [invented_practice(index, nation) for index in range(practices)]
    who = Nation(
        nation=nation,
        qof_year=year,
        achievement_date=rules.ruleset.achievement_date,
        commissioners=invented_commissioners(practices, nation),
        practices=members,
    )
    extracts = (counted.extract(index, one.practice, collection) for index, one in enumerate(members))
    return _cast(who, rules, extracts, seed=seed, collection=collection)


def real(data: Path, year: str, practices: int | None, *, seed: int, collection: str) -> Cast:
    """The published practices of a year, or the first so many. Raises LocalStackError, listing the years there are."""
    published = read_year(data, year, load_rulesets(), practices)
    extracts = (published.extract(one.practice, collection) for one in published.nation.practices)
    return _cast(published.nation, published.rules, extracts, seed=seed, collection=collection, published=published)


def _cast(
    nation: Nation,
    rules: CompiledRuleset,
    extracts: Iterator[Extract],
    *,
    seed: int,
    collection: str,
    published: PublishedYear | None = None,
) -> Cast:
    bodies, points = {}, {}
    for extract in extracts:
        bodies[extract.practice] = msgspec.json.encode(extract)
        points[extract.practice] = calculate(rules, extract).points
    return Cast(nation, collection, seed, rules.ruleset.ruleset_id, bodies, points, published)


def _ruleset(catalogue: RulesetCatalogue, nation: str, year: str) -> CompiledRuleset:
    try:
        return catalogue.for_year(nation, year)
    except UnknownRulesetError as error:
        raise LocalStackError(f"{error}; choose YEAR (and --nation) among them.") from error


def next_collection(year: str) -> str:
    """A code that no earlier run of this folder has used: a second run never meets the extracts of the first."""
    runs = (run.name.rpartition("-")[2] for run in paths.folder(FOLDER).glob("QOF-*-DEMO-*"))
    return f"QOF-{year}-DEMO-{max((int(run) for run in runs if run.isdecimal()), default=0) + 1}"


def write_files(cast: Cast) -> Path:
    """Write the directory, the people, who can sign in, and a few tokens to try things with; returns the folder."""
    folder = paths.folder(FOLDER, cast.collection)
    documents = {
        "directory.json": directory_document(cast.nation, cast.collection, cast.seed),
        "people.json": people_document(cast.nation, cast.seed),
    }
    for name, document in documents.items():
        paths.write_private(folder / name, json.dumps(document, indent=1))
    paths.write_private(keys.accounts_file(), json.dumps(accounts_document(cast.nation, cast.seed), indent=1))
    for who in tried(cast).values():
        paths.write_private(folder / f"{who}.token", cast.token(who))
    return folder


def write_extracts(cast: Cast, folder: Path) -> None:
    """Write what somebody else needs to post them and to sign in: every body, one a line, where the services are, and
    the accounts."""
    bodies = "".join(f"{body.decode()}\n" for body in cast.extracts.values())
    paths.write_private(folder / "extracts.ndjson", bodies)
    urls = {service: services.api_url(service) for service in services.API_PORTS}
    paths.write_private(folder / "urls.json", json.dumps(urls, indent=1))
    paths.write_private(folder / "accounts.json", json.dumps(accounts_document(cast.nation, cast.seed), indent=1))


def tried(cast: Cast) -> dict[str, str]:
    """Somebody of each kind, to try things with: the first practice's people."""
    first = cast.nation.practices[0]
    return {
        "supplier": first.supplier,
        "practice": declarer(first.practice),
        "commissioner": approver(first.commissioner),
        "finance": finance(first.commissioner),
        "national team": NATIONAL_TEAM,
        "its second": SECOND_OF_NATIONAL_TEAM,
        "operator": OPERATOR,
    }


def load_files(folder: Path, servers: Servers) -> None:
    """Load both files where they belong, all at once. Raises LocalStackError with what the service said."""
    with ThreadPoolExecutor(len(LOADED)) as pool:
        list(pool.map(lambda one: _load(one[0], folder / one[1], servers), LOADED))


def _load(service: str, file: Path, servers: Servers) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"qof_{service}", "load", str(file)],
        env={**os.environ, **services.environment(service, servers)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise LocalStackError(
            f"`python -m qof_{service} load {file}` ended with {done.returncode}:\n{done.stdout[:SAID_CHARACTERS]}"
        )


def suppliers_at_work(cast: Cast) -> dict[str, list[str]]:
    """Supplier -> practices whose extracts it sends."""
    shares = {supplier: [one.practice for one in cast.nation.practices_of(supplier)] for supplier in SUPPLIERS}
    return {supplier: practices for supplier, practices in shares.items() if practices}
