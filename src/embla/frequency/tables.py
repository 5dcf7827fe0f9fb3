"""Tables of this room: releases, and which genomes each counted (accessions; a release's files name nobody)."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, UniqueConstraint

from embla.platform import UtcTime, metadata

releases: Final = Table(
    "releases",
    metadata,
    Column("number", Text, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("cut_at", UtcTime, nullable=False),
    Column("cut_by", Text, nullable=False),
    Column("manifest_number", Integer, nullable=False),
    Column("manifest_digest", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("people", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("year", "serial"),
)

release_genomes: Final = Table(
    "release_genomes",
    metadata,
    Column("release", Text, ForeignKey("releases.number"), primary_key=True),
    Column("accession", Text, primary_key=True),
)
