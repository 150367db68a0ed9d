"""Which extracts are on their way, what of a report is compared with others, and how the nation's figures lie."""

import json

from alembic import op
from sqlalchemy import Connection, text

from qof_declarations.adapters.summaries import write_content
from qof_declarations.core.summary import summary_of
from qof_shared.db.bodies import keep_packed, unpack
from qof_shared.db.messages import run_statements

revision = "0008"
down_revision = "0007"

TABLES = """
ALTER TABLE figures
    ADD COLUMN received_extract_number bigint,
    ADD COLUMN received_at timestamptz;
CREATE INDEX figures_waiting_idx ON figures (collection, received_extract_number)
    INCLUDE (points_extract_number, rejected_extract_number)
    WHERE received_extract_number > coalesce(pounds_extract_number, 0);
CREATE TABLE arrivals (
    arrival_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collection text NOT NULL,
    half text NOT NULL,
    at timestamptz NOT NULL,
    extracts integer NOT NULL
);
CREATE INDEX arrivals_collection_half_at_idx ON arrivals (collection, half, at);
CREATE TABLE report_summaries (
    collection text NOT NULL,
    practice text NOT NULL,
    version integer NOT NULL,
    list_size integer NOT NULL,
    points text NOT NULL,
    points_available text NOT NULL,
    pounds text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (collection, practice, version)
);
CREATE TABLE distributions (
    collection text NOT NULL,
    commissioner text NOT NULL,
    measured_at timestamptz NOT NULL,
    practices integer NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (collection, commissioner)
);
"""

PACKED = (("report_summaries", "content"), ("distributions", "content"))

BATCH = 200


def upgrade() -> None:
    run_statements(op.get_bind(), TABLES)
    for table, column in PACKED:
        keep_packed(op.get_bind(), table, column)
    _summarise(op.get_bind())


def _summarise(connection: Connection) -> None:
    """Reports of earlier releases get their summaries: next year compares with them."""
    after = ("", "", 0)
    while rows := connection.execute(
        text(
            "SELECT collection, practice, version, document FROM reports"
            " WHERE (collection, practice, version) > (:collection, :practice, :version)"
            " ORDER BY collection, practice, version LIMIT :limit"
        ),
        {"collection": after[0], "practice": after[1], "version": after[2], "limit": BATCH},
    ).all():
        for row in rows:
            found = summary_of(json.loads(unpack(row.document)))
            connection.execute(
                text(
                    "INSERT INTO report_summaries VALUES (:collection, :practice, :version, :list_size, :points,"
                    " :points_available, :pounds, :content)"
                ),
                {
                    "collection": row.collection,
                    "practice": row.practice,
                    "version": row.version,
                    "list_size": found.list_size,
                    "points": found.points,
                    "points_available": found.points_available,
                    "pounds": found.pounds,
                    "content": write_content(found),
                },
            )
        after = (rows[-1].collection, rows[-1].practice, rows[-1].version)
