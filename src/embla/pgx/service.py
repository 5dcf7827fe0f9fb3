"""Use cases on bare files: call genes, give advice, compare with a truth. No database, no home."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from embla.errors import BadInput, UsageError
from embla.genome import Region
from embla.pgx import loading
from embla.pgx.bed import Listed
from embla.pgx.model.advice import Advice, advise
from embla.pgx.model.calling import GeneCall, call_gene
from embla.pgx.model.combining import combinations
from embla.pgx.model.definition import Gene, Release
from embla.pgx.model.evidence import ABSENT, Observed, Seen, observe
from embla.pgx.model.guidance import Guideline, read_guideline
from embla.pgx.model.lines import LONG, SampleLines
from embla.pgx.model.medication import Checked, check_list
from embla.pgx.model.outside import OutsideCall, outside_call, parse_outside
from embla.pgx.model.rules import OUTSIDE_ONLY
from embla.pgx.reading import read_file

_MAX_OUTSIDE = 1 << 20
_MOST_OBSERVED = 1 << 14  # of each gene


@dataclass(frozen=True)
class SampleCalls:
    """All calls of one sample, by gene in the order asked for."""

    sample: str
    release: Release
    calls: Mapping[str, GeneCall]


def genes_of(release: Release, names: Sequence[str] | None) -> list[Gene]:
    """The genes asked for, all defined ones where none is; UsageError names an unknown one."""
    unknown = [name for name in names or () if name not in release.genes and name not in OUTSIDE_ONLY]
    if unknown:
        raise UsageError(
            f"no gene {unknown[0][:30]!r} in release {release.id}.",
            mend=f"Defined: {', '.join(sorted(release.genes))}.",
        )
    return [release.genes[name] for name in sorted(release.genes) if not names or name in names]


def span_of(gene: Gene) -> Region:
    """From a gene's first site to the end of its last."""
    return Region(gene.contig, min(site.pos for site in gene.sites) - 1, max(site.last for site in gene.sites))


def call_file(
    path: Path,
    release: Release,
    genes: Sequence[Gene],
    *,
    karyotype: str | None = None,
    outside: Mapping[str, list[OutsideCall]] | None = None,
    covered: Listed | None = None,
    typed: Sequence[str] | None = None,
) -> Iterator[SampleCalls]:
    """Every sample of a file with its calls; BadInput before the first where the file cannot be read to its end.

    `typed` are the genes asked for that only an outside call can answer; None: those that `outside` brings.
    """
    for lines in read_file(path, genes):
        calls = {gene.name: call_lines(release, gene, lines, karyotype, covered) for gene in genes}
        calls |= {name: _untyped(name) for name in typed or ()}
        for name, given in (outside or {}).items():
            if name in calls or (name in OUTSIDE_ONLY and typed is None):
                calls[name] = outside_call(release, name, given, calls.get(name))
        yield SampleCalls(lines.sample, release, calls)


def _untyped(name: str) -> GeneCall:
    return GeneCall(name, "not_assessed", reasons=("Typed outside only: bring it with --outside.",))


def call_lines(
    release: Release, gene: Gene, lines: SampleLines, karyotype: str | None, covered: Listed | None = None
) -> GeneCall:
    """One gene of one sample from the lines that speak of it."""
    kept = lines.lines.get(gene.name, {})
    observed = {}
    for at, site in enumerate(gene.sites):
        there = covered is not None and covered.covers(gene.contig, site.pos - 1, site.pos - 1 + len(site.ref))
        seen = kept.get(at)
        observed[at] = _observe(at, gene, seen or [], there) if seen or there else ABSENT
    return call_gene(release, gene, observed, karyotype=karyotype, refusal=lines.build)


def _observe(at: int, gene: Gene, seen: list[Seen], there: bool) -> Observed:
    """What the lines say of a site; genomes repeat each other, so that it is worked out once and kept by the gene."""
    key = (at, there, *seen)
    found = gene.observed.get(key)
    if found is None:
        found = observe(gene.sites[at], gene, seen, there)
        if sum(map(_length, seen)) >= LONG:
            return found
        if len(gene.observed) >= _MOST_OBSERVED:
            gene.observed.clear()
        gene.observed[key] = found
    return found


def _length(one: Seen) -> int:
    """Characters that a file's author may choose."""
    record, genotype = one
    return len(record.ref) + sum(map(len, record.alts)) + len(genotype.phase_set or "")


