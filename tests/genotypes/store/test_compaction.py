"""Tiers, merging and erasing: the same numbers before and after, whatever the shape."""

from pathlib import Path

import numpy as np
import pytest

from embla.errors import BadInput, Broken, Refused
from embla.genome import Place, Region, Variant
from embla.genotypes import CohortStore, NewGenome, Policy
from embla.genotypes.compaction import tier
from embla.genotypes.model import codes
from tests.support.packs import Call, Person, make_pack

SITES = [1000 + 7 * v for v in range(40)]


def people(n: int, seed: int = 1) -> dict[str, Person]:
    rng = np.random.default_rng(seed)
    found = {}
    for i in range(n):
        chosen = [SITES[v] for v in np.flatnonzero(rng.random(len(SITES)) < 0.3)]
        kinds = rng.choice([codes.HET, codes.HOM], len(chosen))
        calls = tuple(
            Call("chr1", pos, "A", "G", int(k), bool(rng.random() < 0.9)) for pos, k in zip(chosen, kinds, strict=True)
        )
        start = int(rng.integers(0, 2000))
        found[f"P{i}"] = Person(calls=calls, runs={"chr1": ((start, start + 300, 0), (100_000, 60_000_000, 6))})
    return found


def add(store: CohortStore, some: dict[str, Person], group: int) -> None:
    items = list(some.items())
    for first in range(0, len(items), group):
        store.add(NewGenome(name, make_pack(person)) for name, person in items[first : first + group])
        store.compact(full=False)


def all_numbers(store: CohortStore) -> list:
    view = store.view()
    rows = [(c.pos, c.ac, c.an, c.nhet, c.nhomalt, c.raw, c.nfail) for c in view.count(Region("chr1", 0, 5000))]
    places = [view.count(Place("chr1", pos))[0] for pos in (500, 1500, 99_999, 100_001, 40_000_000, 60_000_001)]
    return [rows, [(c.an, c.raw.an) for c in places]]


def test_tiers__are_powers_of_eight() -> None:
    assert [tier(n) for n in (1, 7, 8, 63, 64, 511, 512, 4095, 4096, 8192)] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


@pytest.mark.parametrize("group", [1, 3, 8, 73])
def test_t23__any_arrival_grouping_gives_equal_numbers_and_few_segments(group: int, tmp_path: Path) -> None:
    nation = people(73)
    once = CohortStore.create(tmp_path / "once")
    add(once, nation, 100)
    store = CohortStore.create(tmp_path / "s")

    add(store, nation, group)

    assert all_numbers(store) == all_numbers(once)
    assert len(store.view().segments) <= 16
    store.compact()
    assert all_numbers(store) == all_numbers(once)
    assert len(store.view().segments) == 1


def test_t23__remove_and_add_again_gives_the_same_numbers_in_every_tier(tmp_path: Path) -> None:
    nation = people(73)
    store = CohortStore.create(tmp_path / "s")
    add(store, nation, 1)
    before = all_numbers(store)
    gone = ["P0", "P7", "P64", "P70", "P72"]

    store.remove(gone)
    without = all_numbers(store)
    store.compact(full=False)
    assert all_numbers(store) == without != before
    add(store, {name: nation[name] for name in gone}, 2)

    assert all_numbers(store) == before
    store.compact()
    assert all_numbers(store) == before and store.view().content.removed == 0


