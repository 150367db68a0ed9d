"""Registers beside what is paid, for a freeze reads nothing else of nine thousand practices; entitlements packed."""

import json
from fractions import Fraction

from alembic import op
from sqlalchemy import text

from qof_shared.db.bodies import keep_packed

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    connection = op.get_bind()
    op.execute("ALTER TABLE practice_achievements ADD COLUMN registers bytea")
    held = connection.execute(text("SELECT collection, practice, body FROM practice_achievements"))
    rows = [_parted(*row) for row in held]
    if rows:
        connection.execute(
            text(
                "UPDATE practice_achievements SET registers = :registers, body = :body"
                " WHERE collection = :collection AND practice = :practice"
            ),
            rows,
        )
    op.execute("ALTER TABLE practice_achievements ALTER COLUMN registers SET NOT NULL")
    keep_packed(connection, "entitlements", "body")


def _parted(collection: str, practice: str, body: bytes) -> dict[str, str | bytes]:
    """The row's registers, and its body as [nation, QOF year, [[line, description, register, points], ...]]."""
    held = json.loads(body)
    points = [
        [line["line"], line["description"], line["prevalence_register"], Fraction(line["points"]).as_integer_ratio()]
        for line in held["points"]
    ]
    return {
        "collection": collection,
        "practice": practice,
        "registers": json.dumps(held["registers"]).encode(),
        "body": json.dumps([held["nation"], held["qof_year"], points], ensure_ascii=False).encode(),
    }
