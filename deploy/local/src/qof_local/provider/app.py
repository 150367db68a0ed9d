"""The provider's side of OpenID Connect: discovery, keys, authorization code with PKCE, tokens, signing out."""

import hashlib
import secrets
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote_plus, urlencode

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from qof_declarations.entrypoints.web.pages import STATIC
from qof_declarations.entrypoints.web.safety import PageHeaders
from qof_local.provider.accounts import Account, warning
from qof_local.provider.door import Door, NoTurnError
from qof_local.provider.keys import Client
from qof_local.provider.pages import ProviderPages
from qof_local.provider.tokens import (
    DEVICE_KEPT,
    SIGNED_IN_KEPT,
    CodeRefusedError,
    Codes,
    Question,
    Signer,
)

SIGNED_IN, DEVICE = "qof-provider", "qof-provider-device"
"""Our cookies: who is signed in here, and which accounts this browser has signed in to."""
DEVICE_ACCOUNTS = 20
WRONG = "The user name or the password is not right. Check both and try again."
NO_TURN = "Somebody is trying many passwords for this account, so yours has not been looked at yet. Send it again."


@dataclass(frozen=True, slots=True)
class Device:
    """A browser, by a name of its own, and the accounts it has signed in to (digests, newest first)."""

    name: str
    accounts: tuple[str, ...] = ()

    def knows(self, account: str) -> bool:
        return _account_digest(account) in self.accounts

    def with_account(self, account: str) -> "Device":
        found = dict.fromkeys((_account_digest(account), *self.accounts))
        return Device(self.name, tuple(found)[:DEVICE_ACCOUNTS])


