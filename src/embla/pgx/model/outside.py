"""Calls from outside (Cyrius, StellarPGx, DRAGEN, HLA typing): a table of gene, diplotype, phenotype, score."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation

from embla.errors import BadInput
from embla.pgx.model.calling import GeneCall, Names
from embla.pgx.model.definition import Release
from embla.pgx.model.naming import diplotype, order_key
from embla.pgx.model.phenotype import Phenotype, phenotype
from embla.pgx.model.rules import HLA_KEYS, INDETERMINATE
from embla.pgx.model.typing import answers, typed

_SUBALLELE = re.compile(r"\.\d{3}\b")
_COPIES = re.compile(r"x(?:≥?\d+|N)$")
_MEND = (
    "Columns are gene, diplotype, phenotype, activity score, separated by tabs; one of the last three must be there."
)


@dataclass(frozen=True)
class OutsideCall:
    """One line. `names` may be empty where only a phenotype or score is known."""

    gene: str
    names: Names
    term: str
    score: str
    line: int


def parse_outside(text: str, path: str, genes: frozenset[str]) -> dict[str, list[OutsideCall]]:
    """Calls by gene; several lines of a gene, or `;` and `or` between diplotypes, are candidates."""
    calls: dict[str, list[OutsideCall]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        if not line.strip() or line.startswith("#") or (number == 1 and cells[0].lower() == "gene"):
            continue
        gene, named, term, score = (*cells, "", "", "")[:4]
        if gene not in genes or not (named or term or score):
            raise BadInput(f"this line names no gene that is known, or nothing of it: {gene[:20]!r}.", path=path,
                           line=number, mend=_MEND)  # fmt: skip
        if named.lower() in ("none", "no_call", "n/a", "."):
            continue  # what Cyrius and StellarPGx write where they could not decide
        parts = [part for part in named.replace(" or ", ";").split(";") if part.strip()]
        for part in parts or [""]:
            names = _names(gene, part, path, number) if part else ()
            if names and gene in HLA_KEYS and " " in names[0]:
                names, term = (), "; ".join(filter(None, (term, part)))
            calls.setdefault(gene, []).append(OutsideCall(gene, names, term, _score(score, path, number), number))
    return calls


def _names(gene: str, part: str, path: str, number: int) -> Names:
    if gene not in HLA_KEYS:
        return diplotype(part.replace(gene, ""))
    if answers(part) is not None:
        return (part.strip(),)
    found = [typed(gene, one) for one in part.split("/")]
    if None in found or len(found) > 2:
        raise BadInput(f"{part[:40]!r} is no typing of {gene}.", path=path, line=number,
                       mend="Write *57:01/*07:02, or *57:01 positive.")  # fmt: skip
    return tuple(sorted(one for one in found if one is not None))


def _score(text: str, path: str, number: int) -> str:
    """An activity score as the tables write it: 0 is 0.0, >=3 is ≥3.0; "" for none."""
    if text.lower() in ("", ".", "n/a", "none"):
        return ""
    try:
        value = Decimal(text.lstrip("≥>= "))
    except InvalidOperation:
        raise BadInput(f"{text[:20]!r} is no activity score.", path=path, line=number, mend=_MEND) from None
    tenths = value.quantize(Decimal("0.1"))
    return f"{'≥' if text[0] in '≥>' else ''}{tenths if tenths == value else value.normalize()}"


def outside_call(release: Release, gene: str, calls: list[OutsideCall], own: GeneCall | None) -> GeneCall:
    """A gene's call as it came from outside. It goes before our own from small variants, which is told beside it."""
    calls = [more for call in calls for more in _by_score(release, gene, call)]
    names = [_as_tabled(release, gene, call.names) for call in calls]
    reasons = [f"Called outside (line {', '.join(str(n) for n in sorted({call.line for call in calls}))})."]
    told: list[Phenotype] = []
    for call, known in zip(calls, names, strict=True):
        ours = phenotype(release, gene, known) if known else Phenotype(INDETERMINATE)
        term, score = call.term or ours.term, call.score or ours.score
        if call.term and known and gene not in HLA_KEYS and ours.term not in (INDETERMINATE, call.term):
            reasons.append(f"The phenotype given ({call.term}) is not that of the tables ({ours.term}).")
        if call.score and not call.term:
            term = _term_of(release, gene, call.score) or term
        told.append(Phenotype(term, score or None))
    if own is not None and own.diplotypes:
        reasons.append(f"Small variants say {', '.join('/'.join(one) for one in own.diplotypes[:3])} ({own.status}).")
    shown = tuple(known or ("unspecified",) for known in names)
    strange = sorted({name for call, known in zip(calls, names, strict=True) if not (call.term or call.score)
                      for name in _unknown(release, gene, known)})  # fmt: skip
    if strange:
        reasons.append(f"The tables know no {', '.join(strange)}.")
    return GeneCall(
        gene,
        "refused" if strange else "called" if len(calls) == 1 else "ambiguous",
        diplotypes=shown,
        phenotypes=tuple(told),
        assessed=own.assessed if own else 0,
        total=own.total if own else 0,
        variants=own.variants if own else None,
        reasons=tuple(reasons),
        source="outside",
        evidence=own.evidence if own else {},
    )


