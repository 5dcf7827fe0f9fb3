"""Releases and which genomes each counted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def upgrade() -> None:
    op.create_table(
        "releases",
        *(text("number"), number("year"), number("serial"), text("cut_at"), text("cut_by"), number("manifest_number")),
        *(text("manifest_digest"), text("policy"), number("people"), text("digest")),
        sa.PrimaryKeyConstraint("number", name="pk_releases"),
        sa.UniqueConstraint("year", "serial", name="uq_releases_year_serial"),
    )
    op.create_table(
        "release_genomes",
        *(text("release"), text("accession")),
        sa.PrimaryKeyConstraint("release", "accession", name="pk_release_genomes"),
        sa.ForeignKeyConstraint(["release"], ["releases.number"], name="fk_release_genomes_release"),
    )
