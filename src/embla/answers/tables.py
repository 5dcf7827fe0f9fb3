"""Tables of this room; how they came to be: platform/migrations/versions. All of a person goes when they leave."""

from typing import Final

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text

from embla.platform import Day, UtcTime, metadata

answers: Final = Table(
    "answers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", Text, ForeignKey("cases.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("head", Integer, nullable=False),
    # Of the newest version: what an answer stands on is looked for when that changes.
    Column("genome", Text, nullable=False, index=True),
    Column("panel", Text, nullable=False),
    Column("panel_version", Text, nullable=False),
)

# A version is never changed; only what became of it is noted. `content` is JSON.
answer_versions: Final = Table(
    "answer_versions",
    metadata,
    Column("answer", Text, ForeignKey("answers.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("follow_up", Text, nullable=False),
    Column("acknowledged", UtcTime),
    Column("acknowledged_by", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("read", UtcTime),
    Column("read_by", Text, nullable=False),
)

# What the newest version says of each allele.
answer_findings: Final = Table(
    "answer_findings",
    metadata,
    Column("answer", Text, ForeignKey("answers.id"), primary_key=True),
    Column("allele", Text, primary_key=True, index=True),
    Column("class", Text, nullable=False, key="class_"),
)

# `standing`: person and subject while it is open, so that there is one of them; empty afterwards.
follow_ups: Final = Table(
    "follow_ups",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("case", Text, ForeignKey("cases.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("genome", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("recontact", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("due", Day, nullable=False),
    Column("choice", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("decided", UtcTime),
    Column("decided_by", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("informed", UtcTime),
    Column("closed", UtcTime),
    Column("level", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("standing", Text, unique=True),
    Index("ix_follow_ups_laboratory_state", "laboratory", "state", "due"),
    Index("ix_follow_ups_state_due", "state", "due"),
)

# What was news, and how many it concerned: numbers alone are kept of those who may not be asked.
triggers: Final = Table(
    "answer_triggers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("event", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("concerned", Integer, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

causes: Final = Table(
    "follow_up_causes",
    metadata,
    Column("follow_up", Text, ForeignKey("follow_ups.id"), primary_key=True),
    Column("trigger", Text, ForeignKey("answer_triggers.id"), primary_key=True, index=True),
)

# How far the log was read.
fold: Final = Table("answer_fold", metadata, Column("id", Integer, primary_key=True), Column("number", Integer))

# What each laboratory said of an allele when it was last looked at.
seen_classes: Final = Table(
    "answer_seen_classes",
    metadata,
    Column("allele", Text, primary_key=True),
    Column("condition", Text, primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("axis", Text, primary_key=True),
    Column("laboratory", Text, primary_key=True),
    Column("class", Text, nullable=False, key="class_"),
)

questions: Final = Table(
    "colleague_questions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("allele", Text, nullable=False),
    Column("case", Text, ForeignKey("cases.id"), nullable=False),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("account", Text, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("asked", UtcTime, nullable=False),
    Column("until", UtcTime, nullable=False),
)

asked: Final = Table(
    "colleagues_asked",
    metadata,
    Column("question", Text, ForeignKey("colleague_questions.id"), primary_key=True),
    Column("case", Text, ForeignKey("cases.id"), primary_key=True, index=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("genome", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime),
)
