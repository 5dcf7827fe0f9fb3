"""Bytes of a non-reference genotype, beside what others keep: `python -m benchmarks.sizes --keep FOLDER [--people N]`.

The same simulated people, with linkage, over the first `--bases` of the stretch, as: segments of a store, whole files
with keys and index (plain, and with marks of calls that fail their gates, two in a hundred, more at some sites than at
others); BCF of all people (bcftools, GT alone); VCF Zarr as vcf2zarr writes GT (chunks of 1,000 variants and 10,000
people, Blosc's zstd at level 7, bits shuffled); and, for the first `--files` people, a database of afquery, which
takes a file for each. Callability is in none of them. Told as JSON.
"""

import argparse
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.commands import python_of, run
from benchmarks.national.trees import CONTIG, Carriers, kept
from embla.genome import GRCH38
from embla.genotypes.files.segment import MAX_GENOMES
from embla.genotypes.files.variants import Variants
from embla.genotypes.files.writing import SegmentWriter
from embla.genotypes.model import codes, keys

_ROWS = 1_000


def main() -> None:
    """Print one JSON line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--people", type=int, default=20_000)
    words.add_argument("--simulated", type=int, default=5_000_000, help="bases of the kept simulation")
    words.add_argument("--bases", type=int, default=200_000, help="bases of it that are written")
    words.add_argument("--files", type=int, default=1_000, help="people of afquery's database")
    words.add_argument("--keep", type=Path, required=True, help="folder of the simulation")
    given = words.parse_args()
    whole = first_bases(kept(given.keep, given.people, given.simulated), given.bases)
    with TemporaryDirectory(prefix="embla-sizes-", dir=given.keep) as folder:
        rows = [sizes(whole, Path(folder) / "all", beside_afquery=False)]
        if given.files:
            rows.append(sizes(first_people(whole, given.files), Path(folder) / "few", beside_afquery=True))
    print(json.dumps(rows))


def first_bases(carriers: Carriers, bases: int) -> Carriers:
    """Those of the first bases of the stretch."""
    v = int(np.searchsorted(carriers.pos, carriers.pos[0] + bases))
    m = int(carriers.end[v - 1])
    return Carriers(carriers.pos[:v], carriers.end[:v], carriers.person[:m], carriers.hom[:m], carriers.people)


def first_people(carriers: Carriers, n: int) -> Carriers:
    """Those of the first n people, and the variants that any of them carries."""
    inside = carriers.person < n
    each = np.add.reduceat(inside, carriers.end - np.diff(carriers.end, prepend=0), dtype=np.int64)
    some = each > 0
    return Carriers(
        carriers.pos[some], np.cumsum(each[some]), carriers.person[inside], carriers.hom[inside], n
    )  # fmt: skip


def sizes(carriers: Carriers, folder: Path, *, beside_afquery: bool) -> dict[str, Any]:
    """Bytes a genotype of each."""
    folder.mkdir()
    genotypes = len(carriers.person)
    written: dict[str, float] = {
        "Embla": sum(segments(carriers, marks=False)),
        "Embla, marks of failed calls with it": sum(segments(carriers, marks=True)),
        "BCF": bcf(carriers, folder / "all.bcf"),
        "VCF Zarr": vcf_zarr(carriers, folder / "all.zarr"),
    }
    if beside_afquery:
        written["afquery"] = afquery(carriers, folder)
    return {
        "people": carriers.people, "variants": len(carriers.pos), "genotypes": genotypes,
        **{who: round(size / genotypes, 4) for who, size in written.items()},
    }  # fmt: skip


def segments(carriers: Carriers, *, marks: bool) -> Iterator[int]:
    """Bytes of each segment's file. Marks: two calls in a hundred fail, by a rate that each site has of its own."""
    rng = np.random.default_rng(5)
    rate = dict(zip(carriers.pos.tolist(), rng.beta(0.4, 19.6, len(carriers.pos)).tolist(), strict=True))
    for low in range(0, carriers.people, MAX_GENOMES):
        n = min(MAX_GENOMES, carriers.people - low)
        variants = carriers.variants(low, low + n)
        if marks:
            variants = _marked(variants, rate, rng)
        writer = SegmentWriter(n)
        with writer.blob:
            writer.contig(CONTIG, GRCH38.contig(CONTIG).length, [variants], [])
            writer.finish()
            yield writer.blob.size


def _marked(variants: Variants, rate: dict[int, float], rng: np.random.Generator) -> Variants:
    own = np.array([rate[keys.key_pos(key)] for key in variants.key.tolist()])
    failed = rng.random(len(variants.entry)) < np.repeat(own, np.diff(variants.end, prepend=0))
    entry = np.where(failed, variants.entry & ~np.uint16(codes.ADJ), variants.entry).astype(np.uint16)
    return Variants(
        variants.key, variants.end, variants.ordinal, entry, variants.heteroplasmy, variants.texts
    )  # fmt: skip


