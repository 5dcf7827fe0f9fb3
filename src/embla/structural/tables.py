"""Tables of this room: what callers found in each genome, in blobs by place, and what releases published of it."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from embla.platform import UtcTime, metadata

# Which kinds were called for a genome: a kind without a row was not looked for, and is in no denominator.
sets: Final = Table(
    "structural_sets",
    metadata,
    Column("accession", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("caller", Text, nullable=False),
    Column("profile", Text, ForeignKey("structural_profiles.digest"), nullable=False),
    Column("calls", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("accepted", UtcTime, nullable=False),
)

# Where a caller looked: most genomes of one pipeline share one.
profiles: Final = Table(
    "structural_profiles",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("runs", LargeBinary, nullable=False),
)

# Calls of one genome that begin in one piece of a contig: arrays of model/values.py. `bin`: see store.bin_of.
calls: Final = Table(
    "structural_calls",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("contig", Integer, primary_key=True),
    Column("bin", Integer, primary_key=True),
    Column("accession", Text, primary_key=True),
    Column("rows", LargeBinary, nullable=False),
    Index("ix_structural_calls_accession", "accession"),
)

# The release that cut the numbers of a kind which a release shows, and (on the row of that release itself) who was
# counted, as sorted numbers of genomes.
parts: Final = Table(
    "structural_parts",
    metadata,
    Column("release", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("members", LargeBinary),
)

# Exact numbers of a release, one row per cluster or locus; suppressed on their way out.
published: Final = Table(
    "structural_published",
    metadata,
    Column("release", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("contig", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("mate", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("told", Text, nullable=False),
    Index("ix_structural_published_place", "release", "kind", "contig", "start"),
)
