"""The copy of a reference at two bits a base gives the same bases, or nothing."""

import os
import random
from pathlib import Path

import numpy as np
import pytest

from embla.reference import Reference, fasta
from embla.reference.twobit import TwoBit, TwoBitWriter


def _plain(text: str) -> str:
    return "".join(letter if letter in "ACGT" else "N" for letter in text)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A copy of two contigs, one longer than a part, with stretches of N and single odd letters, and their bases."""
    rng = random.Random(3)
    long = "".join(rng.choices("ACGT", k=600_001))
    long = "N" * 10_000 + long[10_000:262_140] + "N" * 9 + long[262_149:400_000] + "R" + long[400_001:]
    bases = {"chr1": long, "chr2": "NACGTN"}
    folder = tmp_path_factory.mktemp("twobit")
    writer = TwoBitWriter(folder)
    for name, text in bases.items():
        pieces = [text[i : i + (1 << 18)].encode() for i in range(0, len(text), 1 << 18)]
        assert list(writer.through(name, pieces)) == pieces
    writer.finish(folder / "x.bases")
    return folder / "x.bases", bases


def test_read__is_what_was_written_with_n_for_what_is_no_base(copied: tuple[Path, dict[str, str]]) -> None:
    path, bases = copied
    copy = TwoBit.open(path)
    assert copy is not None
    rng = random.Random(4)
    spans = [(-5, 3), (0, 600_001), (262_143, 262_145), (600_000, 700_000), (5, 5), (9, 2)]
    spans += [(a, a + rng.randint(0, 300_000)) for a in rng.sample(range(600_000), 30)]
    room = np.full(150_016, 7, np.uint8)  # enough for some of them
    for name, text in bases.items():
        for a, b in spans:
            found = copy.read(name, a, b, rng.choice((None, room)))
            assert found is not None
            assert found.tobytes().decode() == _plain(text[max(a, 0) : max(b, 0)]), (name, a, b)
    assert copy.read("chr3", 0, 9) is None


def test_packed__is_four_bases_in_a_byte_or_nothing_where_one_is_no_base(copied: tuple[Path, dict[str, str]]) -> None:
    path, bases = copied
    copy = TwoBit.open(path)
    assert copy is not None
    text = bases["chr1"]
    rng = random.Random(6)
    spans = [(0, 8), (9_996, 10_004), (10_000, 262_140), (262_136, 262_144), (262_152, 400_000), (600_000, 600_001)]
    spans += [(4 * a, 4 * a + rng.randint(1, 300_000)) for a in rng.sample(range(150_000), 60)]

    seen = set()
    for start, end in spans:
        found = copy.packed("chr1", start, end)

        known = end <= len(text) and not set(text[start:end]) - set("ACGT")
        assert (found is not None) == known, (start, end)
        seen.add(known)
        if found is not None:
            codes = (found[:, None] >> np.arange(0, 8, 2, dtype=np.uint8) & 3).ravel()[: end - start]
            assert "".join("ACGT"[code] for code in codes.tolist()) == text[start:end]
    assert seen == {True, False}
    assert copy.packed("chr1", 2, 8) is None and copy.packed("chr1", 8, 8) is None and copy.packed("chr3", 0, 4) is None


def test_packed__of_a_damaged_part_is_nothing(copied: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    path, _ = copied
    data = bytearray(path.read_bytes())
    data[8 + 65_536 + 50] ^= 1  # in the second part of the first contig
    (tmp_path / "x.bases").write_bytes(data)
    copy = TwoBit.open(tmp_path / "x.bases")

    assert copy is not None
    assert copy.packed("chr1", 262_152, 300_000) is None and copy.packed("chr1", 20_000, 262_140) is not None


def test_read__of_a_damaged_part_is_nothing_and_the_others_are_there(
    copied: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    data = bytearray(copied[0].read_bytes())
    data[8 + 70_000] ^= 1  # in the second part
    path = tmp_path / "x.bases"
    path.write_bytes(data)
    copy = TwoBit.open(path)
    assert copy is not None

    assert copy.read("chr1", 262_144, 262_150) is None
    assert copy.read("chr1", 0, 262_144) is not None


@pytest.mark.parametrize("change", ["cut", "told", "empty", "other"])
def test_open__of_what_is_not_whole_is_nothing(
    copied: tuple[Path, dict[str, str]], tmp_path: Path, change: str
) -> None:
    data = copied[0].read_bytes()
    path = tmp_path / "x.bases"
    path.write_bytes(
        {"cut": data[:-9], "told": data[:-40] + b"7" + data[-39:], "empty": b"", "other": b"x" * 99}[change]
    )

    assert TwoBit.open(path) is None
    assert TwoBit.open(tmp_path / "none") is None


def test_digest__makes_the_copy_that_letters_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_WORTH", 10)
    path = tmp_path / "x.fa"
    path.write_text(">chr1\nacgtnRacgt\nAC\n")
    cache = tmp_path / "cache"
    reference = Reference.open(path, cache=cache)
    before = reference.letters("chr1", 0, 12).tobytes()

    digest = reference.digest()
    again = Reference.open(path, cache=cache)
    again.digest()

    assert before == b"ACGTNRACGTAC"
    assert [one.name for one in cache.glob("*.bases")] == [f"{digest}.bases"]
    for one in (reference, again):
        assert one.letters("chr1", 0, 12).tobytes() == b"ACGTNNACGTAC"
    assert not list(cache.glob("*.tmp"))


def test_digest__that_is_remembered_without_its_copy_makes_one_and_tries_but_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fasta, "_WORTH", 10)
    path = tmp_path / "x.fa"
    path.write_text(">chr1\nacgtnRacgt\nAC\n")
    cache = tmp_path / "cache"
    digest = Reference.open(path, cache=cache).digest()
    copy = cache / f"{digest}.bases"
    copy.unlink()

    again = Reference.open(path, cache=cache)

    assert again.digest() == digest and again.letters("chr1", 0, 12).tobytes() == b"ACGTNNACGTAC"
    copy.unlink()
    with monkeypatch.context() as full:
        full.setattr(TwoBitWriter, "finish", lambda self, file: self.give_up())
        assert Reference.open(path, cache=cache).digest() == digest
    once_more = Reference.open(path, cache=cache)
    assert once_more.digest() == digest and not copy.exists()
    assert once_more.letters("chr1", 0, 12).tobytes() == b"ACGTNRACGTAC"


def test_writer__sweeps_drafts_that_nobody_writes_any_more_and_no_other(tmp_path: Path) -> None:
    dead, alive = tmp_path / "bases.1.2.tmp", tmp_path / "bases.3.4.tmp"
    for draft in (dead, alive):
        draft.write_bytes(b"")
    os.utime(dead, (1, 1))

    TwoBitWriter(tmp_path).give_up()

    assert [one.name for one in tmp_path.iterdir()] == [alive.name]
