"""How long does a session stay awake, what is kept of what somebody typed, and where may they be led back to?

A session never ends for want of use: it falls asleep, and signing in again wakes a new one where the old one was.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from urllib.parse import urlsplit

from qof_shared.people import Person

IDLE = timedelta(minutes=30)
"""Without a request for so long, a session falls asleep."""
LONGEST = timedelta(hours=12)
"""So long after the sign-in it falls asleep in any case."""
WARNED_BEFORE = timedelta(minutes=30)
TOUCHED_EVERY = timedelta(minutes=1)
"""A request is written down so often at most: reading a page is no write."""
REMEMBERED = timedelta(days=14)
"""How long a sleeping session and what was typed are kept."""
SIGN_IN_TAKES = timedelta(hours=1)
"""A sign-in that was begun longer ago is begun anew."""
TOKEN_MARGIN = timedelta(seconds=30)
"""An access token that ends sooner is as good as ended: what it is asked for takes a moment, too."""
DRAFT_BYTES = 64 * 1024
UNSAVED_FIELDS = frozenset({"csrf"})

Fields: TypeAlias = Mapping[str, str | list[str]]
"""What a form holds: a list where a name occurs more than once."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. `access_token` speaks for them to other services until `access_expires_at`."""

    person: Person
    csrf: str
    started_at: datetime
    seen_at: datetime
    access_token: str | None = None
    access_expires_at: datetime | None = None
    draft: Fields | None = None
    """What they had typed into the page that is asked for."""

    def is_awake(self, now: datetime) -> bool:
        return now - self.seen_at < IDLE and now - self.started_at < LONGEST

    def is_to_be_touched(self, now: datetime) -> bool:
        return now - self.seen_at >= TOUCHED_EVERY

    def warning(self, now: datetime) -> str | None:
        """A sentence from half an hour before the longest time is over; None before."""
        left = self.started_at + LONGEST - now
        if left > WARNED_BEFORE:
            return None
        minutes = max(1, -(-left // timedelta(minutes=1)))
        return (
            f"In {minutes} {'minute' if minutes == 1 else 'minutes'} we will ask you to sign in again. "
            "You come back to the page where you are, with what you typed."
        )

    def token(self, now: datetime) -> str | None:
        """The access token, if it is still good for a request."""
        if self.access_expires_at is None or self.access_expires_at - now <= TOKEN_MARGIN:
            return None
        return self.access_token


def own_path(asked: str | None) -> str:
    """`asked` if it is a path of our own, with its query; else the home page: a link to us leads nobody elsewhere."""
    if not asked or len(asked) > 2_000 or not asked.isascii() or not asked.isprintable() or "\\" in asked:
        return "/"
    parts = urlsplit(asked)
    # "//elsewhere" names another host, and a path that signs in again would lead round in circles.
    if parts.scheme or parts.netloc or not asked.startswith("/") or asked.startswith("//"):
        return "/"
    if parts.path.startswith(("/sign-in", "/sign-out", "/signed-out")):
        return "/"
    return asked


def draft_of(fields: Fields) -> str | None:
    """What is kept of a form, as JSON; None where nothing is worth keeping or it is too long to be kept."""
    kept = {name: value for name, value in fields.items() if name not in UNSAVED_FIELDS}
    text = json.dumps(kept, ensure_ascii=False)
    return text if kept and len(text.encode()) <= DRAFT_BYTES else None


def fields_of(draft: str) -> Fields:
    """What `draft_of` kept."""
    fields: Fields = json.loads(draft)
    return fields
