"""Sealed bytes open whole and in part under their key, and not at all when anything was done to them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import Broken, WrongFormat
from embla.storage import Sealed, is_sealed, new_key, seal

SEGMENT, TAG, HEAD = 65_536, 16, 26
KEY = new_key()
EDGES = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 200_000]


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def sealed(data: bytes, about: bytes = b"name", key: bytes = KEY, piece: int = 50_001) -> bytes:
    return b"".join(seal((data[i : i + piece] for i in range(0, len(data), piece)), key, about))


def opened(data: bytes, about: bytes = b"name", key: bytes = KEY) -> bytes:
    return b"".join(Sealed(data, key, about, "the file").pieces())


@pytest.mark.parametrize("size", EDGES)
def test_seal__is_undone_by_opening_at_every_border_of_a_segment(size: int) -> None:
    plain = content(size)

    kept = sealed(plain)

    assert is_sealed(kept) and opened(kept) == plain and len(Sealed(kept, KEY, b"name", "x")) == size
    assert len(kept) == HEAD + size + TAG * max(1, -(-size // SEGMENT))


@given(st.integers(0, 140_000), st.integers(0, 140_000), st.integers(1, 140_000))
def test_sealed__is_sliced_as_the_plain_bytes_are(start: int, end: int, piece: int) -> None:
    plain = content(131_100)
    kept = Sealed(sealed(plain, piece=piece), KEY, b"name", "x")

    assert kept[start:end] == plain[start:end]
    assert kept[-start:] == plain[-start:] and kept[: -end - 1] == plain[: -end - 1]
    if start < len(plain):
        assert kept[start] == plain[start] and kept[-1] == plain[-1]


def test_seal__hides_what_it_seals_and_never_looks_the_same_twice() -> None:
    plain = b"a genome" * 20_000

    one, other = sealed(plain), sealed(plain)

    assert one != other and b"genome" not in one
    assert one[HEAD : HEAD + 64] != other[HEAD : HEAD + 64]


def damages(kept: bytes, rng: random.Random) -> dict[str, bytes]:
    """One of each kind of damage to bytes of at least three segments."""
    full = SEGMENT + TAG
    head, body = kept[:HEAD], kept[HEAD:]
    parts = [body[i : i + full] for i in range(0, len(body), full)]
    at = rng.randrange(len(kept))
    i, j = rng.sample(range(len(parts) - 1), 2)
    swapped = list(parts)
    swapped[i], swapped[j] = parts[j], parts[i]
    return {
        "flip": kept[:at] + bytes([kept[at] ^ 1 << rng.randrange(8)]) + kept[at + 1 :],
        "cut": kept[: rng.randrange(len(kept))],
        "cut at a border": head + b"".join(parts[: rng.randrange(len(parts))]),
        "drop": head + b"".join(parts[:i] + parts[i + 1 :]),
        "swap": head + b"".join(swapped),
        "duplicate": head + b"".join([*parts[: i + 1], *parts[i:]]),
        "longer": kept + b"\0",
    }


def test_sealed__finds_every_damage_of_two_hundred() -> None:
    rng = random.Random(5)
    found = tried = 0
    for size in (170_000, 262_144, 300_001, 65_536 * 3 + 1):
        kept = sealed(content(size))
        for _ in range(8):
            for how, damaged in damages(kept, rng).items():
                tried += 1
                with pytest.raises((Broken, WrongFormat)):
                    opened(damaged)
                    pytest.fail(how)
                found += 1
    assert found == tried >= 200


def test_sealed__does_not_open_under_another_key_or_name_nor_with_another_head() -> None:
    kept, older = sealed(content(100_000)), sealed(content(100_000, seed=2))

    for use in (
        lambda: opened(kept, key=new_key()),
        lambda: opened(kept, about=b"other"),
        lambda: opened(older[:HEAD] + kept[HEAD:]),
        lambda: opened(kept[: HEAD + SEGMENT + TAG] + older[HEAD + SEGMENT + TAG :]),
        lambda: opened(b"plain bytes that nobody sealed, long enough to be a file"),
    ):
        with pytest.raises(Broken):
            use()


def test_sealed__of_a_later_version_says_so() -> None:
    kept = bytearray(sealed(b"x"))
    kept[9] = 2

    with pytest.raises(WrongFormat):
        opened(bytes(kept))
