"""Calls in the database: written with the genome, gone with the person, read by place. No rules.

A row holds what one genome has in one piece of a contig, so adding a genome costs what it has, and a question about a
place reads that place. SV and repeats lie in pieces of 4 million bases by their start; events of 2 million bases or
more in a piece of their own per contig, since they reach far; junctions between contigs in one piece; copy-number
segments, of which there are few, by whole contigs.
"""

import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from embla.errors import Broken
from embla.structural import tables
from embla.structural.model.values import CALL, REPEAT, RUN, CallerSet, Kind, Rows, Type

BIN: Final = 4_000_000
LONG: Final = 2_000_000
FAR: Final = -1  # the piece of long events of a contig
BETWEEN: Final = 255  # the contig under which junctions between contigs lie
_MOST: Final = 1 << 28


def bin_of(kind: Kind, rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
    """(rows,) contig and piece under which each lies."""
    contig, piece = rows["contig"].astype(np.int64), rows["start"].astype(np.int64) // BIN
    if kind == "cnv":
        piece[:] = 0
    elif kind == "sv":
        piece[rows["end"].astype(np.int64) - rows["start"] >= LONG] = FAR
        between = (rows["type"] == Type.BND) & (rows["mate"] != rows["contig"])
        contig[between], piece[between] = BETWEEN, 0
    return contig, piece


def keep_set(connection: Connection, accession: str, person: str, found: CallerSet, at: datetime) -> None:
    """Write what a caller found in a genome, in the transaction that accepts it. Again changes nothing."""
    known = select(tables.sets.c.kind).where(tables.sets.c.accession == accession, tables.sets.c.kind == found.kind)
    if connection.execute(known).scalar() is not None:
        return
    runs = zlib.compress(found.callable.tobytes(), 6)
    digest = hashlib.sha256(found.callable.tobytes()).hexdigest()
    profiles = tables.profiles
    if connection.execute(select(profiles.c.digest).where(profiles.c.digest == digest)).scalar() is None:
        connection.execute(insert(profiles).values(digest=digest, runs=runs))
    connection.execute(
        insert(tables.sets).values(
            accession=accession, kind=found.kind, person=person, caller=found.caller[:120], profile=digest,
            calls=len(found.rows), content=content_of(found), accepted=at,
        )
    )  # fmt: skip
    contig, piece = bin_of(found.kind, found.rows)
    rows = [
        {
            "kind": found.kind, "contig": own, "bin": where, "accession": accession,
            "rows": zlib.compress(found.rows[(contig == own) & (piece == where)].tobytes(), 1),
        }
        for own, where in sorted(set(zip(contig.tolist(), piece.tolist(), strict=True)))
    ]  # fmt: skip
    if rows:
        connection.execute(insert(tables.calls), rows)


def content_of(found: CallerSet) -> str:
    """SHA-256 of the calls and of where they were looked for."""
    return hashlib.sha256(found.rows.tobytes() + b"\0" + found.callable.tobytes()).hexdigest()


def drop_genomes(connection: Connection, accessions: Collection[str]) -> None:
    """Delete what was kept of genomes, in the transaction that ends them."""
    own, looked = tables.sets, set[str]()
    for accession in sorted(accessions):
        looked.update(connection.execute(select(own.c.profile).where(own.c.accession == accession)).scalars())
        for table in (tables.calls, own):
            connection.execute(delete(table).where(table.c.accession == accession))
    # Segments of a copy-number caller end where a person's copies change: a profile goes with the last who has it.
    for digest in sorted(looked):
        if connection.execute(select(own.c.kind).where(own.c.profile == digest).limit(1)).scalar() is None:
            connection.execute(delete(tables.profiles).where(tables.profiles.c.digest == digest))


def drop_person(connection: Connection, person: str, accessions: Sequence[str], at: datetime) -> None:
    """Delete what was kept of a person, whatever state the genomes are in: what `registry.forget_with` calls."""
    query = select(tables.sets.c.accession).where(tables.sets.c.person == person)
    drop_genomes(connection, {*accessions, *connection.execute(query).scalars()})


def looked_for(connection: Connection, kind: Kind) -> dict[str, str]:
    """Accession -> digest of where it was looked, of every genome for which the kind was called."""
    query = select(tables.sets.c.accession, tables.sets.c.profile).where(tables.sets.c.kind == kind)
    return {row.accession: row.profile for row in connection.execute(query)}


def callers_of(connection: Connection, accession: str) -> list[dict[str, Any]]:
    """Which kinds were called for a genome: kind, caller, number of calls."""
    own = tables.sets
    query = select(own.c.kind, own.c.caller, own.c.calls).where(own.c.accession == accession).order_by(own.c.kind)
    return [dict(row._mapping) for row in connection.execute(query)]


def read_profiles(connection: Connection, digests: Collection[str]) -> dict[str, Rows]:
    """Where callers looked, by digest."""
    query = select(tables.profiles.c.digest, tables.profiles.c.runs)
    return {row.digest: _rows(row.runs, RUN) for row in connection.execute(query) if row.digest in digests}


def pieces_of(connection: Connection, kind: Kind) -> list[tuple[int, int]]:
    """Every (contig, piece) that holds calls of a kind, in order."""
    own = tables.calls
    query = select(own.c.contig, own.c.bin).where(own.c.kind == kind).distinct().order_by(own.c.contig, own.c.bin)
    return [(row.contig, row.bin) for row in connection.execute(query)]


def read_piece(
    connection: Connection, kind: Kind, contig: int, piece: int, places: Mapping[str, int]
) -> tuple[Rows, NDArray[np.int64]]:
    """Calls of one piece with the places of their people; who is not in `places` is left out."""
    own = tables.calls
    query = (
        select(own.c.accession, own.c.rows)
        .where(own.c.kind == kind, own.c.contig == contig, own.c.bin == piece)
        .order_by(own.c.accession)
    )
    form = REPEAT if kind == "str" else CALL
    found, who = [], []
    for accession, data in connection.execute(query):
        place = places.get(accession)
        if place is not None:
            rows = _rows(data, form)
            found.append(rows)
            who.append(np.full(len(rows), place, np.int64))
    if not found:
        return np.zeros(0, form), np.zeros(0, np.int64)
    return np.concatenate(found), np.concatenate(who)


def _rows(data: bytes, form: "np.dtype[Any]") -> Rows:
    try:
        return np.frombuffer(zlib.decompressobj().decompress(data, _MOST), form)
    except (zlib.error, ValueError) as error:
        raise Broken("A row of structural calls cannot be read.", mend="Restore the database from a backup.") from error
