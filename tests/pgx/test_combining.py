"""Combinations of alleles, for research: against trying every subset, and never with a phenotype."""

import random
from itertools import combinations as subsets
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import CaptureFixture

from embla import cli
from embla.pgx.model.combining import combinations
from embla.pgx.model.definition import Gene, bases
from embla.pgx.model.evidence import Observed
from tests.pgx.files import gene, rows_of, told_lines, vcf


def strand_of(known: Gene, *names: str) -> dict[int, str]:
    """The bases of a strand that has all that these alleles define."""
    strand = {at: bases(cell or "")[0] for at, cell in enumerate(known.reference.cells)}
    for row in known.alleles:
        if row.name in names:
            strand |= {at: bases(cell)[0] for at, cell in enumerate(row.cells) if cell is not None}
    return strand


def observed(one: dict[int, str], other: dict[int, str], block: str | None = "one") -> dict[int, Observed]:
    return {at: Observed((one[at], other[at]), block) for at in one}


def test_combination__two_alleles_on_one_strand_are_told_in_brackets() -> None:
    known = gene("CYP2C19")
    star1, both = strand_of(known, "*1"), strand_of(known, "*2", "*17")

    assert combinations(known, observed(star1, both), 2)[:1] == ("*1/[*2 + *17]",)  # type: ignore[index]
    assert combinations(known, observed(both, both), 2) == ("[*2 + *17]/[*2 + *17]",)
    assert combinations(known, {at: Observed((base,)) for at, base in both.items()}, 1) == ("[*2 + *17]",)


def test_partial__a_change_that_the_allele_does_not_have_keeps_its_name() -> None:
    known = gene("CYP2C9")
    star1, more = strand_of(known, "*1"), strand_of(known, "*2")
    fixed = [[at for at in own if known.reference.cells[at] not in bases(row.cells[at] or "")]
             for row, own in zip(known.alleles, known.own, strict=True)]  # fmt: skip
    at = min({at for own in fixed if len(own) > 1 for at in own} - {at for own in fixed if len(own) == 1 for at in own})
    more[at] = known.sites[at].alts[0]

    told = combinations(known, observed(star1, more), 2)

    assert told is not None and told[0] == f"*1/[*2 + {known.sites[at].hgvs.partition(';')[0]}]"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["CYP2C19", "CYP2C9", "NAT2", "UGT1A1", "CYP2B6", "SLCO1B1"]), st.integers(0, 10**6))
def test_combination__is_what_trying_every_subset_of_alleles_gives(name: str, seed: int) -> None:
    known, rng = gene(name), random.Random(seed)
    strand = strand_of(known, *(row.name for row in rng.sample(known.alleles, 2)))
    if any(
        all(strand[at] in bases(c or known.reference.cells[at] or "") for at, c in enumerate(row.cells))
        for row in known.alleles
    ):
        return  # a single allele: nothing to combine

    told = combinations(known, {at: Observed((base,)) for at, base in strand.items()}, 1)

    fewest = None
    for ground in (row for row in known.alleles if row.score == len(known.sites)):
        changed = {at for at, base in strand.items() if base not in bases(ground.cells[at] or "")}
        usable = []
        for row in known.alleles:
            defined = {at: bases(cell) for at, cell in enumerate(row.cells) if cell is not None}
            own = {at for at, few in defined.items() if not set(bases(ground.cells[at] or "")) <= set(few)}
            if own and all(strand[at] in few for at, few in defined.items()):
                usable.append((own, set(defined)))
        for size in range(4):
            for some in subsets(usable, size):
                together = set().union(*(own for own, _ in some))
                if len(together) == sum(len(own) for own, _ in some):
                    rank = (len(changed.difference(*(defined for _, defined in some))), size)
                    fewest = rank if fewest is None else min(fewest, rank)
    assert told and len(told) == 1 and fewest is not None
    left, alleles = fewest
    assert told[0].count("g.") == left
    assert told[0].count(" + ") == left + max(alleles, 1) - 1


def test_research__is_asked_for_and_tells_no_phenotype(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    known = gene("CYP2C19")
    star1, both = strand_of(known, "*1"), strand_of(known, "*2", "*17")
    gts = {}
    for at, site in enumerate(known.sites):
        names = (site.ref, *site.alts)
        gts[site.name] = f"{names.index(star1[at])}|{names.index(both[at])}"
    path = str(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", gts)))

    assert cli.run(["pgx", "call", path, "--gene", "CYP2C19", "--json"]) == 0
    plain = told_lines(capsys.readouterr().out)[0]
    assert cli.run(["pgx", "call", path, "--gene", "CYP2C19", "--research", "--json"]) == 0
    told = told_lines(capsys.readouterr().out)[0]
    assert cli.run(["pgx", "report", path, "--json"]) == 0
    advice = [one for one in told_lines(capsys.readouterr().out) if "CYP2C19" in one["genes"]]

    assert (plain["status"], plain["diplotypes"], plain["phenotypes"]) == ("refused", [], [])
    assert "combinations" not in plain
    assert told == plain | {"combinations": ["*1/[*2 + *17]"]}
    assert {one["status"] for one in advice} == {"not_assessed"}


def test_unphased__each_way_to_turn_is_tried_and_too_many_are_said() -> None:
    known = gene("CYP2C19")
    star1, both = strand_of(known, "*1"), strand_of(known, "*2", "*17")
    loose = observed(star1, both, None)
    wild = {at: Observed((site.ref, site.alts[0])) for at, site in enumerate(known.sites)}

    told = combinations(known, loose, 2)

    assert told is not None and "*1/[*2 + *17]" in told and "*2/*17" in told
    assert combinations(known, wild, 2) is None
