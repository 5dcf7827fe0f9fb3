"""The vault's files with their headers and subjects, and the keys of genome packs."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "vault_files",
        *(text("sha256"), sa.Column("size", sa.BigInteger, nullable=False), text("body")),
        sa.Column("body_size", sa.BigInteger, nullable=False),
        *(text("body_sha256"), text("header")),
        sa.Column("key_version", sa.Integer, nullable=False),
        *(text("stored_at"), text("checked_at", nullable=True)),
        sa.PrimaryKeyConstraint("sha256", name="pk_vault_files"),
        sa.UniqueConstraint("body", name="uq_vault_files_body"),
    )
    op.create_index("ix_vault_files_key_version", "vault_files", ["key_version"])
    op.create_table(
        "vault_subjects",
        *(text("sha256"), text("subject")),
        sa.PrimaryKeyConstraint("sha256", "subject", name="pk_vault_subjects"),
    )
    op.create_table(
        "pack_keys", *(text("digest"), text("wrapped")), sa.PrimaryKeyConstraint("digest", name="pk_pack_keys")
    )
