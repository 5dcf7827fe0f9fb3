"""A key for each genome: its structural rows are sealed with it. Those that lie here already wait (an empty key), and
the worker seals them while everything serves: this step has no key to seal with."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.create_table(
        "genome_keys",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("accession", "wrapped")),
        sa.PrimaryKeyConstraint("accession", name="pk_genome_keys"),
    )
    op.execute("INSERT INTO genome_keys (accession, wrapped) SELECT DISTINCT accession, '' FROM structural_sets")
