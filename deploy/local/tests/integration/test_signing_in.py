"""Does one sign in to the pages by the development provider, and is everything refused that is forged, late or foreign?

Both applications run in this process and talk to each other by ASGI; the database is real.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from sqlalchemy.ext.asyncio import AsyncEngine

from qof_declarations.adapters.identity_provider import OpenIdProvider
from qof_declarations.adapters.other_services import HttpService, service_client
from qof_declarations.adapters.sessions import PostgresSessions
from qof_declarations.entrypoints.web.app import create_pages
from qof_declarations.entrypoints.web.asking import Asking, Gate
from qof_declarations.entrypoints.web.pages import Pages
from qof_declarations.entrypoints.web.signin import SigningIn
from qof_declarations.handlers.service_ports import NotAnsweringError, RefusedByServiceError
from qof_local.provider.accounts import Accounts
from qof_local.provider.app import Provider
from qof_local.provider.door import Door
from qof_local.provider.keys import Client
from qof_local.provider.pages import ProviderPages
from qof_local.provider.tokens import Codes, Signer
from qof_shared.db.engine import create_engine
from qof_shared.db.people import PostgresPeople, record_people
from qof_shared.http.app import create_app as create_shared_app
from qof_shared.http.auth import person_with_role
from qof_shared.http.issued import PeopleWithIssuedTokens
from qof_shared.http.issuer import Issuer
from qof_shared.people import Person, Role
from qof_shared.testing.plugin import NewDatabase

pytestmark = pytest.mark.needs_postgres

SITE, ISSUER = "http://site.test", "http://provider.test"
DIANA = Person("declarer-A81001", "Diana Declarer", Role.PRACTICE_DECLARER, "A81001")
NORA = Person("national-team", "Nora National", Role.NATIONAL_TEAM, "")
ACCOUNTS = [
    {"account": DIANA.person, "name": DIANA.name, "does": "signs", "password": "one-two-12", "is_ready_made": True},
    {"account": NORA.person, "name": NORA.name, "does": "looks", "password": "three-four-34"},
    {"account": "unheard-of", "name": "Una", "does": "nothing", "password": "five-six-56"},
    {"account": "old-password", "name": "Olga", "does": "signs", "password": "seven-78", "until": "2013-06-10"},
]


@dataclass
class World:
    """The pages, their provider and another service, all on one clock."""

    engine: AsyncEngine
    file: Path
    now: datetime = datetime(2013, 6, 4, 12, 0, tzinfo=UTC)
    is_provider_away: bool = False

    def __post_init__(self) -> None:
        self.key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
        self.key.ensure_kid()
        self.start_provider()
        self.start_site()

    def start_provider(self) -> None:
        self.provider = Provider(
            Signer(ISSUER, self.key),
            Client("openqof-declarations", "secret of the client"),
            SITE,
            Door(Accounts(self.file)),
            Codes(),
            ProviderPages("/static"),
            now=lambda: self.now,
        )
        self.provider_app = self.provider.app()

    def start_site(self) -> None:
        self.issuer = Issuer(ISSUER, self.backchannel(), clock=lambda: self.now.timestamp())
        people = PostgresPeople(self.engine)
        gate = Gate(PostgresSessions(self.engine), SITE, lambda: self.now)
        self.relying = OpenIdProvider(
            self.issuer,
            self.backchannel(),
            client_id="openqof-declarations",
            client_secret="secret of the client",
            public_url=SITE,
        )
        signing_in = SigningIn(gate, Pages(), self.relying, people)
        router = APIRouter()

        @router.get("/")
        @router.get("/figures")
        async def figures(asking: Annotated[Asking, Depends(gate.signed_in())]) -> dict[str, Any]:
            return {"person": asking.person.person, "token": asking.token, "csrf": asking.csrf}

        self.site_app = create_pages([router, signing_in.router()], Pages(), form_targets=[ISSUER])
        signing_in.add_answers(self.site_app)
        issued = PeopleWithIssuedTokens(people, self.issuer, audience="openqof", now=lambda: self.now)
        api = APIRouter()

        @api.get("/v1/national")
        async def national(
            person: Annotated[Person, Depends(person_with_role(issued, Role.NATIONAL_TEAM))],
        ) -> dict[str, str]:
            return {"person": person.person}

        self.other_app = create_shared_app(title="t", version="1", description="", routers=[api], checks={})

    def backchannel(self) -> httpx.AsyncClient:
        """What the site reaches the provider by."""

        async def ask(request: httpx.Request) -> httpx.Response:
            if self.is_provider_away:
                raise httpx.ConnectError("refused", request=request)
            answer = await httpx.ASGITransport(app=self.provider_app).handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return httpx.AsyncClient(transport=httpx.MockTransport(ask))

    def browser(self) -> httpx.AsyncClient:
        apps: dict[str, FastAPI] = {"site.test": self.site_app, "provider.test": self.provider_app}

        async def ask(request: httpx.Request) -> httpx.Response:
            answer = await httpx.ASGITransport(app=apps[request.url.host]).handle_async_request(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())

        return httpx.AsyncClient(transport=httpx.MockTransport(ask), base_url=SITE)

    async def to_the_form(self, browser: httpx.AsyncClient, path: str = "/figures") -> str:
        """Ask for a page and be led to the provider; returns the address of its form."""
        asked = await browser.get(path)
        assert asked.status_code == 303
        return asked.headers["location"]

    async def sign_in(
        self, browser: httpx.AsyncClient, who: int = 0, *, path: str = "/figures", follow: bool = True
    ) -> httpx.Response:
        """As a person does; `follow` also back to the site."""
        form = await self.to_the_form(browser, path)
        typed = {name: ACCOUNTS[who][name] for name in ("account", "password")}
        answer = await browser.post(form, data=typed)
        return await browser.get(answer.headers["location"], follow_redirects=True) if follow else answer


@pytest.fixture
async def world(new_database: NewDatabase, tmp_path: Path) -> AsyncIterator[World]:
    engine = create_engine(await new_database("qof_declarations"), name="signing in")
    async with engine.begin() as connection:
        await record_people(connection, [(DIANA, "diana's own token"), (NORA, "nora's own token")])
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps({"accounts": ACCOUNTS}))
    yield World(engine, file)
    await engine.dispose()


async def test_person_signs_in_and_is_where_they_wanted_to_be(world: World) -> None:
    async with world.browser() as browser:
        page = await world.sign_in(browser, path="/figures?year=2012-13")
        assert page.url == f"{SITE}/figures?year=2012-13"
        assert page.json()["person"] == DIANA.person


async def test_ready_made_person_signs_in_with_one_press(world: World) -> None:
    async with world.browser() as browser:
        form = await world.to_the_form(browser)
        page = await browser.get(form)
        assert page.text.count('name="password" value=') == 1, "only who is ready-made is offered"
        action = unescape(page.text.split('<form method="post" action="')[2].split('"')[0])
        pressed = {"account": DIANA.person, "password": "one-two-12"}
        answer = await browser.post(f"{ISSUER}{action}", data=pressed)
        assert (await browser.get(answer.headers["location"])).headers["location"] == "/figures"


async def test_second_time_nobody_types_and_after_sleep_one_does(world: World) -> None:
    async with world.browser() as browser:
        await world.sign_in(browser)
        again = await browser.get("/sign-in?return_to=/figures")
        assert "code=" in (await browser.get(again.headers["location"])).headers["location"]
        world.now += timedelta(minutes=31)
        form = await world.to_the_form(browser)
        assert "Password" in (await browser.get(form)).text


async def test_wrong_password_says_so_and_keeps_the_name(world: World) -> None:
    async with world.browser() as browser:
        form = await world.to_the_form(browser)
        page = await browser.post(form, data={"account": DIANA.person, "password": "wrong"})
        assert page.status_code == 400
        assert f'value="{DIANA.person}"' in page.text
        assert "never locked" in page.text


async def test_old_password_is_a_warning_and_no_refusal(world: World) -> None:
    async with world.browser() as browser:
        page = await world.sign_in(browser, 3, follow=False)
        assert page.status_code == 200
        assert "within 6 days" in page.text
        going_on = unescape(page.text.split('href="/authorize')[1].split('"')[0])
        back = await browser.get(f"{ISSUER}/authorize{going_on}")
        assert back.headers["location"].startswith(f"{SITE}/sign-in/callback?code=")


async def test_person_whom_we_do_not_know_is_told_whom_to_ask(world: World) -> None:
    async with world.browser() as browser:
        page = await world.sign_in(browser, 2)
        assert page.status_code == 403
        assert "Ask whoever manages accounts" in page.text


async def test_signing_out_is_signing_out_at_the_provider_too(world: World) -> None:
    async with world.browser() as browser:
        csrf = (await world.sign_in(browser)).json()["csrf"]
        out = await browser.post("/sign-out", data={"csrf": csrf}, headers={"Sec-Fetch-Site": "same-origin"})
        page = await browser.get(out.headers["location"], follow_redirects=True)
        assert page.url == f"{SITE}/signed-out"
        form = await world.to_the_form(browser)
        assert "Password" in (await browser.get(form)).text


async def test_provider_restarted_in_between_the_device_is_still_known(world: World) -> None:
    async with world.browser() as browser:
        await world.sign_in(browser)
        world.start_provider()
        for number in range(30):
            await world.provider.door.let_in(DIANA.person, "wrong", address=f"10.0.0.{number}", device=None)
        browser.cookies.delete("qof-provider", domain="provider.test")
        world.now += timedelta(minutes=31)

    async with world.browser() as other:
        other.cookies = browser.cookies
        began = datetime.now(UTC)
        page = await world.sign_in(other)
        assert page.json()["person"] == DIANA.person
        assert datetime.now(UTC) - began < timedelta(seconds=1.5), "an attack on the account does not slow it"


async def test_provider_away_says_so_tries_again_and_keeps_the_place(world: World) -> None:
    async with world.browser() as browser:
        world.is_provider_away = True
        page = await browser.get("/figures?year=2012-13")
        assert page.status_code == 503
        assert "does not answer" in page.text
        seconds, _, where = page.headers["refresh"].partition("; url=")
        assert 5 <= int(seconds) <= 15
        world.is_provider_away = False
        world.now += timedelta(seconds=20)
        form = await browser.get(where)
        answer = await browser.post(
            form.headers["location"], data={name: ACCOUNTS[0][name] for name in ("account", "password")}
        )
        back = await browser.get(answer.headers["location"])
        assert back.headers["location"] == "/figures?year=2012-13"


async def test_provider_that_goes_away_later_is_noticed_before_anybody_is_sent_there(world: World) -> None:
    async with world.browser() as browser:
        await world.to_the_form(browser)
        world.is_provider_away = True
        world.now += timedelta(seconds=6)
        assert (await browser.get("/figures")).status_code == 503


async def test_provider_away_while_coming_back_comes_back_later(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, follow=False)
        world.is_provider_away = True
        page = await browser.get(answer.headers["location"])
        assert page.status_code == 503
        world.is_provider_away = False
        back = await browser.get(page.headers["refresh"].partition("; url=")[2])
        assert back.headers["location"] == "/figures"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "/sign-out",
        "\t//evil.test",
        "x" * 9,
    ],
)
async def test_nobody_is_led_elsewhere(world: World, elsewhere: str) -> None:
    async with world.browser() as browser:
        asked = await browser.get("/sign-in", params={"return_to": elsewhere})
        typed = {name: ACCOUNTS[0][name] for name in ("account", "password")}
        answer = await browser.post(asked.headers["location"], data=typed)
        assert (await browser.get(answer.headers["location"])).headers["location"] == "/"


async def test_wrong_state_signs_nobody_in(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, follow=False)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        page = await browser.get("/sign-in/callback", params={"code": code, "state": "guessed"})
        assert page.status_code == 400
        assert (await browser.get("/figures")).status_code == 303


async def test_link_of_another_browser_signs_nobody_in(world: World) -> None:
    async with world.browser() as attacker, world.browser() as victim:
        answer = await world.sign_in(attacker, follow=False)
        await victim.get("/figures")
        assert (await victim.get(answer.headers["location"])).status_code == 400


async def test_coming_back_twice_is_no_error(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, follow=False)
        first = await browser.get(answer.headers["location"])
        second = await browser.get(answer.headers["location"])
        assert (first.status_code, second.status_code) == (303, 303)
        assert (await browser.get("/figures")).status_code == 200


async def test_sign_in_of_yesterday_begins_anew(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, follow=False)
        world.now += timedelta(minutes=61)
        page = await browser.get(answer.headers["location"])
        assert page.status_code == 400
        assert 'href="/sign-in"' in page.text


async def test_code_works_once_for_its_client_its_address_and_its_verifier(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, follow=False)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": f"{SITE}/sign-in/callback"}
        nobody = await browser.post(f"{ISSUER}/token", data=exchange)
        assert nobody.status_code == 401
        ours = httpx.BasicAuth("openqof-declarations", "secret of the client")
        wrong = await browser.post(f"{ISSUER}/token", data={**exchange, "code_verifier": "x" * 43}, auth=ours)
        assert wrong.json()["error"] == "invalid_grant"
        page = await browser.get(answer.headers["location"])
        assert page.status_code == 400, "a code that was tried is used up"


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://evil.test/"},
        {"redirect_uri": f"{SITE}/sign-in/callback/../../elsewhere"},
    ],
)
async def test_provider_leads_nobody_to_a_stranger(world: World, change: dict[str, str]) -> None:
    async with world.browser() as browser:
        form = httpx.URL(await world.to_the_form(browser)).copy_merge_params(change)
        answer = await browser.get(form)
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize("change", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"scope": "email"}])
async def test_provider_wants_pkce_and_openid(world: World, change: dict[str, str]) -> None:
    async with world.browser() as browser:
        form = httpx.URL(await world.to_the_form(browser)).copy_merge_params(change)
        answer = await browser.get(form)
        assert answer.headers["location"].startswith(f"{SITE}/sign-in/callback?error=invalid_")
        assert (await browser.get(answer.headers["location"])).status_code == 400


async def _refused_id_token(world: World, **forgery: Any) -> httpx.Response:
    """Come back with an id_token that is forged in one way."""
    real = Signer.tokens

    def forged(self: Signer, grant: Any, now: datetime) -> dict[str, Any]:
        answer = real(self, grant, now)
        claims = {**jwt.decode(answer["id_token"], world.key).claims, **forgery.get("claims", {})}
        key = forgery.get("key", world.key)
        header = {"alg": "ES256", "kid": world.key.kid, **forgery.get("header", {})}
        return {**answer, "id_token": jwt.encode(header, claims, key, algorithms=[header["alg"]])}

    Signer.tokens = forged  # type: ignore[method-assign]
    try:
        async with world.browser() as browser:
            page = await world.sign_in(browser)
            assert (await browser.get("/figures")).status_code == 303
            return page
    finally:
        Signer.tokens = real  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"iss": "http://evil.test"},
        {"aud": "openqof-payments"},
        {"aud": ["openqof-declarations", "other"]},
        {"exp": 1_000_000_000},
        {"iat": 4_000_000_000},
        {"nbf": 4_000_000_000},
        {"exp": None},
        {"sub": None},
        {"sub": 7},
    ],
)
async def test_id_token_with_a_wrong_claim_signs_nobody_in(world: World, claims: dict[str, Any]) -> None:
    assert (await _refused_id_token(world, claims=claims)).status_code == 400


async def test_id_token_by_another_key_signs_nobody_in(world: World) -> None:
    stranger = ECKey.generate_key("P-256")
    assert (await _refused_id_token(world, key=stranger)).status_code == 400


async def test_id_token_signed_with_the_public_key_as_a_secret_signs_nobody_in(world: World) -> None:
    public = OctKey.import_key(json.dumps(world.key.as_dict(private=False)))
    assert (await _refused_id_token(world, key=public, header={"alg": "HS256"})).status_code == 400


async def test_right_id_token_signs_in_through_the_same_forgery(world: World) -> None:
    """The forger above is no reason by itself that nobody gets in."""
    with pytest.raises(AssertionError):
        await _refused_id_token(world)


async def test_new_key_of_the_provider_is_fetched(world: World) -> None:
    async with world.browser() as browser:
        await world.sign_in(browser)
    world.key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    world.key.ensure_kid()
    world.start_provider()
    world.now += timedelta(seconds=11)
    async with world.browser() as browser:
        assert (await world.sign_in(browser)).json()["person"] == DIANA.person


async def test_access_token_speaks_for_the_person_at_another_service(world: World) -> None:
    async with world.browser() as browser:
        token = (await world.sign_in(browser, 1)).json()["token"]
    other = HttpService("payments", service_client("http://other", transport=httpx.ASGITransport(app=world.other_app)))
    assert await other.get("/v1/national", token) == {"person": NORA.person}
    assert await other.get("/v1/national", "nora's own token") == {"person": NORA.person}
    for refused in ("", "a.b.c", f"{token}x", "nobody's token"):
        with pytest.raises(RefusedByServiceError) as refusal:
            await other.get("/v1/national", refused)
        assert refusal.value.status == 401
    world.now += timedelta(minutes=62)
    with pytest.raises(RefusedByServiceError, match="We do not know who you are"):
        await other.get("/v1/national", token)


async def test_id_token_is_no_access_token(world: World) -> None:
    async with world.browser() as browser:
        answer = await world.sign_in(browser, 1, follow=False)
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    grant = world.provider.codes.grants[code]
    tokens = world.provider.signer.tokens(grant, world.now)
    other = HttpService("payments", service_client("http://other", transport=httpx.ASGITransport(app=world.other_app)))
    assert await other.get("/v1/national", tokens["access_token"]) == {"person": NORA.person}
    with pytest.raises(RefusedByServiceError):
        await other.get("/v1/national", tokens["id_token"])


async def test_service_that_does_not_answer_is_named() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    for transport in (httpx.MockTransport(refuse), httpx.MockTransport(lambda _: httpx.Response(502, text="<html>"))):
        with pytest.raises(NotAnsweringError, match="payments"):
            await HttpService("payments", service_client("http://other", transport=transport)).get("/v1/x", "token")
    with pytest.raises(NotAnsweringError, match="payments"):
        await HttpService("payments", None).get("/v1/x", "token")
