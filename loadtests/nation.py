"""Who takes part in a run, with which tokens, against which machine? Reads the folder that `qof_local` writes."""

import hashlib
import ipaddress
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILES = ("directory", "people", "urls", "accounts")
SERVICES = ("ingest", "payments", "declarations")


class NationError(Exception):
    """The run cannot begin with this nation; the text says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class Extract:
    """One practice's counts, exactly as they are posted."""

    practice: str
    supplier: str
    body: bytes

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal, of the body: what the receipt has to say."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Nation:
    """Everything a run needs to know; tokens are those of bearers."""

    collection: str
    urls: Mapping[str, str]
    """Service -> base URL, without a slash at its end."""
    supplier_tokens: Mapping[str, str]
    declarer_tokens: Mapping[str, str]
    """Practice -> the token of whoever signs for it."""
    declarers: Mapping[str, str]
    """Practice -> who signs for it."""
    approvers: Mapping[str, str]
    """Commissioner -> who approves for it."""
    financiers: Mapping[str, str]
    """Commissioner -> who approves its payments."""
    passwords: Mapping[str, str]
    """Person -> what they type at the provider."""
    national_team_token: str
    second_token: str
    """Of the national team's other one, who freezes what the first proposes."""
    extracts: tuple[Extract, ...]
    """One per practice."""

    @property
    def shares(self) -> dict[str, float]:
        """Supplier -> its share of the practices, the largest first."""
        counts = Counter(one.supplier for one in self.extracts)
        return {supplier: count / len(self.extracts) for supplier, count in counts.most_common()}


def read_nation(folder: Path, *, anywhere: bool = False) -> Nation:
    """Read the files that README.md lists. Raises NationError.

    Unless `anywhere`, only this machine may be the target.
    """
    try:
        directory, people, urls, accounts = (json.loads((folder / f"{name}.json").read_bytes()) for name in FILES)
        bodies = (folder / "extracts.ndjson").read_bytes().splitlines()
        nation = _nation(directory, people["people"], urls, accounts["accounts"], bodies)
    except OSError as error:
        raise NationError(f"{error.filename} cannot be read; `python -m loadtests` writes it first.") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NationError(f"{folder} holds no nation as loadtests/README.md describes it: {error!r}.") from error
    _check(nation)
    if not anywhere:
        check_loopback(nation.urls.values())
    return nation


def check_loopback(urls: Iterable[str]) -> None:
    """Raises NationError for a target that is not this machine."""
    for url in urls:
        host = urlsplit(url).hostname or ""
        if not _is_loopback(host):
            raise NationError(
                f"{url} is not this machine. A load test against a computer that is not yours is an attack;"
                " if it is yours, and its owner knows, add --anywhere."
            )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _nation(
    directory: Mapping[str, Any],
    people: Sequence[Mapping[str, str]],
    urls: Mapping[str, str],
    accounts: Sequence[Mapping[str, Any]],
    bodies: Sequence[bytes],
) -> Nation:
    suppliers = {one["practice"]: one["supplier"] for one in directory["practices"]}
    (collection,) = directory["collections"]
    national_team, second = [one["token"] for one in people if one["role"] == "national-team"][:2]
    practices = [json.loads(body)["practice"] for body in bodies]
    return Nation(
        collection=collection["collection"],
        urls={service: urls[service].rstrip("/") for service in SERVICES},
        supplier_tokens={one["supplier"]: one["token"] for one in directory["suppliers"]},
        declarer_tokens=_by_organisation(people, "practice-declarer", "token"),
        declarers=_by_organisation(people, "practice-declarer", "person"),
        approvers=_by_organisation(people, "commissioner-approver", "person"),
        financiers=_by_organisation(people, "finance-approver", "person"),
        passwords={one["account"]: one["password"] for one in accounts},
        national_team_token=national_team,
        second_token=second,
        extracts=tuple(
            Extract(practice, suppliers[practice], body) for practice, body in zip(practices, bodies, strict=True)
        ),
    )


def _by_organisation(people: Iterable[Mapping[str, str]], role: str, what: str) -> dict[str, str]:
    return {one["organisation"]: one[what] for one in people if one["role"] == role}


def _check(nation: Nation) -> None:
    """A nation has one extract of each practice; shapes that correct them make the corrections themselves."""
    if not nation.extracts:
        raise NationError("the nation has no extracts; give PRACTICES a number from 1.")
    seen: set[str] = set()
    for extract in nation.extracts:
        if extract.practice in seen:
            raise NationError(f"practice {extract.practice} has more than one extract; a run posts one for each.")
        if extract.supplier not in nation.supplier_tokens or extract.practice not in nation.declarer_tokens:
            raise NationError(f"practice {extract.practice} has no supplier or no declarer with a token.")
        if nation.declarers[extract.practice] not in nation.passwords:
            raise NationError(f"practice {extract.practice} has nobody with an account to sign in with.")
        seen.add(extract.practice)
