"""Packs that name alleles by the store's lexicon say what they said, and a lexicon is made of what many carry."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken, Unavailable
from embla.genotypes import CohortStore, ContigCalls, NewGenome, learning, pack_digest, verify
from embla.genotypes.files import packcode, packtext
from embla.genotypes.files.lexicon import Known, Lexicon, LexiconWriter, classes_of
from embla.genotypes.files.packcode import heard, told
from embla.genotypes.model import codes, keys
from embla.storage import Folder
from tests.genotypes.store.test_packcode import alike, contigs, same
from tests.support.packs import Call, Person, make_pack
from tests.support.plain_telling import plain_told, split

SHARED = tuple(Call("chr1", 1_000 + 7 * i, "A", "G") for i in range(100)) + (
    Call("chr1", 5_000, "CA", "C"),
    Call("chr1", 6_000, "C", "CACGTACGTACGTACGT"),
    Call("chrX", 9_000_000, "G", "T"),
)


def person(number: int, shared: int = len(SHARED)) -> NewGenome:
    own = (Call("chr1", 100_000 + number, "C", "T"), Call("chr2", 7_000 + number // 3, "A", "C"))
    return NewGenome(f"N{number}", make_pack(Person(calls=SHARED[:shared] + own, runs={"chr1": ((20, 900, 0),)})))


@pytest.fixture(autouse=True, scope="module")
def few() -> Iterator[None]:
    """Eight genomes are enough to learn from, four carriers are many, and one allele is enough to use it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning, "FROM", 8)
        patch.setattr(learning, "LEAST_CARRIERS", 4)
        patch.setattr(packcode, "LEAST_NAMED", 1)
        yield


