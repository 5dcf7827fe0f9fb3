"""Frames of lists laid out by the compiled loop are, byte for byte, those of the plain twin."""

import numpy as np
import pytest

from embla.errors import Broken
from embla.genotypes.files import variants
from embla.genotypes.files.variants import Frame, FrameReader, Variants
from embla.genotypes.merging import Part, gather
from embla.genotypes.model import keys


def _some(n: int, people: int, seed: int) -> Variants:
    """Variants of random places with one to all of so many people each; one in fifty is a long allele."""
    rng = np.random.default_rng(seed)
    texts = {}
    column = []
    for pos in np.unique(rng.integers(1, 1 << 27, n)).tolist():
        if pos % 50:
            column.append(keys.make_key(pos, "A", "ACGT"[pos % 3 + 1]))
        else:
            ref, alt = "A", "A" + "C" * (20 + pos % 7)
            column.append(keys.make_key(pos, ref, alt))
            texts[column[-1]] = ref, alt
    sizes = rng.integers(1, people + 1, len(column))
    ordinals = [np.sort(rng.choice(people, size, replace=False)) for size in sizes.tolist()]
    ordinal = np.concatenate(ordinals).astype(np.uint16)
    entry = rng.integers(0, 4_096, len(ordinal)).astype(np.uint16)
    return Variants(np.array(column, np.uint64), np.cumsum(sizes), ordinal, entry, np.empty(0, np.uint16), texts)


def _plainly(some: Variants, per_frame: int, monkeypatch: pytest.MonkeyPatch) -> list[Frame]:
    with monkeypatch.context() as patched:
        patched.setattr(variants, "_MANY", 1 << 60)
        return list(variants.encode(some, per_frame, 1))


@pytest.mark.parametrize(
    ("n", "people", "per_frame"), [(9_000, 1, 2_048), (6_000, 8, 2_048), (5_000, 60, 512), (4_500, 300, 2_048)]
)
def test_frames__of_the_loop_are_those_of_the_plain_twin(
    n: int, people: int, per_frame: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = _some(n, people, n)

    laid = list(variants.encode(some, per_frame, 1))

    assert laid == _plainly(some, per_frame, monkeypatch)
    read = [FrameReader(memoryview(frame.data), frame.first_key).between(0, 1 << 63) for frame in laid]
    assert np.array_equal(np.concatenate([part.key for part in read]), some.key)
    assert np.array_equal(np.concatenate([part.ordinal for part in read]), some.ordinal)
    assert np.array_equal(np.concatenate([part.entry for part in read]), some.entry)
    assert {key: text for part in read for key, text in part.texts.items()} == some.texts


@pytest.mark.parametrize("many", [1, 1 << 60])
def test_frames__without_the_text_of_a_long_allele_are_not_written(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    some = _some(5_000, 2, 7)
    some.texts.pop(min(some.texts))
    monkeypatch.setattr(variants, "_MANY", many)

    with pytest.raises(Broken, match="long allele"):
        list(variants.encode(some, 2_048, 1))


def test_gather__of_one_genome_is_its_half_of_two_halves() -> None:
    some = _some(3_000, 1, 9)
    part = Part(some.key, some.ordinal, some.entry, some.heteroplasmy, some.texts)
    halves = [Part(some.key[a::2], some.ordinal[a::2], some.entry[a::2], some.heteroplasmy, some.texts) for a in (0, 1)]

    alone, together = gather([part]), gather(halves)

    for one in (alone, together):
        assert np.array_equal(one.key, some.key) and np.array_equal(one.end, some.end)
        assert np.array_equal(one.ordinal, some.ordinal) and np.array_equal(one.entry, some.entry)
        assert one.texts == some.texts


def test_gather__of_one_genome_whose_keys_are_salted_gives_the_salts_of_the_alleles_alone() -> None:
    base = keys.make_key(7, "A", "A" + "C" * 30)
    salted = base | 3 << keys.ALT_LEN_SHIFT
    part = Part(
        np.array([salted], np.uint64), np.zeros(1, np.uint16), np.ones(1, np.uint16), np.empty(0, np.uint16),
        {salted: ("A", "A" + "C" * 30)},
    )  # fmt: skip

    gathered = gather([part])

    assert gathered.key.tolist() == [base] and list(gathered.texts) == [base]
