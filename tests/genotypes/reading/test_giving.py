"""A genome is given back as its plain twin does it, from messy files, whole and by region, in buffers of any size."""

import random
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken
from embla.genome import GRCH38, Region
from embla.genotypes import ContigCalls, Pack, Policy, giving_lines
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.giving_back import genome_text
from embla.genotypes.giving_lines import GivenBack, Giver
from embla.genotypes.model import codes
from embla.genotypes.reading import read_packs
from embla.reference import Reference
from tests.genotypes.reading import messy
from tests.support.plain_giving import plain_lines

Bases = tuple[Reference, dict[str, str]]
POLICY = Policy()


def file_of(pack: Pack) -> PackFile:
    _, blob = encode_pack(pack)
    with blob:
        return PackFile(b"".join(blob.chunks()), "pack")


def body(pack: PackFile, reference: Reference | None, region: Region | None = None) -> list[bytes]:
    text = b"".join(genome_text(pack, "P", policy=POLICY, reference=reference, region=region))
    return [line for line in text.splitlines(keepends=True) if not line.startswith(b"#")]


def packs_of(seed: int, repeated: Bases, folder: Path) -> tuple[list[PackFile], Reference | None, random.Random]:
    rng = random.Random(seed)
    reference, bases = repeated if rng.random() < 0.6 else (None, {})
    maker = messy.Messy(rng, bases, samples=rng.choice((1, 2)))
    path = messy.write(folder / "x.vcf", maker.text(40), rng)
    bed = folder / "kit.bed"
    bed.write_text("chr1\t10\t200\nchrM\t0\t300\n")
    specs = messy.specs(rng, path, maker.samples, bed)
    read = read_packs(specs, assembly=GRCH38, reference=reference, policy=POLICY)
    return [file_of(one.pack) for one in read], reference, rng


@settings(max_examples=80)
@given(seed=st.integers(0, 2**32))
def test_genome__is_given_back_as_the_plain_twin_does(seed: int, repeated: Bases) -> None:
    with tempfile.TemporaryDirectory() as folder:
        packs, reference, rng = packs_of(seed, repeated, Path(folder))
    for pack in packs:
        whole = plain_lines(pack, POLICY, reference)
        assert body(pack, reference) == whole
        for _ in range(4):
            contig = rng.choice(pack.contigs or ["chr1"])
            start = rng.randint(0, 400)
            region = Region(contig, start, start + rng.choice((1, 5, 60, 10_000)))
            assert body(pack, reference, region) == plain_lines(pack, POLICY, reference, region)


@pytest.mark.parametrize("size", [1, 300])
def test_genome__is_the_same_in_small_buffers(size: int, repeated: Bases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(giving_lines, "_PIECE", size)
    monkeypatch.setattr(giving_lines, "_BASES_AT_ONCE", size)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(15):
            packs, reference, _ = packs_of(seed, repeated, Path(folder))
            for pack in packs:
                assert body(pack, reference) == plain_lines(pack, POLICY, reference)


def test_genome__counts_what_it_gave(repeated: Bases, tmp_path: Path) -> None:
    (pack, *_), reference, _ = packs_of(3, repeated, tmp_path)
    report = GivenBack()
    lines: list[bytes] = []
    for contig in GRCH38.contigs:
        calls = pack.contig(contig.name)
        if calls is not None:
            lines += b"".join(Giver(pack, POLICY, reference).lines(calls, contig, report)).splitlines()

    blocks = sum(b"\tEND=" in line for line in lines)
    assert (report.records, report.blocks) == (len(lines) - blocks, blocks)
    assert report.records > 5


def broken(calls: ContigCalls, name: str) -> ContigCalls:
    rows = calls.records
    changed = {
        "text": {"text": bytes(rows.text)[:-1]},
        "order": {"text_end": rows.text_end[::-1].copy()},
        "depths": {"ad_end": rows.ad_end + np.uint32(1)},
        "filter": {"filter": np.full_like(rows.filter, 255)},
        "tab": {"text": bytes(rows.text).replace(b"\t", b"A")},
    }
    return replace(calls, records=replace(rows, **changed[name]))


@pytest.mark.parametrize("name", ["text", "order", "depths", "filter", "tab"])
def test_columns_that_do_not_fit__are_damage_and_nothing_outside_is_read(
    name: str, repeated: Bases, tmp_path: Path
) -> None:
    (pack, *_), reference, _ = packs_of(3, repeated, tmp_path)
    calls = pack.contig("chr1")
    assert calls is not None and len(calls.records.pos) > 2

    with pytest.raises(Broken, match="do not fit"):
        list(Giver(pack, POLICY, reference).lines(broken(calls, name), GRCH38.contig("chr1"), GivenBack()))


def test_runs_that_overlap__are_damage_and_nothing_outside_is_written(repeated: Bases, tmp_path: Path) -> None:
    packs = (pack for seed in range(30) for pack in packs_of(seed, repeated, tmp_path)[0])
    found = ((pack, pack.contig("chr1")) for pack in packs if pack.callability == "gvcf")
    pack, calls = next((pack, calls) for pack, calls in found if calls is not None and len(calls.records.pos) > 9)
    many = replace(
        calls,
        run_start=np.zeros(500, np.uint32),
        run_end=np.full(500, 3_000, np.uint32),
        run_state=np.full(500, codes.STATE_FULL, np.uint8),
    )

    with pytest.raises(Broken, match="do not fit"):
        list(Giver(pack, POLICY, None).lines(many, GRCH38.contig("chr1"), GivenBack()))
