"""A genome pack as one file, and its digest: SHA-256 over what is in it, before compression, without any name.

The digest depends neither on the compressor nor on how columns are told (`packcode.py`): equal calls have equal digests
whatever version wrote them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from hashlib import sha256
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files import packcode
from embla.genotypes.files.blob import BlobWriter, Buffer, read_directory
from embla.genotypes.files.columns import (
    differences,
    from_planes,
    plane_sections,
    planes_of,
    running,
    squeeze,
    squeeze_apart,
    unsqueeze,
)
from embla.genotypes.files.lexicon import Known, Lexicon
from embla.genotypes.model.pack import Callability, ContigCalls, Pack, Records

KIND: Final = b"PAK"
# Columns that only grow are written as differences.
_GROWING: Final = frozenset(["key", "run_start", "run_end", "pos", "text_end", "ad_end"])
_CALLS: Final = (
    ("key", "<u8"),
    ("entry", "<u2"),
    ("heteroplasmy", "<u2"),
    ("run_start", "<u4"),
    ("run_end", "<u4"),
    ("run_state", "|u1"),
)
_RECORDS: Final = (
    ("pos", "<u4"),
    ("text_end", "<u4"),
    ("gt", "|i1"),
    ("phased", "|b1"),
    ("phase_set", "<i8"),
    ("filter", "|u1"),
    ("dp", "<i4"),
    ("gq", "<i2"),
    ("ad", "<i4"),
    ("ad_end", "<u4"),
    ("counted", "|b1"),
)
Part = tuple[str, str, int, bytes | memoryview]  # name, dtype, length, bytes before compression


def encode_pack(pack: Pack, lexicon: Lexicon | None = None) -> tuple[str, BlobWriter]:
    """The digest of a pack and its file, to be put under that digest; told by a lexicon where there is one."""
    digest = sha256(_identity(pack))
    # Its name is the digest of what is in it.
    blob = BlobWriter(KIND, digest=False)
    contigs: dict[str, Any] = {}
    for name in sorted(pack.contigs):
        calls = pack.contigs[name]
        raw: bytes | memoryview = b""
        for column, dtype, n, raw in _parts(calls):
            digest.update(f"{name} {column} {dtype} {n} ".encode())
            digest.update(raw)
        long_alleles = raw  # the last of them
        told = packcode.told(calls, lexicon.contig(name) if lexicon is not None else None)
        columns: dict[str, Any] = {}
        for column, values in told.columns.items():
            offset, size = blob.add(squeeze_apart(plane_sections(values, told.cuts.get(column))))
            columns[column] = [values.dtype.str, len(values), offset, size]
        contigs[name] = {"told": columns, "long_alleles": ["bytes", 0, *blob.add(squeeze(long_alleles))]}
    kept: dict[str, Any] = {}
    for name, text in _kept(pack):
        digest.update(f"{name} kept {len(text)} ".encode())
        digest.update(text)
        kept[name] = blob.add(squeeze(text))
    named = {"lexicon": lexicon.name} if lexicon is not None else {}
    blob.finish({**_facts(pack), **named, "contigs": contigs, "kept": kept, "digest": digest.hexdigest()})
    return digest.hexdigest(), blob


def pack_digest(pack: Pack) -> str:
    """The digest alone."""
    digest = sha256(_identity(pack))
    for name in sorted(pack.contigs):
        for column, dtype, n, raw in _parts(pack.contigs[name]):
            digest.update(f"{name} {column} {dtype} {n} ".encode())
            digest.update(raw)
    for name, text in _kept(pack):
        digest.update(f"{name} kept {len(text)} ".encode())
        digest.update(text)
    return digest.hexdigest()


def _kept(pack: Pack) -> list[tuple[str, bytes]]:
    """Kept lines by contig. A genome without any has the digest that it had before packs kept lines."""
    return [(name, text) for name, text in sorted(pack.kept.items()) if text]


def _facts(pack: Pack) -> dict[str, Any]:
    return {
        "assembly": pack.assembly,
        "karyotype": str(pack.karyotype),
        "callability": pack.callability,
        "policy": pack.policy,
        "pipeline": pack.pipeline,
        "filters": list(pack.filters),
    }


def _identity(pack: Pack) -> bytes:
    return json.dumps(_facts(pack), sort_keys=True, separators=(",", ":")).encode()


def _parts(calls: ContigCalls) -> Iterator[Part]:
    for column, dtype in _CALLS:
        yield _part(column, dtype, getattr(calls, column))
    for column, dtype in _RECORDS:
        yield _part("record_" + column, dtype, getattr(calls.records, column), column)
    yield "record_text", "bytes", len(calls.records.text), bytes(calls.records.text)
    long = _long_alleles(calls)
    yield "long_alleles", "bytes", len(long), long


def _long_alleles(calls: ContigCalls) -> bytes:
    return "".join(f"{key}\t{ref}\t{alt}\n" for key, (ref, alt) in sorted(calls.long_alleles.items())).encode()


def _part(name: str, dtype: str, values: NDArray[Any], column: str = "") -> Part:
    flat = np.ascontiguousarray(values).astype(dtype, copy=False).reshape(-1)
    if (column or name) in _GROWING:
        flat = differences(flat)
    return name, dtype, len(flat), planes_of(flat)


class PackFile:
    """A pack over its plain bytes; contigs are read when asked. `lexicons` opens the lexicon that it names, if it does.
    Raises Broken for damage."""

    def __init__(self, data: Buffer, name: str, lexicons: Callable[[str], Lexicon] | None = None) -> None:
        self.data = data
        self.name = name
        self._lexicons = lexicons
        self.facts = read_directory(self.data, KIND, name)
        self.digest: str = self.facts["digest"]
        self.karyotype: str = self.facts["karyotype"]
        self.callability: Callability = self.facts["callability"]
        if self.callability not in get_args(Callability):
            raise Broken(f"{name} is damaged.", mend="Run `embla store verify`.")

    @property
    def contigs(self) -> list[str]:
        """Contigs this genome has anything on."""
        return list(self.facts["contigs"])

    def contig(self, name: str) -> ContigCalls | None:
        """Calls and runs of one contig; None where the pack lacks it."""
        parts = self.facts["contigs"].get(name)
        if parts is None:
            return None
        try:
            lines = self._bytes(parts, "long_alleles").decode().splitlines()
            long = {int(key): (ref, alt) for key, ref, alt in (line.split("\t") for line in lines)}
            if "told" in parts:
                columns = {column: self._told(parts["told"], column) for column in parts["told"]}
                return packcode.heard(columns, long, self._known(name))
            # As packs were written by stores of format 1: every column as it is.
            calls = {column: self._read(parts, column, column) for column, _ in _CALLS}
            records = {column: self._read(parts, "record_" + column, column) for column, _ in _RECORDS}
            records["gt"] = records["gt"].reshape(-1, 2)
            text = self._bytes(parts, "record_text")
        except (KeyError, ValueError, IndexError, UnicodeDecodeError) as error:
            raise Broken(f"{self.name} is damaged.", mend="Run `embla store verify`.") from error
        return ContigCalls(**calls, long_alleles=long, records=Records(**records, text=text))

    def _known(self, contig: str) -> Known | None:
        """What the pack's lexicon knows of a contig; None for a pack that names none."""
        lexicon: str = self.facts.get("lexicon", "")
        return self._lexicons(lexicon).contig(contig) if lexicon and self._lexicons is not None else None

    @property
    def keeps_lines(self) -> bool:
        """False for a pack from before there was a list of places whose lines are kept."""
        return "kept" in self.facts

    def kept(self, name: str) -> bytes:
        """The lines kept of one contig, as VCF text; nothing where there are none."""
        place = self.facts.get("kept", {}).get(name)
        return b"" if place is None else unsqueeze(self.data[place[0] : place[0] + place[1]])

    def pack(self) -> Pack:
        """The whole pack in memory."""
        known = {f.name for f in fields(Pack)} - {"contigs", "filters", "kept"}
        contigs = {name: calls for name in self.contigs if (calls := self.contig(name)) is not None}
        facts = {k: v for k, v in self.facts.items() if k in known}
        kept = {name: self.kept(name) for name in self.facts.get("kept", {})}
        return Pack(**facts, filters=tuple(self.facts["filters"]), contigs=contigs, kept=kept)

    def _told(self, told: dict[str, Any], name: str) -> NDArray[Any]:
        dtype, n, _, _ = told[name]
        return from_planes(self._bytes(told, name), dtype, n)

    def _bytes(self, parts: dict[str, Any], name: str) -> bytes:
        _, _, offset, size = parts[name]
        return unsqueeze(self.data[offset : offset + size])

    def _read(self, parts: dict[str, Any], name: str, column: str) -> NDArray[Any]:
        dtype, n, _, _ = parts[name]
        values = from_planes(self._bytes(parts, name), dtype, n)
        return running(values) if column in _GROWING else values
