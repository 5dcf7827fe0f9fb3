"""The matcher against its plain twin, and what it may never do when data are taken away."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.pgx import release
from embla.pgx.model.calling import GeneCall, call_gene
from embla.pgx.model.definition import Gene, bases
from embla.pgx.model.evidence import ABSENT, Observed
from embla.pgx.model.matching import fit
from embla.pgx.model.rules import LISTED
from tests.pgx.files import called, gene, line, rows_of, vcf
from tests.pgx.plain import pairs_that_fit

GENES = sorted(release().genes)
SMALL = ["CYP2C19", "CYP3A5", "NAT2", "NUDT15", "SLCO1B1", "TPMT", "UGT1A1"]


def genome(known: Gene, rng: random.Random, *, phase: str) -> dict[int, Observed]:
    """Two rows of the gene as observed sites. `phase`: "all", "none" or "sets"."""
    one, other = rng.choice(known.alleles), rng.choice(known.alleles)
    found = {}
    for at in range(len(known.sites)):
        strands = tuple(rng.choice(bases(row.cells[at] or known.reference.cells[at] or "")) for row in (one, other))
        block = {"all": "one", "none": None, "sets": rng.choice(["a", "b", None])}[phase]
        found[at] = Observed(strands, block)
    return found


def call(known: Gene, observed: dict[int, Observed], karyotype: str | None = "XX") -> GeneCall:
    return call_gene(release(), known, observed, karyotype=karyotype, refusal=None)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(SMALL), st.integers(0, 10**6), st.sampled_from(["all", "none", "sets"]), st.floats(0, 0.5))
def test_fit__is_what_trying_every_assignment_gives(name: str, seed: int, phase: str, lost: float) -> None:
    known, rng = gene(name), random.Random(seed)
    observed = {at: ABSENT if rng.random() < lost else site for at, site in genome(known, rng, phase=phase).items()}

    assert set(fit(known, observed, 2).pairs) == pairs_that_fit(known, observed)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(GENES), st.integers(0, 10**6), st.sampled_from(["all", "none", "sets"]), st.floats(0, 1))
def test_call__taking_data_away_only_moves_alleles(name: str, seed: int, phase: str, lost: float) -> None:
    known, rng = gene(name), random.Random(seed)
    whole = genome(known, rng, phase=phase)
    rest = {at: ABSENT if rng.random() < lost else site for at, site in whole.items()}

    before, after = call(known, whole), call(known, rest)

    assert after.status != "called" or rest == whole
    if before.status in ("called", "ambiguous"):
        kept = {allele for names in after.diplotypes for allele in names} | set(after.not_excluded)
        kept |= {variant.removesuffix(" (homozygous)") for variant in after.variants or ()}
        kept |= {"rs4149056 T", "rs4149056 C"}
        assert {allele for names in before.diplotypes for allele in names} <= kept


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(GENES), st.integers(0, 10**6))
def test_call__without_phase_a_confident_call_is_kept_as_a_candidate(name: str, seed: int) -> None:
    known, rng = gene(name), random.Random(seed)
    phased = genome(known, rng, phase="all")
    torn = {at: Observed(site.strands, rng.choice([None, "a", "b"])) for at, site in phased.items()}

    before, after = call(known, phased), call(known, torn)

    if before.status == "called":
        assert before.diplotypes[0] in after.diplotypes
        assert after.status == "ambiguous" or after.diplotypes == before.diplotypes


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_call__another_sex_never_gives_another_phenotype_with_confidence(seed: int) -> None:
    known, rng = gene("G6PD"), random.Random(seed)
    observed = genome(known, rng, phase="all")
    told = [call(known, observed, karyotype) for karyotype in ("XX", "XY", None)]

    terms = {one.phenotypes[0].term for one in told if one.status == "called"}

    assert len(terms) <= 1


@pytest.mark.parametrize("name", [name for name in GENES if name not in LISTED])
def test_definitions__every_row_with_itself_is_found_among_the_candidates(name: str) -> None:
    known = gene(name)
    for allele in known.alleles[:: max(1, len(known.alleles) // 20)]:
        cells = [
            bases(cell or default or "")[0] for cell, default in zip(allele.cells, known.reference.cells, strict=True)
        ]
        pairs = fit(known, {at: Observed((base, base)) for at, base in enumerate(cells)}, 2).pairs

        assert (allele.order, allele.order) in pairs


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(GENES), st.integers(0, 10**6), st.floats(0, 0.6))
def test_call__lowered_depth_or_quality_leaves_no_fewer_candidates_than_an_absent_position(
    tmp_path_factory: pytest.TempPathFactory, name: str, seed: int, lost: float
) -> None:
    known, rng = gene(name), random.Random(seed)
    folder = tmp_path_factory.mktemp("damage", numbered=True)
    told = {site.name: f"{rng.randint(0, len(site.alts))}/{rng.choice([0, 0, 1])}" for site in known.sites}
    gone = tuple(site.name for site in known.sites if rng.random() < lost)
    low = [
        line(known.contig, site.pos, site.ref, ",".join(site.alts), f"{told[site.name]}:{shallow}", keys="GT:DP:GQ")
        for site in known.sites
        for shallow in [rng.choice(["9:99", "30:19", "1:1"]) if site.name in gone else "30:99"]
    ]

    shallow = called(vcf(folder / "low.vcf", low), name, karyotype="XX")
    without = called(vcf(folder / "gone.vcf", rows_of(name, {k: v for k, v in told.items() if k not in gone},
                                                      without=gone)), name, karyotype="XX")  # fmt: skip

    def left(call: GeneCall) -> set[str]:
        return {allele for pair in call.diplotypes for allele in pair} | set(call.not_excluded)

    # A doubtful deletion makes the positions that it would take away doubtful, too: never fewer candidates.
    assert shallow.assessed <= without.assessed and left(without) <= left(shallow)
    assert not gone or shallow.status != "called"
    if shallow.assessed == without.assessed:
        assert (shallow.status, shallow.diplotypes, shallow.phenotypes) == (
            without.status, without.diplotypes, without.phenotypes
        )  # fmt: skip
