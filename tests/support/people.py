"""Made-up persons: numbers that nobody can have, and names to look for."""

from collections.abc import Iterator

from embla.demo.persons import made_up_numbers, passes_modulus_11

__all__ = ["made_up_names", "made_up_numbers", "passes_modulus_11"]

FIRST = ("Asbjørn", "Bodil", "Cæcilie", "Ditlev", "Embla", "Frode", "Gudrun", "Hjalmar", "Ingeborg", "Jokum")
LAST = ("Kvistgren", "Lundtofte", "Mosedal", "Nørreskov", "Ørnholt")


def made_up_names() -> Iterator[str]:
    """Fifty names that occur nowhere else in the house."""
    for last in LAST:
        for first in FIRST:
            yield f"{first} Zz{last.lower()}"
