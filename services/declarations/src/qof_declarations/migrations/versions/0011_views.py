"""Who outside a practice opened what it signed."""

from alembic import op

from qof_shared.db.messages import run_statements

revision = "0011"
down_revision = "0010"

TABLE = """
CREATE TABLE looks (
    collection text NOT NULL,
    practice text NOT NULL,
    version integer NOT NULL,
    person text NOT NULL,
    hour timestamptz NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (collection, practice, version, person, hour),
    FOREIGN KEY (collection, practice, version) REFERENCES reports
);
"""


def upgrade() -> None:
    run_statements(op.get_bind(), TABLE)
    op.execute(
        "CREATE TRIGGER looks_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON looks"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