def _genotypes(carriers: Carriers) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.bool_]]]:
    at = 0
    for pos, end in zip(carriers.pos.tolist(), carriers.end.tolist(), strict=True):
        yield pos, carriers.person[at:end].astype(np.int64), carriers.hom[at:end]
        at = end


def bcf(carriers: Carriers, path: Path) -> int:
    """Bytes of a BCF with the GT of everybody."""
    head = f"##fileformat=VCFv4.2\n##contig=<ID={CONTIG},length={GRCH38.contig(CONTIG).length}>\n"
    head += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\t'
    head += "INFO\tFORMAT\t" + "\t".join(f"N{i:06d}" for i in range(carriers.people)) + "\n"
    nobody = np.tile(np.frombuffer(b"0/0\t", np.uint8), carriers.people)
    nobody[-1] = 10
    with subprocess.Popen(["bcftools", "view", "-Ob", "-o", path, "-"], stdin=subprocess.PIPE) as tool:
        assert tool.stdin is not None
        tool.stdin.write(head.encode())
        for pos, person, hom in _genotypes(carriers):
            row = nobody.copy()
            row[4 * person + 2] = ord("1")
            row[4 * person[hom]] = ord("1")
            tool.stdin.write(f"{CONTIG}\t{pos}\t.\tA\tG\t.\tPASS\t.\tGT\t".encode())
            tool.stdin.write(row.tobytes())
    if tool.returncode:
        raise SystemExit("bcftools failed")
    return path.stat().st_size


def vcf_zarr(carriers: Carriers, path: Path) -> int:
    """Bytes of the arrays of a VCF Zarr: genotypes, positions, alleles."""
    import numcodecs
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    how = numcodecs.Blosc(cname="zstd", clevel=7, shuffle=numcodecs.Blosc.BITSHUFFLE)
    shape, chunks = (len(carriers.pos), carriers.people, 2), (_ROWS, min(10_000, carriers.people), 2)
    calls = group.create_array("call_genotype", shape=shape, chunks=chunks, dtype="i1", compressors=how)
    rows = np.zeros((_ROWS, carriers.people, 2), np.int8)
    n = done = 0
    for _, person, hom in _genotypes(carriers):
        rows[n, person, 1] = 1
        rows[n, person[hom], 0] = 1
        n += 1
        if n == _ROWS or done + n == shape[0]:
            calls[done : done + n] = rows[:n]
            done, n = done + n, 0
            rows[:] = 0
    place = group.create_array("variant_position", shape=shape[:1], chunks=chunks[:1], dtype="i4", compressors=how)
    place[:] = carriers.pos.astype(np.int32)
    allele = group.create_array("variant_allele", shape=(shape[0], 2), chunks=(_ROWS, 2), dtype="i1", compressors=how)
    allele[:] = np.tile(np.array([0, 2], np.int8), (shape[0], 1))
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def afquery(carriers: Carriers, folder: Path) -> int | float:
    """Bytes of the variants of a database of afquery, from a VCF of each; not a number where it is not installed."""
    python = python_of("afquery")
    if python is None:
        return float("nan")
    head = f"##fileformat=VCFv4.2\n##contig=<ID={CONTIG},length={GRCH38.contig(CONTIG).length}>\n"
    head += '##FILTER=<ID=PASS,Description="All filters passed">\n'
    head += '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n'
    head += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
    lines: list[list[str]] = [[] for _ in range(carriers.people)]
    for pos, person, hom in _genotypes(carriers):
        for one, both in zip(person.tolist(), hom.tolist(), strict=True):
            lines[one].append(f"{CONTIG}\t{pos}\t.\tA\tG\t.\tPASS\t.\tGT\t{'1/1' if both else '0/1'}\n")
    table = ["sample_name\tsex\ttech_name\tvcf_path\tphenotype_codes"]
    for one, own in enumerate(lines):
        name = f"N{one:06d}"
        vcf = folder / f"{name}.vcf"
        vcf.write_text(f"{head}{name}\n" + "".join(own))
        table.append(f"{name}\tfemale\twgs\t{vcf}\tall")
    (folder / "people.tsv").write_text("\n".join(table) + "\n")
    database = folder / "afquery"
    run([python.parent / "afquery", "create-db", "--manifest", folder / "people.tsv", "--output-dir", database,
         "--genome-build", "GRCh38"])  # fmt: skip
    return sum(file.stat().st_size for file in (database / "variants").rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
