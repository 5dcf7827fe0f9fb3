"""What alleles do to the home's transcripts, asked by a server's threads: bounded, remembered, and never guessed.

bcftools csq works it out in a process beside (`consequence_worker.py`), over the genes around and their bases alone: a
stretch cut out and written anew, so that neither the size of the genome's files nor how they name contigs matters.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from embla.errors import Unavailable
from embla.genome import Region, Variant
from embla.reference.beside import Beside, Unanswered
from embla.reference.consequences import Consequence, read_consequences

if TYPE_CHECKING:
    from embla.reference.fasta import Reference
    from embla.reference.genes import Gene, Genes, Transcript

WHY: Final = {
    "genes_not_loaded": "No gene models are loaded here.",
    "reference_not_loaded": "The bases of this place are not loaded.",
    "symbolic": "The allele is not spelled out in bases.",
    "too_long": "The allele, or the genes around it, are longer than is worked out here.",
    "refused": "bcftools csq does not read this allele.",
    "no_answer": "bcftools csq gave no answer for this allele in time. It is asked again after ten minutes.",
    "not_now": "It could not be worked out just now.",
}
LONGEST: Final = 1_000  # bases of an allele
WIDEST: Final = 6_000_000  # bases of genes in one question; the longest gene has 2.5 million
MOST: Final = 1_000  # alleles in one question
_MEMORY: Final = 20_000  # alleles whose answers are kept; some 500 bytes each
_FAILED: Final = 5_000  # alleles whose questions failed that are kept
_AGAIN: Final = 600.0  # seconds until an allele that alone had no answer is asked again
_PIECES: Final = 8  # in which alleles that together had no answer are asked again
_BASES: Final = frozenset("ACGT")
_PASSING: Final = frozenset({"no_answer", "not_now"})  # why an effect is not told now and may be later
_MARGIN: Final = 100  # bases beside a gene that csq may look at
WORKER: Final = "embla.reference.consequence_worker"
_BESIDE: Final = Beside(WORKER)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one allele does to each transcript it touches, by transcript; or `reason`, a key of WHY: why none is told.

    Nothing of both: it touches no transcript.
    """

    consequences: tuple[Consequence, ...] = ()
    reason: str = ""

    @property
    def lasts(self) -> bool:
        """False where the next to ask, of the same genes and bases, may be told something else."""
        return self.reason not in _PASSING

    def tell(self) -> dict[str, object]:
        """For JSON."""
        return {
            "consequences": [one.tell() for one in self.consequences],
            "consequences_reason": self.reason or None,
        }


