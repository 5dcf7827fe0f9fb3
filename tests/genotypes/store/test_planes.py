"""Plane frames: what is written is read back by the plain road and the compiled one, and cohorts count as by hand."""

from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files import planes, segment
from embla.genotypes.files.columns import squeeze, unsqueeze
from embla.genotypes.files.planes import PlaneReader
from embla.genotypes.files.segment import ContigReader, SegmentReader
from embla.genotypes.files.variants import Variants
from embla.genotypes.files.writing import SegmentWriter
from embla.genotypes.kernels import JitEngine
from embla.genotypes.model import codes, keys
from embla.genotypes.plane_kernels import PlanedStretch, PlaneScan
from embla.genotypes.sweep import NumpyEngine

HET, HOM = codes.make_entry(codes.HET, adj=True), codes.make_entry(codes.HOM, adj=True)
OTHERS = (codes.make_entry(codes.HET), codes.make_entry(codes.NONE, failed=True, d_raw=-2, d_adj=-2), HOM)
LONG = ("A", "ACGTACGTACGTACGT")


@pytest.fixture(autouse=True)
def every_segment_in_planes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "PLANES_FROM", 1)


def columns(rows: list[NDArray[np.bool_]], rng: np.random.Generator, odd: float) -> Variants:
    """Variants from a bit per genome each; `odd` is the share of entries that are not a plain het."""
    key, end, ordinal, entry, texts = [], [], [], [], {}
    for i, row in enumerate(rows):
        ref, alt = LONG if i % 9 == 5 else ("A", "ACGT"[1 + i % 3])
        key.append(keys.make_key(1_000_000 + 3 * i, ref, alt))
        if (ref, alt) == LONG:
            texts[key[-1]] = LONG
        own = np.flatnonzero(row)
        ordinal.append(own)
        end.append(len(own) + (end[-1] if end else 0))
        entry.append(np.where(rng.random(len(own)) < odd, rng.choice(OTHERS, len(own)), HET))
    none = np.empty(0, np.uint16)
    return Variants(
        np.array(key, np.uint64),
        np.array(end, np.int64),
        np.concatenate([none, *ordinal]).astype(np.uint16),
        np.concatenate([none, *entry]).astype(np.uint16),
        none,
        texts,
    )


def written(variants: Variants, genomes: int, per_frame: int = 2_048) -> ContigReader:
    writer = SegmentWriter(genomes)
    writer.per_frame = per_frame
    writer.contig("chr1", 248_956_422, [variants], [])
    writer.finish()
    reader = SegmentReader(memoryview(b"".join(writer.blob.chunks())), "x").contig("chr1")
    assert reader is not None and reader.in_planes
    return reader


def rows_like(kind: str, n: int, genomes: int, rng: np.random.Generator) -> list[NDArray[np.bool_]]:
    if kind == "equal":
        return [np.ones(genomes, np.bool_) if genomes == 1 else np.arange(genomes) % 2 == 0] * n
    if kind == "everybody":
        return [np.ones(genomes, np.bool_)] * n
    if kind == "nearly everybody":
        return [rng.random(genomes) < 0.99 for _ in range(n)]
    if kind == "linked":
        found = [rng.random(genomes) < 0.4]
        for _ in range(n - 1):
            found.append(found[-1] ^ (rng.random(genomes) < rng.choice([0.001, 0.01, 0.2])))
        return found
    return [rng.random(genomes) < share for share in rng.choice([0.0005, 0.01, 0.1, 0.5, 0.9], n)]


