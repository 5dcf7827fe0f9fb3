"""The board's fold over the log, and its ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def number(name: str) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=False, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "board_fold",
        *(number("id"), number("seen"), text("rules"), text("state")),
        sa.PrimaryKeyConstraint("id", name="pk_board_fold"),
    )
    op.create_table(
        "board_ledger",
        *(number("number"), text("kind"), text("name"), text("day"), text("decision", null=True), text("body")),
        sa.Column("demo", sa.Boolean, nullable=False),
        *(text("made_by"), text("made_at"), number("event")),
        sa.PrimaryKeyConstraint("number", name="pk_board_ledger"),
    )
    op.create_index("ix_board_ledger_kind_name", "board_ledger", ["kind", "name"])
