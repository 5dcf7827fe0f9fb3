"""Pasted text made plain: one kind of dash, space and quote; nothing invisible; no personal numbers."""

import re
import unicodedata
from typing import Final

from embla.errors import BadInput

MAX_TEXT: Final = 10_000

# National personal numbers that people paste by mistake: refused before anything is read, and never echoed.
# Denmark (CPR): DDMMYY-XXXX; substitute numbers have 60 added to the day.
_PERSONAL_NUMBERS: Final = (
    (
        "a Danish CPR number",
        re.compile(
            r"(?<![\w.])(?:[06][1-9]|[1278]\d|[39][01])[ ./-]?(?:0[1-9]|1[0-2])[ ./-]?\d\d(?:[ ]?[-–][ ]?|[ ])?\d{4}(?!\w)"
        ),
    ),
)

_DASHES: Final = dict.fromkeys(
    [code for code in range(0x2010, 0x2016)] + [0x2212, 0x2043, 0xFE58, 0xFE63, 0xFF0D, 0x02D7, 0x2E3A, 0x2E3B], "-"
)
_ARROWS: Final = dict.fromkeys(map(ord, "→⟶➔➜⇒⟹›»"), ">")
_QUOTES: Final = dict.fromkeys(map(ord, "‘’‚‛′ʼ´`"), "'") | dict.fromkeys(map(ord, "“”„‟″«"), '"')
_REPLACED: Final = {**_DASHES, **_ARROWS, **_QUOTES}
_HTML: Final = (("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"), ("&nbsp;", " "))


def clean(text: str) -> str:
    """One line of plain text: tabs and single spaces, ASCII dashes, arrows as `>`.

    BadInput when the text is empty, longer than MAX_TEXT, of several lines, or holds a personal number.
    """
    if len(text) > MAX_TEXT:
        raise BadInput(
            f"the text is {len(text):,} characters long; {MAX_TEXT:,} are read.",
            mend="Paste one variant, place or region; for a VCF line its first five columns are enough.",
            reason="length",
        )
    for entity, character in _HTML:
        text = text.replace(entity, character)
    text = unicodedata.normalize("NFKC", text.translate(_REPLACED)).translate(_REPLACED)
    # Cf: zero-width and direction marks; Cc: control characters, of which tab and line ends carry meaning
    text = "".join(c for c in text if c in "\t\n\r" or unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co", "Cn"))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise BadInput("there is nothing to read.", mend=EXAMPLES, reason="empty")
    if len(lines) > 1:
        raise BadInput(
            f"there are {len(lines)} lines; one variant, place or region is read at a time.",
            mend="Ask them one by one, or paste them on the page for lists.",
            reason="lines",
        )
    line = re.sub(r" *\t[ \t]*", "\t", re.sub(r"[^\S\t]+", " ", lines[0]))
    line = line.strip(" \t\"'").rstrip(".,; \t\"'") if not line.endswith("\t.") else line
    refuse_personal_number(line)
    if not line:
        raise BadInput("there is nothing to read.", mend=EXAMPLES, reason="empty")
    return line


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


EXAMPLES: Final = "Write it as chr17-43045712-T-C, 17:43045712 or 17:43044295-43125364."