@dataclass(frozen=True, slots=True)
class Provider:
    """`site_url` is the one client's address: browsers are led back there and nowhere else."""

    signer: Signer
    client: Client
    site_url: str
    door: Door
    codes: Codes
    pages: ProviderPages
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    @property
    def redirect_uri(self) -> str:
        return f"{self.site_url}/sign-in/callback"

    def app(self) -> FastAPI:
        """The application, with its own look and headers."""
        app = FastAPI(openapi_url=None, middleware=[Middleware(PageHeaders, form_targets=[self.site_url])])
        app.mount("/static", StaticFiles(directory=str(STATIC)))
        app.add_api_route("/.well-known/openid-configuration", self.discovery)
        app.add_api_route("/keys", self.keys)
        app.add_api_route("/authorize", self.ask)
        app.add_api_route("/authorize", self.answer, methods=["POST"])
        app.add_api_route("/token", self.token, methods=["POST"])
        app.add_api_route("/sign-out", self.sign_out)
        app.add_api_route("/health/live", self.health)
        app.add_api_route("/health/ready", self.health)
        app.add_api_route("/", self.home)
        return app

    async def home(self) -> Response:
        said = f"It signs people in to {self.site_url}, on this machine only. Open that address instead."
        return self.pages.render("said.html", title="This is the local sign-in", said=said)

    async def health(self) -> Response:
        return JSONResponse({"status": "ready"})

    async def discovery(self) -> Response:
        url = self.signer.issuer
        return JSONResponse(
            {
                "issuer": url,
                "authorization_endpoint": f"{url}/authorize",
                "token_endpoint": f"{url}/token",
                "jwks_uri": f"{url}/keys",
                "end_session_endpoint": f"{url}/sign-out",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "scopes_supported": ["openid"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "prompt_values_supported": ["login", "none"],
            }
        )

    async def keys(self) -> Response:
        return JSONResponse({"keys": [self.signer.key.as_dict(private=False)]})

    async def ask(self, request: Request) -> Response:
        """The sign-in page, or straight back where the person is signed in here already."""
        asked = request.query_params
        if (refusal := self._refusal(asked)) is not None:
            return refusal
        found = self._signed_in(request)
        if found is not None and asked.get("prompt") != "login":
            account, authenticated_at = found
            return self._lead_back(asked, account, authenticated_at)
        if asked.get("prompt") == "none":
            return self._back(asked, {"error": "login_required"})
        return self._form(request)

    async def answer(self, request: Request) -> Response:
        """Somebody says who they are."""
        asked = request.query_params
        if (refusal := self._refusal(asked)) is not None:
            return refusal
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return self.pages.render("said.html", 403, title="Not from here", said="This was sent by another page.")
        form = dict(parse_qsl((await request.body())[:10_000].decode(errors="replace"), keep_blank_values=True))
        name, password = form.get("account", "")[:200], form.get("password", "")[:200]
        device = self._device(request)
        try:
            account = await self.door.let_in(
                name,
                password,
                address=request.client.host if request.client else "unknown",
                device=device.name if device.knows(name) else None,
            )
        except NoTurnError:
            return self._form(request, name, NO_TURN, 503)
        if account is None:
            return self._form(request, name, WRONG, 400)
        return self._let_in(request, account, device)

    async def token(self, request: Request) -> Response:
        """A code is exchanged for tokens, by the client alone."""
        if not self._is_client(request.headers.get("authorization", "")):
            return JSONResponse({"error": "invalid_client"}, 401, {"WWW-Authenticate": "Basic"})
        form = dict(parse_qsl((await request.body())[:10_000].decode(errors="replace")))
        if form.get("grant_type") != "authorization_code":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        try:
            grant = self.codes.take(
                form.get("code", ""),
                client_id=self.client.client_id,
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
                now=self.now(),
            )
        except CodeRefusedError as error:
            return JSONResponse({"error": "invalid_grant", "error_description": str(error)}, 400)
        return JSONResponse(self.signer.tokens(grant, self.now()), headers={"Cache-Control": "no-store"})

    async def sign_out(self, request: Request) -> Response:
        """Forget who is signed in here; the browser goes on to our client's page, and nowhere else."""
        back = request.query_params.get("post_logout_redirect_uri", "")
        is_ours = back == self.site_url or back.startswith(f"{self.site_url}/")
        answer = RedirectResponse(back if is_ours else f"{self.site_url}/signed-out", 303)
        answer.delete_cookie(SIGNED_IN, httponly=True, samesite="lax")
        return answer

    def _refusal(self, asked: Mapping[str, str]) -> Response | None:
        """What a question is answered that is none; where it comes from somebody else, they are not led back to."""
        if asked.get("client_id") != self.client.client_id or asked.get("redirect_uri") != self.redirect_uri:
            said = f"We sign people in to {self.site_url} only. Open that address and begin there."
            return self.pages.render("said.html", 400, title="We do not know who asks", said=said)
        if asked.get("response_type") != "code":
            return self._back(asked, {"error": "unsupported_response_type"})
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            return self._back(asked, {"error": "invalid_request", "error_description": "PKCE with S256 is needed"})
        if "openid" not in asked.get("scope", "").split():
            return self._back(asked, {"error": "invalid_scope"})
        return None

    def _form(self, request: Request, account: str = "", error: str = "", status: int = 200) -> Response:
        action, ready_made = f"/authorize?{request.url.query}", self.door.accounts.ready_made()
        if not account and not error:
            return self.pages.sign_in(action, ready_made)
        return self.pages.render(
            "sign_in.html", status, action=action, account=account, error=error, ready_made=ready_made
        )

    def _let_in(self, request: Request, account: Account, device: Device) -> Response:
        now = self.now()
        asked = request.query_params
        said = warning(account.until, now.date())
        if said:
            going_on = urlencode({key: value for key, value in asked.items() if key != "prompt"})
            answer: Response = self.pages.render("password_ends.html", warning=said, action=f"/authorize?{going_on}")
        else:
            answer = self._lead_back(asked, account, now)
        claims = {"sub": account.account, "auth_time": int(now.timestamp())}
        self._set(answer, SIGNED_IN, self.signer.cookie("signed-in", claims, now, SIGNED_IN_KEPT), SIGNED_IN_KEPT)
        device = device.with_account(account.account)
        known = {"device": device.name, "accounts": device.accounts}
        self._set(answer, DEVICE, self.signer.cookie("device", known, now, DEVICE_KEPT), DEVICE_KEPT)
        return answer

    def _lead_back(self, asked: Mapping[str, str], account: Account, authenticated_at: datetime) -> Response:
        question = Question(
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            state=asked.get("state", ""),
            nonce=asked.get("nonce", ""),
            code_challenge=asked["code_challenge"],
            scope=asked["scope"],
        )
        code = self.codes.give(
            question, account=account.account, name=account.name, authenticated_at=authenticated_at, now=self.now()
        )
        return self._back(asked, {"code": code})

    def _back(self, asked: Mapping[str, str], told: dict[str, str]) -> Response:
        if asked.get("state"):
            told["state"] = asked["state"]
        return RedirectResponse(f"{self.redirect_uri}?{urlencode(told)}", 303)

    def _signed_in(self, request: Request) -> tuple[Account, datetime] | None:
        claims = self.signer.read_cookie("signed-in", request.cookies.get(SIGNED_IN), self.now())
        account = self.door.accounts.find(claims["sub"]) if claims else None
        return (account, datetime.fromtimestamp(claims["auth_time"], UTC)) if claims and account else None

    def _device(self, request: Request) -> Device:
        claims = self.signer.read_cookie("device", request.cookies.get(DEVICE), self.now())
        return Device(claims["device"], tuple(claims["accounts"])) if claims else Device(secrets.token_urlsafe(16))

    def _set(self, answer: Response, name: str, value: str, kept: timedelta) -> None:
        answer.set_cookie(name, value, max_age=int(kept.total_seconds()), httponly=True, samesite="lax")

    def _is_client(self, authorization: str) -> bool:
        scheme, _, encoded = authorization.partition(" ")
        try:
            name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        given = f"{unquote_plus(name)}:{unquote_plus(secret)}"
        ours = f"{self.client.client_id}:{self.client.client_secret}"
        return scheme.lower() == "basic" and secrets.compare_digest(given.encode(), ours.encode())


def _account_digest(account: str) -> str:
    """An account's name in a cookie: short, and not to be read by whoever sits at the browser next."""
    return hashlib.sha256(account.strip().lower().encode()).hexdigest()[:16]
