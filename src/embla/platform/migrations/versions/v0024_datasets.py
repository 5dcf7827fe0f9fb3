"""Data sets of the catalogue, and what each reader has spent of the budget of questions."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "data_sets",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("state", "body", "why", "by")),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", "version", name="pk_data_sets"),
    )
