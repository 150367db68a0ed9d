"""From which numbers on do the gates speak? Reads `qof_payments/gates.yaml`."""

import hashlib
from dataclasses import fields
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from qof_payments.core.gates import Thresholds

WHOLE = frozenset(one.name for one in fields(Thresholds) if one.type in (int, "int"))
NAMES = tuple(one.name for one in fields(Thresholds) if one.name != "digest")


class InvalidThresholdsError(Exception):
    """The file of thresholds is not complete, or a number in it is none."""


@cache
def load_thresholds() -> Thresholds:
    """The thresholds of this release."""
    return read_thresholds(files("qof_payments").joinpath("gates.yaml").read_text(encoding="utf-8"))


def read_thresholds(text: str) -> Thresholds:
    """Read the file's text; raises InvalidThresholdsError with every fault."""
    document = yaml.safe_load(text)
    faults = list(_faults(document))
    if faults:
        raise InvalidThresholdsError(f"gates.yaml: {'; '.join(faults)}")
    values: dict[str, Any] = {name: (int if name in WHOLE else Fraction)(document[name]["value"]) for name in NAMES}
    return Thresholds(**values, digest=hashlib.sha256(text.encode()).hexdigest())


def _faults(document: Any) -> list[str]:
    if not isinstance(document, dict):
        return ["the file maps names to value and because"]
    faults = [f"{name} is missing" for name in NAMES if name not in document]
    faults += [f"{name} is no threshold" for name in sorted(set(document) - set(NAMES))]
    for name in (name for name in NAMES if name in document):
        entry = document[name]
        if not isinstance(entry, dict) or set(entry) != {"value", "because"}:
            faults.append(f"{name} has value and because")
        elif not all(isinstance(told, str) and told.strip() for told in entry.values()):
            faults.append(f"{name}: value and because are text; put numbers in quotes")
        elif not _is_number(entry["value"], whole=name in WHOLE):
            kind = "a whole" if name in WHOLE else "an exact"
            faults.append(f"{name}: {entry['value']!r} is not {kind} number above 0")
    return faults


def _is_number(text: str, *, whole: bool) -> bool:
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return False
    return number > 0 and (number.denominator == 1 or not whole)
