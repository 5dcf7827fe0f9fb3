"""Pasted text made plain: one kind of dash, space and quote; nothing invisible; no personal numbers."""

import html
import re
import unicodedata
from typing import Final
from urllib.parse import unquote

from embla.errors import BadInput

MAX_TEXT: Final = 10_000
EXAMPLES: Final = "Write it as chr17-43045712-T-C, 17:43045712 or 17:43044295-43125364."

# National personal numbers that people paste by mistake: refused before anything is read, and never echoed.
# Denmark (CPR): DDMMYY-XXXX, where a substitute number has 60 added to the day or a letter in its last part.
_DAY_MONTH: Final = r"(?<![\w.])(?:[06][1-9]|[1278]\d|[39][01])[ ./-]?(?:0[1-9]|1[0-2])[ ./-]?"
_PERSONAL_NUMBERS: Final = (
    (
        "a Danish CPR number",
        re.compile(
            rf"{_DAY_MONTH}(?:\d\d ?-? ?\d{{4}}|\d\d-(?=[A-Z]{{0,3}}\d)[A-Z0-9]{{4}}|(?:19|20)\d\d ?- ?\d{{4}})(?!\w)",
            re.ASCII | re.IGNORECASE,
        ),
    ),
)

_DASHES: Final = dict.fromkeys(
    (*range(0x2010, 0x2016), 0x2212, 0x2043, 0xFE58, 0xFE63, 0xFF0D, 0x02D7, 0x2E3A, 0x2E3B), "-"
)
# A dash of typesetting, as in `c.67\u201368del`, stands for `to` or for a minus; behind g. and m. there is no minus.
# In c. and n. names it becomes `~`, and who reads them decides.
_DASH: Final = r"\s?[\u2012-\u2015]\s?(?=[*]?[\d,.]+(?:\s?[+-]\s?\d+)?\s?(?:del|dup|ins|inv))"
_TO_IN_G: Final = re.compile(rf"(?<=[gm]\.)(\s?[\d,.]+){_DASH}", re.IGNORECASE)
_TO_IN_C: Final = re.compile(
    rf"(?<=[cn]\.)(\s?[-*\u2010-\u2015\u2212]?\d+(?:\s?[+\u2010-\u2015\u2212-]\s?\d+)?){_DASH}", re.IGNORECASE
)
_ARROWS: Final = dict.fromkeys(map(ord, "→⟶➔➜⇒⟹›»"), ">")
_QUOTES: Final = dict.fromkeys(map(ord, "‘’‚‛′ʼ´`"), "'") | dict.fromkeys(map(ord, "“”„‟″«"), '"')
_REPLACED: Final = {**_DASHES, **_ARROWS, **_QUOTES}
# What stands around a variant in reports, lists and mails, and is no part of its name; taken off in turns.
_AROUND: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^[-*\u2022\u00b7\u2023\u25aa\u25e6]\s+|^\d{1,3}[.)]\s+(?=[A-Z]{2})",  # the mark or number of a list
        r"^(?:variant(?:en)?|mutation(?:en)?|hgvs(?:[._]?[cgp])?|dbsnp)\s?[:=]\s?|^dbsnp\s?(?=rs)",
        r"[\s,;]+[(\[]?(?:het|hom|hemi)(?:(?:ero|o)?zyg(?:ous|ot))?[)\]]?$",
        r"(?<=\S)(?:[.,;'\"]+|\s[,;'\"]+)$",
    )
)
_ARROW: Final = re.compile(r"\s?[-=]{1,2}>\s?")
_ESCAPED: Final = re.compile(r"(?:%[0-9A-F]{2})+", re.IGNORECASE)
_ACCESSION: Final = re.compile(r"\b(N[CGMPR]|X[MPR])[ -]?(?=\d{6}(?:\d{3})?\.\d)", re.IGNORECASE | re.ASCII)
_RS: Final = re.compile(r"rs[\s:_-]?(\d{1,12})", re.IGNORECASE | re.ASCII)
_PAIRS: Final = {"(": ")", "[": "]", "{": "}"}
# Format, control, surrogate, private and unassigned characters: zero-width and direction marks among them.
_INVISIBLE: Final = ("Cf", "Cc", "Cs", "Co", "Cn")


