"""One gene of one genome: from what was observed to a call, with its reasons. Rules of the contract in docs/pgx.md.

`called` needs every defining site assessed and exactly one diplotype left. Nothing absent is ever taken as reference.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from embla.pgx.model.definition import Gene, Release
from embla.pgx.model.evidence import OTHER, UNKNOWN, Observed
from embla.pgx.model.listing import list_variants, settle_hapb3
from embla.pgx.model.matching import Fits, fit, unknown_bases
from embla.pgx.model.naming import order_key
from embla.pgx.model.phenotype import Phenotype, phenotype, rank
from embla.pgx.model.rules import COPY_NUMBER, LISTED, ON_X, SLCO1B1_PHENOTYPES, SLCO1B1_SITE, TOXICITY

Status = Literal["called", "ambiguous", "not_assessed", "refused"]
Names = tuple[str, ...]
_TOLD: Final = 8  # sites named in one sentence


@dataclass(frozen=True)
class GeneCall:
    """The answer for one gene. `possible` are all diplotypes that are not excluded, whether shown or not."""

    gene: str
    status: Status
    diplotypes: tuple[Names, ...] = ()
    phenotypes: tuple[Phenotype, ...] = ()
    assessed: int = 0
    total: int = 0
    not_excluded: tuple[str, ...] = ()
    variants: tuple[str, ...] | None = None
    reasons: tuple[str, ...] = ()
    possible: frozenset[Names] = frozenset()
    fallback: Phenotype | None = None  # SLCO1B1 by rs4149056 alone
    unmatched: tuple[int, ...] = ()  # copies of what fits no pair of alleles: only research can tell more
    source: str = "vcf"
    evidence: Mapping[int, Observed] = field(default_factory=dict)


@dataclass
class _Case:
    """A gene at work: what was seen, how many copies there are, and what must be said of it."""

    release: Release
    gene: Gene
    seen: dict[int, Observed]
    copies: tuple[int, ...] = (2,)
    reasons: list[str] = field(default_factory=list)

    @property
    def missing(self) -> list[int]:
        return [at for at, site in self.seen.items() if not site.strands or site.half]

    def end(self, status: Status, **more: object) -> GeneCall:
        """The call, with what every call tells."""
        answer = GeneCall(
            self.gene.name,
            status,
            assessed=len(self.seen) - len(self.missing),
            total=len(self.seen),
            reasons=tuple(dict.fromkeys(self.reasons)),
            evidence=self.seen,
        )
        return replace(answer, **more)  # type: ignore[arg-type]


def call_gene(
    release: Release, gene: Gene, observed: Mapping[int, Observed], *, karyotype: str | None, refusal: str | None
) -> GeneCall:
    """Call one gene. `observed` has every site of it; `refusal` is why the whole file cannot be judged, or None."""
    case = _Case(release, gene, _phase_sets(observed))
    everything = _sorted(gene, {allele.core for allele in gene.alleles})
    listed: Names | None = () if gene.name in LISTED else None
    if refusal is not None:
        case.reasons.append(refusal + ".")
        case.seen = {at: Observed(why="build") for at in case.seen}
        return case.end("refused", not_excluded=everything, variants=listed)
    clashes = [site.clash for site in case.seen.values() if site.clash]
    if clashes:
        case.reasons += ["The data contradict themselves: " + clash for clash in clashes[:_TOLD]]
        return case.end("refused", not_excluded=everything, variants=listed)
    case.reasons += [f"Beside a known position: {site.note}" for site in case.seen.values() if site.note]
    _say_missing(case)
    if not any(site.strands for site in case.seen.values()):
        return case.end("not_assessed", not_excluded=everything, variants=listed)
    wrong = _copies(case, karyotype)
    if wrong:
        case.reasons.append(wrong)
        return case.end("refused", not_excluded=everything, variants=listed)
    if gene.name in COPY_NUMBER:
        return _refuse_for_copies(case)
    strange = unknown_bases(gene, case.seen)
    if strange and gene.name in TOXICITY:
        case.seen.update({at: _as_reference(gene, at, case.seen[at]) for at in strange})
        case.reasons += [
            f"A base that no allele knows at {gene.sites[at].name} was taken as reference." for at in strange
        ]
    elif strange:
        case.reasons += [
            f"A base that no allele knows at {gene.sites[at].name}: the gene is not called." for at in strange
        ]
        return case.end("refused", not_excluded=everything, variants=listed)
    return _list(case) if gene.name in LISTED else _match(case)


def _match(case: _Case) -> GeneCall:
    gene, name = case.gene, case.gene.name
    fits = [fit(gene, case.seen, copies) for copies in case.copies]
    shown = [names for one in fits for names in _ranked(case.release, one)]
    alleles = frozenset().union(*(one.alleles for one in fits))
    possible = frozenset(_names(one, pair) for one in fits for pair in one.pairs)
    if any(site.half for site in case.seen.values()):
        _say_half(case)
        return case.end("refused", not_excluded=_sorted(gene, alleles), possible=possible)
    fallback = _by_rs4149056(case) if name == "SLCO1B1" else None
    if not shown:
        case.reasons.append("The observed bases fit no pair of known alleles.")
        if fallback is None:
            return case.end("refused", not_excluded=_sorted(gene, alleles), possible=possible, unmatched=case.copies)
        case.reasons.append(f"The function is told by {SLCO1B1_SITE} alone.")
        pair, told = fallback
        return case.end(
            "ambiguous", diplotypes=(pair,), phenotypes=(told,), not_excluded=_sorted(gene, alleles), fallback=told,
            unmatched=case.copies,
        )  # fmt: skip
    certain = len(shown) == 1 and not case.missing and len(case.copies) == 1
    if len(shown) > 1 and not case.missing and len(case.copies) == 1:
        case.reasons.append("Several pairs of alleles fit, as the phase between positions is not known.")
    listed = {allele for names in shown for allele in names}
    return case.end(
        "called" if certain else "ambiguous",
        diplotypes=tuple(shown),
        phenotypes=tuple(phenotype(case.release, name, names) for names in shown),
        not_excluded=_sorted(gene, alleles - listed),
        possible=possible,
        fallback=fallback[1] if fallback is not None else None,
    )


def _list(case: _Case) -> GeneCall:
    gene, release = case.gene, case.release
    settled = dict(case.seen)
    if gene.name == "DPYD":
        case.reasons += settle_hapb3(gene, settled)

    def low(allele: str) -> object:
        return rank(release, gene.name, allele)

    listed = list_variants(gene, settled, case.seen, low)  # type: ignore[arg-type]
    if listed is None:
        case.reasons.append("Too many heterozygous positions of unknown phase to enumerate.")
        return case.end("refused", not_excluded=_sorted(gene, {allele.core for allele in gene.alleles}), variants=())
    not_excluded = _sorted(gene, listed.not_excluded)
    if any(site.half for site in case.seen.values()):
        _say_half(case)
        return case.end("refused", not_excluded=not_excluded, variants=listed.variants)
    if listed.free > 1:
        case.reasons.append(
            "Several heterozygous variants whose phase is not known: the pair assumes different strands."
        )
    more = {
        tuple(sorted(other, key=lambda name: (rank(release, gene.name, name), name)))
        for pair in listed.pairs
        for name in listed.not_excluded
        for other in ((name, pair[1]), (pair[0], name))
    }
    return case.end(
        "ambiguous" if case.missing or listed.free > 1 else "called",
        diplotypes=listed.pairs,
        phenotypes=tuple(phenotype(release, gene.name, pair) for pair in listed.pairs),
        not_excluded=not_excluded,
        variants=listed.variants,
        possible=frozenset(listed.pairs) | more,
    )


def _refuse_for_copies(case: _Case) -> GeneCall:
    """CYP2D6: what small variants alone can say, which is which alleles are there at least once."""
    gene = case.gene
    fits = fit(gene, {at: site for at, site in case.seen.items() if OTHER not in site.strands}, 2)
    structural = {name for name in case.release.functions.get(gene.name, {}) if "x" not in name and "+" not in name}
    structural -= {allele.core for allele in gene.alleles}
    first = fits.shown[0] if fits.shown else ()
    others = list(fits.shown[1:])
    if first:
        text = " and of ".join(dict.fromkeys(first))
        more = f"; other candidates: {', '.join('/'.join(names) for names in others[:20])}" if others else ""
        case.reasons.append(f"The small variants fit at least one copy of {text}{more}.")
    else:
        case.reasons.append(
            "The small variants fit no pair of alleles; at least one copy of an allele cannot be named."
        )
    case.reasons.append(
        "The number of copies is not known from small variants: a call of another method has to be given."
    )
    return case.end("refused", not_excluded=_sorted(gene, fits.alleles | structural))


def _copies(case: _Case, karyotype: str | None) -> str:
    """Settle how many copies there are; a sentence where the data contradict the karyotype or themselves."""
    strands = [site.strands for site in case.seen.values() if site.strands]
    haploid, het = any(len(s) == 1 for s in strands), any(len(s) > 1 and len(set(s)) > 1 for s in strands)
    if any(len(s) > 2 for s in strands):
        return "A genotype has more than two copies."
    if case.gene.name not in ON_X:
        return "A genotype of one copy on a chromosome of which there are two." if haploid else ""
    if karyotype == "XY" and het:
        return "A heterozygous genotype on the only X chromosome of karyotype XY: check the sample and the sex."
    if karyotype == "XX" and haploid:
        return "A genotype of one copy, where karyotype XX has two X chromosomes: check the sample and the sex."
    if haploid and het:
        return "Heterozygous genotypes beside genotypes of one copy on X."
    if karyotype is None and not haploid and not het:
        case.copies = (2, 1)
        case.reasons.append("The number of X chromosomes is not known: say --karyotype XX or XY.")
    else:
        case.copies = (1,) if haploid or karyotype == "XY" else (2,)
    return ""


def _phase_sets(observed: Mapping[int, Observed]) -> dict[int, Observed]:
    """Where some lines name a phase set, a phased line that names none is in phase with nothing."""
    sets = {site.block for site in observed.values() if site.is_het and isinstance(site.block, tuple)}
    if len(sets) > 1 and ("phased", None) in sets:
        return {
            at: replace(site, block=None) if site.block == ("phased", None) else site for at, site in observed.items()
        }
    return dict(observed)


def _ranked(release: Release, fits: Fits) -> list[Names]:
    """Higher score, then the priority table, then allele order; core names that fall together told once."""
    shown, points = list(fits.shown), fits.points
    if not shown:
        return []
    top = [names for names in shown if points[names] == points[shown[0]]]
    text = {"/".join(names): names for names in top}
    for conflicting, pick in release.priorities.get(fits.gene.name, ()):
        if conflicting <= set(text) and pick in text:
            shown.remove(text[pick])
            return [text[pick], *shown]
    return shown


def _names(fits: Fits, pair: tuple[int, ...]) -> Names:
    return tuple(fits.gene.alleles[row].core for row in pair)


def _as_reference(gene: Gene, at: int, site: Observed) -> Observed:
    base = gene.reference.cells[at] or gene.sites[at].ref
    return replace(site, strands=tuple(b if b in gene.rows[at] or b == UNKNOWN else base for b in site.strands))


def _by_rs4149056(case: _Case) -> tuple[Names, Phenotype] | None:
    """CPIC: without one star diplotype SLCO1B1 is told by rs4149056: T/T normal, T/C decreased, C/C poor.

    None where another position has a base of alleles without function (*9, *45): it would be told better than it is."""
    if _lost_elsewhere(case):
        return None
    at = next(n for n, site in enumerate(case.gene.sites) if site.rsid == SLCO1B1_SITE)
    strands = case.seen[at].strands
    if len(strands) != 2 or not set(strands) <= {"T", "C"}:
        return None
    names = tuple(f"{SLCO1B1_SITE} {base}" for base in sorted(strands, reverse=True))
    return names, Phenotype(SLCO1B1_PHENOTYPES[strands.count("C")])


def _lost_elsewhere(case: _Case) -> bool:
    functions, lost, kept = case.release.functions.get(case.gene.name, {}), set(), set()
    for row, allele in enumerate(case.gene.alleles):
        own = {(at, allele.cells[at]) for at in case.gene.own[row]}
        function = functions.get(allele.core, "")
        if function in ("No function", "Decreased function"):
            lost |= own
        elif function in ("Normal function", "Increased function"):
            kept |= own
    told = {at for at, site in enumerate(case.gene.sites) if site.rsid != SLCO1B1_SITE}
    return any(at in told and base in case.seen[at].strands for at, base in lost - kept)


def _sorted(gene: Gene, names: frozenset[str] | set[str]) -> Names:
    orders = {allele.core: allele.order for allele in reversed(gene.alleles)}
    return tuple(sorted(names, key=lambda name: order_key(name, orders.get(name, 9999))))


def _say_missing(case: _Case) -> None:
    missing = case.missing
    if missing:
        told = [f"{case.gene.sites[at].name} ({case.seen[at].why or 'half a call'})" for at in missing[:_TOLD]]
        more = f" and {len(missing) - _TOLD} more" if len(missing) > _TOLD else ""
        case.reasons.append(f"{len(missing)} of {len(case.seen)} positions not assessed: {', '.join(told)}{more}.")


def _say_half(case: _Case) -> None:
    halves = [case.gene.sites[at].name for at, site in case.seen.items() if site.half]
    case.reasons.append(f"Only one of two copies was called at {', '.join(halves[:_TOLD])}: no diplotype can be told.")