@given(
    kind=st.sampled_from(("equal", "everybody", "nearly everybody", "linked", "mixed")),
    n=st.integers(1, 300),
    genomes=st.sampled_from((1, 2, 63, 64, 65, 700)),
    odd=st.sampled_from((0.0, 0.02, 0.6)),
    per_frame=st.sampled_from((3, 100, 2_048)),
    seed=st.integers(0, 9_999),
)
@settings(max_examples=60, deadline=None)
def test_planes__give_back_every_entry_and_count_every_cohort(
    kind: str, n: int, genomes: int, odd: float, per_frame: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = [row for row in rows_like(kind, n, genomes, rng) if row.any()]
    variants = columns(rows, rng, odd)
    if not rows:
        return
    reader = written(variants, genomes, per_frame)

    compiled = reader.between(0, 1 << 63) if len(reader.first_key) > 2 else JitEngine.stretch(reader, 0, 1 << 63)
    listed = compiled if isinstance(compiled, Variants) else reader.between(0, 1 << 63)
    for column in ("key", "end", "ordinal", "entry"):
        assert np.array_equal(getattr(listed, column), getattr(variants, column)), column
    assert listed.texts == variants.texts
    for number in range(len(reader.first_key)):
        frame = reader.open_frame(number)
        assert isinstance(frame, PlaneReader)
        plain = frame.between(0, 1 << 63)
        first = number * per_frame
        a, b = int(variants.begin[first]), int(variants.end[min(first + per_frame, len(variants)) - 1])
        assert np.array_equal(plain.ordinal, variants.ordinal[a:b])
        assert np.array_equal(plain.entry, variants.entry[a:b])

    bits = np.stack([rng.random(genomes) < 0.5, np.ones(genomes, np.bool_), np.zeros(genomes, np.bool_)])
    assumed = rng.random(genomes) < rng.choice([0.0, 0.3])
    low, high = int(variants.key[len(variants) // 3]), int(variants.key[-1]) + 1
    planed = PlanedStretch(reader, low, high)
    kept = (variants.key >= low) & (variants.key < high)
    index = np.arange(int(kept.sum()))
    fast, slow = (np.zeros((3, len(index), 12), np.int32) for _ in range(2))
    planed.add(fast, index, bits, assumed)
    NumpyEngine.add_entries(slow, reader.between(low, high), index, bits, assumed)
    assert np.array_equal(planed.key, variants.key[kept])
    assert np.array_equal(fast, slow)


@pytest.mark.parametrize("share", [1, 3, 64])
def test_rows__are_found_in_thin_blocks_and_in_groups(share: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planes, "DENSE_SHARE", share)
    rng = np.random.default_rng(share)
    genomes = 500
    rows = [row for row in rows_like("mixed", 900, genomes, rng) if row.any()]
    variants = columns(rows, rng, 0.05)
    reader = written(variants, genomes)

    for i in rng.integers(0, len(variants), 200):
        found = reader.find(int(variants.key[i]))
        assert found is not None
        frame, number = found
        a, b = int(variants.begin[i]), int(variants.end[i])
        ordinals, entries, _ = frame.carriers(number)
        assert ordinals.tolist() == variants.ordinal[a:b].tolist()
        assert entries.tolist() == variants.entry[a:b].tolist()
        assert [(row.code, row.size) for row in frame.rows(number)] == frame.sizes(number)
        for code in (HET, *OTHERS):
            assert frame.people_with(number, code).tolist() == ordinals[entries == code].tolist()
        some = rng.random(genomes) < 0.3
        for row in frame.rows(number):
            assert row.among(some) == int(some[row.listed()].sum())
    blocks = [reader.open_frame(f).lead.n_blocks for f in range(len(reader.first_key))]
    assert (max(blocks) > 1) == (share < 64)


def test_damage__in_a_plane_frame_is_an_error_and_never_another_number() -> None:
    rng = np.random.default_rng(1)
    variants = columns([row for row in rows_like("mixed", 60, 700, rng) if row.any()], rng, 0.1)
    reader = written(variants, 700)
    good = bytes(reader.frame_bytes(0))
    first = int(reader.first_key[0])
    members = rng.random((1, 700)) < 0.5

    def numbers(data: bytes) -> list[int]:
        frame = PlaneReader(memoryview(data), first)
        return [row.among(members[0]) for i in range(len(frame.key)) for row in frame.rows(i)]

    def compiled(data: bytes) -> list[list[int]]:
        one = ContigReader.__new__(ContigReader)
        one.first_key, one.frame_bytes = reader.first_key[:1], lambda number: memoryview(data)  # type: ignore[method-assign]
        return PlaneScan(one, range(1)).people(members).tolist()

    right, right_compiled = numbers(good), compiled(good)
    for at in range(0, len(good), 11):
        bad = bytearray(good)
        bad[at] ^= 0x10
        for ask, answer in ((numbers, right), (compiled, right_compiled)):
            try:
                assert ask(bytes(bad)) == answer, at
            except Broken:
                continue


def test_a_head__that_says_more_rows_than_it_holds_or_a_code_that_is_none_is_an_error() -> None:
    rng = np.random.default_rng(2)
    variants = columns([row for row in rows_like("mixed", 60, 700, rng) if row.any()], rng, 0.1)
    reader = written(variants, 700)
    good, first, n = bytes(reader.frame_bytes(0)), int(reader.first_key[0]), len(variants)
    lead = planes.read_lead(memoryview(good))
    told = bytearray(unsqueeze(good[slice(*lead.head)]))
    told[12 * n] += 1  # 256 further rows more

    def with_head(head: bytes) -> memoryview:
        squeezed = squeeze(head)
        rest = good[4:8] + len(squeezed).to_bytes(4, "little") + good[12 : lead.head[0]]
        return memoryview(crc32(rest).to_bytes(4, "little") + rest + squeezed + good[lead.head[1] :])

    def opened(head: bytes) -> PlaneScan:
        data = with_head(head)
        one = ContigReader.__new__(ContigReader)
        one.first_key, one.frame_bytes = reader.first_key[:1], lambda number: data  # type: ignore[method-assign]
        return PlaneScan(one, range(1))

    def opened_plainly(head: bytes) -> PlaneReader:
        return PlaneReader(with_head(head), first)

    scan, plain = (open_it(unsqueeze(good[slice(*lead.head)])) for open_it in (opened, opened_plainly))
    assert scan.size.tolist() == plain.row_size.tolist()
    with pytest.raises(Broken, match="other rows"):
        opened(bytes(told))
    with pytest.raises(Broken, match="other rows"):
        opened(bytes(told[: 13 * n - 1]))
    told = bytearray(unsqueeze(good[slice(*lead.head)]))
    told[13 * n + len(scan.size) - n] |= 0x10  # the upper byte of the first further row's code
    with pytest.raises(Broken, match="a code that is none"):
        opened(bytes(told))
    with pytest.raises(Broken, match="a code that is none"):
        _ = opened_plainly(bytes(told)).further_code
