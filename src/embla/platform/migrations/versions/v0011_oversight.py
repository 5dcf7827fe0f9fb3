"""What follows from the log (persons of each entry, the fold, alerts), and incidents."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def number(name: str, *, null: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer, nullable=null, autoincrement=False)


def upgrade() -> None:
    op.create_table(
        "log_persons",
        *(text("person"), number("number")),
        sa.PrimaryKeyConstraint("person", "number", name="pk_log_persons"),
    )
    op.create_table(
        "log_fold",
        *(number("id"), number("seen"), text("version"), text("state")),
        sa.PrimaryKeyConstraint("id", name="pk_log_fold"),
    )
    op.create_table(
        "alerts",
        *(text("id"), text("rule"), text("version"), text("actor"), text("at"), text("last_at"), text("evidence")),
        *(number("count"), text("state"), text("judged_by", null=True), text("judged_at", null=True)),
        number("judged_event", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_table(
        "incidents",
        *(text("id"), text("kind"), text("detected"), text("noted"), text("alert", null=True), text("risk", null=True)),
        *(text("assessed", null=True), text("reported", null=True), text("closed", null=True)),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
