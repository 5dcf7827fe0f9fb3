"""Tables of this room. How they came to be: platform/migrations/versions. No patient is in any of them."""

from typing import Final

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from embla.platform import Day, UtcTime, metadata

# The normal form is the id; `checked`: REF was compared with the reference.
alleles: Final = Table(
    "alleles",
    metadata,
    Column("id", Text, primary_key=True),
    Column("contig", Text, nullable=False),
    Column("pos", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("alt", Text, nullable=False),
    Column("vrs_id", Text),
    Column("checked", Boolean, nullable=False),
    Index("ix_alleles_contig_pos", "contig", "pos"),
)

# One per laboratory and subject; `head`, `published` and `withdrawn` are the only things that ever change in here.
classifications: Final = Table(
    "classifications",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("allele", Text, ForeignKey("alleles.id"), nullable=False, index=True),
    Column("condition", Text, nullable=False),
    Column("inheritance", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("published", Integer),
    Column("withdrawn", UtcTime),
    UniqueConstraint(
        "laboratory", "allele", "condition", "inheritance", "origin", "axis", name="uq_classifications_subject"
    ),
    # A laboratory's own list, in its order: a page of it ends when it is full.
    Index("ix_classifications_laboratory_id", "laboratory", "id"),
)

# Never changed. `computed` and `evidence` are JSON.
classification_versions: Final = Table(
    "classification_versions",
    metadata,
    Column("classification", Text, ForeignKey("classifications.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("class", Text, nullable=False, key="class_"),
    Column("subclass", Text, nullable=False),
    Column("guideline", Text, nullable=False),
    Column("rule_set", Text, nullable=False),
    Column("computed", Text, nullable=False),
    Column("override", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("condition_label", Text, nullable=False),
    Column("share", Text, nullable=False),
    Column("evaluated", Day, nullable=False),
    Column("evaluator", Text, nullable=False),
    Column("submitted", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("af", Float),
    Column("blind", Boolean, nullable=False),
    Column("created", UtcTime, nullable=False),
)

# What happened to a version: saved, reviewed, signed, withdrawn. Never changed either.
classification_steps: Final = Table(
    "classification_steps",
    metadata,
    Column("classification", Text, ForeignKey("classifications.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("text", Text, nullable=False),
)

# Names that could not be resolved, with the line they stood in: queued for a person, never dropped.
classification_names: Final = Table(
    "classification_names",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False, index=True),
    Column("submitted", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("batch", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("settled", UtcTime),
)

# `print`: which laboratories say what, so that a change of any opens it again.
discordances: Final = Table(
    "discordances",
    metadata,
    Column("id", Text, primary_key=True),
    Column("allele", Text, ForeignKey("alleles.id"), nullable=False),
    Column("condition", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("axis", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened", UtcTime, nullable=False),
    Column("due", Day, nullable=False),
    Column("closed", UtcTime),
    Column("reason", Text, nullable=False),
    Column("print", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("allele", "condition", "origin", "axis"),
    Index("ix_discordances_state_due", "state", "due"),
)

# What each laboratory of a discordance says and means to do.
discordance_labs: Final = Table(
    "discordance_labs",
    metadata,
    Column("discordance", Text, ForeignKey("discordances.id"), primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), primary_key=True),
    Column("class", Text, nullable=False, key="class_"),
    Column("triage", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime),
    Index("ix_discordance_labs_laboratory", "laboratory"),
)

panels: Final = Table(
    "panels",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("net", Text, nullable=False),
    Column("indication", Text, ForeignKey("patient_groups.code"), nullable=False),
    Column("members", Text, nullable=False),  # laboratories, as JSON
    Column("needed", Integer, nullable=False),
)

# `entries` is JSON and never changed; `since` and `until` are the days it is in force.
panel_versions: Final = Table(
    "panel_versions",
    metadata,
    Column("panel", Text, ForeignKey("panels.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("number", Text, nullable=False),
    Column("entries", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("since", Day),
    Column("until", Day),
)

panel_approvals: Final = Table(
    "panel_approvals",
    metadata,
    Column("panel", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("laboratory", Text, ForeignKey("laboratories.id"), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    ForeignKeyConstraint(["panel", "position"], ["panel_versions.panel", "panel_versions.position"]),
)
