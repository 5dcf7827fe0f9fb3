"""Sentences that a lower room wrote in English, told in the reader's language.

A note such as "left-aligned from chr1-100-CA-C" is made far from any page. A room lists the shapes its sentences have,
each also a message in the catalogues: "left-aligned from {variant}". A sentence of no listed shape is shown as it is and
marked as English, so that a screen reader speaks it right.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from embla.platform.language import Translator

SLOT = re.compile(r"\{(\w+)\}")


class Sentences:
    """Known shapes, the one with most fixed text first, so that "{a} is {b}" never wins over a closer shape."""

    def __init__(self, shapes: Iterable[str]) -> None:
        ordered = sorted(set(shapes), key=lambda shape: -len(SLOT.sub("", shape)))
        self.shapes = [(re.compile(_pattern(shape), re.DOTALL), shape) for shape in ordered]

    def told(self, sentence: str, language: str, translator: Translator) -> Markup:
        """The sentence as HTML in `language`, or, where nobody has translated it, marked `lang="en"`."""
        if language == "en":
            return escape(sentence)
        for pattern, shape in self.shapes:
            found = pattern.fullmatch(sentence)
            if found and (translated := translator.gettext(shape)) != shape:
                return escape(SLOT.sub(lambda slot: found.groupdict().get(slot[1], slot[0]), translated))
        return Markup('<span lang="en">{}</span>').format(sentence)


def _pattern(shape: str) -> str:
    parts = SLOT.split(shape)
    seen: set[str] = set()
    out = ""
    for index, part in enumerate(parts):
        if index % 2 == 0:
            out += re.escape(part)
        elif part in seen:
            out += f"(?P={part})"
        else:
            seen.add(part)
            out += f"(?P<{part}>.+?)"
    return out
