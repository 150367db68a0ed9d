"""Does a session sleep, wake and survive, and is only one's own form obeyed? On PostgreSQL, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.entrypoints.web.app import create_pages
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.signin import SigningIn
from qof_declarations.handlers.session_ports import Identity, SignIn
from qof_declarations.testing.builders import APPROVER, DECLARER, USER
from qof_declarations.testing.sessions import SITE, SignedInClient, begin_session, signed_in_client
from qof_shared.db.engine import create_engine
from qof_shared.db.people import PostgresPeople
from qof_shared.people import Role

pytestmark = pytest.mark.needs_postgres

FORM, SENT = "/practices/A81001/form", "/practices/A81001/form/send"
START = datetime(2013, 4, 2, 12, 0, tzinfo=UTC)


@dataclass
class Provider:
    """A provider that takes everybody's word: the code is the person."""

    asked: list[tuple[SignIn, bool]] = field(default_factory=list)

    async def address(self, sign_in: SignIn, *, ask_again: bool) -> str:
        self.asked.append((sign_in, ask_again))
        return f"http://provider.test/?state={sign_in.state}"

    async def identity(self, sign_in: SignIn, code: str, *, now: datetime) -> Identity:
        return Identity(code, "access", now + timedelta(hours=1))

    async def sign_out_address(self) -> str | None:
        return "http://provider.test/out"


