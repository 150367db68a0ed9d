"""What declarations reads from its environment."""

from pathlib import Path
from typing import Self

from pydantic import SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from qof_shared.settings import ServiceSettings


class DeclarationsSettings(ServiceSettings):
    """Environment: `QOF_DECLARATIONS_DATABASE_URL`, `QOF_BROKER_URL`, and the optional ones of ServiceSettings."""

    model_config = SettingsConfigDict(env_prefix="QOF_DECLARATIONS_", extra="ignore", populate_by_name=True)

    receipt_key_file: Path | None = None
    """The keys that seal receipts, made by `receipt-key FILE`; api and worker do not start without."""
    public_url: str = ""
    """Our address as browsers see it, `https://qof.example.nhs.uk`; without it http_host and http_port."""
    oidc_client_id: str | None = None
    """With it, `oidc_client_secret` and QOF_OIDC_ISSUER people sign in on our pages; else the pages say so."""
    oidc_client_secret: SecretStr | None = None
    payments_url: str | None = None
    """The API of payments, asked for what the national team sees of it; without it those pages say so."""
    ingest_url: str | None = None
    """The API of ingest, asked for the operator's page; without it that page says so."""
    oidc_scope: str = "openid"
    oidc_person_claim: str = "sub"
    """The claim of the id_token that names a person as our people do."""

    @model_validator(mode="after")
    def _client_is_no_audience(self) -> Self:
        if self.oidc_client_id is not None and self.oidc_client_id == self.oidc_audience:
            raise ValueError(
                f"QOF_DECLARATIONS_OIDC_CLIENT_ID and QOF_OIDC_AUDIENCE are both {self.oidc_audience!r}: proof of a "
                "sign-in would pass as an access token. Give the audience another name at the provider."
            )
        return self

    @property
    def site_url(self) -> str:
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")
