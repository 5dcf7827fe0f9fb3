"""People who left, and the certificates of their erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "erasures",
        *(text("id"), text("person"), text("withdrawn_at"), sa.Column("genomes", sa.Integer, nullable=False)),
        *(text("state"), text("before"), text("certified_at", nullable=True), text("certificate")),
        sa.PrimaryKeyConstraint("id", name="pk_erasures"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_erasures_person"),
    )
