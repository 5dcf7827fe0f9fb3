"""One genome written in many ways is one genome: the same entries and the same callability, whoever wrote it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pysam
import pytest

from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.genotypes.reading import ReadPack, SampleSpec, read_packs
from embla.reference import Reference
from tests.genotypes.reading.messy import bgzf

Bases = tuple[Reference, dict[str, str]]
LAST = 2_900  # of each contig that is called, from base 1 on
CONTIGS = ("chr1", "chr2", "chrX")


@dataclass(frozen=True)
class Call:
    contig: str
    pos: int
    ref: str
    alts: tuple[str, ...]
    gt: str
    reads: tuple[int, ...]


def genome(rng: random.Random, bases: dict[str, str], karyotype: str) -> list[Call]:
    """Calls far apart, at places whose bases are known; of an XY none on chrX is heterozygous, as that is a no-call of
    the bases where it was written."""
    calls = []
    for contig in CONTIGS:
        pos = 150
        while pos < LAST - 150:
            pos += rng.randint(90, 160)
            around = bases[contig][pos - 1 : pos + 8]
            if set(around) - set("ACGT"):
                continue
            ref, other = around[0], rng.choice([b for b in "ACGT" if b != around[0]])
            grown = around[0] + rng.choice((around[1:3], around[1], rng.choice("ACGT") * 2))
            kind = rng.choice(("snv", "ins", "del", "both", "mnp"))
            if kind == "del":
                calls.append(Call(contig, pos, around[: rng.randint(2, 5)], (ref,), "0/1", (15, 15)))
            elif kind == "both":
                calls.append(Call(contig, pos, ref, (other, grown), "1/2", (0, 14, 16)))
            elif kind == "mnp":
                alt = "".join(rng.choice([b for b in "ACGT" if b != base]) for base in around[:2])
                calls.append(Call(contig, pos, around[:2], (alt,), "0/1", (15, 15)))
            else:
                hom = rng.random() < 0.4
                alts = (other if kind == "snv" else grown,)
                calls.append(Call(contig, pos, ref, alts, "1/1" if hom else "0/1", (0, 30) if hom else (15, 15)))
            if contig == "chrX" and karyotype == "XY":
                calls[-1] = replace(calls[-1], alts=calls[-1].alts[:1], gt="1/1", reads=(0, 30))
    return calls


def moved_right(call: Call, bases: dict[str, str]) -> Call:
    """The same insertion or deletion as far to the right as its repeat goes."""
    if len(call.alts) > 1 or len(call.ref) == len(call.alts[0]):
        return call
    pos, ref, alt = call.pos, call.ref, call.alts[0]
    while True:
        end = pos - 1 + len(ref)
        after = bases[call.contig][end : end + 1]
        longer = ref if len(ref) > len(alt) else alt
        if after not in "ACGT" or longer[1] != after:
            return Call(call.contig, pos, ref, (alt,), call.gt, call.reads)
        ref, alt, pos = ref[1:] + after, alt[1:] + after, pos + 1


def padded(call: Call, bases: dict[str, str]) -> Call:
    """With a base more on each side, where those are known."""
    before, after = bases[call.contig][call.pos - 2], bases[call.contig][call.pos - 1 + len(call.ref)]
    if before not in "ACGT" or after not in "ACGT":
        return call
    ref, *alts = (before + text + after for text in (call.ref, *call.alts))
    return Call(call.contig, call.pos - 1, ref, tuple(alts), call.gt, call.reads)


def lower(call: Call) -> Call:
    return replace(call, ref=call.ref.lower(), alts=tuple(alt.lower() for alt in call.alts))


def split(call: Call, _: dict[str, str]) -> list[Call]:
    """As `bcftools norm -m-` does: a record for each ALT."""
    if len(call.alts) == 1:
        return [call]
    ref, one, two = call.reads
    first = Call(call.contig, call.pos, call.ref, call.alts[:1], "1/0", (ref, one))
    return [first, Call(call.contig, call.pos, call.ref, call.alts[1:], "0/1", (ref, two))]


def text(calls: list[Call], *, contigs: tuple[str, ...] = CONTIGS, name: Callable[[str], str] = str, head: str = "",
         any_alt: str = "", blocks: dict[str, str] | None = None) -> str:  # fmt: skip
    """A VCF of one sample; with `blocks`, the reference's bases, the rest of each contig up to LAST in blocks."""
    lines = ["##fileformat=VCFv4.2", *([head.rstrip("\n")] if head else [])]
    lines.append("\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT S".split()))

    def block(contig: str, first: int, last: int) -> None:
        if blocks is not None and first <= last:
            place = name(contig), str(first), ".", blocks[contig][first - 1]
            lines.append("\t".join((*place, any_alt, ".", ".", f"END={last}", "GT:DP:GQ", "0/0:30:60")))

    for contig in contigs:
        at = 1
        for call in sorted((one for one in calls if one.contig == contig), key=lambda one: one.pos):
            block(contig, at, call.pos - 1)
            at = max(at, call.pos + len(call.ref))
            reads = ",".join(map(str, (*call.reads, *([0] if any_alt else []))))
            alts = ",".join((*call.alts, *([any_alt] if any_alt else [])))
            fields = name(contig), str(call.pos), ".", call.ref, alts, "50", "PASS", ".", "GT:AD:DP:GQ"
            lines.append("\t".join((*fields, f"{call.gt}:{reads}:30:60")))
        block(contig, at, LAST)
    return "\n".join(lines) + "\n"


