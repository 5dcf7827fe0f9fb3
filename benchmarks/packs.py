"""What a whole genome's pack weighs by column: `python -m benchmarks.packs [--calls N] [--runs N] [--people N]`.

A genome of a population whose alleles are as frequent as in a neutral one (a site at frequency x for each 1/x), one in
seven an insertion or deletion, without linkage (which would help). Depths are Poisson around a mean that wanders along
the genome (34-fold, a tenth from its neighbour's), reads of a het are a fair coin's, GQ follows the reads up to 99,
half of the calls are phased in blocks of ten. Once as a store's first genome is told, once by the lexicon that a store
of `people` has learned. Or one person's real file (`--vcf FILE`), read as `embla store add` does.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38
from embla.genotypes import ContigCalls, Pack, Policy, Records
from embla.genotypes.files import packtext
from embla.genotypes.files.lexicon import LEAST_CARRIERS, Known, Lexicon, LexiconWriter, classes_of
from embla.genotypes.files.packdigest import pack_digest
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.model import codes, keys

AUTOSOMES = GRCH38.contigs[:22]
STATES = codes.make_state(codes.NOTHING, codes.NOTHING), codes.make_state(codes.FULL, codes.NOTHING)


def sites(length: int, mean: float, people: int, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Keys of a contig's alleles and their frequencies, `mean` of which one person carries."""
    least = 1 / (2 * people)
    # A person carries x (2 - x) of the sites at x: 1.5 for each unit of the spectrum.
    n = int(mean / 1.5 * np.log(1 / least))
    place = np.unique(rng.integers(10_000, length - 10_000, n))
    n = len(place)
    ref = rng.integers(0, 4, n)
    alt = np.where(rng.random(n) < 0.67, ref ^ 2, (ref + rng.choice([1, 3], n)) & 3)
    key = place.astype(np.uint64) << np.uint64(keys.POS_SHIFT)
    indel = rng.random(n) < 1 / 7
    added = np.where(indel, rng.geometric(0.45, n).clip(1, 12), 0)
    deleted = indel & (rng.random(n) < 0.5)
    n_ref, n_alt = np.where(deleted, 1 + added, 1), np.where(indel & ~deleted, 1 + added, 1)
    bases = np.where(indel, rng.integers(0, 4**13, n), 0).astype(np.uint64)
    bases = (ref.astype(np.uint64) << np.uint64(26)) | np.where(indel, bases, alt.astype(np.uint64) << np.uint64(24))
    mask = ~((np.uint64(1) << (2 * (14 - n_ref - n_alt)).astype(np.uint64)) - np.uint64(1)) & np.uint64(keys.BASES_MASK)
    # An indel starts with one base twice: REF's first base is ALT's.
    second = (2 * (13 - n_ref)).astype(np.uint64)
    bases = np.where(indel, bases & ~(np.uint64(3) << second) | ref.astype(np.uint64) << second, bases)
    lengths = n_ref.astype(np.uint64) << np.uint64(32) | n_alt.astype(np.uint64) << np.uint64(28)
    return key | lengths | bases & mask, least ** (1 - rng.random(n))


def calls_of(key: NDArray, hom: NDArray, runs: int, length: int, rng: np.random.Generator) -> ContigCalls:
    """One person's contig."""
    n = len(key)
    pos = (key >> np.uint64(keys.POS_SHIFT)).astype(np.uint32)
    text, text_end = packtext.join(packtext.texts_of(key))
    dp = rng.poisson(34 * np.exp(_wandering(n, rng))).astype(np.int32)
    alt = np.where(hom, dp - (rng.random(n) < 0.02) * (dp > 1), rng.binomial(dp, 0.5)).astype(np.int32)
    rarer = np.minimum(alt, dp - alt)
    shaken = 11 * rarer - rng.integers(0, 12, n)
    gq = np.where(hom, np.minimum(3 * dp, 99), np.clip(shaken, 3, 99)).astype(np.int16)
    phased = rng.random(n) < 0.5
    turned = phased & ~hom & (rng.random(n) < 0.5)
    gt = np.where(hom[:, None], 1, np.where(turned[:, None], (1, 0), (0, 1))).astype(np.int8)
    block = np.cumsum(np.where(phased, rng.random(n) < 0.1, False))
    first = np.zeros(int(block[-1]) + 1, np.int64)
    first[block[phased][::-1]] = pos[phased][::-1]
    records = Records(
        pos, text, text_end, gt, phased, np.where(phased, first[block], -1), np.zeros(n, np.uint8), dp, gq,
        np.column_stack([dp - alt, alt]).reshape(-1).astype(np.int32), (2 * np.arange(1, n + 1)).astype(np.uint32),
        np.ones(n, np.bool_),
    )  # fmt: skip
    passes = (gq >= 20) & (dp >= 10) & (hom | (rarer * 5 >= dp))
    kind = np.where(hom, codes.HOM, codes.HET)
    entry = kind | np.where(passes, codes.ADJ, 0) | codes.D_ZERO - np.where(passes, 0, 2 << codes.D_ADJ_SHIFT)
    start = np.unique(rng.integers(10_000, length - 10_000, runs)).astype(np.uint32)
    end = start + rng.geometric(1 / 60, len(start)).astype(np.uint32)
    end[:-1] = np.minimum(end[:-1], start[1:])
    state = np.where(rng.random(len(start)) < 0.4, *STATES).astype(np.uint8)
    none = np.empty(0, np.uint16)
    return ContigCalls(key, entry.astype(np.uint16), none, {}, start, end, state, records)


