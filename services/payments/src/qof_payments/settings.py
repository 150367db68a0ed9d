"""What payments reads from its environment."""

from pydantic_settings import SettingsConfigDict

from qof_shared.settings import ServiceSettings


class PaymentsSettings(ServiceSettings):
    """Environment: `QOF_PAYMENTS_DATABASE_URL`, `QOF_BROKER_URL`, and the optional ones of ServiceSettings."""

    model_config = SettingsConfigDict(env_prefix="QOF_PAYMENTS_", extra="ignore", populate_by_name=True)
