"""What declarations reads from its environment."""

from pydantic_settings import SettingsConfigDict

from qof_shared.settings import ServiceSettings


class DeclarationsSettings(ServiceSettings):
    """Environment: `QOF_DECLARATIONS_DATABASE_URL`, `QOF_BROKER_URL`, and the optional ones of ServiceSettings."""

    model_config = SettingsConfigDict(env_prefix="QOF_DECLARATIONS_", extra="ignore", populate_by_name=True)
