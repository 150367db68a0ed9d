"""Which money parameters belong to a nation and QOF year? Reads `qof_payments/parameters/<nation>-<year>.yaml`.

A year is added by adding a file, and its digest to the test that freezes them. A file in use is never edited.
"""

import hashlib
import json
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from qof_payments.core.parameters import InvalidParametersError, Parameters, UnknownParametersError
from qof_shared.vocabulary import NATIONS, QofYear

NUMBERS = ("value_of_a_point", "average_list_size", "aspiration_rate")
OPTIONAL_NUMBERS = ("cut_off_share",)
NAMES = ("prevalence_regime", "aspiration_method", "rounding_profile")


def known_parameters() -> tuple[str, ...]:
    """The ids of all parameter sets of this release, in alphabetical order."""
    folder = files("qof_payments").joinpath("parameters")
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


@cache
def load_parameters(nation: str, qof_year: str) -> Parameters:
    """The parameters of a nation (`scotland`) and QOF year (`2012-13`).

    Raises UnknownParametersError, listing what there is, and InvalidParametersError with every fault of a file.
    """
    parameters_id = f"{nation}-{qof_year}"
    if parameters_id not in known_parameters():
        raise UnknownParametersError(
            f"no money parameters for {nation} in {qof_year}; this release has {', '.join(known_parameters())}"
        )
    file = files("qof_payments").joinpath("parameters", f"{parameters_id}.yaml")
    return read_parameters(file.read_text(encoding="utf-8"), parameters_id)


def read_parameters(text: str, parameters_id: str) -> Parameters:
    """Read one file's text; raises InvalidParametersError with every fault, or the first of YAML itself."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidParametersError(f"parameters {parameters_id}: not YAML: {error}") from error
    faults = list(_faults(document, parameters_id))
    if faults:
        raise InvalidParametersError(f"parameters {parameters_id}: {'; '.join(faults)}")
    entries: Mapping[str, Mapping[str, str]] = document["values"]
    values: dict[str, Any] = {name: entries[name]["value"] for name in NAMES}
    values |= {name: Fraction(entries[name]["value"]) for name in NUMBERS}
    values |= {name: Fraction(entries[name]["value"]) if name in entries else None for name in OPTIONAL_NUMBERS}
    return Parameters(
        parameters_id=parameters_id,
        nation=document["nation"],
        qof_year=document["qof_year"],
        sources={name: entry["source"] for name, entry in entries.items()},
        unverified={name: entry["unverified"] for name, entry in entries.items() if "unverified" in entry},
        digest=_digest(document),
        **values,
    )


def _digest(document: Any) -> str:
    """SHA-256 of the canonical form: JSON with sorted keys and no blanks. Layout and comments do not count."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _faults(document: Any, parameters_id: str) -> list[str]:
    if not isinstance(document, dict) or set(document) != {"parameters", "nation", "qof_year", "values"}:
        return ["the file has the keys parameters, nation, qof_year and values, no others"]
    faults = []
    if document["parameters"] != parameters_id:
        faults.append(f"parameters must be {parameters_id}, as the file is named")
    if document["nation"] not in NATIONS:
        faults.append(f"nation is one of {', '.join(NATIONS)}")
    try:
        if f"{document['nation']}-{QofYear.parse(str(document['qof_year']))}" != parameters_id:
            faults.append("the id must be nation and QOF year")
    except ValueError as error:
        faults.append(str(error))
    return faults + _value_faults(document["values"])


def _value_faults(entries: Any) -> list[str]:
    if not isinstance(entries, dict):
        return ["values is a mapping of names to value, source and, where needed, unverified"]
    required, allowed = {*NUMBERS, *NAMES}, {*NUMBERS, *OPTIONAL_NUMBERS, *NAMES}
    faults = [f"{name} is missing" for name in sorted(required - set(entries))]
    faults += [f"{name} is not a parameter" for name in sorted(set(entries) - allowed)]
    for name in sorted(allowed & set(entries)):
        entry = entries[name]
        if not isinstance(entry, dict) or not {"value", "source"} <= set(entry) <= {"value", "source", "unverified"}:
            faults.append(f"{name} has value, source and, where needed, unverified")
        elif not all(isinstance(text, str) and text.strip() for text in entry.values()):
            faults.append(f"{name}: value, source and unverified are text; put numbers in quotes")
        elif name not in NAMES and not _is_number(entry["value"]):
            faults.append(f"{name}: {entry['value']!r} is not an exact number")
    return faults


def _is_number(text: str) -> bool:
    try:
        Fraction(text)
    except (ValueError, ZeroDivisionError):
        return False
    return True