def _as_tabled(release: Release, gene: str, names: Names) -> Names:
    """Names in the spelling of the tables: `*36+*10` there is `*36 + *10`, three copies or more `*1x≥3`."""
    known = {
        "+".join(sorted(part.strip() for part in name.split("+"))): name for name in release.functions.get(gene, {})
    }

    def tabled(name: str) -> str:
        found = known.get("+".join(sorted(name.split("+"))))
        if found is None and name[-2:-1] == "x" and name[-1:].isdigit() and int(name[-1]) >= 3:
            found = known.get(f"{name[:-2]}x≥3")
        # A suballele (*4.013) has its core's function; MT-RNR1 is written with and without its m.
        return found or known.get(_SUBALLELE.sub("", name)) or known.get(f"m.{name}") or name

    return tuple(sorted((tabled(name) for name in names), key=lambda name: (order_key(name, 0), name)))


def _unknown(release: Release, gene: str, names: Names) -> list[str]:
    """Parts of a diplotype that neither the tables nor the definition know: nothing can be said of them."""
    table = set(release.functions.get(gene, {}))
    if gene in HLA_KEYS or not table:
        return []
    if gene in release.genes:
        table |= {name for allele in release.genes[gene].alleles for name in (allele.core, allele.name)}
    parts = [part for name in names if name not in table for part in (name.split("+") if name[0] == "*" else [name])]
    return [part for part in parts if part.strip() not in table and _COPIES.sub("", part.strip()) not in table]


def _by_score(release: Release, gene: str, call: OutsideCall) -> list[OutsideCall]:
    """A phenotype alone, once for each score that the tables have for it: guidelines may ask by score."""
    if call.names or not call.term or gene in HLA_KEYS:
        return [call]
    table = set(release.diplotypes.get(gene, {}).values())
    term = next((one for _, one in table if one.lower() == call.term.lower()), None)
    if term is None and table:
        raise BadInput(f"{call.term[:40]!r} is no phenotype of {gene}.", line=call.line,
                       mend=f"Known: {'; '.join(sorted({one for _, one in table}))}.")  # fmt: skip
    found = {score for score, one in table if one == term and score}
    scores = [call.score] if call.score else sorted(found, key=lambda one: (one.lstrip("≥"), one)) or [""]
    return [replace(call, term=term or call.term, score=one) for one in scores]


def _term_of(release: Release, gene: str, score: str) -> str:
    """Phenotype of an activity score, "" where the tables do not have it. CYP2D6 by its bounds (Caudle 2020)."""
    if gene != "CYP2D6":
        found = {term for known, term in release.diplotypes.get(gene, {}).values() if known == score}
        return found.pop() if len(found) == 1 else ""
    value = Decimal(score.lstrip("≥"))
    if value == 0:
        return "Poor Metabolizer"
    if value < Decimal("1.25"):
        return "Intermediate Metabolizer"
    return "Normal Metabolizer" if value <= Decimal("2.25") else "Ultrarapid Metabolizer"
