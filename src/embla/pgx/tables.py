"""Tables of this room: passports, results, what was published. How they came to be: platform/migrations/versions."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from embla.platform import UtcTime, metadata

passports: Final = Table(
    "pgx_passports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("genome", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),  # current, replaced, revoked
    Column("issued", UtcTime, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("ended", UtcTime),
    Column("reason", Text),
    Column("replaced_by", Text),
    # Signed envelope, card and what changed; empty once the person withdrew.
    Column("document", Text, nullable=False),
    Column("card", Text, nullable=False),
    Column("changes", Text, nullable=False),
    Index("ix_pgx_passports_person_version", "person", "version", unique=True),
)

# What the nation's genomes say, per gene: made from the stored genomes, made again when definitions change.
results: Final = Table(
    "pgx_results",
    metadata,
    Column("genome", Text, primary_key=True),
    Column("gene", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("release", Text, nullable=False),
    Column("digest", Text, nullable=False),  # of the gene's definition and functions, by which a change is seen
    Column("status", Text, nullable=False),
    Column("phenotype", Text, nullable=False),
    Column("told", Text, nullable=False),  # the line of `pgx call`, as JSON
)

drugs: Final = Table(
    "pgx_drugs",
    metadata,
    Column("genome", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("told", Text, nullable=False),  # drug -> source -> lines of advice, as JSON
)

# What was published of a release, as it was worked out first: never again, so that no two versions can be subtracted.
published: Final = Table(
    "pgx_published",
    metadata,
    Column("release", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("told", Text, nullable=False),
)

# Whom a release's new tables counted: persons' numbers, packed; below zero where somebody withdrew since.
published_people: Final = Table(
    "pgx_published_people",
    metadata,
    Column("release", Text, ForeignKey("pgx_published.release"), primary_key=True),
    Column("members", LargeBinary, nullable=False),
)

# As what: a table's cells (region and part), and beside each of these persons which one, from 1; 0 for none.
published_cells: Final = Table(
    "pgx_published_cells",
    metadata,
    Column("release", Text, ForeignKey("pgx_published_people.release"), primary_key=True),
    Column("kind", Text, primary_key=True),  # phenotypes, drugs
    Column("name", Text, primary_key=True),
    Column("cells", Text, nullable=False),
    Column("codes", LargeBinary, nullable=False),
)

recalls: Final = Table(
    "pgx_recalls",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("release", Text, nullable=False),
    Column("genes", Text, nullable=False),
    Column("genomes", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
)

changed: Final = Table(
    "pgx_changed",
    metadata,
    Column("recall", Text, ForeignKey("pgx_recalls.id"), primary_key=True),
    Column("genome", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("told", Text, nullable=False),
)
