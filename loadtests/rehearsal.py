"""How does a rehearsal go from a nation to a verdict? Prepare, perform and watch, ask and check, write it down."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped] # it ships no types
import httpx
import psutil

from loadtests.answers import ask
from loadtests.check import table, violations
from loadtests.conduct import Conductor
from loadtests.ledger import Entry, Ledger, read_ledger
from loadtests.nation import Nation, NationError, read_nation
from loadtests.people.operator import Operator
from loadtests.prepare import LEDGER, is_prepared, prepare
from loadtests.progress import line
from loadtests.run import Run
from loadtests.scorecard import Scorecard, make_scorecard, words_of, write_scorecard
from loadtests.shapes import SHAPES
from loadtests.shapes.shape import Asked, Shape
from loadtests.watch import Watch

Say = Callable[[str], None]
PREFIX = "LOADTEST"


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; 0 and None leave it to the shape."""

    shape: str
    practices: int = 0
    seconds: float = 0
    rate: float = 0
    nation: Path | None = None
    is_fresh: bool = False
    """Prepare a new collection though an unsigned one of this size is there."""
    is_anywhere_allowed: bool = False
    results: Path | None = None
    postgres_url: str | None = None


def local(*parts: str) -> Path:
    """A place in the private folder of the stack."""
    return Path(os.environ.get("QOF_LOCAL_DIR") or ".local").joinpath(*parts)


def results_of(collection: str) -> Path:
    """Where the results of a run are."""
    return local("loadtest", collection)


def rehearse(options: Options, environment: Any, say: Say) -> Scorecard:
    """All of it. Raises NationError, OSError and httpx.HTTPError where it could not be performed or checked."""
    shape = SHAPES[options.shape]
    folder, nation = _nation(options, shape, say)
    _expect_answers(nation)
    results = options.results or results_of(f"{nation.collection}-{shape.name}")
    results.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(results / "ledger.ndjson")
    run = Run(environment, nation, ledger, is_anywhere_allowed=options.is_anywhere_allowed)
    asked = Asked(
        practices=len(nation.extracts),
        seconds=options.seconds or shape.seconds,
        rate=options.rate or shape.rate,
        suppliers=nation.shares,
    )
    busy_before = psutil.cpu_percent(interval=1) / 100
    say(f"{shape.name}: {shape.rehearses}; {len(nation.extracts):,} practices of {nation.collection}")
    processor = _perform(run, shape, asked, options, say)
    ledger.close()
    say("checking the ledger")
    entries = _entries(folder, results, shape)
    answers = ask(nation, entries, awaits_reports=_freezes(shape))
    found = violations(entries, answers, is_frozen=_freezes(shape))
    print(f"\n{table(entries, answers)}\n")
    card = make_scorecard(
        shape,
        run.record,
        found,
        collection=nation.collection,
        asked=asked,
        began_at=datetime.fromtimestamp(run.began_at, UTC),
        locust_share=processor,
        busy_before=busy_before,
    )
    write_scorecard(results, card)
    print(words_of(card, results), flush=True)
    return card


def recheck(collection: str, shape_name: str, folder: Path, results: Path, *, is_anywhere_allowed: bool) -> list[str]:
    """The check alone: after a restore, say, does the system still know everything that it answered?"""
    shape = SHAPES[shape_name]
    nation = read_nation(folder, anywhere=is_anywhere_allowed)
    entries = _entries(folder, results, shape)
    answers = ask(nation, entries, awaits_reports=_freezes(shape))
    print(f"{collection}\n{table(entries, answers)}")
    return [str(one) for one in violations(entries, answers, is_frozen=_freezes(shape))]


def _perform(run: Run, shape: Shape, asked: Asked, options: Options, say: Say) -> float:
    """Perform and watch; Locust's share of a core meanwhile."""
    phases = shape.lay_out(asked)
    stack = local() if (local() / "run").is_dir() else None
    watch = Watch(run, Operator(run), stack=stack, postgres_url=options.postgres_url)
    conductor = Conductor(run)
    run.begin()
    began, processor = time.perf_counter(), time.process_time()
    watching = gevent.spawn(_look, watch, run, sum(phase.arrivals for phase in phases), say)
    try:
        conductor.perform(phases)
    finally:
        watching.kill()
    watch.sample()
    return (time.process_time() - processor) / (time.perf_counter() - began)


def _look(watch: Watch, run: Run, arrivals: int, say: Say) -> None:
    while True:
        say(line(watch.sample(), run, arrivals))
        time.sleep(1)


def _freezes(shape: Shape) -> bool:
    return shape.is_prepared or shape.name == "surge"


def _entries(folder: Path, results: Path, shape: Shape) -> list[Entry]:
    before = read_ledger(folder / LEDGER) if shape.is_prepared and (folder / LEDGER).exists() else []
    return [*before, *read_ledger(results / "ledger.ndjson")]


def _nation(options: Options, shape: Shape, say: Say) -> tuple[Path, Nation]:
    """The nation to rehearse with, prepared where the shape wants it."""
    practices = options.practices or shape.practices
    folder = options.nation or (None if options.is_fresh or not shape.is_prepared else _unsigned(practices, say))
    folder = folder or _new_nation(practices, f"{PREFIX}-{datetime.now(UTC):%Y%m%d-%H%M%S}", say)
    nation = read_nation(folder, anywhere=options.is_anywhere_allowed)
    if shape.is_prepared and not (folder / LEDGER).exists():
        prepare(nation, folder, say)
    return folder, nation


def _expect_answers(nation: Nation) -> None:
    """Raises NationError where a service is away: people would press for minutes, and nothing would be learnt."""
    for service, url in nation.urls.items():
        try:
            answer = httpx.get(f"{url}/health/live", timeout=30, trust_env=False)
        except httpx.TransportError as error:
            raise NationError(f"{service} does not answer at {url}: {error}; `make up` starts it.") from error
        if answer.status_code != httpx.codes.OK:
            raise NationError(f"{service} at {url} says {answer.status_code} of itself; look at its log.")


def _unsigned(practices: int, say: Say) -> Path | None:
    """A collection that an earlier rehearsal prepared for as many practices and in which nobody has signed yet."""
    for folder in sorted(local("nation").glob(f"{PREFIX}-*"), reverse=True):
        if not (folder / LEDGER).exists():
            continue
        nation = read_nation(folder)
        if len(nation.extracts) == practices and is_prepared(nation, folder):
            say(f"{nation.collection} is prepared and unsigned: it is used again (FRESH=1 makes a new one)")
            # Whoever else was in the directory meanwhile, these people can sign in.
            return _new_nation(practices, nation.collection, say)
    return None


def _new_nation(practices: int, collection: str, say: Say) -> Path:
    """A collection, recorded by the running system; every run has one of its own, so that runs do not disturb each
    other. Recording it again changes nothing."""
    say(f"recording {practices:,} practices in {collection}")
    command = [sys.executable, "-m", "qof_local", "nation", "--practices", str(practices), "--collection", collection]
    if subprocess.run(command).returncode:  # noqa: S603 - our own command
        raise NationError("there is no nation to rehearse with; `make up` starts the services that have to know it.")
    return local("nation", collection)
