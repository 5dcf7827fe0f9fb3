"""Rows of the vault: files, and whose they are."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from embla.vault.model import StoredFile
from embla.vault.tables import vault_files, vault_subjects


def find_file(connection: Connection, sha256: str) -> StoredFile | None:
    """The file with this content."""
    row = connection.execute(select(vault_files).where(vault_files.c.sha256 == sha256)).one_or_none()
    return None if row is None else _file(row)


def add_file(connection: Connection, file: StoredFile) -> None:
    """A new row; Conflict when the content is there."""
    connection.execute(
        insert(vault_files).values(
            sha256=file.sha256,
            size=file.size,
            body=file.body,
            body_size=file.body_size,
            header=b64encode(file.header).decode(),
            key_version=file.key_version,
            stored_at=file.stored_at,
        )
    )


def replace_body(connection: Connection, file: StoredFile) -> None:
    """The same content in a new body."""
    connection.execute(
        update(vault_files)
        .where(vault_files.c.sha256 == file.sha256)
        .values(
            body=file.body,
            body_size=file.body_size,
            header=b64encode(file.header).decode(),
            key_version=file.key_version,
            checked_at=None,
        )
    )


def replace_header(connection: Connection, file: StoredFile, header: bytes, version: int) -> bool:
    """A header under another key; False when somebody else changed the row first."""
    same = (vault_files.c.sha256 == file.sha256) & (vault_files.c.header == b64encode(file.header).decode())
    values = {"header": b64encode(header).decode(), "key_version": version}
    return bool(connection.execute(update(vault_files).where(same).values(**values)).rowcount)


def drop_file(connection: Connection, file: StoredFile) -> None:
    """Forget a file, if it still lies in this body."""
    same = (vault_files.c.sha256 == file.sha256) & (vault_files.c.body == file.body)
    if connection.execute(delete(vault_files).where(same)).rowcount:
        connection.execute(delete(vault_subjects).where(vault_subjects.c.sha256 == file.sha256))


def mark_checked(connection: Connection, sha256: str, at: datetime) -> None:
    """Its bytes were read and were right."""
    connection.execute(update(vault_files).where(vault_files.c.sha256 == sha256).values(checked_at=at))


def note_subjects(connection: Connection, sha256: str, subjects: Iterable[str]) -> None:
    """Whose a file is, as policy names subjects ("case:...", "genome:..."). Once more is no error."""
    there = set(subjects_of(connection, sha256))
    for subject in sorted(set(subjects) - there):
        connection.execute(insert(vault_subjects).values(sha256=sha256, subject=subject))


def subjects_of(connection: Connection, sha256: str) -> list[str]:
    """Whose a file is."""
    query = select(vault_subjects.c.subject).where(vault_subjects.c.sha256 == sha256)
    return list(connection.execute(query.order_by(vault_subjects.c.subject)).scalars())


def kept_since(connection: Connection, digests: Sequence[str]) -> dict[str, tuple[datetime, datetime | None]]:
    """SHA-256 -> (kept since, last read through), of those of these files that are here."""
    query = select(vault_files.c.sha256, vault_files.c.stored_at, vault_files.c.checked_at)
    found = connection.execute(query.where(vault_files.c.sha256.in_(list(digests))))
    return {row.sha256: (row.stored_at, row.checked_at) for row in found}


def every_file(connection: Connection, *, older_key: int | None = None) -> Iterator[StoredFile]:
    """All files, those read longest ago first; with `older_key` only those under a key before that version."""
    query = select(vault_files).order_by(func.coalesce(vault_files.c.checked_at, ""), vault_files.c.sha256)
    if older_key is not None:
        query = query.where(vault_files.c.key_version < older_key)
    for row in connection.execute(query):
        yield _file(row)


def kept_bodies(connection: Connection) -> Iterator[StoredFile]:
    """All files, the oldest first."""
    for row in connection.execute(select(vault_files).order_by(vault_files.c.stored_at, vault_files.c.sha256)):
        yield _file(row)


def one_of_each_key(connection: Connection) -> Iterator[StoredFile]:
    """The first file of each key version in use."""
    first = select(func.min(vault_files.c.sha256)).group_by(vault_files.c.key_version)
    for row in connection.execute(select(vault_files).where(vault_files.c.sha256.in_(first))):
        yield _file(row)


def sizes_by_key(connection: Connection) -> dict[int, tuple[int, int]]:
    """Key version -> (files, plain bytes)."""
    query = select(vault_files.c.key_version, func.count(), func.sum(vault_files.c.size))
    return {row[0]: (row[1], int(row[2])) for row in connection.execute(query.group_by(vault_files.c.key_version))}


def _file(row: Row[Any]) -> StoredFile:
    values = row._mapping
    return StoredFile(**{**values, "header": b64decode(values["header"])})
