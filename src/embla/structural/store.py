"""Calls in the database: written with the genome, sealed under its key, gone with the person, read by place. No rules.

A row holds what one genome has in one piece of a contig, so adding a genome costs what it has, and a question about a
place reads that place. SV and repeats lie in pieces of 4 million bases by their start; events of 2 million bases or
more in a piece of their own per contig, since they reach far; junctions between contigs in one piece; copy-number
segments, of which there are few, by whole contigs.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from embla.structural import tables
from embla.structural.model.values import CALL, REPEAT, RUN, CallerSet, Kind, Rows, Type
from embla.structural.profiles import drop_profile, keep_profile
from embla.structural.sealing import LOOKED, OWN, Keys, keep_looked, open_row, opened_keys, seal_row
from embla.vault import destroy_genome_keys, genome_key, wrapped_genome_keys

if TYPE_CHECKING:
    from embla.platform import Wrapping

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


def keep_set(
    connection: Connection, wrapping: "Wrapping", accession: str, person: str, found: CallerSet, at: datetime
) -> None:  # fmt: skip
    """Write what a caller found in a genome, in the transaction that accepts it. Again changes nothing."""
    known = select(tables.sets.c.kind).where(tables.sets.c.accession == accession, tables.sets.c.kind == found.kind)
    if connection.execute(known).scalar() is not None:
        return
    key = AESGCM(genome_key(connection, wrapping, accession))
    if found.kind == "cnv":
        profile = OWN
        keep_looked(connection, key, found.kind, accession, found.callable.tobytes())
    else:
        # Where a caller of reads looked, which most genomes of one pipeline share.
        profile = hashlib.sha256(found.callable.tobytes()).hexdigest()
        keep_profile(connection, profile, found.callable.tobytes())
    connection.execute(
        insert(tables.sets).values(
            accession=accession, kind=found.kind, person=person, caller=found.caller[:120], profile=profile,
            calls=len(found.rows), content=content_of(found), accepted=at,
        )
    )  # fmt: skip
    contig, piece = bin_of(found.kind, found.rows)
    rows = []
    for own, where in sorted(set(zip(contig.tolist(), piece.tolist(), strict=True))):
        data = found.rows[(contig == own) & (piece == where)].tobytes()
        sealed = seal_row(key, data, found.kind, own, where, accession)
        rows.append({"kind": found.kind, "contig": own, "bin": where, "accession": accession, "rows": sealed})
    if rows:
        connection.execute(insert(tables.calls), rows)


def content_of(found: CallerSet) -> str:
    """SHA-256 of the calls and of where they were looked for."""
    return hashlib.sha256(found.rows.tobytes() + b"\0" + found.callable.tobytes()).hexdigest()


def drop_genomes(connection: Connection, accessions: Collection[str]) -> None:
    """Delete what was kept of genomes and their keys, in the transaction that ends them.

    Keys first: who seals rows holds the key's row while it does, and what it wrote is then here to be deleted."""
    destroy_genome_keys(connection, accessions)
    own, looked = tables.sets, set[str]()
    for accession in sorted(accessions):
        looked.update(connection.execute(select(own.c.profile).where(own.c.accession == accession)).scalars())
        for table in (tables.calls, own):
            connection.execute(delete(table).where(table.c.accession == accession))
    for digest in sorted(looked):
        drop_profile(connection, digest)


def drop_person(connection: Connection, person: str, accessions: Sequence[str], at: datetime) -> None:
    """Delete what was kept of a person, whatever state the genomes are in: what `registry.forget_with` calls."""
    query = select(tables.sets.c.accession).where(tables.sets.c.person == person)
    drop_genomes(connection, {*accessions, *connection.execute(query).scalars()})


def looked_for(
    connection: Connection, wrapping: "Wrapping", kind: Kind, accessions: Collection[str]
) -> tuple[dict[str, str], Keys]:  # fmt: skip
    """Of these genomes those for which the kind was called: accession -> digest of where it was looked, and what opens
    their rows. One whose key was destroyed, as in the copy of a database that is older than that, is not among them."""
    own, asked = tables.sets.c, set(accessions)
    wrapped = wrapped_genome_keys(connection)
    query = select(own.accession, own.profile).where(own.kind == kind)
    looked = {
        row.accession: row.profile
        for row in connection.execute(query)
        if row.accession in asked and row.accession in wrapped
    }
    return looked, opened_keys(wrapping, {accession: wrapped[accession] for accession in looked})


def callers_of(connection: Connection, accession: str) -> list[dict[str, Any]]:
    """Which kinds were called for a genome: kind, caller, number of calls."""
    own = tables.sets
    query = select(own.c.kind, own.c.caller, own.c.calls).where(own.c.accession == accession).order_by(own.c.kind)
    return [dict(row._mapping) for row in connection.execute(query)]


def read_profiles(
    connection: Connection, kind: Kind, looked: Mapping[str, str], keys: Keys
) -> tuple[dict[str, int], list[Rows]]:  # fmt: skip
    """Where callers looked: accession -> number of its runs, and the runs, each once."""
    wanted = {digest for digest in looked.values() if digest != OWN}
    query = select(tables.profiles.c.digest, tables.profiles.c.runs)
    shared = {row.digest: zlib.decompressobj().decompress(row.runs, _MOST)
              for row in connection.execute(query) if row.digest in wanted}  # fmt: skip
    runs = {accession: shared[digest] for accession, digest in looked.items() if digest != OWN}
    if len(runs) < len(looked):
        places = {accession: 0 for accession in looked if accession not in runs}
        runs |= {name: rows.tobytes() for name, rows in _piece(connection, kind, LOOKED, 0, places, keys, RUN)}
    order = {one: number for number, one in enumerate(sorted(set(runs.values())))}
    found = [np.frombuffer(one, RUN) for one in order]
    return {accession: order[one] for accession, one in runs.items()}, found


def pieces_of(connection: Connection, kind: Kind) -> list[tuple[int, int]]:
    """Every (contig, piece) that holds calls of a kind, in order."""
    own = tables.calls
    query = select(own.c.contig, own.c.bin).where(own.c.kind == kind, own.c.contig != LOOKED).distinct()
    query = query.order_by(own.c.contig, own.c.bin)
    return [(row.contig, row.bin) for row in connection.execute(query)]


def read_piece(
    connection: Connection, kind: Kind, contig: int, piece: int, places: Mapping[str, int], keys: Keys
) -> tuple[Rows, NDArray[np.int64]]:
    """Calls of one piece with the places of their people; who is not in `places` is left out."""
    form = REPEAT if kind == "str" else CALL
    found, who = [], []
    for accession, rows in _piece(connection, kind, contig, piece, places, keys, form):
        found.append(rows)
        who.append(np.full(len(rows), places[accession], np.int64))
    if not found:
        return np.zeros(0, form), np.zeros(0, np.int64)
    return np.concatenate(found), np.concatenate(who)


def _piece(
    connection: Connection, kind: Kind, contig: int, piece: int, places: Mapping[str, int], keys: Keys,
    form: "np.dtype[Any]",
) -> Iterator[tuple[str, Rows]]:  # fmt: skip
    own = tables.calls
    query = (
        select(own.c.accession, own.c.rows)
        .where(own.c.kind == kind, own.c.contig == contig, own.c.bin == piece)
        .order_by(own.c.accession)
    )
    for accession, data in connection.execute(query):
        if accession in places:
            yield accession, open_row(keys[accession], data, form, kind, contig, piece, accession)
