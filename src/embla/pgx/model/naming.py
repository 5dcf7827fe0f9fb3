"""How alleles and diplotypes are written, ordered and compared.

`*2/*1` is `*1/*2`, `*36+*10` is `*10+*36`: notation is brought into one form before anything is looked up or compared.
A duplication in cis is `*36+*10`; a combination that no row knows would be `[*a + *b]` and is not the same.
"""

import re
from typing import Final

_STAR: Final = re.compile(r"\*(\d+)(.*)")
_COPIES: Final = re.compile(r"^(.*?)x\s*(?:(≥|>=)\s*(\d+)|(\d+)(\+?)|(N))$")


def order_key(name: str, order: int) -> tuple[int, int, str]:
    """Star alleles by number; others in the order of their table, the reference first."""
    star = _STAR.match(name)
    return (1, int(star[1]), star[2]) if star else (0, order, name)


def written(names: tuple[str, ...]) -> str:
    """A diplotype, or one allele where there is one copy, as it is told."""
    return "/".join(names)


def haplotype(text: str) -> str:
    """One allele or one strand's alleles in one form: parts by number, copies as `x2` or `x≥3`."""
    if not text.strip().lstrip("([ ").startswith("*"):
        return text.strip()  # `c.1905+1G>A (*2A)`: its plus and brackets are part of the name
    text = text.strip().strip("()[]").strip()
    parts = [_part(part) for part in text.split("+")]
    if len(parts) > 1:
        parts.sort(key=lambda part: (order_key(part, 0), part))
    return "+".join(parts)


def _part(text: str) -> str:
    text = re.sub(r"\s+", " ", text.strip())
    copies = _COPIES.match(text)
    if copies is None:
        return text
    name = copies[1].strip()
    if copies[6]:
        return f"{name}xN"
    number = int(copies[3] or copies[4])
    if copies[2] or copies[5]:
        return f"{name}x≥{number}"
    return name if number == 1 else f"{name}x{number}"


def diplotype(text: str) -> tuple[str, ...]:
    """A diplotype's alleles in one form and order: `*2x2/*71` and `*71/*2X2` are the same."""
    halves = [haplotype(re.sub(r"X(?=\d|N|≥|>)", "x", half)) for half in text.strip().split("/")]
    return tuple(sorted(halves, key=lambda half: (order_key(half, 0), half)))


def choices(text: str) -> frozenset[tuple[str, ...]]:
    """All diplotypes that a text admits: `*1/*2 or *1/*3`, `*1/*2;*1/*3`, one in brackets is a doubtful one."""
    found = re.split(r"\s+or\s+|;|\|", text.strip())
    return frozenset(diplotype(one) for one in found if one.strip() and "/" in one)
