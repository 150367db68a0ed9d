"""Who can sign in, with which password, and when does a password want to be changed?"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

WARNED_DAYS = 14
CLOSED_SEASON = ((3, 1), (4, 30))
"""Year end: from 1 March to 30 April no password runs out."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in; `account` is the subject of their tokens. `until`: when to change the password."""

    account: str
    name: str
    does: str
    """What they do, for the list of ready-made people."""
    password: str
    is_ready_made: bool = False
    """Offered to newcomers on the sign-in page, password and all."""
    until: date | None = None

    def accepts(self, password: str) -> bool:
        return secrets.compare_digest(self.password.encode(), password.strip().encode())


def runs_out(until: date) -> date:
    """When a password really runs out: never in the weeks around year end, but right after them."""
    (first_month, first_day), (last_month, last_day) = CLOSED_SEASON
    first, last = date(until.year, first_month, first_day), date(until.year, last_month, last_day)
    return last + timedelta(days=1) if first <= until <= last else until


def warning(until: date | None, today: date) -> str | None:
    """A sentence where the password runs out within a fortnight or has done so; it still works, whatever it says."""
    if until is None:
        return None
    (first_month, first_day), (last_month, last_day) = CLOSED_SEASON
    if date(today.year, first_month, first_day) <= today <= date(today.year, last_month, last_day):
        return None
    left = (runs_out(until) - today).days
    if left > WARNED_DAYS:
        return None
    if left > 0:
        return f"Please change your password within {left} {'day' if left == 1 else 'days'}."
    return "Please change your password soon: it is older than it should be."


class AccountsFileError(Exception):
    """The file of accounts cannot be read; the text says what is wrong with it."""


class Accounts:
    """The accounts of a file, read again when the file changes: a demonstration writes new ones while we run."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._accounts: Mapping[str, Account] = {}
        self._ready_made: Sequence[Account] = ()

    def find(self, account: str) -> Account | None:
        return self.all().get(account.strip().lower())

    def ready_made(self) -> Sequence[Account]:
        """The same sequence until the file changes."""
        return self._ready_made if self.all() else ()

    def all(self) -> Mapping[str, Account]:
        """By account in small letters; none while there is no file. Raises AccountsFileError."""
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return {}
        seen = found.st_mtime_ns, found.st_ino
        if seen != self._seen:
            self._accounts = read_accounts(self._file.read_bytes())
            self._ready_made = tuple(one for one in self._accounts.values() if one.is_ready_made)
            self._seen = seen
        return self._accounts


def read_accounts(document: bytes) -> dict[str, Account]:
    """Accounts from `{"accounts": [{"account", "name", "does", "password", "is_ready_made", "until"}]}`."""
    try:
        entries = json.loads(document)["accounts"]
        accounts = [
            Account(**{**entry, "until": date.fromisoformat(entry["until"]) if entry.get("until") else None})
            for entry in entries
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise AccountsFileError(f"the accounts cannot be read: {error!r}") from error
    return {one.account.lower(): one for one in accounts}
