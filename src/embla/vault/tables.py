"""The tables of the vault. How they came to be: platform/migrations/versions, the step named `vault`."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from embla.platform import UtcTime, metadata

vault_files = Table(
    "vault_files",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("body", Text, nullable=False, unique=True),
    Column("body_size", BigInteger, nullable=False),
    Column("header", Text, nullable=False),
    Column("key_version", Integer, nullable=False, index=True),
    Column("stored_at", UtcTime, nullable=False),
    Column("checked_at", UtcTime),
)

vault_subjects = Table(
    "vault_subjects",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
)

pack_keys = Table(
    "pack_keys",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("wrapped", Text, nullable=False),
)

# A key for each genome of which rooms above keep rows here; `wrapped` is empty while those rows wait to be sealed.
genome_keys = Table(
    "genome_keys",
    metadata,
    Column("accession", Text, primary_key=True),
    Column("wrapped", Text, nullable=False),
)

# Whose data a file holds. While one of these genomes has a person who stays, the file stays.
vault_holders = Table(
    "vault_holders",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("genome", Text, primary_key=True, index=True),
)

# Bodies whose file left with its person; the header, and with it the only key, is gone already.
vault_gone = Table(
    "vault_gone",
    metadata,
    Column("body", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("because", Text, nullable=False, index=True),
    Column("gone_at", UtcTime, nullable=False),
    Column("deleted_at", UtcTime),
)
