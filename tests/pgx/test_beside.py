"""Tables of medicines beside the alleles that the same release shows: who subtracts the two is not left with a few."""

from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from embla.disclosure import Level
from embla.frequency import cut_release, open_answer
from embla.genome import Variant
from embla.pgx import counting, release, tables
from embla.pgx.counting import frequencies
from embla.pgx.model.beside import PARTS, REGIONS, ShownAllele, copies_at, told_rows, withheld
from embla.pgx.model.definition import Allele, Gene, make_site
from embla.pgx.model.shares import shares
from embla.platform import OPERATOR
from tests.frequency.nation import Person, nation

K = 3
PARTS_OF = ("Normal", "Intermediate", "Poor")
SITE = Variant("chr1", 1500, "A", "G")
GENE = Gene(
    "ABCG2", "chr1", (make_site(1500, "rs1", "g.1500A>G", "A", ("G",), 2),),
    (Allele("A", "A", ("A",), 0), Allele("G", "G", ("G",), 1)), "",
)  # fmt: skip


def published(
    folder: Path, monkeypatch: pytest.MonkeyPatch, het: int, hom: int, *, related: int = 0
) -> tuple[Any, Any]:
    """Sixty people, of whom some carry the one allele of a gene: the gene's table, and the release's allele."""
    monkeypatch.setattr(counting, "release_of", lambda _: replace(release(), genes={"ABCG2": GENE}))
    copies = [1] * het + [2] * hom + [0] * (60 - het - hom)
    people = [
        Person(f"p{i}", region=["1081", "1082"][i % 2], calls=[f"chr1 1500 A G {['', '0/1', '1/1'][n]}"] * bool(n))
        for i, n in enumerate(copies)
    ]
    children = [Person(f"c{i}", family=f"f{i}") for i in range(related)]
    parents = [Person(f"m{i}", family=f"f{i}", role="mother") for i in range(related)]
    with nation(folder, *people, *children, *parents, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        rows = [
            {
                "genome": n.accession[f"p{i}"], "gene": "ABCG2", "person": n.person_of[f"p{i}"], "release": "r",
                "digest": "d", "status": "called", "phenotype": PARTS_OF[many],
                "told": f'{{"diplotypes": ["{["A/A", "A/G", "G/G"][many]}"]}}',
            }
            for i, many in enumerate(copies)
        ]  # fmt: skip
        with n.house.database.transaction() as connection:
            connection.execute(insert(tables.results), rows)
        answer = open_answer(n.house, SITE)
        return frequencies(n.house)["phenotypes"]["ABCG2"], answer.unrelated or answer.headline


@pytest.mark.parametrize("related", [0, 10])
def test_a_table__is_withheld_where_alleles_less_carriers_are_a_few_homozygous(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, related: int
) -> None:
    told, allele = published(tmp_path, monkeypatch, het=20, hom=3, related=related)

    # 60 less the normal ones were 23 carriers, with 26 alleles: three have two.
    assert (allele.ac, allele.nhomalt) == (26, None)
    assert (told["people"], told["parts"], told["regions"]) == (60, None, None)


def test_a_table__is_told_where_the_release_shows_the_genotypes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, allele = published(tmp_path, monkeypatch, het=20, hom=10)

    assert (allele.nhet, allele.nhomalt) == (20, 10)
    assert told["parts"] == {"Normal": 30, "Intermediate": 20, "Poor": 10}
    assert told["regions"]["1081"] == {"Normal": 15, "Intermediate": 10, "Poor": 5}


def test_a_table__is_told_where_the_allele_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, allele = published(tmp_path, monkeypatch, het=3, hom=0)

    assert allele.ac is None and told["parts"] == {"Normal": None, "Intermediate": None}


def alleles(people: list[tuple[int, ...]], levels: tuple[Level, ...]) -> list[ShownAllele]:
    return [ShownAllele(level, [one[at] for one in people], [2] * len(people)) for at, level in enumerate(levels)]


def test_a_table__is_withheld_where_a_hidden_allele_is_what_the_shown_ones_leave() -> None:
    """As of DPYD: an intermediate has one of two alleles, one of which the release hides."""
    people = [(1, 0)] * 20 + [(0, 1)] * 2 + [(0, 0)] * 30
    cells = [("", "Intermediate" if sum(one) else "Normal") for one in people]
    rows = told_rows(shares(cells, below=K), cells)

    for levels, left_out in (
        ((Level.FULL, Level.HIDDEN), True),
        ((Level.ALLELES, Level.HIDDEN), True),
        ((Level.HIDDEN, Level.HIDDEN), False),
    ):
        assert (
            PARTS in withheld(cells, [1] * len(cells), alleles(people, levels), rows, below=K, by_region=False)
        ) is left_out


def test_regions__are_left_out_alone_where_only_they_tell() -> None:
    """Alleles by region are known where nobody is related."""
    people = [(1,)] * 14 + [(2,)] * 2 + [(1,)] * 12 + [(2,)] * 4 + [(0,)] * 40
    cells = [("n" if i < 16 or 32 <= i < 52 else "s", PARTS_OF[min(one[0], 1)]) for i, one in enumerate(people)]
    rows = told_rows(shares(cells, below=K), cells)
    assert rows[REGIONS]

    shown = alleles(people, (Level.ALLELES,))
    assert withheld(cells, [1] * len(cells), shown, rows, below=K, by_region=False) == set()
    assert REGIONS in withheld(cells, [1] * len(cells), shown, rows, below=K, by_region=True)


def fixed(rows: list[list[int]], number: list[int]) -> bool:
    """Is the number the same in all nations that fit these rows? Fewer than no people are taken to be possible."""
    rank = np.linalg.matrix_rank
    return bool(rank(np.array([*rows, number])) == rank(np.array(rows)))


@settings(max_examples=150, deadline=None)
@given(
    counts=st.lists(st.integers(0, 9), min_size=6, max_size=6),
    parts=st.lists(st.sampled_from(PARTS_OF), min_size=6, max_size=6),
    levels=st.tuples(*[st.sampled_from(Level)] * 2),
)
def test_no_small_number__has_one_value_in_every_nation_that_fits(
    counts: list[int], parts: list[str], levels: tuple[Level, ...]
) -> None:
    kinds = list(product((0, 1), (0, 1, 2)))
    people = [kind for kind, n in zip(kinds, counts, strict=True) for _ in range(n)]
    part_of = dict(zip(kinds, parts, strict=True))
    cells = [("", part_of[one]) for one in people]
    told = shares(cells, below=K)
    if told is None or told["parts"] is None:
        return
    some = alleles(people, levels)
    if PARTS in withheld(cells, [1] * len(cells), some, told_rows(told, cells), below=K, by_region=False):
        return
    true = Counter(people)
    support = sorted(true)

    known = [[1] * len(support)]
    for at, level in enumerate(levels):
        if level > Level.HIDDEN:
            known.append([kind[at] for kind in support])
        if level is Level.FULL:
            known += [[int(kind[at] == copies) for kind in support] for copies in (1, 2)]
    table = [[int(part_of[kind] == part) for kind in support] for part, n in told["parts"].items() if n is not None]

    for name in {*part_of.values()}:
        who = [int(part_of[kind] == name) for kind in support]
        if 0 < sum(true[kind] for kind in support if part_of[kind] == name) < K and not fixed(known, who):
            assert not fixed([*known, *table], who), (name, told)


def test_copies__are_read_from_the_definitions() -> None:
    genes = release().genes
    star = genes["CYP2C19"]
    at = {site.name: number for number, site in enumerate(star.sites)}

    assert copies_at(genes["ABCG2"], ("rs2231142 variant (T)", "rs2231142 reference (G)")) == {(0, 0): 1}
    two = copies_at(star, ("*2", "*2"))
    assert two[at["rs4244285"], 0] == 2 and copies_at(star, ("*38", "*38")) == {}
    assert copies_at(star, ("*1", "*2"))[at["rs4244285"], 0] == 1
    assert copies_at(star, ("*no",)) == {}
