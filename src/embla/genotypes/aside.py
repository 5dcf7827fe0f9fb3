"""A pack laid aside while others are read: its entries and runs at hand, its records told and compressed.

A whole genome's records are 240 MB in memory and 13 as a pack's file; of a family one genome at a time need be whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.model.pack import Pack, Records

FROM: Final = 200_000  # records from which laying aside saves more than it takes
_NO_RECORDS: Final = Records(
    np.empty(0, np.uint32), b"", np.empty(0, np.uint32), np.empty((0, 2), np.int8), np.empty(0, np.bool_),
    np.empty(0, np.int64), np.empty(0, np.uint16), np.empty(0, np.int32), np.empty(0, np.int16), np.empty(0, np.int32),
    np.empty(0, np.uint32), np.empty(0, np.bool_),
)  # fmt: skip


@dataclass(frozen=True)
class LaidAside:
    """`light` is the pack without its records."""

    light: Pack
    _file: bytes = field(repr=False)

    def whole(self) -> Pack:
        """The pack with its records, put together anew; FILTER texts that no record has are left out."""
        return PackFile(self._file, "a pack that was laid aside").pack()


def lay_aside(pack: Pack) -> LaidAside | None:
    """A pack laid aside; None for one that is too small to be."""
    if sum(len(calls.records.pos) for calls in pack.contigs.values()) < FROM:
        return None
    _, blob = encode_pack(pack)
    with blob:
        file = b"".join(blob.chunks())
    contigs = {name: replace(calls, records=_NO_RECORDS) for name, calls in pack.contigs.items()}
    return LaidAside(replace(pack, contigs=contigs, kept={}), file)
