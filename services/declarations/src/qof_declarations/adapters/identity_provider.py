"""How an OpenID Connect provider is asked: authorization code with PKCE, and the id_token checked whole."""

from datetime import datetime, timedelta
from typing import Any

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from qof_declarations.handlers.session_ports import Identity, ProviderAwayError, SignIn, SignInRefusedError
from qof_shared.http.issuer import Issuer, IssuerAwayError, TokenRefusedError

TOKEN_BYTES = 8_000


class OpenIdProvider:
    """`handlers.session_ports.IdentityProvider` for one client of one issuer.

    `person_claim` names the claim that holds our person's id: `sub`, or what the provider keeps it in.
    """

    def __init__(
        self,
        issuer: Issuer,
        client: httpx.AsyncClient,
        *,
        client_id: str,
        client_secret: str,
        public_url: str,
        scope: str = "openid",
        person_claim: str = "sub",
    ) -> None:
        self._issuer = issuer
        self._client = client
        self._client_id = client_id
        self._client_secret = client_secret
        self._public_url = public_url.rstrip("/")
        self._scope = scope
        self._person_claim = person_claim

    @property
    def _redirect_uri(self) -> str:
        return f"{self._public_url}/sign-in/callback"

    async def address(self, sign_in: SignIn, *, ask_again: bool) -> str:
        metadata = await self._metadata(check=True)
        found: str = prepare_grant_uri(
            metadata["authorization_endpoint"],
            client_id=self._client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=self._scope,
            state=sign_in.state,
            nonce=sign_in.nonce,
            code_challenge=create_s256_code_challenge(sign_in.verifier),
            code_challenge_method="S256",
            **({"prompt": "login"} if ask_again else {}),
        )
        return found

    async def identity(self, sign_in: SignIn, code: str, *, now: datetime) -> Identity:
        metadata = await self._metadata()
        answer = await self._tokens(metadata["token_endpoint"], sign_in, code)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise SignInRefusedError("the provider's answer has no id_token")
        access_token = answer.get("access_token")
        try:
            claims = await self._issuer.claims(id_token, audience=self._client_id, now=now, nonce=sign_in.nonce)
        except TokenRefusedError as error:
            raise SignInRefusedError(f"the id_token is refused: {error}") from error
        except IssuerAwayError as error:
            raise ProviderAwayError(str(error)) from error
        subject = claims.get(self._person_claim)
        if not isinstance(subject, str) or not subject:
            raise SignInRefusedError(f"the id_token has no {self._person_claim}")
        seconds = answer.get("expires_in")
        if not isinstance(access_token, str) or len(access_token) > TOKEN_BYTES or not isinstance(seconds, int):
            return Identity(subject, None, None)
        return Identity(subject, access_token, now + timedelta(seconds=seconds))

    async def sign_out_address(self) -> str | None:
        endpoint = (await self._metadata()).get("end_session_endpoint")
        if not isinstance(endpoint, str):
            return None
        back = {"client_id": self._client_id, "post_logout_redirect_uri": f"{self._public_url}/signed-out"}
        return str(httpx.URL(endpoint).copy_merge_params(back))

    async def _metadata(self, *, check: bool = False) -> dict[str, Any]:
        try:
            if check:
                await self._issuer.check_answering()
            return await self._issuer.metadata()
        except IssuerAwayError as error:
            raise ProviderAwayError(str(error)) from error

    async def _tokens(self, endpoint: str, sign_in: SignIn, code: str) -> dict[str, Any]:
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self._redirect_uri, code_verifier=sign_in.verifier
        )
        try:
            answer = await self._client.post(
                endpoint,
                content=body,
                auth=httpx.BasicAuth(self._client_id, self._client_secret),
                headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            raise ProviderAwayError(f"{endpoint} does not answer: {error!r}") from error
        if answer.status_code >= 500:
            raise ProviderAwayError(f"{endpoint} answers {answer.status_code}")
        try:
            found = answer.json()
        except ValueError as error:
            raise SignInRefusedError(f"{endpoint} answers no JSON ({answer.status_code})") from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise SignInRefusedError(f"{endpoint} refuses the code: {answer.status_code} {answer.text[:200]}")
        return found
