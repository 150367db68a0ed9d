"""What the database holds of receipts and their log. All of it is append-only: triggers refuse every change."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)


def add_receipt_tables(metadata: MetaData) -> None:
    """Add receipts, leaves and heads to the metadata."""
    moment = DateTime(timezone=True)
    Table(
        "receipts",
        metadata,
        Column("declaration_id", Uuid, ForeignKey("declarations.declaration_id"), nullable=False),
        Column("signature", Integer, nullable=False),
        Column("signed_at", moment, nullable=False),
        Column("collection", Text, nullable=False),
        Column("practice", Text, nullable=False),
        Column("seal", Text, nullable=False),
        PrimaryKeyConstraint("declaration_id", "signature"),
    )
    leaves = Table(
        "log_leaves",
        metadata,
        Column("leaf", BigInteger, primary_key=True, autoincrement=False),
        Column("declaration_id", Uuid, nullable=False),
        Column("signature", Integer, nullable=False),
        Column("hashes", LargeBinary, nullable=False),
        # No leaf without the one before it: that, and not a sequence, keeps the numbers without a gap.
        Column("previous", BigInteger, Computed("NULLIF(leaf, 0) - 1", persisted=True), ForeignKey("log_leaves.leaf")),
        UniqueConstraint("declaration_id", "signature", name="log_leaves_declaration_id_signature_key"),
        ForeignKeyConstraint(
            ["declaration_id", "signature"],
            ["receipts.declaration_id", "receipts.signature"],
            name="log_leaves_declaration_id_signature_fkey",
        ),
        CheckConstraint("leaf >= 0", name="leaf"),
    )
    Index("log_leaves_leaf_hash_idx", text("substring(hashes FROM 1 FOR 32)"), _table=leaves)
    Table(
        "log_heads",
        metadata,
        Column("size", BigInteger, primary_key=True, autoincrement=False),
        Column("root", LargeBinary, nullable=False),
        Column("at", moment, nullable=False),
        Column("seal", Text, nullable=False),
        # A head is of leaves that are there.
        Column("last_leaf", BigInteger, Computed("size - 1", persisted=True), ForeignKey("log_leaves.leaf")),
    )
