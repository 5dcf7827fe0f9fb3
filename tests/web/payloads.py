"""Hostile text, fixed: markup, letters that turn or vanish, spreadsheet formulas, ways out of a folder, templates.

Kept for ever; add to it, take nothing away. Each is shown through every page and table that shows text (planted.py).
"""

from collections.abc import Iterable, Iterator

_TAGS = ("script", "img src=x", "svg", "iframe", "body", "input autofocus", "details open", "video", "math", "a href=x")
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onclick")
MARKUP = (
    *(f"<{tag} {event}=alert(1)>" for tag in _TAGS for event in _EVENTS),
    *(f"{quote}><script>alert(1)</script>" for quote in ("", '"', "'", "`", "</title>", "</textarea>", "-->", "]]>")),
    *(f"{scheme}:alert(1)" for scheme in ("javascript", "JaVaScRiPt", "vbscript", "data:text/html,", "\tjavascript")),
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;", "%3Cscript%3E", "\\u003cscript\\u003e", "<scr\0ipt>",
    "<<script>script>alert(1)</script>", "<style>@import'x'</style>", "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>", "<link rel=stylesheet href=//evil.example>", "<form action=//evil.example>",
    "\"><svg onload=alert(1)>", "'><img src=x onerror=alert(1)>", "</title><script>1</script>", "\u202egnp.exe",
    "\u200b<b>",
)  # fmt: skip
LETTERS = tuple(
    f"gene{chr(code)}name"
    for code in (0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067,
                 0x2068, 0x2069, 0x061C, 0x180E, 0x3164, 0x115F, 0xE0001, 0x1F, 0x7F, 0x85, 0x2028, 0x2029)
)  # fmt: skip
FORMULAS = tuple(
    start + body
    for start in ("=", "+", "-", "@", "\t=", "\r=")
    for body in ("1+1", "cmd|'/C calc'!A0", 'HYPERLINK("http://evil.example")', "SUM(A1:A9)")
)
PATHS = (
    "../../etc/passwd", "..\\..\\windows\\win.ini", "/etc/passwd", "....//....//etc/passwd", "%2e%2e%2fetc%2fpasswd",
    "..%252f..%252fetc", "file:///etc/passwd", "C:\\boot.ini", "\\\\evil.example\\share", "a/../../b", "./.././x",
    "..;/x", "..%c0%afx", "%00.vcf", "a\0b", "con", "~root", "$HOME", "`id`", "$(id)", ";id", "|id", "&&id",
)  # fmt: skip
TEMPLATES = (
    "{{7*7}}", "{% raw %}", "{{config}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{''.__class__.__mro__}}", "%(x)s", "{0}",
    "' or 1=1 --", "'; drop table sessions; --", "1 union select null", "*)(uid=*))", "%n%n%n", "%x" * 20,
    "{{constructor.constructor('alert(1)')()}}",
)  # fmt: skip

ALL = (*MARKUP, *LETTERS, *FORMULAS, *PATHS, *TEMPLATES)


def batches(most: int, payloads: Iterable[str] = ALL) -> Iterator[str]:
    """The payloads joined by spaces, each batch at most `most` letters long."""
    batch = ""
    for payload in payloads:
        if batch and len(batch) + 1 + len(payload) > most:
            yield batch
            batch = ""
        batch = f"{batch} {payload}" if batch else payload
    yield batch


def seen(text: str) -> str:
    """The text without what cannot be seen, as a field that asks for visible characters has it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
