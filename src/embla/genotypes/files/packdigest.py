"""The digest of a pack: SHA-256 over what is in it, before compression, without any name.

It depends neither on the compressor nor on how columns are told (`packcode.py`): equal calls have equal digests. Each
contig has a digest of its own, so that one can be packed and let go while the next is read; the pack's is made of them.
Packs from before 2026-11-28 have one over everything in a row (`VERSIONS`, 1), by which they are still known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files.columns import differences, planes_of
from embla.genotypes.model.filters import own_filters
from embla.genotypes.model.pack import ContigCalls, Pack, PackFacts

FIRST, NEWEST = VERSIONS = 1, 2
# Columns that only grow are hashed as differences.
GROWING: Final = frozenset(["key", "run_start", "run_end", "pos", "text_end", "ad_end"])
CALLS: Final = (
    ("key", "<u8"),
    ("entry", "<u2"),
    ("heteroplasmy", "<u2"),
    ("run_start", "<u4"),
    ("run_end", "<u4"),
    ("run_state", "|u1"),
)
RECORDS: Final = (
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


def contig_digest(name: str, calls: ContigCalls, filters: Sequence[str], long_alleles: bytes) -> str:
    """Of one contig. `filters` are its own texts (`filters.own_filters`), `long_alleles` what `long_text` says."""
    digest = sha256()
    for column, dtype, n, raw in _parts(calls, long_alleles):
        digest.update(f"{name} {column} {dtype} {n} ".encode())
        digest.update(raw)
    digest.update(json.dumps(filters).encode())
    return digest.hexdigest()


def joined_digest(facts: PackFacts, contigs: Mapping[str, str], kept: Mapping[str, bytes]) -> str:
    """Of the pack whose contigs have these digests. A contig without kept lines is as one that is not in `kept`."""
    digest = sha256(_canonical({**asdict(facts), "digest": NEWEST}))
    for name in sorted(contigs):
        digest.update(f"{name} {contigs[name]} ".encode())
    _add_kept(digest, kept)
    return digest.hexdigest()


def pack_digest(pack: Pack, version: int = NEWEST) -> str:
    """The digest of a pack in memory, as that version makes it."""
    if version == FIRST:
        return _first_digest(pack)
    contigs = {}
    for name, calls in pack.contigs.items():
        numbers, own = own_filters(calls.records.filter, pack.filters)
        contigs[name] = contig_digest(name, calls.with_filter(numbers), own, long_text(calls))
    return joined_digest(pack.facts, contigs, pack.kept)


def long_text(calls: ContigCalls) -> bytes:
    """Long alleles as a pack's file writes them."""
    return "".join(f"{key}\t{ref}\t{alt}\n" for key, (ref, alt) in sorted(calls.long_alleles.items())).encode()


def _first_digest(pack: Pack) -> str:
    digest = sha256(_canonical({**asdict(pack.facts), "filters": list(pack.filters)}))
    for name in sorted(pack.contigs):
        calls = pack.contigs[name]
        for column, dtype, n, raw in _parts(calls, long_text(calls)):
            digest.update(f"{name} {column} {dtype} {n} ".encode())
            digest.update(raw)
    _add_kept(digest, pack.kept)
    return digest.hexdigest()


def _canonical(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def _add_kept(digest: Any, kept: Mapping[str, bytes]) -> None:
    """Kept lines by contig. A genome without any has the digest that it had before packs kept lines."""
    for name, text in sorted(kept.items()):
        if text:
            digest.update(f"{name} kept {len(text)} ".encode())
            digest.update(text)


def _parts(calls: ContigCalls, long_alleles: bytes) -> Iterator[Part]:
    for column, dtype in CALLS:
        yield _part(column, dtype, getattr(calls, column))
    for column, dtype in RECORDS:
        yield _part("record_" + column, dtype, getattr(calls.records, column), column)
    yield "record_text", "bytes", len(calls.records.text), bytes(calls.records.text)
    yield "long_alleles", "bytes", len(long_alleles), long_alleles


def _part(name: str, dtype: str, values: NDArray[Any], column: str = "") -> Part:
    flat = np.ascontiguousarray(values).astype(dtype, copy=False).reshape(-1)
    if (column or name) in GROWING:
        flat = differences(flat)
    return name, dtype, len(flat), planes_of(flat)