@pytest.fixture(scope="module")
def learned(few: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 12, compacted, with its lexicon; three each share an allele on chr2."""
    path = tmp_path_factory.mktemp("learned") / "store"
    store = CohortStore.create(path)
    store.add([person(i, 100 if i < 8 else len(SHARED)) for i in range(12)])
    store.compact()
    return path


@st.composite
def known(draw: st.DrawFn, calls: ContigCalls) -> Known:
    """Some of the genome's alleles as its records have them, and some that it has not."""
    texts = split(calls.records.text, calls.records.text_end)
    key, has = packtext.keys_of(calls.records.pos, texts)
    own = [int(k) for k in key[has] if draw(st.integers(0, 3))]
    others = [keys.make_key(draw(st.integers(1, 400)), "A", alt) for alt in ("C", "GT", "G") if draw(st.booleans())]
    chosen = np.array(sorted({*own, *others}), np.uint64)
    kinds = draw(st.lists(st.integers(0, 15), min_size=len(chosen), max_size=len(chosen)))
    return Known(chosen, np.array(kinds, np.uint8))


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_told_by_a_lexicon__is_heard_by_it(data: st.DataObject) -> None:
    calls = data.draw(contigs())
    lexicon = data.draw(known(calls))

    found = told(calls, lexicon)

    same(calls, heard(found.columns, calls.long_alleles, lexicon))
    alike(found, plain_told(calls, lexicon))


@given(st.lists(st.text("ACGT", min_size=1, max_size=7), min_size=2, max_size=30))
def test_keys__become_the_texts_that_they_were_made_of(bases: list[str]) -> None:
    pairs = list(zip(bases, bases[1:], strict=False))
    key = np.array([keys.make_key(i, *pair) for i, pair in enumerate(pairs, 1)], np.uint64)

    text, end = packtext.join(packtext.texts_of(key))

    assert text.decode() == "".join("\t".join(pair) for pair in pairs)
    assert end.tolist() == np.cumsum([sum(map(len, pair)) + 1 for pair in pairs]).tolist()


def test_classes__fall_with_the_share_that_carries() -> None:
    assert classes_of(np.array([1.0, 0.9, 0.8, 0.5, 0.3, 0.01, 0.0009, 0.0])).tolist() == [0, 0, 1, 2, 4, 11, 15, 15]


def test_a_lexicon__holds_what_many_carry_and_nothing_of_the_few(learned: Path) -> None:
    store = CohortStore.open(learned)
    lexicon = store.packs.newest_lexicon()
    assert lexicon is not None and lexicon.genomes == 12

    counted: dict[int, int] = {}
    for i in range(12):
        for key in person(i, 100 if i < 8 else len(SHARED)).pack.contigs["chr1"].key.tolist():
            counted[key] = counted.get(key, 0) + 1
    often = sorted(k for k, n in counted.items() if n >= 4 and not keys.is_hashed(k))
    assert lexicon.contig("chr1").key.tolist() == often and len(often) == 101
    assert len(lexicon.contig("chr2").key) == 0  # three carry each, and no more
    assert len(lexicon.contig("chrX").key) == 1 and len(lexicon.contig("chr7").key) == 0


def test_a_pack_told_by_a_lexicon__has_its_digest_and_comes_back(learned: Path) -> None:
    store = CohortStore.open(learned)
    new = person(900)
    before = store.open_pack(store.view().segments[0].table.packs[0])

    digest = store.view(store.add([new]).manifest).segments[-1].table.packs[0]

    after = store.open_pack(digest)
    assert before.facts.get("lexicon") is None and after.facts["lexicon"] == store.packs.newest_lexicon().name  # type: ignore[union-attr]
    assert digest == pack_digest(new.pack) == pack_digest(after.pack())
    for name, calls in new.pack.contigs.items():
        same(calls, after.contig(name))  # type: ignore[arg-type]
    assert not list(verify(store, recount=True))


def test_the_same_genome__told_with_a_lexicon_and_without_is_one(learned: Path) -> None:
    store = CohortStore.open(learned)

    again = store.add([person(7, 100)])

    assert again.unchanged == ("N7",) and not again.changed


def test_packs__are_read_and_learned_from_after_their_lexicon_was_followed_by_another(
    tmp_path: Path,
) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([person(i) for i in range(8)])
    store.compact()
    store.add([person(i) for i in range(8, 16)])
    assert store.learn() != "" and store.learn() == ""
    store.add([person(50)])
    store.remove(["N9", "N0"])
    store.compact()

    opened = CohortStore.open(tmp_path / "s")
    named = {opened.open_pack(d).facts.get("lexicon") for s in opened.view().segments for d in s.table.packs}
    assert len(named) == 3 and len(opened.folder.list("lexicons/")) == 2
    assert not list(verify(opened, recount=True))


def test_a_lexicon_that_is_gone_or_damaged__is_named_and_no_call_is_made_up(learned: Path) -> None:
    store = CohortStore.open(learned)
    store.add([person(901)])
    digest = store.view().segments[-1].table.packs[0]
    (name,) = store.folder.list("lexicons/")
    good = store.folder.get(name)
    file = learned / name
    try:
        file.unlink()
        with pytest.raises(Broken, match="lexicons/.* is missing"):
            CohortStore.open(learned).open_pack(digest).contig("chr1")
        bad = bytearray(good)
        bad[len(bad) // 2] ^= 1
        file.write_bytes(bytes(bad))
        assert any(name in problem for problem in verify(CohortStore.open(learned)))
        # Another list of the same length of name: what it would make of the calls fits no digest, or is an error.
        other = LexiconWriter(12)
        other.contig("chr1", Known(np.arange(3, dtype=np.uint64) << np.uint64(36), np.zeros(3, np.uint8)))
        other.finish()
        file.write_bytes(b"".join(other.blob.chunks()))
        with pytest.raises(Broken):
            CohortStore.open(learned).open_pack(digest).contig("chr1")
    finally:
        file.write_bytes(good)


@pytest.mark.parametrize("stray", ["notes.txt", "zzz-1", f"9999999999-{'g' * 64}", "0000000012-12"])
def test_a_stray_file_among_the_lexicons__stops_no_add_and_no_learning_and_is_named(stray: str, tmp_path: Path) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([person(i) for i in range(8)])
    (tmp_path / "s" / "lexicons").mkdir(exist_ok=True)
    (tmp_path / "s" / "lexicons" / stray).write_text("somebody's")

    assert store.add([person(50)]).added == ("N50",)
    learned = store.learn()
    assert store.add([person(51)]).added == ("N51",)

    assert store.packs.newest_lexicon().name == learned != ""  # type: ignore[union-attr]
    (said,) = verify(store, recount=True)
    assert f"lexicons/{stray}" in said and (tmp_path / "s" / "lexicons" / stray).read_text() == "somebody's"


def test_learning__that_finds_the_disk_full_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = CohortStore.create(tmp_path / "s")
    store.add([person(i) for i in range(8)])

    def full(*_: object, **__: object) -> bool:
        raise Unavailable("No space left on device.", mend="Make room.")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", full)
        assert store.learn() == ""
    assert store.folder.list("lexicons/") == [] and store.learn() != ""


def test_a_lexicon__comes_back_from_its_file() -> None:
    keys_of = np.array([keys.make_key(7, "A", "C"), keys.make_key(7, "A", "CGTACGTACGTA"), keys.make_key(9, "T", "G")])
    known = Known(keys_of.astype(np.uint64), np.array([0, 15, 3], np.uint8))
    writer = LexiconWriter(99)
    writer.contig("chr3", known)
    name = writer.finish()
    assert name.startswith("lexicons/0000000099-")

    back = Lexicon(b"".join(writer.blob.chunks()), name).contig("chr3")

    assert back.key.tolist() == known.key.tolist() and back.kind.tolist() == known.kind.tolist()
    entry = replace(make_pack(Person(calls=(Call("chr3", 9, "T", "G", codes.HOM),))).contigs["chr3"])
    same(entry, heard(told(entry, back).columns, {}, back))
