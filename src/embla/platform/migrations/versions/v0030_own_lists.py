"""A laboratory's own list is walked in its order: a page of it, narrowed or not, ends as soon as it is full."""

from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_index("ix_classifications_laboratory_id", "classifications", ["laboratory", "id"])
