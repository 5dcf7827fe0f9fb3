"""What a pack's digest is made of: byte planes, of a constant one the byte alone, and never two columns one digest."""

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.errors import Broken
from embla.genotypes import pack_digest
from embla.genotypes.files.blob import _END, _TRAILER, read_directory
from embla.genotypes.files.columns import squeeze, to_planes, varying_planes_of
from embla.genotypes.files.packfile import KIND, PackFile, encode_pack
from tests.support.packs import Call, Person, make_pack

DTYPES = ["<u2", "<i4", "<u4", "<u8", "<i8", "|i1", "|b1"]


def told(column: np.ndarray) -> list[bytes]:
    return [bytes(plane) for plane in varying_planes_of(column)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [0, 1, 2, 7, 2_047, 2_048, 8_193, 50_001])
@pytest.mark.parametrize("spread", [0, 1, 200, 70_000])
def test_varying_planes__are_the_planes_or_one_byte_where_all_are_equal(dtype: str, n: int, spread: int) -> None:
    rng = np.random.default_rng(n + spread)
    column = rng.integers(0, spread + 1, n).astype(dtype)
    column = column + column.dtype.type(1) if dtype != "|b1" else column

    planes = told(column)

    plain = to_planes(column)
    whole = [plain[at : at + n] for at in range(0, len(plain), n or 1)]
    assert planes == [plane[:1] if len(set(plane)) == 1 else plane for plane in whole]


@pytest.mark.parametrize("at", [0, 1, 8_190, 16_383, 16_384, 16_386])
@pytest.mark.parametrize("byte", range(4))
def test_one_value_that_differs__anywhere_makes_its_plane_a_whole_one(at: int, byte: int) -> None:
    column = np.full(16_387, 0x01020304, "<u4")
    column[at] ^= np.uint32(0x10 << 8 * byte)

    lengths = [len(plane) for plane in told(column)]

    assert lengths == [16_387 if plane == byte else 1 for plane in range(4)]


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_columns_of_one_length_and_width__have_the_same_planes_only_if_they_are_equal(data: st.DataObject) -> None:
    values = st.lists(st.integers(0, 3).map(lambda v: v * 0x0101), min_size=3, max_size=3)
    one, other = (np.array(data.draw(values), "<u2") for _ in range(2))

    assert (told(one) == told(other)) == (one.tolist() == other.tolist())


PERSON = Person(
    calls=(Call("chr1", 1000, "A", "G"), Call("chr2", 5, "C", "T", failed=True)), runs={"chr1": ((5, 9, 0),)}
)


def written(change: Callable[[dict[str, Any]], object]) -> PackFile:
    """A pack whose directory was changed, with the check that belongs to it."""
    data = b"".join(encode_pack(make_pack(PERSON))[1].chunks())
    size = _TRAILER.unpack(data[-_TRAILER.size :])[0]
    directory = read_directory(data, KIND, "packs/x")
    change(directory)
    packed = squeeze(json.dumps(directory).encode(), 3)
    check = blake2b(packed, digest_size=8).digest()
    return PackFile(data[: -_TRAILER.size - size] + packed + _TRAILER.pack(len(packed), check, _END), "packs/x")


def test_a_directory_that_nobody_changed__is_as_named() -> None:
    pack = written(lambda directory: None)

    assert pack.is_as_named() and pack.digest == pack_digest(make_pack(PERSON)) and pack.filters == ("PASS", "LowQual")


@pytest.mark.parametrize(
    "change",
    [
        *(lambda d, name=name: d.pop(name) for name in ("digest", "policy", "contigs", "kept", "karyotype")),
        *(lambda d, name=name: d.update({name: None}) for name in ("digest", "policy", "contigs", "kept", "assembly")),
        *(lambda d, what=what: d["contigs"]["chr1"].update(filters=what)
          for what in (None, 7, ["PASS", "PASS"], [["PASS"]], [1], [], "PASS")),
        lambda d: d["contigs"]["chr1"].pop("filters"),
        lambda d: d["contigs"].update(chr1=None),
        lambda d: d["contigs"]["chr1"]["told"].pop("filter_own"),
        lambda d: d["contigs"]["chr1"]["told"].update(filter_own=None),
        lambda d: d["contigs"]["chr1"]["told"].update(filter_own=d["contigs"]["chr1"]["told"]["is_key"]),
        lambda d: d["contigs"]["chr1"].update(told=[]),
        *(lambda d, dtype=dtype: d["contigs"]["chr1"]["told"]["filter_own"].__setitem__(0, dtype)
          for dtype in ("|i1", "<f8", "<c16", "S1", "(,)u1", "O", None, 7)),
        *(lambda d, n=n: d["contigs"]["chr1"]["told"]["filter_own"].__setitem__(1, n) for n in (-1, 0, 2, 10**30, "1")),
        *(lambda d, at=at: d["contigs"]["chr1"]["told"]["counted"].__setitem__(at, -1) for at in (1, 2, 3)),
        lambda d: d["contigs"].update(chrZ=d["contigs"].pop("chr1")),
        lambda d: d.update(digest_version=1, filters=["PASS", "LowQual"], kept=[5]),
        lambda d: d.update(digest_version=3),
        lambda d: d.update(digest_version="2"),
        lambda d: d.update(digest_version=1, filters=None),
        lambda d: d.update(digest_version=1, filters=[]),
        lambda d: d.update(kept={"chr1": None, "chr2": 5}),
        lambda d: d.update(callability="sure"),
    ],
)  # fmt: skip
def test_a_directory_of_another_shape__is_damaged_and_no_error_of_the_program(change: Callable[..., object]) -> None:
    with pytest.raises(Broken):
        pack = written(change)
        pack.is_as_named()
        pack.pack()
        for name in pack.facts["kept"]:
            pack.kept(name)


def test_the_first_digest__numbers_filters_of_the_whole_genome_in_a_byte_and_folds_the_rest() -> None:
    pack = make_pack(PERSON)
    names = tuple(f"F{n}" for n in range(300))
    records = pack.contigs["chr1"].records

    def with_filter(number: int) -> str:
        calls = pack.contigs["chr1"].with_filter(np.full(len(records.pos), number, np.uint16))
        return pack_digest(replace(pack, filters=names, contigs={"chr1": calls}), 1)

    # Of one text there is one number, whatever others the genome's list has.
    assert with_filter(1) != with_filter(257)


@pytest.mark.parametrize("n", [254, 255, 256, 257, 400])
def test_the_first_digest__is_that_of_the_genome_whose_texts_beyond_255_are_other(n: int) -> None:
    """As packs of that digest were read: the 256th text and all after it were kept as OTHER."""
    names = [f"F{number}" for number in range(n)]
    calls = make_pack(Person(calls=tuple(Call("chr1", 10 + 9 * at, "A", "G") for at in range(n // 2)))).contigs["chr1"]
    more = make_pack(Person(calls=tuple(Call("chr2", 10 + 9 * at, "A", "G") for at in range(n - n // 2)))).contigs[
        "chr2"
    ]
    pack = make_pack(PERSON)

    def numbered(numbers: list[int], filters: list[str]) -> str:
        contigs = {
            "chr1": calls.with_filter(np.array(numbers[: n // 2], np.uint16)),
            "chr2": more.with_filter(np.array(numbers[n // 2 :], np.uint16)),
        }
        return pack_digest(replace(pack, filters=tuple(filters), contigs=contigs), 1)

    folded = names if n <= 255 else [*names[:255], "OTHER"]
    assert numbered(list(range(n)), names) == numbered([min(number, 255) for number in range(n)], folded)
