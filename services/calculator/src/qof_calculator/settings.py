"""What the calculator reads from its environment."""

from pydantic_settings import SettingsConfigDict

from qof_shared.settings import ServiceSettings


class CalculatorSettings(ServiceSettings):
    """Environment: `QOF_CALCULATOR_DATABASE_URL`, `QOF_BROKER_URL`, and the optional ones of ServiceSettings."""

    model_config = SettingsConfigDict(env_prefix="QOF_CALCULATOR_", extra="ignore", populate_by_name=True)
