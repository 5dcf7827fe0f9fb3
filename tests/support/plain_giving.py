"""Giving a genome back, the plain slow way: record by record, block by block. Oracle of `giving_lines.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Any, Final

import numpy as np

from embla.errors import BadInput
from embla.genome import GRCH38, Region, Variant, copies
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls
from embla.genotypes.model.policy import Policy
from embla.reference import Reference, normalise

_BASES: Final = frozenset("ACGTNRYSWKMBDHV")
_PASSES: Final = ("PASS", ".")
Line = tuple[int, int, str]  # position, 1 for a block (after a record of the same base), text


def plain_lines(
    pack: PackFile, policy: Policy, reference: Reference | None, region: Region | None = None
) -> list[bytes]:
    """The lines below the header."""
    within = None if region is None else (region.start, region.end)
    found = []
    for contig in GRCH38.contigs:
        calls = pack.contig(contig.name) if region is None or contig.name == region.contig else None
        if calls is not None:
            lines = _lines(calls, contig.name, contig.length, pack, policy, reference, within)
            found += [text.encode("latin-1") for _, _, text in lines]
    return found


def _lines(
    calls: ContigCalls,
    contig: str,
    length: int,
    pack: PackFile,
    policy: Policy,
    reference: Reference | None,
    within: tuple[int, int] | None = None,
) -> Iterable[Line]:
    """Records and, for gvcf genomes, blocks of one contig in order; `within`: only those that touch these bases."""
    records = _records(calls, contig, pack, reference, within)
    blocks = _blocks(calls, contig, length, pack, policy, reference, within)
    return merge(records, blocks, key=lambda line: line[:2])


def _records(
    calls: ContigCalls,
    contig: str,
    pack: PackFile,
    reference: Reference | None,
    within: tuple[int, int] | None = None,
) -> Iterator[Line]:
    records = calls.records
    filters = pack.filters
    by_key = {int(key): i for i, key in enumerate(calls.key)} if len(calls.key) else {}
    twice = _twice(calls, contig, reference) if contig == "chrM" else set()
    explained = _explained(calls, contig, filters, by_key, reference)
    text_start = ad_start = 0
    for i in range(len(records.pos)):
        pos = int(records.pos[i])
        text, text_start = (
            records.text[text_start : int(records.text_end[i])].decode("latin-1"),
            int(records.text_end[i]),
        )
        ad, ad_start = records.ad[ad_start : int(records.ad_end[i])], int(records.ad_end[i])
        ref, alt = text.split("\t")
        if within is not None and not (pos - 1 < within[1] and within[0] < pos - 1 + len(ref)):
            continue
        passed = filters[int(records.filter[i])]
        named = [_variant(contig, pos, ref, a, reference) for a in alt.split(",")]
        own = [_entry(calls, by_key, v) for v in named]
        gt = records.gt[i]
        if contig == "chrM" and not records.counted[i] and any(v in twice for v in named if v is not None):
            gt = np.full(2, -1, np.int8)
        called = bool(records.counted[i]) and bool((gt >= 0).any())
        failed = passed in ("PASS;FT", ".;FT")
        passed = passed.removesuffix(";FT") if failed else passed
        if passed == "RefCall" and contig != "chrM" and max(records.gt[i]) <= 0:
            of_key = [int(calls.entry[at]) for at in own if at is not None and at not in explained]
            failed = any(entry & (codes.FAILED | codes.DERIVED) == codes.FAILED for entry in of_key)
        values = {
            "GT": _gt(gt, bool(records.phased[i])),
            "DP": _number(records.dp[i]),
            "GQ": _number(records.gq[i]),
            "AD": ",".join(_number(x) for x in ad),
            "FT": "FAIL" if failed else "",
            "AF": _shares(calls, own, named, called) if contig == "chrM" else "",
            "PS": _number(records.phase_set[i], ""),
        }
        written = {key: value for key, value in values.items() if value}
        fields = [contig, str(pos), ".", ref, alt, ".", passed, ".", ":".join(written), ":".join(written.values())]
        yield pos, 0, "\t".join(fields) + "\n"


def _variant(contig: str, pos: int, ref: str, alt: str, reference: Reference | None) -> Variant | None:
    if not _BASES.issuperset(alt) or not _BASES.issuperset(ref):
        return None
    try:
        return normalise(Variant(contig, pos, ref, alt), reference).variant
    except BadInput:
        return None


def _twice(calls: ContigCalls, contig: str, reference: Reference | None) -> set[Variant]:
    """What two records that are not counted say: they contradict each other, and their shares are not kept."""
    found: Counter[Variant] = Counter()
    start = 0
    for i, end in enumerate(calls.records.text_end.tolist()):
        ref, alts = calls.records.text[start:end].decode("latin-1").split("\t")
        start = end
        if not calls.records.counted[i]:
            named = (_variant(contig, int(calls.records.pos[i]), ref, alt, reference) for alt in alts.split(","))
            found.update(v for v in named if v is not None)
    return {variant for variant, times in found.items() if times > 1}


def _explained(
    calls: ContigCalls, contig: str, filters: Any, by_key: dict[int, int], reference: Reference | None
) -> set[int]:
    """Entries of which a record says by its FILTER that its call failed."""
    found = set()
    start = 0
    records = calls.records
    for i, end in enumerate(records.text_end.tolist()):
        ref, alts = records.text[start:end].decode("latin-1").split("\t")
        start = end
        text = filters[int(records.filter[i])]
        if text not in _PASSES and not (text == "RefCall" and contig != "chrM" and max(records.gt[i]) <= 0):
            named = (_variant(contig, int(records.pos[i]), ref, alt, reference) for alt in alts.split(","))
            found |= {at for v in named if (at := _entry(calls, by_key, v)) is not None}
    return found


def _entry(calls: ContigCalls, by_key: dict[int, int], v: Variant | None) -> int | None:
    """Number of the entry that this allele of a record became, None if it became none."""
    if v is None:
        return None
    for salt in range(1 if keys.is_short(v.ref, v.alt) else keys.MAX_SALT + 1):
        at = by_key.get(keys.make_key(v.pos, v.ref, v.alt, salt=salt))
        if at is not None and calls.long_alleles.get(int(calls.key[at]), (v.ref, v.alt)) == (v.ref, v.alt):
            return at
    return None


def _shares(calls: ContigCalls, own: list[int | None], named: list[Variant | None], called: bool) -> str:
    """Heteroplasmy of each ALT; "" when none is known. That of a called one without an entry of its own is 0."""
    texts = []
    for at, variant in zip(own, named, strict=True):
        text = "0.0000" if called and variant is not None else "."
        if at is not None:
            text = "0.0000" if int(calls.entry[at]) & codes.DERIVED else f"{int(calls.heteroplasmy[at]) / 10_000:.4f}"
        texts.append(text)
    return ",".join(texts) if set(texts) != {"."} else ""


def _gt(gt: Any, phased: bool) -> str:
    first, second = ("." if a == -1 else str(int(a)) for a in gt)
    return first if int(gt[1]) == -2 else first + ("|" if phased else "/") + second


def _number(value: Any, missing: str = ".") -> str:
    return missing if int(value) < 0 else str(int(value))


def _called(calls: ContigCalls, length: int) -> Iterator[tuple[int, int, int]]:
    """(start, end, state) over the whole contig, STATE_FULL where no run speaks."""
    at = 0
    for start, end, state in zip(
        calls.run_start.tolist(), calls.run_end.tolist(), calls.run_state.tolist(), strict=True
    ):
        if at < start:
            yield at, start, codes.STATE_FULL
        yield start, end, state
        at = end
    if at < length:
        yield at, length, codes.STATE_FULL


def _blocks(
    calls: ContigCalls,
    contig: str,
    length: int,
    pack: PackFile,
    policy: Policy,
    reference: Reference | None,
    within: tuple[int, int] | None = None,
) -> Iterator[Line]:
    """Reference blocks for what was called, less the spans of the records, which say it themselves."""
    first, last = within or (0, length)
    spans = _spans(calls, contig, pack)
    for piece in GRCH38.pieces(contig):
        if not copies(pack.karyotype, piece.kind):
            continue
        for start, end, state in _called(calls, length):
            raw, adj = divmod(state, 3)
            a, b = max(start, piece.start, first), min(end, piece.end, last)
            if a >= b or (raw == codes.NOTHING if pack.callability == "gvcf" else state == codes.STATE_FULL):
                continue
            parts = list(_without(a, b, spans))
            if raw == codes.NOTHING and pack.callability == "bed":
                # Most of it lies outside the BED; a key that has an entry does not.
                at = sorted({int(key) >> keys.POS_SHIFT for key in calls.key})
                parts = [(pos - 1, pos) for pos in at if any(low < pos <= high for low, high in parts)]
            for low, high in parts:
                gt = ("./.", "0/.", "0/0")[raw]
                good = adj != codes.NOTHING
                ref = reference.fetch(contig, low, low + 1) if reference is not None and reference.has(contig) else "N"
                depth, quality = (policy.min_dp, policy.min_gq) if good else (0, 0)
                yield (
                    low + 1,
                    1,
                    (
                        f"{contig}\t{low + 1}\t.\t{ref}\t<NON_REF>\t.\t.\tEND={high}\t"
                        f"GT:DP:GQ:MIN_DP\t{gt}:{depth}:{quality}:{depth}\n"
                    ),
                )


def _spans(calls: ContigCalls, contig: str, pack: PackFile) -> np.ndarray[Any, Any]:
    """Merged spans of the records that begin where there are copies, (n, 2) 0-based half-open, sorted."""
    records = calls.records
    if not len(records.pos):
        return np.empty((0, 2), np.int64)
    ends = records.text_end.tolist()
    begins = [0, *ends[:-1]]
    lengths = np.array([records.text.index(b"\t", a) - a for a in begins], dtype=np.int64)
    start = records.pos.astype(np.int64) - 1
    kinds = [GRCH38.piece_at(contig, pos).kind for pos in records.pos.tolist()]
    here = np.array([bool(copies(pack.karyotype, kind)) for kind in kinds], np.bool_)
    start, lengths = start[here], lengths[here]
    if not len(start):
        return np.empty((0, 2), np.int64)
    order = np.argsort(start, kind="stable")
    start, end = start[order], np.maximum.accumulate((start + lengths)[order])
    fresh = np.concatenate(([True], start[1:] > end[:-1]))
    last = np.concatenate((fresh[1:], [True]))
    return np.stack([start[fresh], end[last]], axis=1)


def _without(a: int, b: int, spans: np.ndarray[Any, Any]) -> Iterator[tuple[int, int]]:
    """The parts of a..b that no span covers."""
    first = int(np.searchsorted(spans[:, 1], a, side="right"))
    for start, end in spans[first:]:
        if start >= b:
            break
        if a < start:
            yield a, int(start)
        a = max(a, int(end))
    if a < b:
        yield a, b
