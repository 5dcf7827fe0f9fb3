"""What a laboratory's console asks: deposit certificates, measures and pipeline of each assay, indexes for its lists.

Pipelines of assays that are here come from their genomes; what was not measured then stays unknown.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "deposits",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("submission", "certificate", "made_at", "made_by")),
        sa.Column("safe", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("submission", name="pk_deposits"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_deposits_submission"),
    )
    for name in ("covered_20x", "q30", "het_hom", "het_balance"):
        op.add_column("assays", sa.Column(name, sa.Float))
    for name in ("pipeline", "pipeline_version"):
        op.add_column("assays", sa.Column(name, sa.Text))
    assays = sa.table("assays", *map(sa.column, ("genome", "pipeline", "pipeline_version")))
    genomes = sa.table("genomes", *map(sa.column, ("accession", "pipeline", "pipeline_version")))
    for name in ("pipeline", "pipeline_version"):
        told = sa.select(genomes.c[name]).where(genomes.c.accession == assays.c.genome).scalar_subquery()
        op.get_bind().execute(assays.update().values({name: told}))
    op.create_index("ix_submissions_laboratory_decided", "submissions", ["laboratory", "decided_at", "id"])
    op.create_index("ix_submissions_laboratory_state", "submissions", ["laboratory", "state", "decided_at", "id"])
    op.create_index("ix_submissions_laboratory_received", "submissions", ["laboratory", "received_at", "state"])
    op.create_index("ix_assays_laboratory_accepted", "assays", ["laboratory", "accepted"])
    op.create_index("ix_genomes_laboratory_accepted", "genomes", ["laboratory", "accepted"])
