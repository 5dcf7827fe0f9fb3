"""A pack laid aside is the same genome, with its entries and runs at hand."""

import numpy as np
import pytest

from embla.genotypes import aside, lay_aside, pack_digest
from tests.support.packs import Call, Person, make_pack

PERSON = Person(
    "XY",
    calls=(Call("chr1", 1000, "A", "G"), Call("chr2", 5, "C", "T", failed=True), Call("chrX", 9, "A", "A" * 30)),
    runs={"chr1": ((5, 9, 0),), "chr9": ((0, 40, 3),)},
)


def test_a_pack_that_was_laid_aside__comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "FROM", 0)
    pack = make_pack(PERSON)

    laid = lay_aside(pack)

    assert laid is not None and pack_digest(laid.whole()) == pack_digest(pack)
    assert laid.light.facts == pack.facts and laid.light.contigs.keys() == pack.contigs.keys()
    for name, calls in pack.contigs.items():
        light = laid.light.contigs[name]
        assert not len(light.records.pos) and light.long_alleles == calls.long_alleles
        for column in ("key", "entry", "run_start", "run_end", "run_state"):
            assert np.array_equal(getattr(light, column), getattr(calls, column))


def test_a_small_pack__stays_as_it_is() -> None:
    assert lay_aside(make_pack(PERSON)) is None
