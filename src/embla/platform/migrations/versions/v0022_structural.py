"""Structural variants, copy numbers, repeats: calls by place, where they were looked for, what releases published."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=False)


def number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False)


def data(name: str, *, nullable: bool = False) -> "sa.Column[bytes]":
    return sa.Column(name, sa.LargeBinary, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "structural_profiles",
        text("digest"),
        data("runs"),
        sa.PrimaryKeyConstraint("digest", name="pk_structural_profiles"),
    )
    op.create_table(
        "structural_sets",
        *(text(name) for name in ("accession", "kind", "person", "caller", "profile")),
        *(number("calls"), text("content"), text("accepted")),
        sa.PrimaryKeyConstraint("accession", "kind", name="pk_structural_sets"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_structural_sets_person_persons"),
        sa.ForeignKeyConstraint(
            ["profile"], ["structural_profiles.digest"], name="fk_structural_sets_profile_structural_profiles"
        ),
    )
    op.create_index("ix_structural_sets_person", "structural_sets", ["person"])
    op.create_table(
        "structural_calls",
        *(text("kind"), number("contig"), number("bin"), text("accession"), data("rows")),
        sa.PrimaryKeyConstraint("kind", "contig", "bin", "accession", name="pk_structural_calls"),
    )
    op.create_index("ix_structural_calls_accession", "structural_calls", ["accession"])
    op.create_table(
        "structural_parts",
        *(text("release"), text("kind"), text("source"), number("people"), data("members", nullable=True)),
        sa.PrimaryKeyConstraint("release", "kind", name="pk_structural_parts"),
    )
    op.create_table(
        "structural_published",
        *(text("release"), text("kind"), number("number"), text("contig"), number("start"), number("end")),
        *(text("mate"), text("names"), text("told")),
        sa.PrimaryKeyConstraint("release", "kind", "number", name="pk_structural_published"),
    )
    op.create_index("ix_structural_published_place", "structural_published", ["release", "kind", "contig", "start"])
