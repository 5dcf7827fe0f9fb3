"""Who is here already, and whose sex chromosomes are not what was declared."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from embla.errors import Refused
from embla.genotypes import CohortStore, NewGenome
from embla.genotypes.model import codes
from embla.genotypes.model.sex import karyotype_problem
from embla.genotypes.prints import LEAST, compare, print_of
from tests.support.packs import Call, Person, make_pack

SITES = 2_000


def person(seed: int, n: int = 400, changed: float = 0.0, karyotype: str = "XX", also: tuple[Call, ...] = ()) -> Person:
    """About `n` calls of 2,000 common places on two contigs; `changed` is the share read otherwise the second time."""
    rng = np.random.default_rng(seed)
    chosen = np.sort(rng.choice(SITES, n, replace=False))
    kinds = np.where(rng.random(n) < 0.4, codes.HOM, codes.HET)
    again = np.random.default_rng(seed + 10_000)
    kept = again.random(n) >= changed
    calls = tuple(
        Call(("chr1", "chr7")[int(place) % 2], 10_000 + 97 * int(place), "A", "G", int(kind))
        for place, kind, stays in zip(chosen, kinds, kept, strict=True)
        if stays
    )
    return Person(karyotype, calls=(*calls, *also), runs={"chr1": (), "chr7": (), "chrX": (), "chrY": ()})


def more_x(kinds: list[int], contig: str = "chrX") -> tuple[Call, ...]:
    return tuple(Call(contig, 10_000_000 + 31 * i, "C", "T", kind) for i, kind in enumerate(kinds))


def test_t20__the_same_person_read_again_under_another_name_is_counted_with_a_warning(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([NewGenome(f"P{i}", make_pack(person(i))) for i in range(12)])
    store.compact()

    staged = store.add(
        [NewGenome("again", make_pack(person(3, changed=0.02))), NewGenome("new", make_pack(person(77)))]
    )

    assert staged.duplicates == ("again",) and len(store.view()) == 14
    (said,) = staged.warnings
    assert said.startswith("genome 1 of this add may be a duplicate") and "P3" not in said and "again" not in said


def test_twins__in_one_add_are_seen_and_siblings_are_not(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    half = person(5).calls[: len(person(5).calls) * 2 // 3]
    sibling = replace(person(6), calls=tuple({c.key: c for c in (*person(6).calls[:130], *half)}.values()))

    staged = store.add(
        [
            NewGenome("A", make_pack(person(5))),
            NewGenome("twin", make_pack(person(5, changed=0.01))),
            NewGenome("sibling", make_pack(sibling)),
        ]
    )

    assert staged.duplicates == ("twin",)


def test_print__of_fewer_than_a_hundred_places_says_nothing(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([NewGenome("A", make_pack(person(1, n=LEAST - 1)))])

    staged = store.add([NewGenome("B", make_pack(person(1, n=LEAST - 1, changed=0.01)))])

    assert staged.duplicates == () and staged.warnings == ()


@pytest.mark.parametrize("seed", range(6))
def test_print__is_the_plain_calls_of_the_least_hash_in_whichever_order_contigs_come(seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = float(rng.choice([0.0, 0.001, 0.005, 0.02, 0.5]))
    contigs = {}
    for name in ("chr1", "chr2", "chr9", "chr21", "chrX"):
        pos = np.sort(rng.choice(2_000_000, int(rng.choice([0, 90, 9_000, 40_000])), replace=False)) + 1
        snv = rng.random(len(pos)) < 0.9
        key = (pos.astype(np.uint64) << np.uint64(36)) | np.where(snv, 1 << 32 | 1 << 28, 1 << 32 | 2 << 28).astype(
            np.uint64
        )
        plain = np.array([codes.make_entry(kind, adj=True) for kind in (codes.HET, codes.HOM)], np.uint16)
        other = codes.make_entry(codes.HET, adj=False)
        entry = np.where(rng.random(len(pos)) < share, rng.choice(plain, len(pos)), other).astype(np.uint16)
        contigs[name] = replace(make_pack(Person(runs={name: ()})).contigs[name], key=key, entry=entry)

    expected = []
    for name, calls in contigs.items():
        if name != "chrX":
            number = int(name[3:]) - 1
            for key, code in zip(calls.key.tolist(), calls.entry.tolist(), strict=True):
                if code in plain and key >> 28 & 0xFF == 0x11:
                    spread = ((key >> 36) + (number << 32)) * 0x9E3779B97F4A7C15 % (1 << 64)
                    expected.append((spread, number, key, code))
    expected.sort()
    for order in (list(contigs), list(contigs)[::-1]):
        pack = replace(make_pack(Person()), contigs={name: contigs[name] for name in order})
        found = print_of(pack)
        rows = list(
            zip(found.order.tolist(), found.contig.tolist(), found.key.tolist(), found.entry.tolist(), strict=True)
        )
        assert rows == expected[:192]


def test_a_removed_genome__is_nobodys_duplicate(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([NewGenome("A", make_pack(person(1)))])
    store.remove(["A"])

    assert store.add([NewGenome("B", make_pack(person(1, changed=0.01)))]).duplicates == ()


def test_a_genome__that_is_callable_at_part_of_the_places_is_compared_there(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    whole = person(1)
    # One place in six is not callable in the first reading, and has no call.
    unseen = {call.pos for call in whole.calls[::6]}
    runs = {c: tuple((pos - 1, pos, 0) for pos in sorted({x.pos for x in whole.calls if x.contig == c} & unseen))
            for c in ("chr1", "chr7")}  # fmt: skip
    part = replace(whole, calls=tuple(c for c in whole.calls if c.pos not in unseen), runs={**whole.runs, **runs})
    store.add([NewGenome("A", make_pack(part))])

    assert store.add([NewGenome("B", make_pack(whole))]).duplicates == ("B",)


def test_prints__of_unrelated_people_agree_at_few_places_and_do_not_depend_on_order() -> None:
    prints = [print_of(make_pack(person(i))) for i in range(6)]

    for i, a in enumerate(prints):
        assert compare(a, a).same and compare(a, a).equal == compare(a, a).sites
        for b in prints[:i]:
            assert compare(a, b) == compare(b, a) and not compare(a, b).same


@pytest.mark.parametrize(
    ("karyotype", "calls", "said"),
    [
        ("XY", more_x([codes.HET] * 70 + [codes.HOM] * 40), "as with two X"),
        ("X0", more_x([codes.HET] * 70 + [codes.HOM] * 40), "as with two X"),
        ("XX", more_x([codes.HOM] * 100), "as with one X"),
        ("XXY", more_x([codes.HOM] * 100 + [codes.HET] * 4), "as with one X"),
        ("XX", more_x([codes.HEMI] * 100, "chrY"), "has no Y"),
        ("XX", more_x([codes.HOM] * 99), ""),
        ("XX", more_x([codes.HOM] * 90 + [codes.HET] * 10), ""),
        ("XY", more_x([codes.HOM] * 110 + [codes.HET] * 10), ""),
        ("XY", more_x([codes.HEMI] * 100, "chrY"), ""),
        ("unknown", more_x([codes.HET] * 200), ""),
    ],
)
def test_karyotype__speaks_from_a_hundred_clear_places_on(karyotype: str, calls: tuple[Call, ...], said: str) -> None:
    # The calls as a caller wrote them: what counting makes of them later does not matter here.
    pack = make_pack(Person("XX" if karyotype != "unknown" else karyotype, calls=calls))

    problem = karyotype_problem(replace(pack, karyotype=karyotype))

    assert (said in problem) if said else problem == ""


def test_add__stops_at_a_karyotype_the_calls_deny_and_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    before = {*store.folder.list(), "LOCK"}
    wrong = make_pack(person(1, also=more_x([codes.HOM] * 120)))

    with pytest.raises(Refused, match="as with one X"):
        store.add([NewGenome("A", make_pack(person(2))), NewGenome("B", wrong)])

    assert set(store.folder.list()) == before
