"""Pharmacogenetic passports with their versions; what genomes say per gene; re-calls and whom they changed."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person"], ["persons.id"], name=f"fk_{table}_person_persons")


def upgrade() -> None:
    op.create_table(
        "pgx_passports",
        *(text("id"), text("person"), text("genome"), number("version"), text("state"), text("issued")),
        *(text("issued_by"), text("ended", nullable=True), text("reason", nullable=True)),
        *(text("replaced_by", nullable=True), text("document"), text("card"), text("changes")),
        sa.PrimaryKeyConstraint("id", name="pk_pgx_passports"),
        person("pgx_passports"),
    )
    op.create_index("ix_pgx_passports_person_version", "pgx_passports", ["person", "version"], unique=True)
    op.create_table(
        "pgx_results",
        *(text("genome"), text("gene"), text("person"), text("release"), text("digest"), text("status")),
        *(text("phenotype"), text("told")),
        sa.PrimaryKeyConstraint("genome", "gene", name="pk_pgx_results"),
        person("pgx_results"),
    )
    op.create_index("ix_pgx_results_person", "pgx_results", ["person"])
    op.create_table(
        "pgx_drugs",
        *(text("genome"), text("person"), text("told")),
        sa.PrimaryKeyConstraint("genome", name="pk_pgx_drugs"),
        person("pgx_drugs"),
    )
    op.create_index("ix_pgx_drugs_person", "pgx_drugs", ["person"])
    op.create_table(
        "pgx_published",
        *(text("release"), text("at"), text("told")),
        sa.PrimaryKeyConstraint("release", name="pk_pgx_published"),
    )
    op.create_table(
        "pgx_recalls",
        *(text("id"), text("at"), text("release"), text("genes"), number("genomes"), number("changed")),
        sa.PrimaryKeyConstraint("id", name="pk_pgx_recalls"),
    )
    op.create_table(
        "pgx_changed",
        *(text("recall"), text("genome"), text("person"), text("told")),
        sa.PrimaryKeyConstraint("recall", "genome", name="pk_pgx_changed"),
        sa.ForeignKeyConstraint(["recall"], ["pgx_recalls.id"], name="fk_pgx_changed_recall_pgx_recalls"),
        person("pgx_changed"),
    )
    op.create_index("ix_pgx_changed_person", "pgx_changed", ["person"])
