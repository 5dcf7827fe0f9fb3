"""Bytes on disk: write then read is identity, damage is an error and never another number."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken, WrongFormat
from embla.genome import Variant
from embla.genotypes import CohortStore, NewGenome, Pack, pack_digest
from embla.genotypes.files import runs as runs_file
from embla.genotypes.files.blob import BlobWriter
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.files.runs import Runs, lowest_level, take_apart
from embla.genotypes.files.segment import SegmentReader
from embla.genotypes.files.variants import Variants
from embla.genotypes.files.writing import SegmentWriter
from embla.genotypes.merging import Part, gather
from embla.genotypes.model import keys
from embla.genotypes.upgrading import upgrade
from tests.support.nations import persons
from tests.support.packs import Call, Person, make_pack


def whole(blob: BlobWriter) -> bytes:
    return b"".join(blob.chunks())


@given(persons())
@settings(max_examples=40, deadline=None)
def test_pack_file__gives_back_every_column(person: Person) -> None:
    pack = make_pack(person)
    digest, blob = encode_pack(pack)
    back = PackFile(whole(blob), "packs/x").pack()

    assert digest == pack_digest(pack) == pack_digest(back)
    for name, calls in pack.contigs.items():
        other = back.contigs[name]
        for column in ("key", "entry", "heteroplasmy", "run_start", "run_end", "run_state"):
            assert np.array_equal(getattr(calls, column), getattr(other, column)), column
        for column in sorted(calls.records.__dataclass_fields__.keys() - {"filter"}):
            assert np.array_equal(getattr(calls.records, column), getattr(other.records, column)), column
        assert calls.long_alleles == other.long_alleles
        assert filters(pack, name) == filters(back, name)
    assert (back.karyotype, back.callability) == (pack.karyotype, pack.callability)


def filters(pack: Pack, name: str) -> list[str]:
    return [pack.filters[number] for number in pack.contigs[name].records.filter]


def test_pack_digest__differs_for_anything_that_counts_and_knows_no_name() -> None:
    base = Person(calls=(Call("chr1", 1000, "A", "G"),))
    others = [
        Person("XY", calls=base.calls),
        Person(callability="assumed", calls=base.calls),
        Person(calls=(Call("chr1", 1000, "A", "T"),)),
        Person(calls=(Call("chr1", 1000, "A", "G", failed=True),)),
        Person(calls=base.calls, runs={"chr1": ((5, 9, 0),)}),
        Person(calls=base.calls, runs={"chr2": ()}),
    ]

    digests = {pack_digest(make_pack(person)) for person in (base, *others)}

    assert len(digests) == len(others) + 1
    assert pack_digest(make_pack(base)) == pack_digest(make_pack(base))


run_lists = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 40_000_000), st.integers(1, 20_000_000), st.sampled_from([0, 3, 4, 6])),
    max_size=20,
)


@given(run_lists, st.sampled_from([1, 50, 4_096]), st.sampled_from([20_000_000, 46_709_983, 48_000_000]))
@settings(max_examples=80, deadline=None)
def test_runs__taken_apart_into_windows_cover_the_same_bases(rows: list, aim: int, length: int) -> None:
    rows = [(g, min(a, length - 1), min(min(a, length - 1) + n, length), s) for g, a, n, s in rows]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs_file, "AIM", aim)
        windows = list(take_apart(_runs(rows), length))

    pieces = Runs.joined([window.runs for window in windows])

    # Every base keeps its states: sum of piece lengths, and each piece inside one of its genome's runs.
    assert int((pieces.end - pieces.start).sum()) == sum(b - a for _, a, b, _ in rows)
    for g, a, b, s in zip(pieces.ordinal, pieces.start, pieces.end, pieces.state, strict=True):
        assert any(g == g2 and s == s2 and a2 <= a and b <= b2 for g2, a2, b2, s2 in rows)
    for window in windows:
        end = min(window.start + (1 << window.level), length)
        assert window.start % (1 << window.level) == 0
        assert (window.runs.start >= window.start).all() and (window.runs.end <= end).all()
        if window.whole:
            assert (window.runs.start == window.start).all() and (window.runs.end == end).all()
    parts = [(w.start, w.start + (1 << w.level)) for w in windows if not w.whole]
    assert all(end <= start for (_, end), (start, _) in zip(parts, parts[1:], strict=False))


def _runs(rows: list) -> Runs:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
    return Runs(
        np.array(columns[0], np.uint16),
        np.array(columns[1], np.uint32),
        np.array(columns[2], np.uint32),
        np.array(columns[3], np.uint8),
    )


def test_runs__over_a_whole_contig_cost_one_entry_each() -> None:
    length = 248_956_422
    windows = list(take_apart(_runs([(0, 0, length, 0), (1, 0, length, 6)]), length))

    assert [(window.level, window.whole, len(window.runs)) for window in windows] == [(28, True, 2)]


def test_runs__window_grows_smaller_with_more_runs() -> None:
    assert lowest_level(0, 1_000_000) == 23
    assert lowest_level(10**8, 248_956_422) < lowest_level(10**6, 248_956_422)
    assert lowest_level(10**9, 248_956_422) == 10


def random_variants(rng: np.random.Generator, n: int, genomes: int) -> Variants:
    pos = np.sort(rng.choice(200_000, n, replace=False)) + 1
    parts = []
    for g in range(genomes):
        chosen = np.flatnonzero(rng.random(n) < (0.4 if genomes > 1 else 2))
        key = np.array([keys.make_key(int(pos[i]), "A", "ACGT"[1 + i % 3]) for i in chosen], np.uint64)
        parts.append(
            Part(
                key,
                np.full(len(key), g, np.uint16),
                rng.integers(0, 4096, len(key)).astype(np.uint16),
                np.empty(0, np.uint16),
                {},
            )
        )
    return gather(parts)


@pytest.mark.parametrize(("n", "genomes"), [(1, 1), (3000, 2), (600, 80), (513, 64)])
def test_segment__gives_back_every_entry_and_finds_every_key(n: int, genomes: int) -> None:
    variants = random_variants(np.random.default_rng(n), n, genomes)
    writer = SegmentWriter(genomes)
    runs = _runs([(0, 5, 100_000, 0), (0, 150_000, 150_001, 3)])
    writer.contig("chr1", 248_956_422, [variants], [runs])
    writer.finish()
    reader = SegmentReader(memoryview(whole(writer.blob)), "x").contig("chr1")
    assert reader is not None and SegmentReader(memoryview(whole(writer.blob)), "x").contig("chr2") is None

    back = reader.between(0, 1 << 63)

    for column in ("key", "end", "ordinal", "entry"):
        assert np.array_equal(getattr(back, column), getattr(variants, column)), column
    for i in range(0, len(variants), 37):
        found = reader.find(int(variants.key[i]))
        assert found is not None
        ordinals, entries, _ = found[0].carriers(found[1])
        first = int(variants.begin[i])
        assert ordinals.tolist() == variants.ordinal[first : int(variants.end[i])].tolist()
        assert entries.tolist() == variants.entry[first : int(variants.end[i])].tolist()
    assert reader.find(int(variants.key[0]) + 1) is None or int(variants.key[0]) + 1 in variants.key
    low, high = int(variants.key[len(variants) // 3]), int(variants.key[2 * len(variants) // 3])
    assert reader.between(low, high).key.tolist() == [k for k in variants.key.tolist() if low <= k < high]
    assert reader.runs_at(4)[0].tolist() == [] and reader.runs_at(5)[0].tolist() == [0]
    assert reader.runs_at(150_000)[1].tolist() == [3] and reader.runs_at(150_001)[0].tolist() == []


def test_long_alleles__with_one_hash_at_one_place_stay_apart_in_any_order(short_hashes: None, tmp_path: Path) -> None:
    alleles = ["A" + "ACGT" * 4 + tail for tail in ("", "A", "C", "G", "T", "AA", "AC")]
    counts = []
    for name, order in (("s1", alleles), ("s2", alleles[::-1])):
        store = CohortStore.create(tmp_path / name)
        for i, alt in enumerate(order):
            store.add([NewGenome(f"P{i}", make_pack(Person(calls=(Call("chr1", 100, "A", alt),))))])
        counts.append([store.view().count(Variant("chr1", 100, "A", alt))[0].ac for alt in alleles])
        store.remove(["P3"])
        store.compact()
        left = [store.view().count(Variant("chr1", 100, "A", alt))[0].ac for alt in alleles]
        assert left == [int(alt != order[3]) for alt in alleles]
        assert store.view().count(Variant("chr1", 100, "A", "A" + "ACGT" * 5))[0].ac == 0

    assert counts == [[1] * 7, [1] * 7]


def test_damage__anywhere_in_a_segment_is_an_error_and_never_another_number(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([NewGenome("A", make_pack(Person(calls=(Call("chr1", 1000, "A", "G"),), runs={"chr1": ((5, 9, 0),)})))])
    asked = Variant("chr1", 1000, "A", "G")
    right = store.view().count(asked)[0]
    (file,) = (tmp_path / "s" / "segments").iterdir()
    good = file.read_bytes()
    for at in range(0, len(good), 7):
        bad = bytearray(good)
        bad[at] ^= 0x10
        file.write_bytes(bytes(bad))
        try:
            answer = CohortStore.open(tmp_path / "s").view().count(asked)[0]
        except (Broken, WrongFormat):
            continue
        assert answer == right, at


def test_versions__of_another_program_are_refused_with_the_command_that_upgrades(tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    about = tmp_path / "s" / "store.json"
    about.write_text(about.read_text().replace('"format": 2', '"format": 3'))

    with pytest.raises(WrongFormat, match="newer"):
        CohortStore.open(tmp_path / "s")
    with pytest.raises(WrongFormat):
        upgrade(tmp_path / "s")
    about.write_text(about.read_text().replace('"format": 3', '"format": 1'))
    with pytest.raises(WrongFormat, match="upgrade"):
        CohortStore.open(tmp_path / "s")
    with pytest.raises(Broken):
        ManifestId.parse("12-nothex")
    assert ManifestId.parse(str(store.current())) == store.current()


@pytest.mark.parametrize("n_runs", [300, 3_000, 40_000])
def test_runs_of_many_genomes__are_found_by_place_and_by_stretch_at_every_window_size(n_runs: int) -> None:
    from embla.genotypes.kernels import JitEngine

    rng = np.random.default_rng(n_runs)
    length, genomes = 16_569, 200
    start = rng.integers(0, length - 1, n_runs)
    end = np.minimum(start + rng.integers(1, 900, n_runs), length)
    runs = Runs(
        rng.integers(0, genomes, n_runs).astype(np.uint16),
        start.astype(np.uint32),
        end.astype(np.uint32),
        rng.integers(0, 8, n_runs).astype(np.uint8),
    )
    writer = SegmentWriter(genomes)
    writer.contig("chrM", length, [], [runs])
    writer.finish()
    reader = SegmentReader(memoryview(whole(writer.blob)), "x").contig("chrM")
    assert reader is not None

    def said(place: int) -> list[tuple[int, int]]:
        over = (start <= place) & (end > place)
        return sorted(zip(runs.ordinal[over].tolist(), runs.state[over].tolist(), strict=True))

    for place in (0, 1, 2047, 2048, 4095, 8192, 16_383, 16_384, 16_568):
        ordinals, states = reader.runs_at(place)
        assert sorted(zip(ordinals.tolist(), states.tolist(), strict=True)) == said(place)
    for a, b in ((0, length), (2_000, 2_100), (4_096, 8_192), (16_568, 16_569)):
        expected = np.zeros(8, np.int64)
        np.add.at(expected, runs.state, np.maximum(np.minimum(end, b) - np.maximum(start, a), 0))
        for found in (reader.runs_between(a, b), JitEngine.runs_between(reader, a, b)):
            bases = np.zeros(8, np.int64)
            np.add.at(bases, found.state, (found.end - found.start).astype(np.int64))
            assert bases.tolist() == expected.tolist()
            assert len(found) == 0 or (int(found.start.min()) >= a and int(found.end.max()) <= b)
    assert set(reader.parts[1].tolist()) == {{300: 16, 3_000: 13, 40_000: 10}[n_runs]}
