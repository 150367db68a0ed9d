"""Which money parameters belong to a nation and QOF year? Reads `qof_payments/parameters/<nation>-<year>.yaml`.

A year is added by adding a file, and its digest to `digests.json` beside it. A file in use is never edited: statements
name the digest of the parameters that made them.
`python -m qof_payments.adapters.parameters` checks all files, each by itself and against the year before.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from qof_payments.core.parameters import InvalidParametersError, Parameters, ParametersError, UnknownParametersError
from qof_payments.core.years import faults_between_years
from qof_shared.vocabulary import NATIONS, QofYear

NUMBERS = ("value_of_a_point", "average_list_size", "aspiration_rate", "uprating_index")
OPTIONAL_NUMBERS = ("cut_off_share", "aspiration_points_share", "pms_deduction", "pms_deduction_list")
NAMES = ("average_list_basis", "prevalence_regime", "aspiration_method", "rounding_profile")
OPTIONAL_NAMES = ("rebase",)
DATES = ("list_date", "prevalence_date")
OPTIONAL_DATES = ("average_list_date",)
SWITCH = "target_population_factor"
GROUPS = "target_population_groups"
"""The one value that is a mapping: group of indicators -> whom it is for."""
APPLIES = ("applies", "does-not-apply")

REQUIRED = {*NUMBERS, *NAMES, *DATES, SWITCH}
ALLOWED = REQUIRED | {*OPTIONAL_NUMBERS, *OPTIONAL_NAMES, *OPTIONAL_DATES, GROUPS}


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


def faults_of_all() -> list[str]:
    """Everything that is wrong with the release's parameter sets, as sentences: of each, and between the years."""
    found, sets = [], []
    for parameters_id in known_parameters():
        nation, first, second = parameters_id.rsplit("-", 2)
        try:
            sets.append(load_parameters(nation, f"{first}-{second}"))
        except ParametersError as error:
            found.append(str(error))
    return [*found, *faults_between_years(sets), *_digest_faults(sets)]


def frozen_digests() -> Mapping[str, str]:
    """Digest of every parameter set that was ever released, by id."""
    text = files("qof_payments").joinpath("parameters", "digests.json").read_text(encoding="utf-8")
    digests: dict[str, str] = json.loads(text)
    return digests


def _digest_faults(sets: Sequence[Parameters]) -> Iterator[str]:
    frozen = frozen_digests()
    for one in sets:
        if one.parameters_id not in frozen:
            yield f"{one.parameters_id}: not in digests.json; add it there with the digest {one.digest}"
        elif one.digest != frozen[one.parameters_id]:
            yield (
                f"{one.parameters_id}: was released with another content (digest {frozen[one.parameters_id]}, now "
                f"{one.digest}); a set in use is never edited"
            )
    for missing in sorted(frozen.keys() - {one.parameters_id for one in sets}):
        yield f"{missing}: was released and is not there any more"


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
    values: dict[str, Any] = {name: entries[name]["value"] for name in (*NAMES, *OPTIONAL_NAMES) if name in entries}
    values |= {name: Fraction(entries[name]["value"]) for name in NUMBERS}
    values |= {name: Fraction(entries[name]["value"]) if name in entries else None for name in OPTIONAL_NUMBERS}
    values |= {
        name: date.fromisoformat(entries[name]["value"]) for name in (*DATES, *OPTIONAL_DATES) if name in entries
    }
    if entries[SWITCH]["value"] == "applies":
        values[GROUPS] = entries[GROUPS]["value"]
    return Parameters(
        parameters_id=parameters_id,
        nation=document["nation"],
        qof_year=document["qof_year"],
        sources={name: entry["source"] for name, entry in entries.items()},
        unverified={name: entry["unverified"] for name, entry in entries.items() if "unverified" in entry},
        changes={name: entry["change"] for name, entry in entries.items() if "change" in entry},
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
        return ["values is a mapping of names to value, source and, where needed, unverified or change"]
    faults = [f"{name} is missing" for name in sorted(REQUIRED - set(entries))]
    faults += [f"{name} is not a parameter" for name in sorted(set(entries) - ALLOWED)]
    for name in sorted(ALLOWED & set(entries)):
        faults += _entry_faults(name, entries[name])
    if not faults and (entries[SWITCH]["value"] == "applies") != (GROUPS in entries):
        faults.append(f"{GROUPS} belongs to a {SWITCH} that applies, and to no other")
    if not faults and (entries["prevalence_regime"]["value"] == "square-root") != ("rebase" in entries):
        faults.append("rebase belongs to the square-root regime, and to no other")
    return faults


def _entry_faults(name: str, entry: Any) -> list[str]:
    parts = {"value", "source", "unverified", "change"}
    if not isinstance(entry, dict) or not {"value", "source"} <= set(entry) <= parts:
        return [f"{name} has value, source and, where needed, unverified or change"]
    value = entry["value"]
    texts = [text for part, text in entry.items() if part != "value" or name != GROUPS]
    if name == GROUPS:
        if not isinstance(value, dict) or not value:
            return [f"{name}: value is a mapping of groups to whom they are for"]
        texts += [*value, *value.values()]
    if not all(isinstance(text, str) and text.strip() for text in texts):
        return [f"{name}: value, source, unverified and change are text; put numbers and dates in quotes"]
    if name in (*NUMBERS, *OPTIONAL_NUMBERS) and not _is_read(Fraction, value):
        return [f"{name}: {value!r} is not an exact number"]
    if name in (*DATES, *OPTIONAL_DATES) and not _is_read(date.fromisoformat, value):
        return [f"{name}: {value!r} is not a day; write it as 2013-01-31"]
    if name == SWITCH and value not in APPLIES:
        return [f"{name} is one of {', '.join(APPLIES)}"]
    return []


def _is_read(read: Any, text: str) -> bool:
    try:
        read(text)
    except (ValueError, ZeroDivisionError):
        return False
    return True


def main() -> int:
    """Print what is wrong with the parameter sets; 1 where anything is."""
    faults = faults_of_all()
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(f"money parameters: {len(known_parameters())} sets, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
