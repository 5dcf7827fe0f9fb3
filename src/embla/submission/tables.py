"""The tables of submissions. How they came to be: platform/migrations/versions/v0003_submission.py and later."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from embla.platform import UtcTime, metadata

submissions = Table(
    "submissions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("package_hash", Text, nullable=False, unique=True),
    Column("laboratory", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False, server_default="initial"),
    Column("case", Text, nullable=False),
    Column("patient_group", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("decided_at", UtcTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("genomes", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("corrected_by", Text, ForeignKey("submissions.id")),
    Column("findings", Text, nullable=False),
    Column("acknowledgement", Text),
    Column("manifest", Text, nullable=False),
    Index("ix_submissions_laboratory_package", "laboratory", "package"),
    Index("ix_submissions_laboratory_decided", "laboratory", "decided_at", "id"),
    Index("ix_submissions_laboratory_state", "laboratory", "state", "decided_at", "id"),
    Index("ix_submissions_laboratory_received", "laboratory", "received_at", "state"),
)

submission_files = Table(
    "submission_files",
    metadata,
    Column("submission", Text, ForeignKey("submissions.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("format", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
)

# Signed certificates of what was kept; one a submission, the newest.
deposits = Table(
    "deposits",
    metadata,
    Column("submission", Text, ForeignKey("submissions.id"), primary_key=True),
    Column("certificate", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("safe", Boolean, nullable=False),
)
