"""Letters that are not seen: controls, zero-width ones, and those that turn the direction of what follows.

Somebody's text may hold them, and a page that shows it would then say something else than it looks like (Boucher and
Anderson 2021, "Trojan Source"). A page and a table show each as U+FFFD; JSON, which programs read, keeps its number.
"""

import re
from typing import Final

REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# Letters to Unicode, and nothing to the eye: Hangul fillers, two Khmer vowels, selectors of a form that no font has.
_BLANK: Final = "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\U000e0100-\U000e01ef"
_PRINTABLE_BLANK: Final = re.compile(f"[{_BLANK}]")
# Categories Cc (but tab and line ends), Cf, Zl, Zp and Cs of Unicode 16, and the blank letters.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    f"\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff{_BLANK}]"
)


def shown(text: str) -> str:
    """The text with every unseen letter as U+FFFD. Text without any, nearly all there is, costs one fast look."""
    plain = text.replace("\n", "").replace("\xa0", "")
    if plain.isprintable() and (plain.isascii() or not _PRINTABLE_BLANK.search(plain)):
        return text
    return _UNSEEN.sub(REPLACEMENT, text)


def told_by_number(json: str) -> str:
    """JSON text in which each unseen letter stands by its number: the same value to a program, nothing hidden to eyes.

    Also what makes half of a surrogate pair, which a request may hold, something that can be sent.
    """
    # Of ASCII what can be printed is seen. That is most JSON, and a look at each letter takes a tenth of the search.
    if json.isascii() and json.isprintable():
        return json
    return _UNSEEN.sub(lambda found: _numbered(ord(found.group())), json)


def _numbered(code: int) -> str:
    if code < 0x10000:
        return f"\\u{code:04x}"
    # RFC 8259 section 7: beyond the first plane, two halves.
    return f"\\u{0xD800 + ((code - 0x10000) >> 10):04x}\\u{0xDC00 + ((code - 0x10000) & 0x3FF):04x}"
