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
    Column("body_sha256", Text, nullable=False),
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
