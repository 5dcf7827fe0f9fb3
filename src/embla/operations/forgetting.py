"""Keys of people who left are taken out of the backups that were made before: what older copies of the database hold of
them opens no more, though the home's key-encryption key, or the recovery key, is at hand.

A backup holds the keys of genomes (vault/genome_keys.py) as a table of its own, wrapped. Everything else in a backup
stays as it was made; a restore still brings back what it says, less those who left.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from typing import Final

from embla.errors import Broken
from embla.operations.model import Backup, TableEntry
from embla.operations.repository import Repository

KEYED: Final = "genome_keys"


def forget_keys(repository: Repository) -> int:
    """Take the keys of all who left out of every backup; how many keys those were, the same in two backups twice.

    The longer table is noted as leaving before a backup's list names the shorter one, and deleted after: one that died
    in between is finished by the next. Broken, once all others are done, where a backup's keys cannot be read.
    """
    erased, taken = repository.erased(), 0
    backups, unread = repository.readable() if erased else ([], [])
    rotten = bool(unread)
    for backup in backups:
        try:
            taken += _shorten(repository, backup, erased)
        except Broken:
            unread.append(backup.id)
    if not rotten:  # what a list that may yet be mended needs is not known
        repository.drop_leaving()
    if unread:
        raise Broken(
            f"The keys of people who left could not be taken out of older backups: {', '.join(unread)}."
            " All others are as they should be.",
            mend="They have rotted, so that they cannot be restored: delete their lists, in `backups`.",
        )
    return taken


def _shorten(repository: Repository, backup: Backup, erased: frozenset[str]) -> int:
    taken = 0
    for entry in backup.tables:
        if entry.table != KEYED:
            continue
        kept, dropped = _without(b"".join(repository.read(entry.sha256)), erased)
        if not dropped:
            continue
        digest = sha256(kept).hexdigest()
        repository.put(digest, [kept])
        repository.note_leaving(entry.sha256)
        shorter = TableEntry(entry.table, entry.rows - dropped, digest)
        repository.replace(replace(backup, tables=tuple(shorter if one is entry else one for one in backup.tables)))
        taken += dropped
    return taken


def _without(data: bytes, accessions: frozenset[str]) -> tuple[bytes, int]:
    """The lines of a table less those of some genomes, and how many that were: see platform/dumping.py."""
    head, *rows = data.splitlines(keepends=True)
    at = json.loads(head).index("accession")
    kept = list(_staying(rows, at, accessions))
    return b"".join((head, *kept)), len(rows) - len(kept)


def _staying(rows: list[bytes], at: int, accessions: frozenset[str]) -> Iterator[bytes]:
    return (row for row in rows if json.loads(row)[at] not in accessions)