def test_compact__of_a_store_that_everybody_left_is_empty(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    add(store, people(3), 1)
    store.remove(["P0", "P1", "P2"])
    store.compact()

    view = store.view()
    assert len(view) == 0 and view.segments == () and view.count(Region("chr1", 0, 5000)) == []
    assert store.folder.list("packs/") == [] and store.folder.list("genomes/") == []
    add(store, people(1), 1)
    assert len(store.view()) == 1


def test_a_pack_that_two_names_share__stays_until_both_are_gone(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    pack = make_pack(people(1)["P0"])
    staged = store.add([NewGenome("A", pack), NewGenome("B", pack)])
    assert staged.duplicates == ("B",) and "duplicate" in staged.warnings[0] and "B" not in staged.warnings[0].split()

    store.remove(["A"])
    store.compact()

    assert store.view().genome("B").karyotype == "XX" and len(store.folder.list("packs/")) == 1


def test_manifest__does_not_grow_with_people(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    add(store, people(8), 1)
    small = len(store.folder.get(store.current().file))
    add(store, {f"Q{i}": p for i, p in enumerate(people(64, 2).values())}, 8)

    assert len(store.folder.get(store.current().file)) < small + 5000


@pytest.mark.parametrize(
    "bad",
    [
        Call("chr1", 1000, "A", "G", codes.HET, own_raw=0),
        Call("chr1", 1000, "A", "G", codes.HOM, own_raw=2, own_adj=1),
        Call("chrY", 5_000_000, "A", "G", codes.HEMI),
    ],
)
def test_a_pack_in_which_ac_exceeds_an_or_a_key_is_outside__never_enters(bad: Call, tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    person = Person(calls=(bad,))
    pack = make_pack(person)
    before = {"LOCK", *store.folder.list()}

    with pytest.raises(Broken):
        store.add([NewGenome("A", pack)])

    assert set(store.folder.list()) == before


def test_names_and_policies_that_cannot_be__are_refused(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    for name in ("", "a\nb", "x" * 300, " a", "\x1b[31m"):
        with pytest.raises(BadInput):
            store.add([NewGenome(name, make_pack(Person()))])
    strict = CohortStore.create(tmp_path / "t", policy=Policy(min_gq=30))
    with pytest.raises(Refused):
        strict.add([NewGenome("A", make_pack(Person()))])


def test_attributes__are_kept_as_text_through_compaction_and_empty_ones_are_known(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([NewGenome("A", make_pack(Person()), {"related": True, "age": 7, "region": ""})])
    store.add([NewGenome("B", make_pack(Person("XY")), {"related": False, "phase": None})])
    store.compact()
    view = store.view()

    assert view.attributes == ["age", "callability", "karyotype", "phase", "region", "related", "sample"]
    assert len(view.cohort("related and age < 8")) == 1
    assert len(view.cohort('sample in ["A", "B"] and not related')) == 1
    assert {value: len(mask) for value, mask in view.groups("age", view.cohort()).items()} == {"7": 1, "unknown": 1}


def test_reference__that_changed_or_went_away_is_not_used_and_says_so(tmp_path: Path) -> None:
    fasta = tmp_path / "ref.fa"
    fasta.write_text(">chr1\n" + "ACGT" * 500 + "\n")
    CohortStore.create(tmp_path / "s", reference=fasta)
    store = CohortStore.open(tmp_path / "s")
    assert store.reference is not None and store.reference_problem == ""
    with pytest.raises(BadInput):
        store.view().count(Variant("chr1", 1, "C", "T"))
    assert store.view().count(Variant("chr1", 9_000, "C", "T"))[0].status == "not_callable"

    fasta.unlink()
    (tmp_path / "ref.fa.fai").unlink()

    gone = CohortStore.open(tmp_path / "s")
    assert gone.reference is None and "ref.fa" in gone.reference_problem


def test_t29__people_without_a_value_are_a_group_but_never_grpmax(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    carrier = make_pack(Person(calls=(Call("chr1", 1000, "A", "G", codes.HOM),)))
    store.add([NewGenome("A", carrier, {"region": ""})])
    store.add([NewGenome("B", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),))), {"region": "1081"})])

    count = store.view().count(Variant("chr1", 1000, "A", "G"), by="region")[0]

    assert {value: cell.ac for value, cell in (count.groups or {}).items()} == {"1081": 1, "unknown": 2}
    assert count.grpmax is not None and count.grpmax.group == "1081"
