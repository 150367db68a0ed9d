"""How does somebody prove when they first came? By a signed line that they carry themselves; nothing is kept of it.

All processes of a service read each other's, since they make the key from the same secret.
"""

import hmac
from hashlib import blake2b

from qof_shared.http.admission import Worth
from qof_shared.http.outside import Ticket

KEPT_SECONDS = 1800
"""An older ticket is none: whoever comes back after half an hour stands at the end again."""
MAC_BYTES = 12
LONGEST = 64


class Tickets:
    """Writes and reads tickets. `secret` is any secret of the service, such as the address of its database."""

    def __init__(self, secret: str) -> None:
        self._key = blake2b(secret.encode(), person=b"openqof ticket", digest_size=32).digest()

    def write(self, ticket: Ticket) -> str:
        said = f"{round(ticket.arrived * 1000)}.{ticket.due}.{int(ticket.worth)}"
        return f"{said}.{self._mac(said)}"

    def read(self, written: str, now: float) -> Ticket | None:
        """The ticket, if it is one of ours and not too old."""
        if len(written) > LONGEST:
            return None
        said, _, mac = written.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return None
        arrived, due, worth = said.split(".")
        ticket = Ticket(int(arrived) / 1000, int(due), Worth(int(worth)))
        return ticket if now - KEPT_SECONDS < ticket.arrived <= now + 1 else None

    def _mac(self, said: str) -> str:
        return blake2b(said.encode(), key=self._key, digest_size=MAC_BYTES).hexdigest()
