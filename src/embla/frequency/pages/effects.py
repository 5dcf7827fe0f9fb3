"""What alleles do to transcripts, beside what transcripts call them: rows for the pages and for their JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from embla.frequency.pages.words import Say, full_name
from embla.genome import Place, Variant
from embla.reference import WHY, Effect

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import House
    from embla.reference import ResolvedAllele, Transcript


@dataclass(frozen=True, slots=True)
class Row:
    """One transcript (or, where bcftools tells none, a gene): its names of the allele, and what that does to it."""

    transcript: str
    dna: str = ""
    protein: str = ""
    does: str = ""


def effect_of(house: "House", asked: Variant | Place) -> Effect:
    """Of a base there is none."""
    return Effect() if isinstance(asked, Place) else house.effects.of([asked])[asked]


def rows(named: "ResolvedAllele | None", effect: Effect, _: Say) -> list[Row]:
    """A transcript's name and consequence meet where id and version are the same; else each stands by itself."""
    names = named.names.transcripts if named and named.names else {}
    found = {name: Row(name, one.c or one.n or "", one.p or "") for name, one in names.items() if one.c or one.n}
    beside: list[Row] = []
    for one in effect.consequences:
        does = kind_words(one.kind, _)
        if not one.transcript:
            beside.append(Row(f"{one.gene} ({one.biotype})", does=does))
            continue
        there = found.get(one.transcript, Row(one.transcript))
        found[one.transcript] = Row(there.transcript, there.dna, there.protein, does)
    return [*(found[name] for name in sorted(found)), *beside]


def tell(named: "ResolvedAllele | None", effect: Effect) -> dict[str, Any]:
    """For JSON: `names`, `consequences`, and `consequences_reason` where nothing can be told."""
    return {"names": named.names.tell() if named and named.names else {}} | effect.tell()


def of_counts(house: "House", counts: "Iterable[Count]") -> dict[str, Effect]:
    """By the variant's full name."""
    found = {full_name(one): one for one in counts if one.ref and one.alt and one.alt.isalpha()}
    variants = {name: Variant(one.contig, one.pos, str(one.ref), str(one.alt)) for name, one in found.items()}
    effects = house.effects.of(variants.values())
    return {name: effects[variant] for name, variant in variants.items()}


def on(transcript: "Transcript | None", effect: Effect | None, _: Say) -> str:
    """What it does to one transcript, in words; "" where that transcript is not told of."""
    if transcript is None or effect is None:
        return ""
    return next((kind_words(one.kind, _) for one in effect.consequences if one.transcript == transcript.name), "")


def why(effect: Effect, _: Say) -> str:
    """Why nothing is told, "" where something is or the allele touches no transcript."""
    reasons: Mapping[str, str] = {
        "genes_not_loaded": _("What it does to transcripts is not known here: no gene models are loaded."),
        "reference_not_loaded": _("What it does to transcripts is not known: the bases of this place are not loaded."),
        "too_long": _("What it does to transcripts is not worked out: the allele or the genes around are too long."),
        "refused": _("What it does to transcripts is not known: bcftools csq does not read this allele."),
        "no_answer": _("What it does to transcripts is not known: bcftools csq took too long over this allele."),
        "not_now": _("What it does to transcripts could not be worked out just now. Load the page again in a minute."),
    }
    return reasons.get(effect.reason, "") if effect.reason in WHY else ""


def kind_words(kind: str, _: Say) -> str:
    """bcftools' word in the reader's; one that is not known here stands as it is."""
    words = {
        "missense": _("another amino acid"),
        "synonymous": _("the same amino acid"),
        "frameshift": _("shift of the reading frame"),
        "stop_gained": _("stop gained"),
        "stop_lost": _("stop lost"),
        "stop_retained": _("stop kept"),
        "start_lost": _("start lost"),
        "start_retained": _("start kept"),
        "inframe_insertion": _("insertion in frame"),
        "inframe_deletion": _("deletion in frame"),
        "inframe_altering": _("change in frame"),
        "coding_sequence": _("coding sequence"),
        "feature_elongation": _("transcript made longer"),
        "splice_acceptor": _("splice acceptor"),
        "splice_donor": _("splice donor"),
        "splice_region": _("near a splice site"),
        "5_prime_utr": _("5′ UTR"),
        "3_prime_utr": _("3′ UTR"),
        "intron": _("intron"),
        "non_coding": _("non-coding transcript"),
        "NMD_transcript": _("transcript that is broken down (NMD)"),
        "intergenic": _("between genes"),
    }
    return ", ".join(words.get(one, one) for one in kind.lstrip("*").split("&"))
