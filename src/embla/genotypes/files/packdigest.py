"""The digest of a pack: SHA-256 over what is in it, before compression, without any name.

It depends neither on the compressor nor on how columns are told (`packcode.py`): equal calls have equal digests. Each
contig has a digest of its own, so that one can be packed and let go while the next is read; the pack's is made of them.
Of a byte plane whose bytes are all equal, as half of them are, the byte is hashed alone.
Packs from before 2026-11-28 have one over everything in a row (`VERSIONS`, 1), by which they are still known.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.files.columns import differences, planes_of, varying_planes_of
from embla.genotypes.model.filters import MOST, OTHER, by_contig
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


def contig_digest(name: str, calls: ContigCalls, filters: Sequence[str], long_alleles: bytes) -> str:
    """Of one contig. `filters` are its own texts (`filters.own_filters`), `long_alleles` what `long_text` says."""
    digest = sha256()
    for head, column in _columns(name, calls):
        digest.update(head)
        for plane in varying_planes_of(column):
            digest.update(b"=" if len(plane) == 1 else b":")
            digest.update(plane)
    for head, text in _texts(name, calls, long_alleles):
        digest.update(head)
        digest.update(text)
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
    contigs = {name: contig_digest(name, calls, own, long_text(calls)) for name, calls, own in by_contig(pack)}
    return joined_digest(pack.facts, contigs, pack.kept)


def long_text(calls: ContigCalls) -> bytes:
    """Long alleles as a pack's file writes them."""
    return "".join(f"{key}\t{ref}\t{alt}\n" for key, (ref, alt) in sorted(calls.long_alleles.items())).encode()


def _first_digest(pack: Pack) -> str:
    filters, contigs = _folded(pack)
    digest = sha256(_canonical({**asdict(pack.facts), "filters": filters}))
    for name, calls in sorted(contigs.items()):
        for head, column in _columns(name, calls):
            digest.update(head)
            digest.update(planes_of(column))
        for head, text in _texts(name, calls, long_text(calls)):
            digest.update(head)
            digest.update(text)
    _add_kept(digest, pack.kept)
    return digest.hexdigest()


def _folded(pack: Pack) -> tuple[list[str], dict[str, ContigCalls]]:
    """FILTER texts and contigs as packs of the first digest had them: numbers of the whole genome in a byte, beyond 255
    texts OTHER."""
    if len(pack.filters) <= MOST or (len(pack.filters) == MOST + 1 and pack.filters[-1] == OTHER):
        return list(pack.filters), pack.contigs
    own: dict[str, int] = {}
    contigs = {}
    for name, calls, texts in by_contig(pack):
        place = [own.setdefault(text if text in own or len(own) < MOST else OTHER, len(own)) for text in texts]
        contigs[name] = calls.with_filter(np.array(place, np.uint8)[calls.records.filter])
    return list(own), contigs


def _canonical(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()


def _add_kept(digest: Any, kept: Mapping[str, bytes]) -> None:
    """Kept lines by contig. A genome without any has the digest that it had before packs kept lines."""
    for name, text in sorted(kept.items()):
        if text:
            digest.update(f"{name} kept {len(text)} ".encode())
            digest.update(text)


def _columns(contig: str, calls: ContigCalls) -> Iterator[tuple[bytes, NDArray[Any]]]:
    """What begins each column, which says how many values follow, and them."""
    for prefix, columns, rows in (("", CALLS, calls), ("record_", RECORDS, calls.records)):
        for name, dtype in columns:
            flat = np.ascontiguousarray(getattr(rows, name)).astype(dtype, copy=False).reshape(-1)
            head = f"{contig} {prefix}{name} {dtype} {len(flat)} ".encode()
            yield head, differences(flat) if name in GROWING else flat


def _texts(contig: str, calls: ContigCalls, long_alleles: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What begins each text, which says how long it is, and it."""
    for name, text in (("record_text", bytes(calls.records.text)), ("long_alleles", long_alleles)):
        yield f"{contig} {name} bytes {len(text)} ".encode(), text
