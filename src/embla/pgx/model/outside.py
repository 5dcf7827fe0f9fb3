"""Calls from outside (Cyrius, StellarPGx, DRAGEN, HLA typing): a table of gene, diplotype, phenotype, score."""

from dataclasses import dataclass

from embla.errors import BadInput
from embla.pgx.model.calling import GeneCall, Names
from embla.pgx.model.definition import Release
from embla.pgx.model.naming import diplotype, order_key
from embla.pgx.model.phenotype import Phenotype, phenotype
from embla.pgx.model.rules import HLA_KEYS, INDETERMINATE

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
            names = diplotype(part.replace(gene, "")) if part else ()
            calls.setdefault(gene, []).append(OutsideCall(gene, names, term, score, number))
    return calls


def outside_call(release: Release, gene: str, calls: list[OutsideCall], own: GeneCall | None) -> GeneCall:
    """A gene's call as it came from outside. It goes before our own from small variants, which is told beside it."""
    names = [_as_tabled(release, gene, call.names) for call in calls]
    reasons = [f"Called outside (line {', '.join(str(n) for n in sorted({call.line for call in calls}))})."]
    told: list[Phenotype] = []
    for call, known in zip(calls, names, strict=True):
        ours = phenotype(release, gene, known) if known else Phenotype(INDETERMINATE)
        term, score = call.term or ours.term, call.score or ours.score
        if call.term and known and gene not in HLA_KEYS and ours.term not in (INDETERMINATE, call.term):
            reasons.append(f"The phenotype given ({call.term}) is not that of the tables ({ours.term}).")
        if gene == "CYP2D6" and call.score and not call.term:
            term = _term_of(call.score) or term
        told.append(Phenotype(term, score or None))
    if own is not None and own.diplotypes:
        reasons.append(f"Small variants say {', '.join('/'.join(one) for one in own.diplotypes[:3])} ({own.status}).")
    shown = tuple(known or ("unspecified",) for known in names)
    return GeneCall(
        gene,
        "called" if len(calls) == 1 else "ambiguous",
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
        return found or name

    return tuple(sorted((tabled(name) for name in names), key=lambda name: (order_key(name, 0), name)))


def _term_of(score: str) -> str:
    """CYP2D6 phenotype of an activity score (Caudle 2020), "" where it is no number."""
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(score.lstrip("≥>= "))
    except InvalidOperation:
        return ""
    if value == 0:
        return "Poor Metabolizer"
    if value < Decimal("1.25"):
        return "Intermediate Metabolizer"
    return "Normal Metabolizer" if value <= Decimal("2.25") else "Ultrarapid Metabolizer"
