"""The parts of an HGVS name in the order of the nomenclature, however a report wrote them: transcript(gene):c.change.

Nothing is added and nothing is left out: only order, separators and blanks change. HGVS nomenclature 21.1, "general".
"""

import re
from typing import Final

from embla.reference.ask_words import split_build

_PART: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}"
_KIND: Final = re.compile(r"(?:^|(?<=[:,;(\s)_/|-]))[CGMNPR](?=\.\s?[(\[\d*?A-Z=-])", re.IGNORECASE)
# `CSTB (NM_000100.4): `, `NM_000100.4 (CSTB) `, `CSTB NM_000100.4:`, `CSTB:NM_000100.4:`
_TWO: Final = re.compile(
    rf"(?P<first>{_PART})(?:\s?\(\s?(?P<inner>{_PART})\s?\)|(?:\s?[\s:,;|]\s?|\s[-/]\s)(?P<second>{_PART}))\s?[:,;/|_-]?\s?",
    re.ASCII,
)
# `c.67-1G>C (CSTB)`, `c.67-1G>C in CSTB`
_BEHIND: Final = re.compile(
    rf"(?P<name>[cn]\.\S+?)(?:\s?[,;]\s?|\s)(?:in\s|i\s)?\(?(?P<of>(?!p\.){_PART})\)?", re.ASCII | re.IGNORECASE
)
# ANNOVAR: `CSTB:NM_000100.4:exon2:c.121G>A:p.V41M`
_EXON: Final = re.compile(r":(?:exon|intron)\d{1,3}(?=:)", re.IGNORECASE | re.ASCII)
_SIGNS: Final = re.compile(r"\s?([+>_*=-])\s?")
_BEFORE_EDIT: Final = re.compile(r"(?<=\d)\s(?=[ACGT]+>|del|dup|ins|inv)", re.IGNORECASE)
_BEFORE_BASES: Final = re.compile(r"(?<=del|dup|ins|inv)\s(?=[ACGT])", re.IGNORECASE)
# `c.67 - 68del`: from 67 to 68, or 68 bases before 67?
_SPAN_OR_OFFSET: Final = re.compile(r"\d(?:\s-\s?|-\s)\d+\s?(?:del|dup|ins|inv)", re.IGNORECASE)
_ONE_ALLELE: Final = re.compile(r"\[([^\[\];,\s]+)\]")
_ACCESSION: Final = re.compile(
    r"(?:[NX][MRPGTWC]_|[A-Z]{1,2}_?\d{5,}|ENS[TGP]|LRG_|[A-Z]{2}_).*|.*\.\d+", re.IGNORECASE
)


def is_accession(name: str) -> bool:
    """Whether this is shaped like the accession of a sequence, not like a gene's symbol."""
    return _ACCESSION.fullmatch(name) is not None


def in_order(line: str) -> str:
    """A cleaned line with the parts of its c., g., m., n., p. or r. name in order; any other line as it is.

    A gene stands in brackets behind its transcript, or before the name where there is none: `CSTB:c.67-1G>C`.
    """
    found = _KIND.search(line)
    if found is None:
        return line
    head, kind = _EXON.sub("", line[: found.start()]), found[0].lower()
    name = kind + _tight(line[found.end() :])
    if not head:
        behind = _BEHIND.fullmatch(name)
        return line if behind is None else f"{behind['of']}:{behind['name']}"
    parts = _TWO.fullmatch(head)
    if parts is None:
        return re.sub(r"[-_/|;,:\s]+\Z", ":", head) + name
    first, second = parts["first"], parts["inner"] or parts["second"]
    if split_build(f"{first} ")[0] is not None:  # hg19 chr21:g.45194641C>G
        return head + name
    if is_accession(second) and not is_accession(first):
        first, second = second, first
    return f"{first}({second}):{name}"


def _tight(change: str) -> str:
    """`. 67 -1 G > C` as `.67-1G>C`; what follows the change keeps its blank. One allele may stand in brackets."""
    change = "." + change[1:].lstrip()
    if _SPAN_OR_OFFSET.search(change):
        return change
    change = _BEFORE_BASES.sub("", _BEFORE_EDIT.sub("", _SIGNS.sub(r"\1", change)))
    alone = _ONE_ALLELE.fullmatch(change[1:])
    return f".{alone[1]}" if alone else change
