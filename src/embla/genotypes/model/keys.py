"""Variant keys: 64 bits that sort by position within one contig.

    bits 36-63  pos, 1-based (28 bits)
    bits 32-35  length of REF, 1-14; 15 marks a hashed key
    bits 28-31  length of ALT, 1-14; in a hashed key the salt, 0-15
    bits 0-27   the bases of REF then ALT, two bits each (A C G T = 0 1 2 3), left-aligned in the 28 bits;
                in a hashed key 28 bits of BLAKE2b of "REF>ALT"

Alleles of more than 14 bases together, or with another letter than ACGT, are hashed and their text lies in a side
table. Two different alleles of one place with equal hash get different salts, so a hashed key must always be compared
with its text, at every merge and every lookup: try salt 0, 1, ... until the text is equal or the key is not there.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

POS_SHIFT: Final = 36
REF_LEN_SHIFT: Final = 32
ALT_LEN_SHIFT: Final = 28
BASES_MASK: Final = (1 << 28) - 1
HASHED: Final = 15
MAX_BASES: Final = 14
MAX_SALT: Final = 15
_ALLELES: Final = (1 << POS_SHIFT) - 1
_CODE: Final = {"A": 0, "C": 1, "G": 2, "T": 3}
_LETTER: Final = "ACGT"
_LETTERS: Final = frozenset(_LETTER)


def is_short(ref: str, alt: str) -> bool:
    """True when the alleles fit the key itself."""
    return len(ref) + len(alt) <= MAX_BASES and _LETTERS.issuperset(ref + alt)


def allele_digest(text: bytes) -> bytes:
    """Eight bytes of BLAKE2b of "REF>ALT"."""
    return blake2b(text, digest_size=8).digest()


def allele_hash(ref: str, alt: str) -> int:
    """28 bits that stand for a long allele; never trusted alone."""
    return int.from_bytes(allele_digest(f"{ref}>{alt}".encode()), "big") & BASES_MASK


def allele_hashes(texts: Iterable[bytes]) -> NDArray[np.uint64]:
    """The same of many texts "REF>ALT"."""
    return np.frombuffer(b"".join(map(allele_digest, texts)), ">u8").astype(np.uint64) & np.uint64(BASES_MASK)


def make_key(pos: int, ref: str, alt: str, *, salt: int = 0) -> int:
    """The key of a normalised allele. `pos` 1-based below 2**28; upper-case alleles."""
    if is_short(ref, alt):
        bases = 0
        for base in ref + alt:
            bases = bases << 2 | _CODE[base]
        bases <<= 2 * (MAX_BASES - len(ref) - len(alt))
        return pos << POS_SHIFT | len(ref) << REF_LEN_SHIFT | len(alt) << ALT_LEN_SHIFT | bases
    return hashed_key(pos, ref, alt, salt=salt)


def hashed_key(pos: int, ref: str, alt: str, *, salt: int = 0) -> int:
    """The key of an allele that is not short."""
    return pos << POS_SHIFT | HASHED << REF_LEN_SHIFT | salt << ALT_LEN_SHIFT | allele_hash(ref, alt)


def is_hashed(key: int) -> bool:
    """True when the alleles of this key lie in a side table."""
    return (key >> REF_LEN_SHIFT) & 15 == HASHED


def key_pos(key: int) -> int:
    """1-based position of a key."""
    return key >> POS_SHIFT


def key_alleles(key: int) -> tuple[str, str]:
    """REF and ALT of a key that is not hashed."""
    return _alleles(key & _ALLELES)


@lru_cache(maxsize=65_536)
def _alleles(key: int) -> tuple[str, str]:
    n_ref, n_alt = (key >> REF_LEN_SHIFT) & 15, (key >> ALT_LEN_SHIFT) & 15
    bases = key & BASES_MASK
    text = "".join(_LETTER[(bases >> 2 * (MAX_BASES - 1 - i)) & 3] for i in range(n_ref + n_alt))
    return text[:n_ref], text[n_ref:]