class Effects:
    """Asked for alleles of GRCh38 in normal form. Safe between threads; one question at a time is worked out."""

    def __init__(
        self, reference: "Reference | None", genes: "Genes | None", beside: Beside | None = None, *, patience: int = 1,
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`beside`: where csq runs; one for all that this process asks unless another is given. `patience`: after how
        many questions without an answer one call asks nothing more. `now`: seconds."""
        self._reference, self._genes = reference, genes
        self._beside, self._patience, self._now = beside or _BESIDE, patience, now
        self._known: OrderedDict[Variant, Effect] = OrderedDict()
        # How many alleles the question had that failed last, and when; by allele.
        self._failed: OrderedDict[Variant, tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, variants: Iterable[Variant]) -> dict[Variant, Effect]:
        """One effect for each. What fails by chance (`not_now`) is not remembered; an allele that alone had no answer
        is for ten minutes (`no_answer`). Alleles that had none together are asked in smaller pieces the next time."""
        asked = dict.fromkeys(variants)
        with self._lock:
            found = {one: self._known[one] for one in asked if one in self._known}
        wanted: list[Variant] = []
        for one in asked:
            if one in found:
                continue
            reason = self._reason(one)
            if reason:
                found[one] = Effect(reason=reason)
            else:
                wanted.append(one)
        found |= self._worked_out(wanted)
        return {one: found[one] for one in asked}

    def _reason(self, variant: Variant) -> str:
        if variant.is_symbolic or set(variant.alt) - _BASES:
            return "symbolic"
        if self._genes is None:
            return "genes_not_loaded"
        if max(len(variant.ref), len(variant.alt)) > LONGEST:
            return "too_long"
        start = variant.pos - 1
        if self._reference is None or (
            self._reference.fetch(variant.contig, start, start + len(variant.ref)) != variant.ref
        ):
            return "reference_not_loaded"
        size, failed = self._failed.get(variant, (0, 0.0))
        return "no_answer" if size == 1 and self._now() < failed + _AGAIN else ""

    def _worked_out(self, variants: Sequence[Variant]) -> dict[Variant, Effect]:
        """Question by question, those that are more likely to be answered first."""
        found: dict[Variant, Effect] = {}
        todo, failures = self._questions(variants), 0
        while todo:
            some = todo.pop(0)
            genes = self._around(some)
            if not genes:
                told = dict.fromkeys(some, Effect())
            elif (stretch := _stretch(genes, some)).end - stretch.start <= WIDEST:
                try:
                    told = self._asked(some, genes, stretch)
                except Unanswered:
                    failures += 1
                    told = self._fail(some)
                    if failures >= self._patience:
                        # A page is held up by one question and no more.
                        left = (one for each in todo for one in each)
                        return found | told | dict.fromkeys(left, Effect(reason="not_now"))
                    todo += self._questions(some) if len(some) > 1 else []
            elif len(some) == 1:
                told = {some[0]: Effect(reason="too_long")}
            else:
                todo[:0] = [some[: len(some) // 2], some[len(some) // 2 :]]
                continue
            self._keep(told)
            found |= told
        return found

    def _questions(self, variants: Iterable[Variant]) -> list[list[Variant]]:
        """At most MOST of one contig in each; those of a question that failed in pieces of it, behind the others."""
        groups: dict[tuple[int, str], list[Variant]] = {}
        for one in sorted(variants, key=Variant.sort_key):
            size, _ = self._failed.get(one, (0, 0.0))
            groups.setdefault((max(1, size // _PIECES) if size else MOST, one.contig), []).append(one)
        found = []
        for (most, _), some in sorted(groups.items(), key=lambda each: -each[0][0]):
            found += [some[start : start + most] for start in range(0, len(some), most)]
        return found

    def _fail(self, variants: Sequence[Variant]) -> dict[Variant, Effect]:
        """Remember that these had no answer together."""
        with self._lock:
            for one in variants:
                self._failed[one] = (len(variants), self._now())
                self._failed.move_to_end(one)
            while len(self._failed) > _FAILED:
                self._failed.popitem(last=False)
        return dict.fromkeys(variants, Effect(reason="no_answer" if len(variants) == 1 else "not_now"))

    def _keep(self, told: Mapping[Variant, Effect]) -> None:
        with self._lock:
            for one, effect in told.items():
                if effect.lasts:
                    self._known[one] = effect
                    self._failed.pop(one, None)
            while len(self._known) > _MEMORY:
                self._known.popitem(last=False)

    def _around(self, variants: Sequence[Variant]) -> list["Gene"]:
        assert self._genes is not None
        found = {}
        for one in variants:
            start = max(0, one.pos - 1 - _MARGIN)
            for gene in self._genes.overlapping(Region(one.contig, start, one.pos - 1 + len(one.ref) + _MARGIN)):
                found[gene.id] = gene
        return sorted(found.values(), key=lambda gene: (gene.start, gene.end, gene.id))

    def _asked(self, variants: Sequence[Variant], genes: list["Gene"], stretch: Region) -> dict[Variant, Effect]:
        assert self._reference is not None
        bases = self._reference.fetch(stretch.contig, stretch.start, stretch.end)
        rows = "".join(
            f"c\t{one.pos - stretch.start}\t{number}\t{one.ref}\t{one.alt}\t.\t.\t.\n"
            for number, one in enumerate(variants)
        )
        head = "##fileformat=VCFv4.2\n##contig=<ID=c,length=%d>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
        try:
            answer = self._beside.ask(
                {
                    "sequence": f">c\n{bases}\n",
                    "genes": "".join(_gff_of(gene, stretch.start) for gene in genes),
                    "records": head % len(bases) + rows,
                }
            )
        except Unanswered:
            raise
        except Unavailable:
            return dict.fromkeys(variants, Effect(reason="not_now"))
        if answer.get("away"):
            return dict.fromkeys(variants, Effect(reason="not_now"))
        told = answer.get("info")
        if not isinstance(told, list) or len(told) != len(variants):
            if len(variants) == 1:
                return {variants[0]: Effect(reason="refused")}
            # One that csq cannot read must not hide the others.
            middle = len(variants) // 2
            return self._asked(variants[:middle], genes, stretch) | self._asked(variants[middle:], genes, stretch)
        names = {_plain(transcript.id): transcript.name for gene in genes for transcript in gene.transcripts}
        return {
            one: Effect(tuple(sorted(read_consequences(str(info), names), key=lambda each: each.transcript)))
            for one, info in zip(variants, told, strict=True)
        }


def _stretch(genes: Sequence["Gene"], variants: Sequence[Variant]) -> Region:
    start = min(min(gene.start for gene in genes), variants[0].pos - 1) - _MARGIN
    end = max(max(gene.end for gene in genes), max(one.pos - 1 + len(one.ref) for one in variants)) + _MARGIN
    return Region(genes[0].contig, max(0, start), end)


def _gff_of(gene: "Gene", offset: int) -> str:
    """GFF3 as csq reads it: Ensembl's form, its contig `c` beginning at `offset`."""
    rows = [
        _row("gene", gene.start, gene.end, gene.strand, ".", offset)
        + f"ID=gene:{_plain(gene.id)};Name={_plain(gene.symbol)};biotype={_plain(gene.biotype)}\n"
    ]
    for one in gene.transcripts:
        rows.append(
            _row("transcript", one.start, one.end, one.strand, ".", offset)
            + f"ID=transcript:{_plain(one.id)};Parent=gene:{_plain(gene.id)};biotype={_plain(one.biotype)}\n"
        )
        parent = f"Parent=transcript:{_plain(one.id)}\n"
        rows += [_row("exon", *span, one.strand, ".", offset) + parent for span in one.exons]
        rows += [_row("CDS", *span, one.strand, str(phase), offset) + parent for span, phase in _phased(one)]
        rows += [_row(kind, *span, one.strand, ".", offset) + parent for kind, span in _untranslated(one)]
    return "".join(rows)


def _row(kind: str, start: int, end: int, strand: str, phase: str, offset: int) -> str:
    return f"c\t.\t{kind}\t{start + 1 - offset}\t{end - offset}\t.\t{strand}\t{phase}\t"


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
