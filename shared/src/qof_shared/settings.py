"""What a process reads from its environment: once, typed, and passed down from there.

A service subclasses `ServiceSettings` with its own prefix (`QOF_INGEST_`); the broker is common to all.
"""

from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Settings every service has. Environment: `QOF_<SERVICE>_DATABASE_URL`, `QOF_BROKER_URL`, ..."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, hide_input_in_errors=True)

    database_url: SecretStr
    """postgresql://user:password@host:port/database of this service alone."""
    pool_size: int = 5
    """Connections to PostgreSQL that one process may hold."""
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    requests_in_hand: int = Field(default=5, ge=0)
    """Requests that an API works at, at the same time; 0: as many as come, and then everybody waits for everybody."""
    requests_waiting: int = Field(default=256, ge=0)
    """Requests that wait a moment for one of those places; whoever is beyond is asked to come back."""
    batch_size: int = 100
    """Events in one transaction of a worker."""
    prefetch: int = 40
    """Messages, of up to 25 events or 256 KiB, that a worker may hold unacknowledged."""
    relay_window: int = 200
    """Outbox rows a relay publishes at once."""

    broker_url: Annotated[SecretStr, Field(validation_alias="QOF_BROKER_URL")]
    broker_management_url: Annotated[SecretStr | None, Field(validation_alias="QOF_BROKER_MANAGEMENT_URL")] = None
    """RabbitMQ's management API; with it a start-up also refuses policies that could lose messages."""
    health_port: Annotated[int | None, Field(validation_alias="QOF_HEALTH_PORT")] = None
    """Where a worker or relay answers /health/live and /health/ready; none: it does not."""
    oidc_issuer: Annotated[str | None, Field(validation_alias="QOF_OIDC_ISSUER")] = None
    """The OpenID Connect provider whose access tokens an API takes beside its own tokens, and where people sign in."""
    oidc_audience: Annotated[str, Field(validation_alias="QOF_OIDC_AUDIENCE")] = "openqof"
    """What such an access token has to be for."""
    otlp_endpoint: Annotated[str | None, Field(validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")] = None
    """OpenTelemetry's collector that traces are sent to over HTTP, as http://host:4318; none: nothing is traced."""
    trace_ratio: Annotated[float, Field(validation_alias="QOF_TRACE_RATIO", ge=0, le=1)] = 0.01
    """Which part of all traces is kept, 1 being all; give every process the same."""
    log_level: Annotated[str, Field(validation_alias="QOF_LOG_LEVEL")] = "INFO"

    @property
    def management_url(self) -> str | None:
        return self.broker_management_url.get_secret_value() if self.broker_management_url else None
