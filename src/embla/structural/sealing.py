"""Rows of a genome under its own key, and those of before there were keys brought under one.

A sealed row is a 1, a nonce of 12 bytes and AES-256-GCM ciphertext; kind, contig, piece and accession are bound in, so
a row cannot be moved. A row of before begins as zlib does, and is read as long as its genome waits for a key.
"""

import logging
import zlib
from collections.abc import Mapping
from secrets import token_bytes
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, insert, select, update

from embla.errors import Broken
from embla.structural import tables
from embla.structural.model.values import Kind, Rows
from embla.structural.profiles import drop_profile, keep_profile
from embla.vault import genome_key, genomes_unsealed, open_genome_key, waits_for_key

if TYPE_CHECKING:
    from embla.platform import House, Wrapping

# Accession -> what opens its rows; None where they are of before there were keys.
Keys = Mapping[str, AESGCM | None]
LOOKED: Final = 254  # the contig under which lies where a genome was looked at, if that is its own
OWN: Final = "own"  # the profile of such a genome
_SEALED: Final = b"\x01"
_NONCE: Final = 12
_MOST: Final = 1 << 28
_BROKEN: Final = "A row of structural calls cannot be read."
_MEND: Final = "Restore the database from a backup."
log = logging.getLogger("embla.structural")


def opened_keys(wrapping: "Wrapping", wrapped: Mapping[str, str]) -> Keys:
    """What opens the rows of these genomes, from what stands in the rows of their keys."""
    return {
        accession: AESGCM(open_genome_key(wrapping, accession, told)) if told else None
        for accession, told in wrapped.items()
    }


def seal_row(key: AESGCM, data: bytes, kind: Kind, contig: int, piece: int, accession: str) -> bytes:
    """Plain bytes as a row."""
    nonce = token_bytes(_NONCE)
    packed = zlib.compress(data, 1)
    return _SEALED + nonce + key.encrypt(nonce, packed, _where(kind, contig, piece, accession))


def open_row(
    key: AESGCM | None, data: bytes, form: "np.dtype[Any]", kind: Kind, contig: int, piece: int, accession: str
) -> Rows:  # fmt: skip
    """The rows of one genome in one piece. Broken where they were changed, moved, or are under another key."""
    try:
        if key is not None:
            if data[:1] != _SEALED:
                raise ValueError("not sealed")
            where = _where(kind, contig, piece, accession)
            data = key.decrypt(data[1 : 1 + _NONCE], data[1 + _NONCE :], where)
        return np.frombuffer(zlib.decompressobj().decompress(data, _MOST), form)
    except (zlib.error, ValueError, InvalidTag) as error:
        raise Broken(_BROKEN, mend=_MEND) from error


def seal_waiting(house: "House", most: int = 1_000) -> int:
    """Seal the rows of genomes that wait, a transaction each; how many. Safe beside readers, writers and others of its
    kind, and after a process that died; a genome that leaves meanwhile is passed over, and one whose rows are damaged
    is told to the operator and stops nobody behind it."""
    with house.database.reading() as connection:
        waiting = genomes_unsealed(connection)
    done = damaged = 0
    for accession in waiting:
        if done == most:
            break
        try:
            with house.database.transaction() as connection:
                if waits_for_key(connection, accession):
                    _seal(connection, house.wrapping, accession)
                    done += 1
        except Broken:
            damaged += 1
    if damaged:
        log.error("the structural rows of %d genomes are damaged and wait to be sealed; restore a backup", damaged)
    return done


def _seal(connection: Connection, wrapping: "Wrapping", accession: str) -> None:
    key, own = AESGCM(genome_key(connection, wrapping, accession)), tables.calls
    for row in connection.execute(select(own).where(own.c.accession == accession)).all():
        plain = _inflated(row.rows)
        sealed = seal_row(key, plain, row.kind, row.contig, row.bin, accession)
        here = (own.c.kind == row.kind) & (own.c.contig == row.contig) & (own.c.bin == row.bin)
        connection.execute(update(own).where(here & (own.c.accession == accession)).values(rows=sealed))
    sets, profiles = tables.sets, tables.profiles
    cnv = (sets.c.accession == accession) & (sets.c.kind == "cnv") & (sets.c.profile != OWN)
    digest = connection.execute(select(sets.c.profile).where(cnv)).scalar()
    if digest is not None:
        runs = connection.execute(select(profiles.c.runs).where(profiles.c.digest == digest)).scalar_one()
        keep_looked(connection, key, "cnv", accession, _inflated(runs))
        connection.execute(update(sets).where(cnv).values(profile=OWN))
        drop_profile(connection, digest)


def _inflated(rows: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(rows, _MOST)
    except zlib.error as error:
        raise Broken(_BROKEN, mend=_MEND) from error


def keep_looked(connection: Connection, key: AESGCM, kind: Kind, accession: str, runs: bytes) -> None:
    """Where a genome was looked at, sealed with its calls. Segments of a copy-number caller end where a person's copies
    change: that is the person's, and nobody else's."""
    keep_profile(connection, OWN, b"")
    sealed = seal_row(key, runs, kind, LOOKED, 0, accession)
    connection.execute(
        insert(tables.calls).values(kind=kind, contig=LOOKED, bin=0, accession=accession, rows=sealed)
    )  # fmt: skip


def _where(kind: Kind, contig: int, piece: int, accession: str) -> bytes:
    return f"{kind}:{contig}:{piece}:{accession}".encode()
