"""Emergencies: a relation of some hours between a clinician and a person."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "emergencies",
        *(text("id"), text("account"), text("person"), text("opened"), text("until"), text("review_by")),
        sa.Column("event", sa.Integer, nullable=False),
        *(text("outcome", null=True), text("reviewer", null=True), text("reviewed", null=True)),
        sa.Column("review_event", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
        sa.ForeignKeyConstraint(["person"], ["persons.id"], name="fk_emergencies_person"),
    )
    op.create_index("ix_emergencies_account_person", "emergencies", ["account", "person"])
