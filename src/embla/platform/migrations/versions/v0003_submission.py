"""Submissions and the files they brought."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "submissions",
        *(text("id"), text("package_hash"), text("laboratory"), text("package"), text("kind"), text("case")),
        *(text("patient_group"), text("state"), text("received_at"), text("decided_at"), text("actor")),
        sa.Column("genomes", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        *(text("corrected_by", null=True), text("findings"), text("acknowledgement", null=True), text("manifest")),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
        sa.UniqueConstraint("package_hash", name="uq_submissions_package_hash"),
        sa.ForeignKeyConstraint(["corrected_by"], ["submissions.id"], name="fk_submissions_corrected_by"),
    )
    op.create_index("ix_submissions_laboratory_package", "submissions", ["laboratory", "package"])
    op.create_table(
        "submission_files",
        *(text("submission"), text("path"), text("sha256"), text("format")),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("submission", "path", name="pk_submission_files"),
        sa.ForeignKeyConstraint(["submission"], ["submissions.id"], name="fk_submission_files_submission"),
    )
    op.create_index("ix_submission_files_sha256", "submission_files", ["sha256"])
