"""ClinPGx JSON, as it comes, to values; refused where it contradicts itself. Pure: text and dictionaries come in."""

import re
from collections.abc import Mapping
from typing import Any, Final

from embla.errors import BadInput
from embla.genome import GRCH38
from embla.pgx.model.definition import IUPAC, Allele, Gene, make_site

_NAME: Final = re.compile(r"[A-Za-z0-9-]{2,20}")
_BASES: Final = re.compile(r"[ACGT]{1,1000}")
_COPIES: Final = re.compile(r"[ACGT]+\((\d+)\)")
_MEND: Final = "Give the files of one ClinPGx release as they come, unchanged."


def read_gene(data: Any, path: str) -> Gene:
    """One `GENE_translation.json` (formatVersion 2) as a Gene. BadInput says what in it cannot be."""
    try:
        return _read_gene(data, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(
            path, f"a field is missing or has another form ({type(error).__name__}: {str(error)[:60]})"
        ) from None


def _read_gene(data: Any, path: str) -> Gene:
    if data["formatVersion"] != "2":
        raise _bad(path, f"formatVersion {str(data['formatVersion'])[:10]!r}, where 2 is read")
    if not str(data["genomeBuild"]).startswith("GRCh38"):
        raise _bad(path, f"positions on {str(data['genomeBuild'])[:20]!r}, where GRCh38 is read")
    name, contig = data["gene"], GRCH38.find(str(data["chromosome"]))
    if not _NAME.fullmatch(name) or contig is None:
        raise _bad(path, "no gene name or chromosome that is known")
    if len(data["variants"]) > 5000 or len(data["namedAlleles"]) > 5000:
        raise _bad(path, "more than 5,000 positions or alleles")
    sites = tuple(_read_site(one, contig.length, path) for one in data["variants"])
    if len({site.pos for site in sites}) != len(sites):
        raise _bad(path, "two positions are the same")
    cores = data.get("suballelesMap") or {}
    rows = sorted(data["namedAlleles"], key=lambda row: not row["reference"])
    if not rows or not rows[0]["reference"] or (len(rows) > 1 and rows[1]["reference"]):
        raise _bad(path, "not exactly one reference allele")
    if any(row["alleles"][at] is None for row in rows[:1] for at in range(len(sites))):
        raise _bad(path, "the reference allele leaves a position without a base")
    alleles = []
    for order, row in enumerate(rows):
        cells = tuple(row["alleles"])
        if len(cells) != len(sites):
            raise _bad(path, f"allele {str(row['name'])[:40]!r} has {len(cells)} cells for {len(sites)} positions")
        for cell, site in zip(cells, sites, strict=True):
            if cell is not None and cell not in IUPAC and cell != site.ref and cell not in site.alts:
                raise _bad(
                    path, f"allele {str(row['name'])[:40]!r} has a base at {site.pos} that the position does not"
                )
        alleles.append(Allele(row["name"], cores.get(row["name"], row["name"]), cells, order))
    if len({allele.name for allele in alleles}) != len(alleles):
        raise _bad(path, "two alleles have the same name")
    return Gene(name, contig.name, sites, tuple(alleles), str(data.get("modificationDate", ""))[:10])


def _read_site(one: Mapping[str, Any], length: int, path: str) -> Any:
    pos, ref, alts = one["position"], one["ref"], tuple(one["alts"])
    if not isinstance(pos, int) or not 1 <= pos <= length:
        raise _bad(path, f"position {str(pos)[:20]} is not on the chromosome")
    if (
        not alts
        or not all(_BASES.fullmatch(text) for text in (ref, *alts))
        or ref in alts
        or len(set(alts)) < len(alts)
    ):
        raise _bad(path, f"position {pos} has no REF and ALTs spelled in bases")
    copies = [_COPIES.fullmatch(text) for text, base in one["cpicToVcfAlleleMap"].items() if base == ref]
    return make_site(
        pos, one["rsid"] or "", one["chromosomeHgvsName"], ref, alts, next((int(m[1]) for m in copies if m), 0)
    )


def read_exemptions(data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """`exemptions.json`: per gene the priorities among conflicting diplotypes, and the AMP tier 1 alleles."""
    priorities = {
        gene: tuple((frozenset(one["list"]), one["pick"]) for one in rule["unphasedDiplotypePriorities"])
        for gene, rule in data.items()
    }
    return priorities, {gene: frozenset(rule["amp1Alleles"]) for gene, rule in data.items()}


def read_functions(data: Any) -> tuple[str, dict[str, str], str]:
    """`GENE.alleles.json`: gene, allele -> function or activity value, release."""
    return data["gene"], dict(data["haplotypes"]), data["version"]


def read_diplotypes(text: str, odd_names: Mapping[str, str]) -> dict[tuple[str, ...], tuple[str, str]]:
    """`GENE.diplotypes.tsv`: sorted allele names -> (activity score or "", phenotype).

    `odd_names` gives names that hold a slash, and what they are called in the definitions.
    """
    table: dict[tuple[str, ...], tuple[str, str]] = {}
    for line in text.splitlines()[1:]:
        _, diplotype, score, _, phenotype = line.split("\t")
        for odd, name in odd_names.items():
            diplotype = diplotype.replace(odd, name)
        table[tuple(sorted(diplotype.split("/")))] = ("" if score == "n/a" else score, phenotype)
    return table


def _bad(path: str, what: str) -> BadInput:
    return BadInput(f"this definition is not used: {what}.", path=path, mend=_MEND)
