"""Tables of this room: releases, which genomes each counted and in which groups (accessions; a release's files name
nobody), from which release each part of one has its numbers, and who is set aside."""

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
    # As it was counted then, before small groups were pooled; None in releases of before this was kept.
    Column("region", Text),
    Column("patient_group", Text),
)

# `part`: total, or the name of a table; `source`: the release that cut the numbers which this one shows.
release_parts: Final = Table(
    "release_parts",
    metadata,
    Column("release", Text, ForeignKey("releases.number"), primary_key=True),
    Column("part", Text, primary_key=True),
    Column("source", Text, ForeignKey("releases.number"), nullable=False),
)

# Genomes that count, but were left out of a release beside somebody who left, until they may come back unnoticed.
release_set_aside: Final = Table(
    "release_set_aside",
    metadata,
    Column("accession", Text, primary_key=True),
    Column("release", Text, ForeignKey("releases.number"), nullable=False),
)
