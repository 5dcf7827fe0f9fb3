"""The store's own door: what the compiled loop clears, its plain twin has nothing against."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken
from embla.genome import GRCH38
from embla.genotypes import checking
from embla.genotypes.files.columns import from_planes, to_planes
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import Pack
from tests.support.packs import Call, Person, make_pack

LONG = ("A", "A" + "CGT" * 9)


def genome(rng: random.Random) -> Pack:
    contig = rng.choice(("chr1", "chrX", "chrY", "chrM"))
    last = GRCH38.contig(contig).length
    around = rng.choice((5_000, 10_001, 2_781_000, 40_000_000, last - 400)) if contig != "chrM" else 300
    places = sorted(rng.sample(range(around, min(around + 300, last)), 12))
    calls = [Call(contig, pos, *(LONG if rng.random() < 0.2 else ("A", "C"))) for pos in places]
    runs = [(a, b, rng.randint(0, 8)) for a, b in zip(places[1::4], places[3::4], strict=False)]
    pack = make_pack(Person(calls=tuple(calls), runs={contig: tuple(runs)}))
    return replace(
        pack, karyotype=rng.choice(("XX", "XY", "X0", "unknown")), callability=rng.choice(("gvcf", "assumed"))
    )


@settings(max_examples=120, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_is_cleared__is_what_the_plain_twin_has_nothing_against(seed: int) -> None:
    rng = random.Random(seed)
    pack = genome(rng)
    ((name, calls),) = pack.contigs.items()
    for _ in range(rng.choice((0, 0, 1, 2))):
        key, entry = calls.key.copy(), calls.entry.copy()
        at = rng.randrange(len(key))
        change = rng.random()
        if change < 0.5:
            entry[at] = rng.choice((entry[at] ^ 1 << rng.randint(0, 15), codes.make_entry(rng.randint(0, 7), adj=True)))
        elif change < 0.7:
            key[at] = key[rng.randrange(len(key))]
        elif change < 0.8:
            key[at] = np.uint64(keys.make_key(rng.choice((0, GRCH38.contig(name).length + 1)), "A", "C"))
        elif change < 0.9:
            key[at] = np.uint64(keys.make_key(int(key[at]) >> 36, "A", "T" * 15))
        else:
            calls = replace(calls, long_alleles=dict(list(calls.long_alleles.items())[1:]))
        calls = replace(calls, key=key, entry=entry)

    cleared = checking._hashed_if_clear(name, calls, GRCH38.contig(name).length, pack.facts)

    try:
        hashed = checking._look_at_entries(name, calls, GRCH38.contig(name).length, pack.facts)
    except Broken:
        assert cleared is None
    else:
        assert (cleared is None) == (len(hashed) > len(calls.long_alleles))
        assert cleared is None or cleared.tolist() == hashed.tolist()


@pytest.mark.parametrize("dtype", ["<u2", "<i4", "<u8", "|i1", "<c16"])
@pytest.mark.parametrize("n", [0, 1, 2_047, 2_048, 50_000])
def test_planes_of_large_columns_and_of_small_ones__are_bytes_turned(dtype: str, n: int) -> None:
    column = np.random.default_rng(n).integers(0, 256, n * np.dtype(dtype).itemsize).astype(np.uint8).view(dtype)

    turned = to_planes(column)

    assert turned == column.view(np.uint8).reshape(n, column.itemsize).T.tobytes()
    assert from_planes(turned, dtype, n).tobytes() == column.tobytes()
    assert to_planes(column[::2]) == to_planes(column[::2].copy())
