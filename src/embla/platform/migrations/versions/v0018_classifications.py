"""Classified alleles, laboratories' classifications with their versions and steps, unresolved names, discordances."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def number(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=nullable, autoincrement=False)


def link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    op.create_table(
        "alleles",
        *(text("id"), text("contig"), number("pos"), text("ref"), text("alt"), text("vrs_id", nullable=True)),
        sa.Column("checked", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alleles"),
    )
    op.create_index("ix_alleles_contig_pos", "alleles", ["contig", "pos"])
    subject = ("laboratory", "allele", "condition", "inheritance", "origin", "axis")
    op.create_table(
        "classifications",
        *(text("id"), *(text(name) for name in subject)),
        *(number("head"), number("published", nullable=True), text("withdrawn", nullable=True)),
        sa.PrimaryKeyConstraint("id", name="pk_classifications"),
        link("classifications", "laboratory", "laboratories.id"),
        link("classifications", "allele", "alleles.id"),
        sa.UniqueConstraint(*subject, name="uq_classifications_subject"),
    )
    op.create_index("ix_classifications_allele", "classifications", ["allele"])
    op.create_table(
        "classification_versions",
        *(text("classification"), number("number")),
        *(text(name) for name in ("class", "subclass", "guideline", "rule_set", "computed", "override", "evidence",
                                  "summary", "condition_label", "share", "evaluated", "evaluator", "submitted",
                                  "method", "release")),
        sa.Column("af", sa.Float),
        sa.Column("blind", sa.Boolean, nullable=False),
        text("created"),
        sa.PrimaryKeyConstraint("classification", "number", name="pk_classification_versions"),
        link("classification_versions", "classification", "classifications.id"),
    )  # fmt: skip
    op.create_table(
        "classification_steps",
        *(text("classification"), number("position"), number("number")),
        *(text(name) for name in ("kind", "by", "at", "verdict", "text")),
        sa.PrimaryKeyConstraint("classification", "position", name="pk_classification_steps"),
        link("classification_steps", "classification", "classifications.id"),
    )
    op.create_table(
        "classification_names",
        *(text(name) for name in ("id", "laboratory", "submitted", "reason", "said", "line", "batch", "created")),
        text("settled", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_classification_names"),
        link("classification_names", "laboratory", "laboratories.id"),
    )
    op.create_index("ix_classification_names_laboratory", "classification_names", ["laboratory"])
    op.create_table(
        "discordances",
        *(text(name) for name in ("id", "allele", "condition", "origin", "axis", "level", "state", "opened", "due")),
        text("closed", nullable=True),
        *(text("reason"), text("print"), number("revision")),
        sa.PrimaryKeyConstraint("id", name="pk_discordances"),
        link("discordances", "allele", "alleles.id"),
        sa.UniqueConstraint(
            "allele", "condition", "origin", "axis", name="uq_discordances_allele_condition_origin_axis"
        ),
    )
    op.create_index("ix_discordances_state_due", "discordances", ["state", "due"])
    op.create_table(
        "discordance_labs",
        *(text("discordance"), text("laboratory"), text("class"), text("triage"), text("text"), text("by")),
        text("at", nullable=True),
        sa.PrimaryKeyConstraint("discordance", "laboratory", name="pk_discordance_labs"),
        link("discordance_labs", "discordance", "discordances.id"),
        link("discordance_labs", "laboratory", "laboratories.id"),
    )
    op.create_index("ix_discordance_labs_laboratory", "discordance_labs", ["laboratory"])
