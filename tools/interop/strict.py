"""What VEP, VarSeq and Alamut ask of a VCF that annotates, held record by record without them (VCF 4.3, 1.4, 1.6)."""

import gzip
import re
from pathlib import Path

from embla.genome import GRCH38
from tools.interop.differs import Differs, Equal, timed

_META = re.compile(r"##[A-Za-z_]\w*=.+")
_INFO = re.compile(
    r"##INFO=<ID=([A-Za-z_][0-9A-Za-z_.]*),Number=(\d+|[AGR.]),Type=(Integer|Float|Flag|String|Character),"
    r'Description="[^"\\]*"(?:,Source="[^"\\]*",Version="[^"\\]*")?>'
)
_CONTIG = re.compile(r"##contig=<ID=([^,>]+),length=(\d+),assembly=([^,>]+)>")
_KINDS = {
    "Integer": re.compile(r"-?\d+"),
    "Float": re.compile(r"-?\d+(\.\d+)?(e-?\d+)?"),
    "String": re.compile(r"[^\s;,=]+"),
}


def check_strictly(path: Path) -> Equal:
    """Raise Differs for the first thing that one of them might not take."""
    info: dict[str, tuple[str, str]] = {}
    contigs: dict[str, int] = {}
    last, here, n, ended = (-1, 0), set[tuple[str, str]](), 0, False
    with timed() as took, gzip.open(path, "rt", encoding="ascii") as file:
        for number, line in enumerate(file, 1):
            text = line.rstrip("\n")
            try:
                if text.startswith("##"):
                    _header(text, number, info, contigs)
                elif not ended:
                    _ask(text == "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO", "the columns")
                    _ask(list(contigs) == [c.name for c in GRCH38.contigs], "every contig, in order")
                    ended = True
                else:
                    last = _record(text, info, contigs, last, here)
                    n += 1
            except Differs as error:
                raise Differs(f"{path.name} line {number}: {error}") from None
    return Equal("rules of VEP, VarSeq, Alamut", f"{path.name}, line by line", n, took())


def _ask(holds: bool, what: str) -> None:
    if not holds:
        raise Differs(f"not so: {what}")


def _header(text: str, number: int, info: dict[str, tuple[str, str]], contigs: dict[str, int]) -> None:
    _ask(bool(_META.fullmatch(text)), "a header line is ##key=value")
    _ask(number > 1 or text.startswith("##fileformat=VCFv4."), "##fileformat is first")
    if text.startswith("##INFO="):
        match = _INFO.fullmatch(text)
        _ask(match is not None and match[1] not in info, "an INFO line with ID, Number, Type, Description, once")
        assert match is not None
        info[match[1]] = (match[2], match[3])
    if text.startswith("##contig="):
        match = _CONTIG.fullmatch(text)
        _ask(match is not None, "a contig line with ID, length and assembly")
        assert match is not None
        _ask(int(match[2]) == GRCH38.contig(match[1]).length and match[3] == GRCH38.name, "length and assembly")
        contigs[match[1]] = len(contigs)


def _record(
    text: str,
    info: dict[str, tuple[str, str]],
    contigs: dict[str, int],
    last: tuple[int, int],
    alleles: set[tuple[str, str]],
) -> tuple[int, int]:
    fields = text.split("\t")
    _ask(len(fields) == 8, "eight columns")
    contig, pos, _, ref, alt, _, _, told = fields
    here = (contigs.get(contig, -1), int(pos))
    _ask(here[0] >= 0 and 1 <= here[1] <= GRCH38.contig(contig).length, "a place of a contig in the header")
    if here != last:
        alleles.clear()
    # VCF 4.3, 1.6.1: records are sorted by POS; those of one place have no order of their own.
    _ask(here >= last and (ref, alt) not in alleles, "sorted, and no record twice")
    alleles.add((ref, alt))
    _ask(set(ref + alt) <= set("ACGTN") and ref != alt and bool(ref) and bool(alt), "one ALT of bases, not REF")
    _ask(len(ref) == 1 or len(alt) == 1 or (ref[0] != alt[0] and ref[-1] != alt[-1]), "trimmed on both sides")
    seen = set()
    for part in told.split(";"):
        name, _, value = part.partition("=")
        _ask(name in info and name not in seen, f"{name} is in the header, and once in the record")
        seen.add(name)
        number, kind = info[name]
        values = value.split(",")
        _ask(len(values) == 1 and number in ("A", "1"), f"{name} has one value for one ALT")
        _ask(value == "." or bool(_KINDS[kind].fullmatch(value)), f"{name} is of type {kind}")
    return here
