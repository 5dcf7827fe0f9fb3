"""The sentence for each reason to refuse a line: what is wrong, where, and what to do about it."""

from typing import Final

from embla.errors import BadInput
from embla.genotypes.reading.kernels import layout as k
from embla.reference import Reference

_CALLER: Final = "Write the file again with the program that called it, or mend the line."
_SORT: Final = "Sort it: bcftools sort -Oz -o sorted.vcf.gz FILE"
_LIFT: Final = "Check the build: a GRCh37 (hg19) file must be lifted over to GRCh38, or aligned and called again."
_LOOK: Final = 400  # lines looked at to judge whether the build is wrong

# Answer -> sentence, what to do. {name} are facts of the line.
_SENTENCES: Final[dict[int, tuple[str, str]]] = {
    k.ANS_COLUMNS: ("{columns} columns, where the #CHROM line has {expected}.", _CALLER),
    k.ANS_POS: ("POS {pos} is not a place on {contig}, which has bases 1 to {length:,}.", _LIFT),
    k.ANS_UNSORTED: ("the file is not sorted: POS {pos} comes after a later one.", _SORT),
    k.ANS_REF: ("REF {ref} is not spelled in bases.", _CALLER),
    k.ANS_REF_END: ("REF runs past the end of {contig}, which has {length:,} bases.", _LIFT),
    k.ANS_ALT: ("ALT {alt} is neither bases nor a symbolic allele.", _CALLER),
    k.ANS_ALT_SAME: ("ALT {alt} repeats REF or another ALT.", _CALLER),
    k.ANS_ALT_MANY: (f"the record has more than {k.MAX_ALTS:,} ALTs.", _CALLER),
    k.ANS_FORMAT_TWICE: ("FORMAT {format} names GT or another key that is read twice.", _CALLER),
    k.ANS_VALUES: ("sample column {column} has more values than FORMAT {format} has keys.", _CALLER),
    k.ANS_SHARE: ("the AF of sample column {column} is no share from 0 to 1.", _CALLER),
    k.ANS_END: ("INFO/END must be a number from POS to the end of {contig} ({length:,}).", _CALLER),
    k.ANS_NO_GT: ("FORMAT {format} has no GT.", "Give a file with genotypes."),
    k.ANS_FORMAT_LONG: (f"FORMAT has more than {k.FORMAT_KEYS} keys.", _CALLER),
    k.ANS_GT: ("the GT of sample column {column} is not made of allele numbers.", _CALLER),
    k.ANS_GT_EMPTY: ("sample column {column} has no GT.", _CALLER),
    k.ANS_GT_BEYOND: ("the GT of sample column {column} names an allele beyond the {alts} ALT(s) there are.", _CALLER),
    k.ANS_MISMATCH: ("REF {ref} is not the reference's, which has {there} here.{build}", _LIFT),
}


def refusal(
    answer: int,
    text: bytes,
    *,
    path: str,
    number: int,
    contig: str,
    length: int,
    columns: int,
    sample_column: int,
    reference: Reference | None,
    following: list[bytes],
) -> BadInput:
    """BadInput for one line. `columns` are the sample columns of the file; `following` are lines after it."""
    fields = text.decode("utf-8", "replace").rstrip("\r").split("\t")
    at = {name: fields[i] if i < len(fields) else "" for i, name in enumerate(("chrom", "pos", "id", "ref", "alt"))}
    sentence, mend = _SENTENCES[answer]
    if answer == k.ANS_POS and not at["pos"].isdigit():
        sentence, mend = "POS {pos} is not a whole number.", _CALLER
    there = build = ""
    if answer == k.ANS_MISMATCH and reference is not None:
        start = int(at["pos"]) - 1
        there = _short(reference.fetch(contig, start, start + len(at["ref"])))
        wrong, seen = _mismatches([text, *following[:_LOOK]], contig, reference)
        if wrong > 4 and wrong * 4 > seen:
            build = f" {wrong} of {seen} records here do not fit GRCh38: this may be a GRCh37 file."
    message = sentence.format(
        columns=len(fields),
        expected=columns + 9,
        pos=_short(at["pos"]),
        contig=contig,
        length=length,
        ref=_short(at["ref"]),
        alt=_short(at["alt"]),
        format=_short(fields[8] if len(fields) > 8 else ""),
        column=sample_column + 10,
        alts=0 if at["alt"] == "." else at["alt"].count(",") + 1,
        there=there,
        build=build,
    )
    place = f"{contig}:{at['pos']}" if at["pos"].isascii() and at["pos"].isdigit() and len(at["pos"]) < 11 else ""
    return BadInput(message, path=path, line=number, place=place, mend=mend)


def _short(text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text[:30])
    return repr(shown + "..." if len(text) > 30 else shown)


def _mismatches(lines: list[bytes], contig: str, reference: Reference) -> tuple[int, int]:
    """Of the lines that can be compared, how many have a first base that is not the reference's."""
    wrong = seen = 0
    first = lines[0].split(b"\t", 1)[0]
    for line in lines:
        fields = line.split(b"\t", 4)
        if len(fields) < 5 or fields[0] != first or not fields[1].isdigit() or len(fields[1]) > 10:
            continue
        start = int(fields[1]) - 1
        there = reference.fetch(contig, start, start + 1)
        given = fields[3][:1].decode("latin-1").upper()
        if there in "ACGT" and given and given in "ACGT":
            seen += 1
            wrong += there != given
    return wrong, seen
