"""What ingest's processes are told by their environment."""

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from qof_shared.settings import ServiceSettings


class IntakeLimits(BaseModel):
    """How much the API takes at once."""

    body_limit: int = Field(default=1024 * 1024, gt=0)
    """Bytes of the largest extract taken. A practice's extract has some ten thousand."""
    group_size: int = Field(default=64, gt=0)
    """Extracts committed in one transaction."""
    waiting_limit: int = Field(default=2048, gt=0)
    """Extracts that may wait in memory for their commit; beyond that the answer is 503, come back."""
    bulk_lines: int = Field(default=20_000, gt=0)
    """Lines of one bulk request: twice the practices of a nation, whose answers are ten megabytes."""
    bulk_requests: int = Field(default=4, gt=0)
    """Bulk requests at the same time, each of some 30 MB at most; beyond that the answer is 503, come back."""
    outbox_limit: int = Field(default=100_000, gt=0)
    """Events that may wait for the relay; beyond that the answer is 503, come back. Ten times a national year end, so
    that a broker may be away all day; as rows of half a kilobyte, which a relay publishes within a minute."""


class IngestSettings(IntakeLimits, ServiceSettings):
    """`QOF_INGEST_DATABASE_URL` and the rest; those common to all services are in `ServiceSettings`."""

    model_config = SettingsConfigDict(env_prefix="QOF_INGEST_", extra="ignore", populate_by_name=True)
