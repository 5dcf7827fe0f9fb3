"""c. and n. names: of which transcript or gene a text speaks, and the allele that it names there.

A name on a gene is one allele only where every complete transcript of it reads the name and comes to that allele, or
where its MANE Select transcript does and no other comes to another. Else the text does not decide.
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from embla.genome import GRCH38, Variant
from embla.reference.ask_words import MAX_ALLELE
from embla.reference.builds import GRCH37
from embla.reference.edits import Edit, apply_edit, read_edit
from embla.reference.hgvs_words import is_accession
from embla.reference.protein import is_complete
from embla.reference.resolved import Spelling, Unplaced
from embla.reference.resources import Resources
from embla.reference.transcripts import TranscriptModel

_POSITION: Final = r"[-*]?\d{1,7}(?:[+-]\d{1,7})?"
# `~` is what `clean` makes of a dash that may mean `to` or minus.
_SPAN: Final = re.compile(rf"(?P<start>{_POSITION})(?:(?P<to>[_~])(?P<end>{_POSITION}))?(?P<edit>.*)")
# Why a reading of such a dash is none.
_IMPOSSIBLE: Final = ("not_at_exon_boundary", "outside_transcript", "unreadable")
_TRANSCRIPT: Final = re.compile(r"[NX][MR]_|ENST", re.IGNORECASE)
_MOST_NAMED: Final = 5  # transcripts of a gene, or alleles, in a sentence


@dataclass(frozen=True, slots=True)
class Meant:
    """The transcripts of which a text speaks.

    `gene`: it names the gene, and not which of its transcripts. `genomic`: it names the chromosome, too, so that
    introns are part of what its positions count through (HGVS nomenclature 21.1, "reference sequences": NC_(NM_)).
    """

    models: tuple[TranscriptModel, ...]
    gene: bool = False
    genomic: bool = False
    notes: tuple[str, ...] = ()


Read = Callable[[TranscriptModel], tuple[Variant, tuple[str, ...]]]


def read_on_transcripts(match: re.Match[str], resources: Resources) -> Spelling:
    """`c.76A>C` and the like behind a transcript or a gene."""
    meant, kind = models_of(match["of"] or "", match["beside"] or "", resources), match["kind"]

    def read(model: TranscriptModel) -> tuple[Variant, tuple[str, ...]]:
        return on_transcript(model, kind, match["what"], resources, genomic=meant.genomic)

    if meant.gene:
        return of_gene(meant, kind, read, resources)
    variant, notes = read(meant.models[0])
    return Spelling(variant, f"hgvs_{kind}", (meant.models[0].id,), (*meant.notes, *notes))


def of_gene(meant: Meant, kind: str, read: Read, resources: Resources) -> Spelling:
    """The allele that a name on a gene comes to, with the transcripts that it was read on; Unplaced with candidates."""
    models = meant.models
    if kind != "n":
        models = tuple(model for model in models if is_complete(model, resources.reference))
    if not models:
        cut = tuple(model for model in meant.models if model.cds is not None)
        raise Unplaced("incomplete_cds", _listed("Loaded", cut)) if cut else Unplaced("not_coding")
    deciding = tuple(model for model in models if model.mane) or models
    placed: dict[Variant, list[TranscriptModel]] = {}
    several: dict[Variant, list[TranscriptModel]] = {}
    refused: dict[TranscriptModel, Unplaced] = {}
    notes: dict[str, None] = dict.fromkeys(meant.notes)
    for model in models:
        try:
            variant, said = read(model)
            placed.setdefault(variant, []).append(model)
            notes |= dict.fromkeys(said)
        except Unplaced as error:
            refused[model] = error
            for candidate in error.candidates:
                several.setdefault(candidate, []).append(model)
    against = [model for model in deciding if model in refused]
    if len(placed) == 1 and not several and not against:
        variant, on = next(iter(placed.items()))
        names = tuple(model.id for model in sorted(on, key=lambda model: not model.mane))
        return Spelling(variant, f"gene_{kind}", names, (_read_on(names), *notes))
    candidates = {one: (*placed.get(one, ()), *several.get(one, ())) for one in {**placed, **several}}
    if not placed:
        raise _worst([refused[model] for model in against] or list(refused.values()), candidates)
    raise Unplaced(
        "several_alleles" if len(candidates) > 1 else "transcripts_disagree",
        _fits(candidates, against, refused),
        candidates=tuple(sorted(candidates, key=Variant.sort_key)),
        mend=f"Name the transcript and its version, or choose an allele: {_alleles(candidates)}.",
    )


def _read_on(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"Read on {', '.join(names[:_MOST_NAMED])}{more}."


def _worst(refused: list[Unplaced], candidates: Iterable[Variant]) -> Unplaced:
    """What to say where no transcript reads a name: that a base or an amino acid is another tells most."""
    told = ("reference_mismatch", "amino_acid_mismatch")
    first = next((error for error in refused if error.reason in told), refused[0])
    first = next((error for error in refused if error.candidates), first)
    found = tuple(sorted(candidates, key=Variant.sort_key))
    return Unplaced(first.reason, first.message, status=first.status, candidates=found, mend=first.mend)


def _alleles(candidates: dict[Variant, tuple[TranscriptModel, ...]]) -> str:
    shown = sorted(candidates, key=Variant.sort_key)[:_MOST_NAMED]
    return ", ".join(f"{_short(one)} ({', '.join(m.id for m in candidates[one][:_MOST_NAMED])})" for one in shown)


def _fits(
    candidates: dict[Variant, tuple[TranscriptModel, ...]], against: list[TranscriptModel],
    refused: dict[TranscriptModel, Unplaced],
) -> str:  # fmt: skip
    text = f"The transcripts of this gene do not agree. It fits {_alleles(candidates)}."
    return f"{text} On {against[0].id} it does not: {refused[against[0]].message}" if against else text


def _short(variant: Variant) -> str:
    text = str(variant)
    return text if len(text) <= 60 else f"{variant.contig}:{variant.pos}"


def _listed(what: str, models: tuple[TranscriptModel, ...]) -> str:
    return f"{what}: {', '.join(model.id for model in models[:_MOST_NAMED])}."


def on_transcript(
    model: TranscriptModel, kind: str, what: str, resources: Resources, *, genomic: bool = False
) -> tuple[Variant, tuple[str, ...]]:
    """The allele that `76A>C` and the like names on one transcript, and notes."""
    span = _SPAN.fullmatch(what)
    if span is None or re.match(r"[_(?]", span["edit"]):
        raise Unplaced(
            "uncertain_position"
            if re.match(r"[(?]", what) or "?" in what
            else "unsupported"
            if "[" in what
            else "unreadable"
        )
    if not span["edit"]:
        raise Unplaced("not_a_variant")
    if span["to"] == "~":
        return _by_dash(model, kind, what, resources, genomic=genomic)
    edit = read_edit(span["edit"])
    first = model.genomic(span["start"], kind)
    last = model.genomic(span["end"], kind) if span["end"] else first
    low, high = (first, last) if model.strand > 0 else (last, first)
    if low > high:
        raise Unplaced("unreadable", "The positions run backwards.")
    if model.gap_near(low, high + 1):
        raise Unplaced("alignment_gap")
    turned = edit if model.strand > 0 else edit.flipped()
    notes: tuple[str, ...] = ()
    if not any(re.search(r"\d[+-]", span[end] or "") for end in ("start", "end")):  # an offset speaks of introns
        introns, whole = model.between(low, high)
        if introns:
            where = f"{kind}.{span['start']}_{span['end']}"
            _check_introns(model, where, (low, high + 1), turned, resources, genomic=genomic, whole=whole)
            notes = (f"{introns:,} bases of introns lie between its positions and are part of it.",)
    return apply_edit(model.contig, low, high + 1, turned, resources.reference), notes


def _by_dash(
    model: TranscriptModel, kind: str, what: str, resources: Resources, *, genomic: bool
) -> tuple[Variant, tuple[str, ...]]:
    """`67~68del`: the bases 67 to 68, or 68 bases before 67; Unplaced unless only one of them can be."""
    placed: dict[Variant, tuple[str, ...]] = {}
    refused: list[Unplaced] = []
    for sign in "_-":
        text = what.replace("~", sign, 1)
        try:
            variant, notes = on_transcript(model, kind, text, resources, genomic=genomic)
            placed.setdefault(variant, (f"The dash was read so: {kind}.{text}.", *notes))
        except Unplaced as error:
            refused.append(error)
    if not placed:
        raise refused[0]
    if len(placed) == 1 and all(error.reason in _IMPOSSIBLE for error in refused):
        return next(iter(placed.items()))
    candidates = {*placed, *(one for error in refused for one in error.candidates)}
    raise Unplaced(
        "several_alleles",
        "The dash may mean `to` or minus.",
        candidates=tuple(sorted(candidates, key=Variant.sort_key)),
        mend="Write an underscore for `to`: c.67_68del.",
    )


def _check_introns(
    model: TranscriptModel, where: str, bases: tuple[int, int], edit: Edit, resources: Resources,
    *, genomic: bool, whole: bool,
) -> None:  # fmt: skip
    """Unplaced unless it is clear that the introns between two positions of exons are part of the change.

    They are where the chromosome is named beside the transcript, where the text counts their bases, and where a whole
    exon is deleted, duplicated or inverted. `c.66_67del` alone may as well be a deletion in one of the exons that was
    moved 3' in the spliced sequence; `c.66_67delinsTT` two changes; `c.66_67insA` stands on either side.
    """
    low, high = bases
    if edit.op == "same":
        return
    candidates: list[Variant] = []
    if edit.op in ("del", "dup", "inv") and high - low > MAX_ALLELE and edit.count in (0, high - low):
        base = resources.reference.fetch(model.contig, low - 1, low) if resources.reference and low else "N"
        candidates = [Variant(model.contig, low, base, f"<{edit.op.upper()}>", span=high - low)]
    meant = edit.op != "ins" and (genomic or edit.count == high - low)
    if meant or (edit.op in ("del", "dup", "inv") and whole and not edit.count):
        if not candidates:
            return
        raise Unplaced(
            "too_long",
            f"{where} is {high - low:,} bases with its introns; {MAX_ALLELE:,} are read.",
            candidates=tuple(candidates),
        )
    at = [bases] if not edit.count and edit.op in ("del", "dup", "inv", "delins") else []
    for start, end in [(low, low + 2), (high - 2, high)] if edit.op == "ins" else at:
        with suppress(Unplaced):
            candidates.append(apply_edit(model.contig, start, end, edit, resources.reference))
    accession = GRCH38.contig(model.contig).accession
    raise Unplaced(
        "spans_intron",
        f"{where} of {model.id} is {accession}:g.{low + 1}_{high} with the intron between, and the name does not say "
        "whether that is changed.",
        candidates=tuple(sorted(candidates, key=Variant.sort_key)),
        mend="Write it as in VCF, or beside an intron: c.66_66+1insA or c.67-1_67insA."
        if edit.op == "ins"
        else f"Write {accession}({model.id}):{where} where the introns are part of it, else the change in its exon.",
    )


def models_of(of: str, beside: str, resources: Resources) -> Meant:
    """The transcripts that `of(beside):c.` speaks of. Unplaced when none is loaded."""
    loaded = resources.transcripts
    if of and GRCH37.find(of) and not GRCH38.find(of):
        raise Unplaced("no_equivalence_loaded", "The transcript is placed on GRCh37.")
    contig = GRCH38.find(of)
    if contig and beside:  # NC_000021.9(NM_000100.3):c.67-1G>C
        meant = models_of(beside, "", resources)
        there = tuple(model for model in meant.models if model.contig == contig.name)
        if not there:
            raise Unplaced("names_disagree", f"{beside} does not lie on {contig.name}.")
        return Meant(there, meant.gene, genomic=True, notes=meant.notes)
    if not of:
        raise Unplaced("transcript_missing")
    if loaded is None:
        raise Unplaced("transcript_not_loaded", "No transcripts are loaded.")
    model = loaded.find(of) or loaded.find(of.upper())
    if model is not None:
        if beside and beside.upper() != model.gene.upper() and loaded.of_gene(beside):
            raise Unplaced("names_disagree", f"{model.id} is a transcript of {model.gene}, not of {beside}.")
        if _TRANSCRIPT.match(beside) and beside.upper() != model.id.upper():
            raise Unplaced("names_disagree", f"{model.id} and {beside} are two transcripts.")
        known = not beside or beside.upper() == model.gene.upper()
        note = f"The gene beside it was not compared: {model.id} is loaded as {model.gene}."
        return Meant((model,), notes=() if known else (note,))
    genes = loaded.of_gene(of)
    if genes and beside and beside.upper() != of.upper():  # CSTB(NM_000100.4):c.67-1G>C
        if loaded.of_gene(beside):
            raise Unplaced("names_disagree", f"{of} and {beside} are two genes.")
        return models_of(beside, of, resources)
    if genes:
        return Meant(genes, gene=True)
    if not is_accession(of):
        raise Unplaced("gene_not_loaded")
    versions = loaded.versions(of.upper())
    if versions and "." not in of:
        raise Unplaced("version_missing", f"Loaded: {', '.join(versions)}.")
    others = versions or tuple(other.id for other in loaded.of_gene(beside))[:_MOST_NAMED]
    raise Unplaced("transcript_not_loaded", f"Loaded: {', '.join(others)}." if others else "")
