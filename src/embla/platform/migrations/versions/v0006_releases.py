"""Releases by parts, who is set aside, and the ledger of published cohorts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    for name in ("region", "patient_group"):
        op.add_column("release_genomes", text(name, nullable=True))
    op.create_table(
        "release_parts",
        *(text("release"), text("part"), text("source")),
        sa.PrimaryKeyConstraint("release", "part", name="pk_release_parts"),
        sa.ForeignKeyConstraint(["release"], ["releases.number"], name="fk_release_parts_release"),
        sa.ForeignKeyConstraint(["source"], ["releases.number"], name="fk_release_parts_source"),
    )
    op.create_table(
        "release_set_aside",
        *(text("accession"), text("release")),
        sa.PrimaryKeyConstraint("accession", name="pk_release_set_aside"),
        sa.ForeignKeyConstraint(["release"], ["releases.number"], name="fk_release_set_aside_release"),
    )
    op.create_table(
        "published_cohorts",
        *(text("name"), text("line"), text("kind"), text("at")),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_published_cohorts"),
    )
    op.create_index("ix_published_cohorts_line", "published_cohorts", ["line"])
