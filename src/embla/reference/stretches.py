"""Cut out for bcftools csq: the genes around alleles and their bases, each stretch a small contig of its own.

Alleles of several genes, also of several chromosomes, are so one question, without the bases between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.genome import Region, Variant

if TYPE_CHECKING:
    from embla.reference.fasta import Reference
    from embla.reference.genes import Gene, Genes, Transcript

_MARGIN: Final = 100  # bases beside a gene that csq may look at


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bases of a contig, the genes on them, and the alleles that are asked there, in order."""

    region: Region
    genes: tuple["Gene", ...]
    variants: tuple[Variant, ...]


def stretches(variants: Iterable[Variant], genes: "Genes") -> list[Stretch]:
    """In order and apart from each other. An allele that is near no gene is on none."""
    alone = [found for one in variants if (found := _around(one, genes)) is not None]
    groups: list[list[Stretch]] = []
    end = 0
    for each in sorted(alone, key=lambda one: (one.variants[0].sort_key()[0], one.region.start)):
        if groups and groups[-1][0].region.contig == each.region.contig and each.region.start < end:
            groups[-1].append(each)
            end = max(end, each.region.end)
        else:
            groups.append([each])
            end = each.region.end
    return [_joined(group) for group in groups]


def question(parts: Sequence[Stretch], reference: "Reference") -> dict[str, str]:
    """The texts of csq's three files: its contigs are c0, c1, ..., and its records those of the parts in order."""
    sequence, genes, heads, records = [], [], [], []
    for n, part in enumerate(parts):
        start = part.region.start
        bases = reference.fetch(part.region.contig, start, part.region.end)
        sequence.append(f">c{n}\n{bases}\n")
        genes += [_gff_of(gene, f"c{n}", start) for gene in part.genes]
        heads.append(f"##contig=<ID=c{n},length={len(bases)}>\n")
        records += [f"c{n}\t{one.pos - start}\t.\t{one.ref}\t{one.alt}\t.\t.\t.\n" for one in part.variants]
    head = ["##fileformat=VCFv4.2\n", *heads, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"]
    return {"sequence": "".join(sequence), "genes": "".join(genes), "records": "".join(head + records)}


def transcript_names(parts: Sequence[Stretch]) -> dict[str, str]:
    """What transcripts are called in a question -> what they are."""
    return {
        f"c{n}.{_plain(transcript.id)}": transcript.name
        for n, part in enumerate(parts)
        for gene in part.genes
        for transcript in gene.transcripts
    }


def _around(one: Variant, genes: "Genes") -> Stretch | None:
    first, last = one.pos - 1, one.pos - 1 + len(one.ref)
    near = genes.overlapping(Region(one.contig, max(0, first - _MARGIN), last + _MARGIN))
    if not near:
        return None
    start = min(first, *(gene.start for gene in near)) - _MARGIN
    end = max(last, *(gene.end for gene in near)) + _MARGIN
    return Stretch(Region(one.contig, max(0, start), end), near, (one,))


def _joined(group: Sequence[Stretch]) -> Stretch:
    genes = {gene.id: gene for each in group for gene in each.genes}.values()
    variants = sorted((one for each in group for one in each.variants), key=Variant.sort_key)
    end = max(each.region.end for each in group)
    return Stretch(
        Region(group[0].region.contig, group[0].region.start, end),
        tuple(sorted(genes, key=lambda gene: (gene.start, gene.end, gene.id))),
        tuple(variants),
    )


def _gff_of(gene: "Gene", contig: str, offset: int) -> str:
    """GFF3 as csq reads it: Ensembl's form, `contig` beginning at `offset`. Ids begin with the contig: one that two
    genes of a file share, as on X and Y, must not make them one."""

    def row(kind: str, span: tuple[int, int], phase: str = ".") -> str:
        return f"{contig}\t.\t{kind}\t{span[0] + 1 - offset}\t{span[1] - offset}\t.\t{gene.strand}\t{phase}\t"

    rows = [
        row("gene", (gene.start, gene.end))
        + f"ID=gene:{contig}.{_plain(gene.id)};Name={_plain(gene.symbol)};biotype={_plain(gene.biotype)}\n"
    ]
    for one in gene.transcripts:
        name = f"{contig}.{_plain(one.id)}"
        rows.append(
            row("transcript", (one.start, one.end))
            + f"ID=transcript:{name};Parent=gene:{contig}.{_plain(gene.id)};biotype={_plain(one.biotype)}\n"
        )
        parent = f"Parent=transcript:{name}\n"
        rows += [row("exon", span) + parent for span in one.exons]
        rows += [row("CDS", span, str(phase)) + parent for span, phase in _phased(one)]
        rows += [row(kind, span) + parent for kind, span in _untranslated(one)]
    return "".join(rows)


def _phased(transcript: "Transcript") -> list[tuple[tuple[int, int], int]]:
    """Coding spans with their phase: bases to skip before the next codon begins (GFF3 1.26, column 8)."""
    told, phase = [], transcript.phase
    for start, end in transcript.cds if transcript.strand == "+" else transcript.cds[::-1]:
        told.append(((start, end), phase))
        phase = (phase - (end - start)) % 3
    return told


def _untranslated(transcript: "Transcript") -> list[tuple[str, tuple[int, int]]]:
    """What exons have before and behind the coding bases."""
    if not transcript.cds:
        return []
    first, last = transcript.cds[0][0], transcript.cds[-1][1]
    before, behind = ("five", "three") if transcript.strand == "+" else ("three", "five")
    parts = [(f"{before}_prime_UTR", (start, min(end, first))) for start, end in transcript.exons if start < first]
    parts += [(f"{behind}_prime_UTR", (max(start, last), end)) for start, end in transcript.exons if end > last]
    return parts


def _plain(text: str) -> str:
    """As a value of GFF3's column 9: what would end it is left out."""
    return "".join(sign for sign in text if sign.isprintable() and sign not in ";=,&%\t|")
