"""200 races between a press and newer figures, over HTTP: nothing is ever signed but what the page had shown."""

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest

from qof_declarations.bootstrap import create_consumers
from qof_declarations.entrypoints.web.words import points as told_points
from qof_declarations.entrypoints.web.words import pounds as told_pounds
from qof_local import directory
from qof_shared.contracts import Event
from qof_shared.db.engine import create_engine
from qof_shared.messaging.consumer import Apply
from tests.browser.figures import met_more
from tests.browser.site import Site, deliver_to, settled, sign_in

pytestmark = [pytest.mark.needs_postgres, pytest.mark.timeout(600)]

PRACTICES = range(20)
ROUNDS = 10
"""For each practice: 200 races in all."""
LONGEST = 1.0
"""Seconds before a press at most; newer figures take up to twice as long, so that each side is first at times."""


HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


@dataclass
class Race:
    """One practice's presses."""

    index: int
    shown: set[str] = field(default_factory=set)
    signed: set[str] = field(default_factory=set)
    outcomes: list[str] = field(default_factory=list)


def test_only_what_was_shown_is_signed(site: Site) -> None:
    races = settled(race_all(site))
    outcomes = [outcome for race in races for outcome in race.outcomes]
    assert len(outcomes) == len(PRACTICES) * ROUNDS == 200
    assert set(outcomes) == {"signed", "moved", "wait"}, "each side won at times"


async def race_all(site: Site) -> list[Race]:
    engine = create_engine(site.database, pool_size=8)
    consumers = create_consumers(engine)
    try:
        return list(await asyncio.gather(*(race_one(site, consumers, index) for index in PRACTICES)))
    finally:
        await engine.dispose()


async def race_one(site: Site, consumers: Mapping[str, Apply], index: int) -> Race:
    practice, chance, race = site.year.members[index].practice, random.Random(f"race {index}"), Race(index)
    cookie = await sign_in(site.database, directory.declarer(practice))
    path = urlsplit(site.path(practice)).path
    indicator = next(one.indicator for one in site.year.extract(index).indicators if (one.numerator or 0) > 50)
    async with httpx.AsyncClient(base_url=site.url, cookies={"qof": cookie}, timeout=60) as client:
        for number in range(2, ROUNDS + 2):
            form, told = await form_on(client, f"{path}/declaration")
            race.shown.add(form["digest"])
            newer = await asyncio.to_thread(site.year.points, index, number, met_more(indicator, -number))
            pounds = await asyncio.to_thread(site.year.pounds, newer)

            pauses = [2 * chance.random() * LONGEST for _ in range(2)]

            async def move(events: Sequence[Event] = (newer, pounds), pauses: Sequence[float] = pauses) -> None:
                for event, pause in zip(events, pauses, strict=True):
                    await asyncio.sleep(pause)
                    await deliver_to("declarations", consumers, [event])

            async def press(form: dict[str, str] = form, pause: float = chance.random() * LONGEST) -> httpx.Response:
                await asyncio.sleep(pause)
                return await client.post(f"{path}/declaration/sign", data={**form, "confirm": "yes"})

            answer, _ = await asyncio.gather(patiently(press), move())
            race.outcomes.append(await judge(client, race, form["digest"], told, answer))
    await check_kept(site, practice, race)
    return race


async def patiently(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer; a machine that is too busy says so, and is asked again as its page would."""
    for _ in range(60):
        if (answer := await ask()).status_code != 503:
            break
        await asyncio.sleep(0.5)
    return answer


async def form_on(client: httpx.AsyncClient, address: str) -> tuple[dict[str, str], str]:
    """What the form would send, and everything that the page says."""
    answer = await patiently(lambda: client.get(address))
    assert answer.status_code == 200, answer.text
    form = dict(HIDDEN.findall(answer.text.split("/declaration/sign")[1]))
    assert f'<code class="qof-digest">{form["digest"]}</code>' in answer.text, "the form signs what the page shows"
    return form, answer.text


async def judge(client: httpx.AsyncClient, race: Race, digest: str, told: str, answer: httpx.Response) -> str:
    if answer.status_code == 303:
        kept = await patiently(lambda: client.get(f"{answer.headers['location']}.json"))
        receipt = kept.json()["document"]
        assert receipt["report_digest"] == digest
        assert told_points(receipt["points"]) in told, "the points that the page showed"
        assert told_pounds(receipt["pounds"]) in told, "the pounds that the page showed"
        race.signed.add(digest)
        return "signed"
    assert answer.status_code in (409, 412), answer.text
    assert "press again" not in answer.text
    return "moved" if answer.status_code == 412 else "wait"


async def check_kept(site: Site, practice: str, race: Race) -> None:
    """What is kept is what was pressed, and what was pressed had been shown."""
    connection = await asyncpg.connect(site.database)
    try:
        rows = await connection.fetch("SELECT digest FROM declarations WHERE practice = $1", practice)
    finally:
        await connection.close()
    kept = {row["digest"] for row in rows}
    assert race.signed <= kept, "nothing was promised that is not kept"
    assert kept <= race.shown, "nothing is kept that was not shown"