def clean(text: str) -> str:
    """One line of plain text: tabs and single spaces, ASCII digits and dashes, arrows as `>`.

    BadInput when the text is empty, longer than MAX_TEXT, of several lines, or holds a personal number.
    """
    if len(text) > MAX_TEXT:
        raise BadInput(
            f"the text is {len(text):,} characters long; {MAX_TEXT:,} are read.",
            mend="Paste one variant, place or region; of a VCF line the first five columns are enough.",
            reason="length",
        )
    if "&" in text:
        text = html.unescape(html.unescape(text))  # twice: what was escaped once more on its way
    if "%" in text:
        text = _ESCAPED.sub(lambda escaped: unquote(escaped[0]), text)
    # Nearly every text is plain already; what follows looks at each character.
    if not (text.isascii() and text.isprintable() and "`" not in text):
        text = _TO_IN_C.sub(r"\1~", _TO_IN_G.sub(r"\1_", "".join(map(_unless_a_mark, text))))
        text = unicodedata.normalize("NFKC", text.translate(_REPLACED)).translate(_REPLACED)
        text = "".join(_plain(c) for c in text if c in "\t\n\r" or unicodedata.category(c) not in _INVISIBLE)
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if len(lines) > 1:
        raise BadInput(
            f"there are {len(lines)} lines; one variant, place or region is read at a time.",
            mend="Ask them one by one, or paste them on the page for lists.",
            reason="lines",
        )
    line = re.sub(r" *\t[ \t]*", "\t", re.sub(r"[^\S\t]+", " ", lines[0] if lines else ""))
    refuse_personal_number(line)
    line = _bare(line) if "\t" not in line else line
    line = line.strip(" \t\"'")
    if not line:
        raise BadInput("there is nothing to read.", mend=EXAMPLES, reason="empty")
    refuse_personal_number(line)
    return line


def printable(line: str) -> str:
    """A line for a terminal: what lists and people wrote must not steer it. Tabs and line ends stay."""
    return "".join(one if one.isprintable() or one in "\t\n" else "\N{REPLACEMENT CHARACTER}" for one in line)


def refuse_personal_number(text: str) -> None:
    """BadInput when the text holds something shaped like a personal number; the message does not repeat it."""
    # Of a VCF line only what will be read: its INFO and samples may hold any number.
    head = "\t".join(text.split("\t")[:5])
    for what, pattern in _PERSONAL_NUMBERS:
        if pattern.search(head):
            raise BadInput(
                f"this looks like {what}. It was not read, searched or kept.",
                mend="Search for variants, places, regions and genes; find a person through the case.",
                reason="personal number",
            )


def _bare(line: str) -> str:
    """Without what reports and lists put around a name; arrows as `>`, accessions and rs numbers as they are written.

    A word that could be part of a variant stays, and what remains is read like any text.
    """
    before = ""
    while before != line:
        before = line
        for pattern in _AROUND:
            line = pattern.sub("", line).strip(" \"'")
        line = line[1:-1].strip() if _is_wrapped(line) else line
    line = _ACCESSION.sub(r"\1_", _ARROW.sub(">", line))
    number = _RS.fullmatch(line)
    return f"rs{number[1]}" if number else line


def _is_wrapped(line: str) -> bool:
    """Whether the first bracket is closed by the last letter."""
    if len(line) < 3 or line[0] not in _PAIRS or line[-1] != _PAIRS[line[0]]:
        return False
    depth = 0
    for at, letter in enumerate(line):
        depth += (letter == line[0]) - (letter == line[-1])
        if depth == 0:
            return at == len(line) - 1
    return False


def _unless_a_mark(character: str) -> str:
    """What would become a digit and is none: the number of a note behind a position must not make it another one."""
    told = not character.isascii() and not character.isdecimal() and unicodedata.normalize("NFKC", character)
    return "\N{REPLACEMENT CHARACTER}" if told and any(one.isdecimal() for one in told) else character


def _plain(character: str) -> str:
    """Decimal digits of any script as ASCII; every other character as it is."""
    return character if character.isascii() or not character.isdecimal() else str(unicodedata.decimal(character))
