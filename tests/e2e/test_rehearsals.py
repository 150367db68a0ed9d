"""Small rehearsals against a whole system: they pass, they say so, and they notice what is taken away afterwards."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from qof_local.directory import accounts_document
from qof_shared.testing.plugin import Broker
from tests.browser.whole import introduce, running_with_provider
from tests.e2e.nation import SEED, SmallNation
from tests.e2e.system import APIS, System, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.needs_postgres, pytest.mark.needs_rabbitmq, pytest.mark.timeout(420)]

PRACTICES = 12
HERD, REPLAY, NOISE = (SmallNation(PRACTICES, f"QOF-2012-13-{name}") for name in ("HERD", "REPLAY", "NOISE"))


@pytest.fixture
def system(postgres_url: str, broker: Broker, tmp_path: Path) -> Iterator[System]:
    with running_with_provider(postgres_url, broker, tmp_path, HERD) as started:
        for other in (REPLAY, NOISE):
            introduce(started, other, tmp_path)
        yield started


def write_nation(system: System, nation: SmallNation, folder: Path) -> Path:
    """The folder that loadtests/README.md describes."""
    folder.mkdir()
    nation.write(folder)
    documents = {
        "urls.json": {service: system.url(service) for service in APIS},
        "accounts.json": accounts_document(nation.people, SEED),
    }
    for name, document in documents.items():
        (folder / name).write_text(json.dumps(document))
    (folder / "extracts.ndjson").write_bytes(b"".join(body + b"\n" for body in nation.bodies.values()))
    return folder


def loadtests(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=150, cwd=ROOT, env=ALONE)


ROOT = Path(__file__).parents[2]
"""The load tests are a module of the project's folder, not an installed package."""
ALONE = {name: value for name, value in os.environ.items() if name not in ("PRACTICES", "SHAPE", "SECONDS", "MINUTES")}


def card_of(results: Path, done: "subprocess.CompletedProcess[str] | None" = None) -> dict[str, Any]:
    assert (results / "scorecard.json").exists(), f"{done.stdout}\n{done.stderr}" if done else "no run was checked"
    found: dict[str, Any] = json.loads((results / "scorecard.json").read_text())
    return found


def promises(card: dict[str, Any]) -> dict[str, list[str]]:
    return {one["promise"]: one["violations"] for one in card["ledger"] if one["violations"]}


def test_small_rehearsals_pass_and_notice_a_theft(system: System, tmp_path: Path) -> None:
    rehearse_a_herd(system, tmp_path)
    rehearse_from_locusts_pages(system, tmp_path)
    nation, results = rehearse_2007(system, tmp_path)
    assert loadtests("--recheck", results, "--nation", nation).returncode == 0

    asyncio.run(steal_a_declaration(system.databases["declarations"], REPLAY.collection))
    again = loadtests("--recheck", results, "--nation", nation)
    assert again.returncode == 1
    assert "VIOLATION  lost: " in again.stdout

    (nation / "urls.json").write_text(json.dumps(dict.fromkeys(APIS, "http://127.0.0.1:9")))
    away = loadtests("herd", "--nation", nation, "--results", tmp_path / "away-results")
    assert away.returncode == 2, "a system that is away cannot be rehearsed"
    assert "loadtests: " in away.stdout


def rehearse_a_herd(system: System, folder: Path) -> None:
    """Everybody signs in and reads; some sign."""
    nation, results = write_nation(system, HERD, folder / "herd"), folder / "herd-results"
    done = loadtests("herd", "--seconds", 4, "--nation", nation, "--results", results)
    card = card_of(results, done)
    assert promises(card) == {}, done.stdout
    targets = {one["name"]: one["value"] for one in card["targets"]}
    assert (targets["signed in"], targets["signed"], targets["dropped sessions"]) == (1, 1, 0)
    (phase,) = card["phases"]
    assert phase["counts"]["done"] == PRACTICES
    assert phase["times"]["page report"]["count"] >= PRACTICES
    assert phase["times"]["due to signed"]["count"] == 2
    assert card["samples"][-1]["signed_in"] == PRACTICES
    # Whether pages are quick is the machine's affair; everything else has to hold.
    assert done.returncode == (0 if card["has_passed"] else 1)
    assert {one["name"] for one in card["targets"] if not one["has_passed"]} <= {"page p99"}
    assert (results / "locust.html").exists()


def rehearse_2007(system: System, folder: Path) -> tuple[Path, Path]:
    """Everybody signs, commissioners and finance approve; nation and results."""
    nation, results = write_nation(system, REPLAY, folder / "replay"), folder / "replay-results"
    done = loadtests("replay-2007", "--seconds", 8, "--nation", nation, "--results", results)
    card = card_of(results, done)
    assert promises(card) == {}, done.stdout
    day, morning = card["phases"]
    assert (day["counts"]["signed"], morning["counts"]["signed"]) == (9, 3)
    assert day["counts"]["approved"] + morning["counts"]["approved"] > 0
    assert day["counts"]["payments approved"] + morning["counts"]["payments approved"] > 0
    return nation, results


def rehearse_from_locusts_pages(system: System, folder: Path) -> None:
    """An operator begins a run in a browser, twice: suppliers post corrections."""
    nation, port = write_nation(system, NOISE, folder / "noise"), free_port()
    command = [sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--web-host", "127.0.0.1"]
    url = f"http://127.0.0.1:{port}"
    with (folder / "locust.log").open("wb") as log:
        pages = subprocess.Popen([*command, "--web-port", str(port)], cwd=ROOT, env=ALONE, stdout=log, stderr=log)
    try:
        wait_until(lambda: is_answering(url))
        asked = {"rehearse": "noisy-supplier", "seconds": "4", "rate": "5", "nation": str(nation)}
        for number in (1, 2):
            results = folder / f"noise-results-{number}"
            began = httpx.post(f"{url}/swarm", data={**asked, "results": str(results)}, timeout=30)
            assert began.json()["success"], began.text
            wait_until((results / "scorecard.json").exists)
            wait_until(lambda: httpx.get(f"{url}/stats/requests", timeout=30).json()["state"] == "stopped")
            card = card_of(results)
            assert [phase["counts"]["came"] for phase in card["phases"]] == [10, 25]
            # The second run finds the first one's extracts, which are not in its own ledger.
            assert number == 2 or promises(card) == {}, (folder / "locust.log").read_text()
    finally:
        pages.terminate()
        pages.wait(30)


def is_answering(url: str) -> bool:
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not is_so():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.2)


async def steal_a_declaration(url: str, collection: str) -> None:
    """As a restore from an old copy would: a declaration that was acknowledged is not there."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            found = "(SELECT declaration_id FROM declarations WHERE collection = $1 ORDER BY practice LIMIT 1)"
            taken = await connection.execute(f"DELETE FROM declarations WHERE declaration_id = {found}", collection)
    finally:
        await connection.close()
    assert taken == "DELETE 1"