def _wandering(n: int, rng: np.random.Generator) -> NDArray:
    """Log of the local mean depth: blocks of some 50 calls and each call's own."""
    return np.repeat(rng.normal(0, 0.1, n // 50 + 1), 50)[:n] + rng.normal(0, 0.1, n)


def genome(calls: int, runs: int, people: int, seed: int = 1) -> tuple[Pack, Lexicon]:
    """A person, and what a store of so many people has learned."""
    rng = np.random.default_rng(seed)
    whole = sum(contig.length for contig in AUTOSOMES)
    writer, contigs = LexiconWriter(people), {}
    for contig in AUTOSOMES:
        key, x = sites(contig.length, calls * contig.length / whole, people, rng)
        carriers = rng.binomial(people, x * (2 - x))
        known = carriers >= LEAST_CARRIERS
        writer.contig(contig.name, Known(key[known], classes_of(carriers[known] / people)))
        own = (rng.random((2, len(key))) < x).sum(axis=0)
        hom = own[own > 0] == 2
        share = round(runs * contig.length / whole)
        contigs[contig.name] = calls_of(key[own > 0], hom, share, contig.length, rng)
    name = writer.finish()
    pack = Pack("GRCh38", "XX", "gvcf", Policy().digest(), "arrays", ("PASS",), contigs)
    return pack, Lexicon(b"".join(writer.blob.chunks()), name)


def weights(pack: Pack, lexicon: Lexicon | None) -> tuple[int, dict[str, int], float, float]:
    """Bytes in all, bytes by column, and CPU seconds of writing it and of reading it back, which is checked."""
    start = time.process_time()
    digest, blob = encode_pack(pack, lexicon)
    written = time.process_time() - start
    data = b"".join(blob.chunks())
    opened = PackFile(data, "packs/x", (lambda _: lexicon) if lexicon is not None else None)
    columns: dict[str, int] = defaultdict(int)
    for parts in opened.facts["contigs"].values():
        for column, (_, _, _, size) in parts["told"].items():
            columns["known" if column.startswith("known_") else column] += size
    start = time.process_time()
    back = opened.pack()
    read = time.process_time() - start
    assert pack_digest(back) == digest
    return len(data), columns, written, read


def table(pack: Pack, lexicon: Lexicon | None) -> Iterator[str]:
    """For people; without and with a lexicon."""
    calls = sum(len(contig.records.pos) for contig in pack.contigs.values())
    runs = sum(len(contig.run_start) for contig in pack.contigs.values())
    told = [weights(pack, None)] + ([weights(pack, lexicon)] if lexicon is not None else [])
    yield f"{calls:,} calls, {runs:,} runs" + (", without a lexicon and with one" if lexicon is not None else "")
    names = sorted({name for _, columns, _, _ in told for name in columns}, key=lambda name: -told[0][1].get(name, 0))
    for name in names:
        if any(columns.get(name, 0) > 1e-3 * total for total, columns, _, _ in told):
            yield f"{name:<14}" + "".join(f"{columns.get(name, 0) / 1e6:>10.3f} MB" for _, columns, _, _ in told)
    yield f"{'in all':<14}" + "".join(f"{total / 1e6:>10.3f} MB" for total, _, _, _ in told)
    yield f"{'write, read':<14}" + "".join(f"{w:>7.2f} {r:>5.2f} s" for _, _, w, r in told)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packs", description=__doc__)
    parser.add_argument("--calls", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=300_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--vcf", type=Path, help="a real file SAMPLE.*, instead of the simulated genome")
    chosen = parser.parse_args(arguments)
    if chosen.vcf is not None:
        from embla.genotypes.reading import SampleSpec, read_packs

        name = chosen.vcf.name.split(".")[0]
        for read in read_packs([SampleSpec(name, chosen.vcf)], assembly=GRCH38, reference=None, policy=Policy()):
            print("\n".join(table(read.pack, None)))
        return 0
    print("\n".join(table(*genome(chosen.calls, chosen.runs, chosen.people))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
