"""Whom each published table counted, and as what: kept to hold the next one against it, and never shown.

Of a release there is one list of persons (by number, see `frequency.Membership`), and for each table that it published
anew a code beside each of them. Who withdraws loses the number, in every list: the table still says that somebody was
counted so, who has left, and nothing says who. docs/decisions/0058.
"""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, insert, select, update

from embla.pgx import tables
from embla.pgx.model.moving import Cell, Counted, Ints
from embla.registry import accessions_of

Key = tuple[str, str]  # phenotypes and a gene, or drugs and a drug

_MOST_BYTES: Final = 1 << 30
_PERSON: Final = "<i8"
_CODE: Final = "<u2"


def keep_members(connection: Connection, release: str, counted: Mapping[Key, Mapping[int, Cell]]) -> None:
    """Of the tables that this release published anew, table -> person -> cell; its told ones are kept already."""
    if not counted:
        return
    who = sorted(set().union(*counted.values()))
    values = {"release": release, "members": _pack(np.array(who, dtype=_PERSON))}
    connection.execute(insert(tables.published_people).values(**values))
    rows = []
    for (kind, name), people in counted.items():
        cells = sorted(set(people.values()))
        place = {cell: i + 1 for i, cell in enumerate(cells)}
        codes = np.array([place[people[one]] if one in people else 0 for one in who], dtype=_CODE)
        rows.append(
            {"release": release, "kind": kind, "name": name, "cells": json.dumps(cells, ensure_ascii=False),
             "codes": _pack(codes)}
        )  # fmt: skip
    connection.execute(insert(tables.published_cells), rows)


def kept_members(connection: Connection) -> dict[Key, dict[str, Counted]]:
    """Table -> release that published it anew, oldest first -> whom it counted. Those of before this was kept are not
    here."""
    people, told, cells = tables.published_people, tables.published, tables.published_cells
    members = {row.release: _unpack(row.members, _PERSON) for row in connection.execute(select(people))}
    query = select(told.c.release, told.c.told).where(told.c.release.in_(list(members)))
    shown = {row.release: json.loads(row.told) for row in connection.execute(query)}
    found: dict[Key, dict[str, Counted]] = {}
    rows = select(cells).join(told, told.c.release == cells.c.release).order_by(told.c.at, told.c.release)
    for row in connection.execute(rows):
        one = shown[row.release][row.kind][row.name]
        found.setdefault((row.kind, row.name), {})[row.release] = _counted(one, members[row.release], row)
    return found


def forget_members(connection: Connection, person: str) -> None:
    """A person withdraws. Each list gets a number below zero in place of theirs, that no person has."""
    genomes = [int(name.removeprefix("EMBG")) for name in accessions_of(connection, person)]
    table = tables.published_people
    for row in list(connection.execute(select(table))) if genomes else ():
        who = _unpack(row.members, _PERSON)
        theirs = who == min(genomes)
        if theirs.any():
            who[theirs] = min(int(who.min()), 0) - 1
            connection.execute(update(table).where(table.c.release == row.release).values(members=_pack(who)))


def _counted(told: Mapping[str, Any], members: Ints, row: Any) -> Counted:
    codes = _unpack(row.codes, _CODE).astype(np.int64)
    inside = np.flatnonzero(codes)
    inside = inside[np.argsort(members[inside], kind="stable")]
    return Counted(told, members[inside], tuple((a, b) for a, b in json.loads(row.cells)), codes[inside] - 1)


def _pack(values: Any) -> bytes:
    return zlib.compress(values.tobytes(), 6)


def _unpack(data: bytes, kind: str) -> Any:
    return np.frombuffer(zlib.decompressobj().decompress(data, _MOST_BYTES), kind).copy()
