"""From a diplotype to an activity score and a phenotype: what the release's tables say, in decimals, never guessed.

A diplotype that the tables do not know, or with an allele of unknown function, is `Indeterminate`.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from embla.pgx.model.definition import Release
from embla.pgx.model.naming import haplotype
from embla.pgx.model.rules import HLA_KEYS, INDETERMINATE
from embla.pgx.model.typing import hla_keys

_COPIES: Final = re.compile(r"(.*)x(≥?)(\d+)")


@dataclass(frozen=True)
class Phenotype:
    """`term` in full English, `score` as text ("1.25", "≥4.0") or None where the gene has none or it is unknown."""

    term: str
    score: str | None = None


def phenotype(release: Release, gene: str, names: tuple[str, ...]) -> Phenotype:
    """Phenotype of a diplotype (two names), or of one allele where there is one copy."""
    if gene in HLA_KEYS:
        return Phenotype("; ".join(hla_keys(gene, names)) or INDETERMINATE)
    found = release.diplotypes.get(gene, {}).get(tuple(sorted(names)))
    if found is not None:
        return Phenotype(found[1], found[0] or None)
    if gene == "CYP2D6":
        return _from_copies(release, names)
    if gene in ("RYR1", "CACNA1S"):
        # CPIC 2023 (malignant hyperthermia): one associated variant is enough; anything else stays uncertain, as a
        # negative result does not exclude susceptibility. A variant without a function is never normal.
        functions = [release.functions[gene].get(name, "") for name in names]
        associated = "Malignant Hyperthermia associated" in functions
        return Phenotype("Malignant Hyperthermia Susceptibility" if associated else "Uncertain Susceptibility")
    return Phenotype(INDETERMINATE)


def _from_copies(release: Release, names: tuple[str, ...]) -> Phenotype:
    """CYP2D6 by summed values (Caudle 2020): PM 0, IM below 1.25, NM to 2.25, UM above; `x2` doubles, `*5` is 0."""
    total, more = Decimal(0), False
    for name in names:
        for part in haplotype(name).split("+"):
            value = _value(release, part)
            if value is None:
                return Phenotype(INDETERMINATE)
            total, more = total + value[0], more or value[1]
    if more and total <= Decimal("2.25"):
        return Phenotype(INDETERMINATE)
    if total == 0:
        term = "Poor Metabolizer"
    elif total < Decimal("1.25"):
        term = "Intermediate Metabolizer"
    else:
        term = "Normal Metabolizer" if total <= Decimal("2.25") else "Ultrarapid Metabolizer"
    digits = total.quantize(Decimal("0.1")) if total == total.quantize(Decimal("0.1")) else total.normalize()
    return Phenotype(term, f"{'≥' if more else ''}{digits}")


def _value(release: Release, part: str) -> tuple[Decimal, bool] | None:
    """Activity of one part and whether it is a lower bound; None where it is not known."""
    table = release.functions.get("CYP2D6", {})
    if part in table:
        text = table[part]
        return None if text == "n/a" else (Decimal(text.removeprefix("≥")), text.startswith("≥"))
    copies = _COPIES.fullmatch(part)
    if copies is None or table.get(copies[1], "n/a") == "n/a":
        return None
    one = Decimal(table[copies[1]])
    # Three copies or more are not told apart reliably: the tables write them as a lower bound.
    return one * int(copies[3]), bool(one) and (copies[2] == "≥" or int(copies[3]) >= 3)


def rank(release: Release, gene: str, allele: str) -> Decimal:
    """How low an allele's function is, for the genes that list variants: lowest first, unknown before normal."""
    text = release.functions.get(gene, {}).get(allele, "")
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Decimal(text)
    if text in ("Malignant Hyperthermia associated", "ivacaftor responsive"):
        return Decimal(0)
    if text in ("Normal function", "ivacaftor non-responsive"):
        return Decimal(1)
    return Decimal("0.75")
