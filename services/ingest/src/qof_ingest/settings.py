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


class IngestSettings(IntakeLimits, ServiceSettings):
    """`QOF_INGEST_DATABASE_URL` and the rest; those common to all services are in `ServiceSettings`."""

    model_config = SettingsConfigDict(env_prefix="QOF_INGEST_", extra="ignore", populate_by_name=True)
