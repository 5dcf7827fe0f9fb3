"""The predicted change of a protein: p. names from a change of the coding sequence.

HGVS nomenclature 21.1, protein recommendations. Predicted, so in brackets: `p.(Glu353Gly)`. `p.?` where the effect
cannot be told from the coding sequence: introns, untranslated ends, proteins with a stop inside (selenocysteine).
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from embla.reference.edits import reverse_complement
from embla.reference.fasta import Reference
from embla.reference.resolved import Unplaced

if TYPE_CHECKING:
    from embla.reference.naming import Placed
    from embla.reference.transcripts import TranscriptModel

_AMINO: Final = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"  # NCBI table 1, bases in order TCAG
_CODONS: Final = [a + b + c for a in "TCAG" for b in "TCAG" for c in "TCAG"]
STANDARD: Final = dict(zip(_CODONS, _AMINO, strict=True))
# NCBI table 2, vertebrate mitochondria.
MITOCHONDRIAL: Final = {**STANDARD, "AGA": "*", "AGG": "*", "ATA": "M", "TGA": "W"}
THREE: Final = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile", "K": "Lys",
    "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser", "T": "Thr", "V": "Val",
    "W": "Trp", "Y": "Tyr", "*": "Ter",
}  # fmt: skip


def code_of(contig: str) -> dict[str, str]:
    """Codon to one-letter amino acid, `*` for a stop."""
    return MITOCHONDRIAL if contig == "chrM" else STANDARD


def translate(bases: str, contig: str) -> str:
    """Amino acids up to and with the first stop, X where bases are not known; whole codons only."""
    code, found = code_of(contig), []
    for at in range(0, len(bases) - 2, 3):
        found.append(code.get(bases[at : at + 3], "X"))
        if found[-1] == "*":
            break
    return "".join(found)


@lru_cache(maxsize=512)
def coding(model: "TranscriptModel", reference: Reference | None) -> tuple[str, str, str]:
    """The spliced transcript, its protein with the stop, and why the protein is not to be trusted ("" if it is)."""
    if model.cds is None:
        return "", "", "not_coding"
    bases = model.sequence(reference)
    first, last = model.cds
    if (last - first) % 3 or not 0 <= first < last <= len(bases):
        return bases, "", "incomplete_cds"
    code = code_of(model.contig)
    protein = "".join(code.get(bases[at : at + 3], "X") for at in range(first, last, 3))
    if first == 0 and protein[0] not in "MX":
        return bases, "", "incomplete_cds"  # a coding sequence cut at its start: its frame is not known
    return bases, protein, "stop_inside" if "*" in protein[:-1] else ""


def is_complete(model: "TranscriptModel", reference: Reference | None) -> bool:
    """Whether the coding sequence runs from its start to its stop, as far as is known: else its c. 1 is no start.

    One that begins with the transcript and no start codon, or ends with it and no stop, is cut.
    """
    if model.cds is None or model.cut:
        return False
    if model.contig == "chrM":  # its stops are made by the tail: a length of no whole codons is none that is cut
        return True
    first, last = model.cds
    if (last - first) % 3 or not 0 <= first < last <= model.length:
        return False
    try:
        bases, _, reason = coding(model, reference)
    except Unplaced:  # a sequence of its own, or none loaded: nothing says that it is cut
        return True
    if reason == "incomplete_cds" or (first == 0 and reason == "stop_inside"):
        return False
    return last < len(bases) or code_of(model.contig).get(bases[last - 3 : last], "X") in "*X"


def protein_name(
    put: "Placed", model: "TranscriptModel", first: tuple[int, int], last: tuple[int, int], reference: Reference | None
) -> tuple[str | None, str]:
    """The p. name and, where there is none, why. `first` and `last` are the named positions on the transcript."""
    try:
        bases, protein, reason = coding(model, reference)
    except Unplaced as error:
        return None, error.reason
    if reason == "stop_inside":
        return "p.?", ""
    if reason or model.cds is None:
        return None, reason
    if first[1] or last[1]:
        return "p.?", ""
    new = put.new if model.strand > 0 else reverse_complement(put.new)
    if put.old:
        low, high = _span(put, model)
    else:
        point = _insertion_point(put, model)
        if point is None:
            return "p.?", ""
        low = high = point
    start, end = model.cds
    if high <= start or low >= end:
        return "p.?", ""
    if low <= start and high >= end:
        return "p.0?", ""
    if low < start:
        return "p.(Met1?)", ""
    became = _became(protein, bases, new, (low, high), model)
    name = describe(protein, became, (low - start) // 3, len(new) - (high - low))
    return (None, "reference_not_loaded") if name is None else (name, "")


def _became(protein: str, bases: str, new: str, gone: tuple[int, int], model: "TranscriptModel") -> str:
    """The protein after bases `gone` of the transcript became `new`; only what can differ is translated."""
    start, (low, high) = model.cds[0] if model.cds else 0, gone
    first, last = (low - start) // 3, (high - start + 2) // 3
    before = protein[:first]
    changed = bases[start + 3 * first : low] + new
    if len(new) == high - low and last < len(protein):
        codons = translate(changed + bases[high : start + 3 * last], model.contig)
        return before + codons + ("" if codons.endswith("*") else protein[last:])
    return before + translate(changed + bases[high:], model.contig)


def _span(put: "Placed", model: "TranscriptModel") -> tuple[int, int]:
    ends = sorted((model.position(put.start)[0], model.position(put.end - 1)[0]))
    return ends[0], ends[1] + 1


def _insertion_point(put: "Placed", model: "TranscriptModel") -> int | None:
    """The transcript base before which the insertion stands; None beside or in an intron, where splicing decides."""
    around = sorted((model.position(put.start - 1), model.position(put.start)))
    return None if around[0][1] or around[1][1] else around[1][0]


def describe(ref: str, alt: str, codon: int, net: int) -> str | None:
    """The p. name of a protein that became another; None where that needs one that is not known.

    Both proteins end with `*` where there is a stop; X is an amino acid whose bases are not loaded.

    `codon` is where the change of bases begins (0-based); `net` is by how many bases the coding sequence grew.
    """
    try:
        return _describe(ref, alt, codon, net)
    except KeyError:  # an X has no name
        return None


def _describe(ref: str, alt: str, codon: int, net: int) -> str:
    if ref == alt:
        return f"p.({_at(ref, min(codon, len(ref) - 1))}=)"
    most = min(len(ref), len(alt))
    same = min(codon, most)  # before the change of bases nothing differs
    while same < most and ref[same] == alt[same]:
        same += 1
    if same == 0:
        return "p.(Met1?)" if ref[0] == "M" else f"p.({_at(ref, 0)}?)"
    if same >= len(ref):  # no stop in the transcript, and more amino acids than before
        return "p.?"
    if same < len(alt) and alt[same] == "*":
        return f"p.({_at(ref, same)}Ter)"
    if same >= len(alt):
        return "p.?"
    sure = alt.endswith("*") and "X" not in alt[same:]
    if ref[same] == "*":
        stop = str(len(alt) - 1 - same) if sure else "?"
        return f"p.({_at(ref, same)}{THREE[alt[same]]}extTer{stop})"
    if net % 3:
        stop = str(len(alt) - same) if sure else "?"
        return f"p.({_at(ref, same)}{THREE[alt[same]]}fsTer{stop})"
    return f"p.({_in_frame(ref, alt, same, net // 3)})"


def _in_frame(ref: str, alt: str, same: int, net: int) -> str:
    early = alt.endswith("*") and len(alt) < len(ref) + net  # a stop among the new amino acids ends the protein there
    one_for_one = not early and ref[same + 1 :] == alt[same + 1 :]  # as nearly always
    tail = len(ref) - same - 1 if one_for_one else 0
    most = min(len(ref), len(alt)) - same if not early else 0
    while tail < most and ref[len(ref) - 1 - tail] == alt[len(alt) - 1 - tail]:
        tail += 1
    gone, come = ref[same : len(ref) - tail], alt[same : len(alt) - tail]
    if early:
        gone = gone[: max(len(come) - net, 0)]
    if not gone:
        size = len(come)
        if ref[same - size : same] == come and same >= size:
            return f"{_stretch(ref, same - size, same)}dup"
        return f"{_at(ref, same - 1)}_{_at(ref, same)}ins{_spelled(come)}"
    where = _stretch(ref, same, same + len(gone))
    if not come:
        return f"{where}del"
    if len(gone) == len(come) == 1:
        return f"{where}{THREE[come]}"
    return f"{where}delins{_spelled(come)}"


def _at(protein: str, at: int) -> str:
    return f"{THREE[protein[at]]}{at + 1}"


def _stretch(protein: str, start: int, end: int) -> str:
    return _at(protein, start) if end - start == 1 else f"{_at(protein, start)}_{_at(protein, end - 1)}"


def _spelled(letters: str) -> str:
    return "".join(THREE[letter] for letter in letters)
