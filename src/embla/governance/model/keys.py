"""A key of division as a file: `region` TAB `weight`, decimal weights."""

from decimal import Decimal
from typing import Final

from embla.errors import Refused
from embla.governance.model.money import parse_decimal

HEADER: Final = ["region", "weight"]
MOST_LINES: Final = 10_000


def parse_key(text: str) -> dict[str, Decimal]:
    """Region -> weight, in the file's order. Refused names the line."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or [name.strip() for name in lines[0].split("\t")] != HEADER:
        raise Refused("The key's first line is not 'region' TAB 'weight'.", mend="Give it those two columns.")
    if len(lines) > MOST_LINES:
        raise Refused(f"The key has more than {MOST_LINES} lines.")
    found: dict[str, Decimal] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) != 2 or not cells[0].strip():
            raise Refused(f"Line {number} of the key is not a region, TAB, a weight.")
        region = cells[0].strip()
        if region in found:
            raise Refused(f"Line {number} of the key names {region} a second time.")
        weight = parse_decimal(cells[1], f"a weight (line {number})")
        if weight < 0:
            raise Refused(f"Line {number} of the key has a negative weight.")
        found[region] = weight
    if not found:
        raise Refused("The key has no region.")
    return found
