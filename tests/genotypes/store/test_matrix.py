"""The matrix of a freeze: a cell is what the ten-line oracle says of that one person, a row sums to the counts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import UsageError
from embla.genome import GRCH38, Region, Variant
from embla.genotypes import genotype_blocks
from embla.genotypes.files import segment
from tests.genotypes.store.test_sweep import nation
from tests.support.nations import ALL_KEYS, persons
from tests.support.packs import Person
from tests.support.plain_counts import plain_count

pytestmark = pytest.mark.usefixtures("short_hashes")


@pytest.mark.parametrize("planes_from", [1, 512])
@given(people=st.lists(persons(), min_size=1, max_size=5), size=st.integers(1, 9), seed=st.integers(0, 99))
@settings(max_examples=8, deadline=None)
def test_matrix__every_cell_is_the_persons_own_count(
    people: list[Person], size: int, seed: int, planes_from: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segment, "PLANES_FROM", planes_from)
        view = nation(tmp_path_factory.mktemp("m") / "s", people)
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(people))[: rng.integers(1, len(people) + 1)]

    blocks = list(genotype_blocks(view, chosen, size))

    assert all(len(block) == size for block in blocks[:-1])
    found = {}
    for block in blocks:
        alleles = block.alleles()
        for i in range(len(block)):
            key = (GRCH38.contigs[block.contig[i]].name, int(block.pos[i]), block.ref[i], block.alt[i])
            found[key] = (block.an[i].tolist(), block.ac[i].tolist(), alleles[i].tolist())
    wanted = [k for k in ALL_KEYS if plain_count([people[j] for j in chosen], k)["ac"]]
    assert sorted(found) == sorted(wanted)
    for key, (an, ac, alleles) in found.items():
        for column, j in enumerate(chosen):
            own = plain_count([people[j]], key)
            assert (an[column], ac[column]) == (own["an"], own["ac"])
            assert sum(a >= 0 for a in alleles[column]) == own["an"]
            assert sum(a == 1 for a in alleles[column]) == own["ac"]
            assert (alleles[column][1] == -2) == (people[j].copies_at(key[0], key[1]) < 2)
        count = view.count(Variant(*key), view.cohort(names=[f"P{j}" for j in chosen]))[0]
        assert (count.ac, count.an) == (sum(ac), sum(an))


def test_matrix__of_a_region_holds_only_its_variants_and_refuses_who_was_removed(tmp_path: Path) -> None:
    from tests.support.packs import Call

    het = [Call("chr1", pos, "A", "G", 1, True, False, None, None, 0) for pos in (100, 200, 300)]
    view = nation(tmp_path / "s", [Person("XX", "gvcf", tuple(het), {}) for _ in range(3)])

    blocks = list(genotype_blocks(view, np.arange(3), 10, Region("chr1", 150, 250)))

    assert [block.pos.tolist() for block in blocks] == [[200]]
    view.store.remove(["P1"])
    with pytest.raises(UsageError):
        next(iter(genotype_blocks(view.store.view(), np.arange(3), 10)))
    with pytest.raises(UsageError):
        next(iter(genotype_blocks(view, np.array([0, 0]), 10)))
