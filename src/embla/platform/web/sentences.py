"""Sentences that a lower room wrote in English, told in the reader's language.

A note such as "Trimmed from chr1-100-CA-C." is made far from any page. A room lists the shapes its sentences have, each
also a message in the catalogues: "Trimmed from {variant}." What stands in a slot is told too where it has a shape of
its own; a slot whose name ends in `_told` must have one. A sentence of no listed shape is shown as it is and marked as
English, so that a screen reader speaks it right.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from embla.platform.language import Translator

SLOT = re.compile(r"\{(\w+)\}")
CODE = re.compile(r"`([^`]{1,200})`")
# What a slot of this name can hold; any other holds anything. So "{name} is {contig}." takes only what it should.
_NUMBER = r"[\d.,]+"
HOLDS = {"contig": r"chr(?:\d{1,2}|[XYM])", "field": r"\S+"} | dict.fromkeys(
    "n line pos first last length bases most size said zero one gq dp haploid balance hom least share".split(), _NUMBER
)
DEEPEST = 3
# Between two sentences; and how many may stand in a row.
STOP = re.compile(r"[.?!](?= )")
MOST_PARTS = 4
# Beyond this a sentence is not one of ours; matching must stay cheap whatever a file's error says.
LONGEST = 2000


def N_(message: str) -> str:
    """Mark a shape for the catalogues; it is translated later, where the language is known."""
    return message


class Sentences:
    """Known shapes, the one with most fixed text first, so that "{a} is {b}" never wins over a closer shape."""

    def __init__(self, shapes: Iterable[str]) -> None:
        ordered = sorted(set(shapes), key=lambda shape: -len(SLOT.sub("", shape)))
        self.shapes = [(re.compile(_pattern(shape), re.DOTALL), shape) for shape in ordered]

    def told(self, sentence: str, language: str, translator: Translator) -> Markup:
        """The sentence as HTML in `language`, or, where nobody has translated it, marked `lang="en"`."""
        if language == "en":
            return _written(sentence)
        found = self._in_parts(sentence, translator)
        return _written(found) if found is not None else Markup('<span lang="en">{}</span>').format(_written(sentence))

    def plain(self, sentence: str, translator: Translator) -> str:
        """The sentence as text in the translator's language, or, where nobody has translated it, as it is."""
        return self._in_parts(sentence, translator) or sentence

    def knows(self, sentence: str) -> bool:
        """True when the sentence has a listed shape."""
        return any(pattern.fullmatch(sentence) for pattern, _ in self.shapes)

    def _in_parts(self, sentence: str, translator: Translator, most: int = MOST_PARTS) -> str | None:
        """What was found and what mends it, written one after another, each by its own shape; else the whole by one: a
        slot of that could take in the rest. None where a part has no shape: half in each language would be worse."""
        for stop in STOP.finditer(sentence) if 1 < most and len(sentence) <= LONGEST else ():
            first = self._translated(sentence[: stop.end()], translator, 0)
            rest = None if first is None else self._in_parts(sentence[stop.end() + 1 :], translator, most - 1)
            if rest is not None:
                return f"{first} {rest}"
        return self._translated(sentence, translator, 0)

    def _translated(self, sentence: str, translator: Translator, depth: int) -> str | None:
        if depth > DEEPEST or len(sentence) > LONGEST:
            return None
        for pattern, shape in self.shapes:
            found = pattern.fullmatch(sentence)
            translated = translator.gettext(shape) if found else shape
            # A shape of nothing but told parts may read alike in every language.
            if found is None or (translated == shape and "_told}" not in shape):
                continue
            values = {}
            for name, value in found.groupdict().items():
                told = self._translated(value, translator, depth + 1)
                if told is None and name.endswith("_told"):
                    break
                values[name] = value if told is None else told
            else:
                return SLOT.sub(lambda slot, values=values: values.get(slot[1], slot[0]), translated)  # type: ignore[misc]
        return None


def _written(sentence: str) -> Markup:
    """Escaped, with what stands between backticks as code."""
    coded = CODE.sub(r"<code>\1</code>", str(escape(sentence)))
    return Markup(coded)  # nosec B704  # escaped first


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
            out += f"(?P<{part}>{HOLDS.get(part, '.+?')})"
    return out
