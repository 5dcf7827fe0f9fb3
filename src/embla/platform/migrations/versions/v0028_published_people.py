"""Whom each published table of medicines counted, and as what. Those that were published before have nobody: nobody
knows any more."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "pgx_published_people",
        sa.Column("release", sa.Text, nullable=False),
        sa.Column("members", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("release", name="pk_pgx_published_people"),
        sa.ForeignKeyConstraint(
            ["release"], ["pgx_published.release"], name="fk_pgx_published_people_release_pgx_published"
        ),
    )
    op.create_table(
        "pgx_published_cells",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("release", "kind", "name", "cells")),
        sa.Column("codes", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("release", "kind", "name", name="pk_pgx_published_cells"),
        sa.ForeignKeyConstraint(
            ["release"], ["pgx_published_people.release"], name="fk_pgx_published_cells_release_pgx_published_people"
        ),
    )
