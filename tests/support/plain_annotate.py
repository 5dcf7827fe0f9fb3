"""The slow and plain annotator: one line and one ALT at a time. What `embla.genotypes.annotate` must equal, byte for
byte.

It asks `View.count` for every ALT and knows VCF only as text between tabs.
"""

import gzip
from pathlib import Path

from embla.genome import GRCH38, Variant
from embla.genotypes import Mask, View

NAMES = ("AC", "AN", "AF", "NHOMALT", "NHEMI", "FAF95", "STATUS")


def plain_annotate(view: View, path: Path, cohort: Mask | None = None) -> str:
    """The body of the annotated file: every line after #CHROM."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("latin-1")
    body = text[text.index("\n", text.index("#CHROM")) + 1 :]
    return "".join(_line(view, cohort, line) for line in body.splitlines(keepends=True))


def _line(view: View, cohort: Mask | None, line: str) -> str:
    stripped = line.rstrip("\r\n")
    if not stripped:
        return line
    fields = stripped.split("\t")
    alts = [] if fields[4] == "." else fields[4].split(",")
    cells = [_cell(view, cohort, fields[0], int(fields[1]), fields[3], alt) for alt in alts]
    ours = {f"EMBLA_{name}" for name in (*NAMES, "FAILED_ONLY")}
    entries = fields[7].split(";")
    kept = [entry for entry in entries if entry.split("=")[0] not in ours]
    names = (*NAMES, "FAILED_ONLY") if any(cell["FAILED_ONLY"] == "1" for cell in cells) else NAMES
    added = [f"EMBLA_{name}={','.join(cell[name] for cell in cells)}" for name in names] if cells else []
    if added or kept != entries:
        kept = [] if kept in ([], ["."], [""]) else kept
        fields[7] = ";".join(kept + added) or "."
    return "\t".join(fields) + line[len(stripped) :]


def _cell(view: View, cohort: Mask | None, chrom: str, pos: int, ref: str, alt: str) -> dict[str, str]:
    contig = GRCH38.find(chrom)
    nothing = dict.fromkeys(NAMES, ".") | {"STATUS": "not_loaded", "FAILED_ONLY": "0"}
    if contig is None or not alt or set(alt.upper() + ref.upper()) - set("ACGTN") or alt.upper() == ref.upper():
        return nothing
    (count,) = view.count(Variant(contig.name, pos, ref, alt), cohort)
    return {
        "AC": str(count.ac),
        "AN": str(count.an),
        "AF": "." if count.af is None else f"{count.af:.6g}",
        "NHOMALT": str(count.nhomalt),
        "NHEMI": str(count.nhemi),
        "FAF95": "." if count.faf95 is None else f"{count.faf95:.6g}",
        "STATUS": count.status,
        "FAILED_ONLY": "1" if count.ac == 0 and count.raw is not None and count.raw.ac else "0",
    }
