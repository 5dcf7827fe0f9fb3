"""What each reader asked of doors that tell of single alleles, as digests with their prices."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.create_table(
        "query_spending",
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("price", sa.Float, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("reader", "asked", name="pk_query_spending"),
    )