class Site:
    """Pages with one form, a clock that is set by hand, and a provider."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.now = START
        self.sent: list[Asking] = []
        self.provider = Provider()
        self.app = self.start(engine)

    def start(self, engine: AsyncEngine) -> FastAPI:
        """The pages, as another process would build them."""
        gate = Gate(PostgresSessions(engine), SITE, lambda: self.now)
        signing_in = SigningIn(gate, Pages(), self.provider, PostgresPeople(engine))
        router = APIRouter()

        @router.get("/practices/{practice}/form")
        async def show(asking: Annotated[Asking, Depends(gate.signed_in())]) -> dict[str, Any]:
            return {"person": asking.person.person, "draft": asking.draft, "warning": asking.warning}

        page = "/practices/{practice}/form"

        @router.post("/practices/{practice}/form/send")
        async def send(
            asking: Annotated[Asking, Depends(gate.signed_in(Role.PRACTICE_DECLARER, page=page))],
        ) -> dict[str, Any]:
            self.sent.append(asking)
            return {"did": asking.form}

        @router.get("/other")
        async def other(asking: Annotated[Asking, Depends(gate.signed_in(needs_token=True))]) -> dict[str, Any]:
            return {"token": asking.token}

        app = create_pages([router, signing_in.router()], Pages())
        signing_in.add_answers(app)
        return app

    def client(self, **settings: Any) -> AbstractAsyncContextManager[SignedInClient]:
        return signed_in_client(self.app, self.engine, settings.pop("person", DECLARER), at=self.now, **settings)

    async def come_back(self, client: httpx.AsyncClient, person: str = DECLARER.person) -> httpx.Response:
        """Return from the provider as it would lead back."""
        return await client.get(f"/sign-in/callback?state={self.provider.asked[-1][0].state}&code={person}")


@pytest.fixture
def site(engine: AsyncEngine) -> Site:
    return Site(engine)


@asynccontextmanager
async def stranger(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=site.app)
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, headers={"Sec-Fetch-Site": "same-origin"}
    ) as client:
        yield client


async def test_signed_in_person_is_known_with_one_read_and_no_write(site: Site) -> None:
    async with site.client() as client:
        said: list[str] = []
        event.listen(site.engine.sync_engine, "before_cursor_execute", lambda *args: said.append(args[2]))
        page = await client.get(FORM)
    assert page.json() == {"person": DECLARER.person, "draft": None, "warning": None}
    assert len(said) == 1
    assert said[0].lstrip().startswith("SELECT")


async def test_requests_within_a_minute_write_once(site: Site, engine: AsyncEngine) -> None:
    async with site.client() as client:
        for _ in range(3):
            site.now += timedelta(seconds=40)
            await client.get(FORM)
    async with engine.connect() as connection:
        seen = (await connection.execute(text("SELECT seen_at FROM sessions"))).scalar_one()
    assert seen == START + timedelta(seconds=80)


async def test_session_survives_every_restart(site: Site, database_url: str) -> None:
    async with site.client() as client:
        other = create_engine(database_url, name="another process")
        client._transport = httpx.ASGITransport(app=site.start(other))
        answer = await client.get(FORM)
        await other.dispose()
    assert answer.json()["person"] == DECLARER.person


async def test_asleep_page_comes_again_after_signing_in(site: Site) -> None:
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        asked = await client.get(f"{FORM}?year=2012")
        assert asked.status_code == 303
        assert asked.headers["location"].startswith("http://provider.test/")
        assert site.provider.asked[-1][1], "who was away proves again who they are"
        back = await site.come_back(client)
        assert back.headers["location"] == f"{FORM}?year=2012"
        assert (await client.get(FORM)).status_code == 200


async def test_signing_in_changes_the_cookie_and_ends_the_old_one(site: Site) -> None:
    async with site.client() as client:
        old = client.cookies["qof"]
        await client.get("/sign-in")
        await site.come_back(client)
        assert client.cookies["qof"] != old
    async with stranger(site) as thief:
        assert (await thief.get(FORM, headers={"Cookie": f"qof={old}"})).status_code == 303


async def test_form_sent_asleep_is_kept_and_shown_again(site: Site) -> None:
    typed = {"statement": "We checked it.", "indicator": ["AF 4", "CHD 6"]}
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        sent = await client.post(SENT, data={"csrf": client.csrf, **typed})
        assert sent.status_code == 303
        assert site.sent == []
        back = await site.come_back(client)
        assert back.headers["location"] == FORM
        assert (await client.get(FORM)).json()["draft"] == typed
        # The page that is still open in another tab goes on working: the form's token stayed.
        done = await client.post(SENT, data={"csrf": client.csrf, **typed})
        assert done.status_code == 200
        assert (await client.get(FORM)).json()["draft"] is None


async def test_form_sent_asleep_is_kept_for_its_person_alone(site: Site) -> None:
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        await client.post(SENT, data={"csrf": client.csrf, "statement": "secret"})
        await begin_session(site.engine, USER, at=site.now)
        await site.come_back(client, USER.person)
        assert (await client.get(FORM)).json() == {"person": USER.person, "draft": None, "warning": None}


async def test_form_sent_by_nobody_belongs_to_who_signs_in(site: Site) -> None:
    await begin_session(site.engine, DECLARER, at=site.now)
    async with stranger(site) as client:
        assert (await client.post(SENT, data={"statement": "typed before"})).status_code == 303
        await site.come_back(client)
        assert (await client.get(FORM)).json()["draft"] == {"statement": "typed before"}


async def test_too_long_a_draft_is_not_kept(site: Site) -> None:
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        sent = await client.post(SENT, data={"csrf": client.csrf, "statement": "x" * 70_000})
        assert sent.status_code == 303
        await site.come_back(client)
        assert (await client.get(FORM)).json()["draft"] is None


async def test_draft_is_forgotten_after_a_fortnight(site: Site) -> None:
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        await client.post(SENT, data={"csrf": client.csrf, "statement": "old"})
    site.now += timedelta(days=15)
    async with site.client() as client:
        assert (await client.get(FORM)).json()["draft"] is None


async def test_longest_session_warns_and_then_sleeps(site: Site) -> None:
    async with site.client() as client:
        for _ in range(34):
            site.now += timedelta(minutes=20)
            assert (await client.get(FORM)).json()["warning"] is None
        site.now = START + timedelta(hours=11, minutes=38)
        assert "22 minutes" in (await client.get(FORM)).json()["warning"]
        site.now = START + timedelta(hours=12)
        assert (await client.get(FORM)).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:9999"}],
)
async def test_form_from_elsewhere_does_nothing(site: Site, headers: dict[str, str]) -> None:
    async with site.client() as client:
        del client.headers["Sec-Fetch-Site"]
        answer = await client.post(SENT, data={"csrf": client.csrf}, headers=headers)
    assert answer.status_code == 403
    assert "not sent from one of our pages" in answer.text
    assert site.sent == []


@pytest.mark.parametrize("csrf", ["", "wrong", "ü"])
async def test_form_without_its_token_does_nothing_and_keeps_what_was_typed(site: Site, csrf: str) -> None:
    async with site.client() as client:
        answer = await client.post(SENT, data={"csrf": csrf, "statement": "typed"})
        assert answer.status_code == 403
        assert f'href="{FORM}"' in answer.text
        assert site.sent == []
        assert (await client.get(FORM)).json()["draft"] == {"statement": "typed"}


async def test_another_role_may_not(site: Site) -> None:
    async with site.client(person=APPROVER) as client:
        answer = await client.post(SENT, data={"csrf": client.csrf})
    assert answer.status_code == 403
    assert "commissioner-approver" in answer.text


async def test_form_that_is_too_large_is_not_read(site: Site) -> None:
    async with site.client() as client:
        answer = await client.post(SENT, data={"csrf": client.csrf, "statement": "x" * 1_100_000})
    assert answer.status_code == 413


async def test_script_that_asks_asleep_is_told_so(site: Site) -> None:
    async with site.client() as client:
        site.now += timedelta(minutes=31)
        answer = await client.get(FORM, headers={"Sec-Fetch-Mode": "cors"})
    assert answer.status_code == 401


async def test_token_for_other_services_is_fetched_when_it_is_over(site: Site) -> None:
    async with site.client(access_token="mine") as client:
        assert (await client.get("/other")).json() == {"token": "mine"}
        for _ in range(3):
            site.now += timedelta(minutes=20)
            await client.get(FORM)
        assert (await client.get("/other")).status_code == 303
        assert not site.provider.asked[-1][1], "who is awake is not asked for a password"
        assert (await site.come_back(client)).headers["location"] == "/other"
        assert (await client.get("/other")).json() == {"token": "access"}


async def test_signing_out_ends_the_session(site: Site) -> None:
    async with site.client() as client:
        cookie = client.cookies["qof"]
        answer = await client.post("/sign-out", data={"csrf": client.csrf})
        assert answer.headers["location"] == "http://provider.test/out"
        assert "qof" not in client.cookies
        assert (await client.get(FORM, headers={"Cookie": f"qof={cookie}"})).status_code == 303


async def test_signing_out_everywhere_ends_all_of_ones_sessions(site: Site) -> None:
    async with site.client() as one, site.client() as other, site.client(person=USER) as somebody_else:
        await one.post("/sign-out", data={"csrf": one.csrf, "everywhere": "yes"})
        assert (await other.get(FORM)).status_code == 303
        assert (await somebody_else.get(FORM)).status_code == 200


async def test_person_who_was_taken_out_is_signed_in_no_longer(site: Site, engine: AsyncEngine) -> None:
    async with site.client() as client:
        async with engine.begin() as connection:
            await connection.execute(text("DELETE FROM people"))
        assert (await client.get(FORM)).status_code == 303


async def test_old_sessions_and_sign_ins_are_swept(site: Site, engine: AsyncEngine) -> None:
    async with stranger(site) as client:
        await client.get(FORM)
    await begin_session(engine, USER, at=START)
    site.now += timedelta(days=15)
    async with site.client(), engine.connect() as connection:
        counts = [
            (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()
            for table in ("sessions", "sign_ins")
        ]
    assert counts == [1, 0]
