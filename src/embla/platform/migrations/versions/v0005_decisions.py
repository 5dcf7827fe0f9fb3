"""What persons decided (consents, marks of the register outside), agreements with partners, where genomes may lie."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def truth(name: str, *, null: bool = True) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean, nullable=null)


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def link(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}")


def upgrade() -> None:
    op.add_column("genomes", sa.Column("residency", sa.Text, nullable=False, server_default="DK"))
    op.create_table(
        "outside_marks",
        *(text("person"), text("kind"), text("since"), text("until", null=True)),
        key("outside_marks", "person", "kind", "since"),
        link("outside_marks", "person", "persons.id"),
    )
    op.create_table(
        "outside_asked",
        *(text("person"), text("asked_at"), truth("known", null=False)),
        key("outside_asked", "person"),
        link("outside_asked", "person", "persons.id"),
    )
    op.create_table(
        "outside_registers",
        *(text("register"), text("asked_at"), text("as_of")),
        sa.Column("hours", sa.Integer, nullable=False),
        key("outside_registers", "register"),
    )
    op.create_table(
        "consents",
        *(text("id"), text("person"), text("form"), text("version"), text("says"), text("day")),
        *(text("secondary_findings", null=True), truth("recontact"), truth("storage_told"), truth("opt_out_told")),
        *(text("signed_by"), text("source"), text("noted_by"), text("noted_at")),
        key("consents", "id"),
        link("consents", "person", "persons.id"),
    )
    op.create_index("ix_consents_person", "consents", ["person"])
    op.create_table("partners", *(text("id"), text("name"), text("country")), key("partners", "id"))
    op.create_table(
        "agreements",
        *(text("id"), text("partner"), text("flow"), text("reference"), text("drafted")),
        *(text("signed", null=True), text("expires", null=True), text("ended", null=True)),
        key("agreements", "id"),
        link("agreements", "partner", "partners.id"),
    )
    op.create_index("ix_agreements_partner", "agreements", ["partner"])