HEAD = "".join(f"##contig=<ID={name},length={GRCH38.contig(name).length}>\n" for name in CONTIGS) + "".join(
    f'##FORMAT=<ID={key},Number={number},Type={kind},Description="x">\n'
    for key, number, kind in (("GT", 1, "String"), ("AD", "R", "Integer"), ("DP", 1, "Integer"), ("GQ", 1, "Integer"))
)


def as_bcf(path: Path, content: str) -> Path:
    plain = path.with_suffix(".vcf")
    plain.write_text(content)
    with pysam.VariantFile(str(plain)) as source, pysam.VariantFile(str(path), "wb", header=source.header) as target:
        for record in source:
            target.write(record)
    return path


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("karyotype", ["XX", "XY"])
def test_a_genome_in_many_ways__is_the_same_genome(seed: int, karyotype: str, repeated: Bases, tmp_path: Path) -> None:
    reference, bases = repeated
    rng = random.Random(seed)
    calls = genome(rng, bases, karyotype)
    bed = tmp_path / "kit.bed"
    bed.write_text("".join(f"{contig}\t0\t{LAST}\n" for contig in CONTIGS))

    def read(name: str, content: str | bytes, *, gvcf: bool = False) -> ReadPack:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_path(path, gvcf=gvcf)

    def read_path(path: Path, *, gvcf: bool = False) -> ReadPack:
        spec = SampleSpec("S", path, karyotype, "gvcf" if gvcf else "bed", None if gvcf else bed)
        return next(iter(read_packs([spec], assembly=GRCH38, reference=reference, policy=Policy())))

    plain = text(calls, head=HEAD)
    apart = [piece for call in calls for piece in split(call, bases)]
    first = read("plain.vcf", plain)
    ways = {
        "moved": read("moved.vcf", text([moved_right(call, bases) for call in calls])),
        "padded": read("padded.vcf", text([padded(call, bases) for call in calls])),
        "split": read("split.vcf", text(apart)),
        "split and moved": read("apart.vcf", text([moved_right(call, bases) for call in apart])),
        "without chr": read("names.vcf", text(calls, name=lambda contig: contig.removeprefix("chr"))),
        "other order": read("order.vcf", text(calls, contigs=CONTIGS[::-1])),
        "lower case": read("lower.vcf", text([lower(call) for call in calls])),
        "phased": read("phased.vcf", text([replace(call, gt=call.gt.replace("/", "|")) for call in calls])),
        "bgzf": read("z.vcf.gz", bgzf(plain.encode(), rng)),
        "windows": read("crlf.vcf", plain.replace("\n", "\r\n")),
        "bcf": read_path(as_bcf(tmp_path / "b.bcf", plain)),
        "gvcf": read("g.vcf", text(calls, any_alt="<NON_REF>", blocks=bases), gvcf=True),
        "deepvariant": read("d.vcf", text(calls, any_alt="<*>", blocks=bases), gvcf=True),
    }

    def told(found: ReadPack) -> dict[str, object]:
        return {
            name: (
                [(k, e, each.long_alleles.get(k)) for k, e in zip(each.key.tolist(), each.entry.tolist(), strict=True)],
                list(zip(each.run_start.tolist(), each.run_end.tolist(), each.run_state.tolist(), strict=True)),
            )
            for name, each in found.pack.contigs.items()
        }

    right = told(first)
    assert sum(len(entries) for entries, _ in right.values()) >= len(calls) > 20  # type: ignore[misc,has-type]
    for way, found in ways.items():
        assert told(found) == right, way
