"""Pipelines with their validation, and the indexes by which a laboratory's persons are listed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    texts = ("laboratory", "pipeline", "version", "state", "since", "reference", "noted_by", "noted_at")
    op.create_table(
        "pipeline_steps",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.PrimaryKeyConstraint("number", name="pk_pipeline_steps"),
        sa.ForeignKeyConstraint(["laboratory"], ["laboratories.id"], name="fk_pipeline_steps_laboratory"),
    )
    op.create_index("ix_pipeline_steps_laboratory", "pipeline_steps", ["laboratory", "pipeline", "version"])
    op.create_index("ix_assays_laboratory_person", "assays", ["laboratory", "person"])
    op.create_index("ix_samples_person", "samples", ["person"])
    op.create_index("ix_cases_person", "cases", ["person"])
