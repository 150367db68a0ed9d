"""From where on is something worth a look? Reads `hints.yaml`, where each threshold stands with its reason."""

from functools import cache
from importlib.resources import files

import yaml

from qof_declarations.core.hints import Thresholds


class HintsFileError(ValueError):
    """The thresholds cannot be used; says which and why."""


@cache
def hint_thresholds() -> Thresholds:
    """The thresholds of this release."""
    return read_thresholds(files("qof_declarations").joinpath("hints.yaml").read_text())


def read_thresholds(text: str) -> Thresholds:
    """Raises HintsFileError for a threshold that is missing, unknown, without a reason or no whole number."""
    document = yaml.safe_load(text)
    values = {}
    for name, entry in document.items():
        if not isinstance(entry, dict) or not entry.get("reason") or not isinstance(entry.get("value"), int):
            raise HintsFileError(f"{name}: give it a whole number as value, and a reason")
        values[name.replace("-", "_")] = entry["value"]
    try:
        return Thresholds(**values)
    except TypeError as error:
        raise HintsFileError(f"the thresholds are not those of core.hints.Thresholds: {error}") from error