def read_outside(path: Path, release: Release) -> dict[str, list[OutsideCall]]:
    """The calls of an `--outside` file."""
    try:
        if path.stat().st_size > _MAX_OUTSIDE:
            raise BadInput("larger than 1 MB.", path=str(path), mend="Give one line per gene.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise BadInput(
            f"it cannot be read ({type(error).__name__}).", path=str(path), mend="Give a text file."
        ) from None
    return parse_outside(text, str(path), frozenset(release.genes) | frozenset(OUTSIDE_ONLY))


@cache
def guidelines() -> tuple[Guideline, ...]:
    """Every guideline that the package carries, CPIC's and DPWG's, by drug."""
    found = [read_guideline(data) for _, data in loading.guideline_files()]
    return tuple(sorted(found, key=lambda one: (one.drugs, one.source, one.genes)))


def warm_up() -> None:
    """Load definitions, guidance and codes, so that the first prescriber waits no longer than the next."""
    for gene in loading.release().genes.values():
        _ = gene.rows, gene.telling, gene.own
    loading.drugs_by_code()
    loading.inhibitors()
    guidelines()


def report(sample: SampleCalls) -> list[Advice]:
    """All advice for a sample, by drug and source."""
    return sorted(advise(sample.release, sample.calls, guidelines()), key=lambda one: (one.drug, one.guideline.source))


def check_medicines(sample: SampleCalls, codes: Sequence[str]) -> Checked:
    """A sample's calls against medicines by ATC or RxNorm code."""
    return check_list(report(sample), codes, loading.drugs_by_code(), loading.inhibitors())


def tell_call(sample: str, call: GeneCall, release: Release) -> dict[str, Any]:
    """One line of `pgx call --json`."""
    told: dict[str, Any] = {
        "sample": sample,
        "gene": call.gene,
        "status": call.status,
        "diplotypes": ["/".join(names) for names in call.diplotypes],
        "phenotypes": [one.term for one in call.phenotypes],
        "activity_scores": [one.score for one in call.phenotypes],
        "positions": {"assessed": call.assessed, "missing": call.total - call.assessed, "total": call.total},
        "alleles_not_excluded": list(call.not_excluded),
    }
    if call.variants is not None:
        told["variants"] = list(call.variants)
    return told | {
        "reasons": list(call.reasons),
        "source": call.source,
        "definition_release": release.id,
        "definition_sha256": release.digest,
        "function_release": release.function_releases.get(call.gene),
    }


def tell_combinations(call: GeneCall, release: Release) -> dict[str, Any]:
    """For research, beside `tell_call`: what fits no pair of known alleles as combinations; null: too many to try."""
    told = [combinations(release.genes[call.gene], call.evidence, copies) for copies in call.unmatched]
    known = [one for one in told if one is not None]
    return {"combinations": [text for one in known for text in one] if len(known) == len(told) else None}


def tell_advice(sample: str, advice: Advice) -> dict[str, Any]:
    """One line of `pgx report --json`."""
    rxnorm, atc = loading.drug_codes().get(advice.drug.lower(), (None, ()))
    row = advice.row
    return {
        "sample": sample,
        "drug": advice.drug,
        "atc": list(atc),
        "rxnorm": rxnorm,
        "source": advice.guideline.source,
        "population": row.population if row else None,
        "genes": list(advice.guideline.genes),
        "phenotypes": [advice.phenotypes[gene] for gene in advice.guideline.genes],
        "lookup_keys": [row.keys.get(gene) if row else None for gene in advice.guideline.genes],
        "recommendation": row.text if row else None,
        "strength": row.strength if row else None,
        "status": advice.status,
        "reasons": list(advice.reasons),
        "source_id": row.id if row else advice.guideline.id,
        "text_id": row.text_id if row else None,
        "url": advice.guideline.url,
        "release": advice.guideline.release,
    }


def tell_checked(sample: str, checked: Checked) -> dict[str, Any]:
    """The answer to a list of medicines, as `embla pgx medicines --json` and the API tell it."""
    return {
        "sample": sample,
        "alerts": [
            {
                "drug": one.drug,
                "codes": list(one.codes),
                "kind": one.kind,
                "against": one.against,
                "certain": one.certain,
                "advice": [tell_advice(sample, line) for line in one.lines],
                "context": [context.text for context in one.context],
            }
            for one in checked.alerts
        ],
        "context": [one.text for one in checked.context],
        "not_assessed": [
            {"drug": one.drug, "source": one.source, "reasons": list(one.reasons)} for one in checked.unassessed
        ],
        "no_guideline": list(checked.unknown),
    }


def summarise(calls: Iterable[GeneCall]) -> list[str]:
    """Genes that say nothing, first: a summary must never read as all clear where something was not assessed."""
    return [call.gene for call in calls if call.status in ("not_assessed", "refused")]
