"""Entries of several genomes or segments become one sorted run of variants: the core of adding and of compaction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embla.errors import Broken
from embla.genotypes.files.variants import Texts, Variants
from embla.genotypes.model import keys

_SALT: int = keys.MAX_SALT << keys.ALT_LEN_SHIFT


@dataclass(frozen=True)
class Part:
    """Entries of one source on one stretch, sorted by key then ordinal: a key per entry."""

    key: NDArray[np.uint64]
    ordinal: NDArray[np.uint16]
    entry: NDArray[np.uint16]
    heteroplasmy: NDArray[np.uint16]
    texts: Texts


def gather(parts: Sequence[Part]) -> Variants:
    """One sorted, distinct list of variants with their carriers. Parts must come in the order of their ordinals.

    Equal alleles meet under one key whatever salts they carried: hashed keys are compared by their text.
    """
    parts = [part for part in parts if len(part.key)]
    if not parts:
        return Variants.none()
    columns, texts = settle(parts)
    if len(parts) == 1 and bool((columns[0][1:] > columns[0][:-1]).all()):
        # One genome: nothing meets.
        only, end = parts[0], np.arange(1, len(columns[0]) + 1, dtype=np.int64)
        return Variants(columns[0], end, only.ordinal, only.entry, only.heteroplasmy, texts)
    key = columns[0] if len(columns) == 1 else np.concatenate(columns)
    ordinal, entry, het = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("ordinal", "entry", "heteroplasmy")
    )
    if len(parts) > 1 or np.any(key[1:] < key[:-1]):
        order = np.argsort(key, kind="stable")
        key, ordinal, entry = key[order], ordinal[order], entry[order]
        het = het[order] if len(het) else het
    last = np.flatnonzero(np.append(key[1:] != key[:-1], True))
    return Variants(key[last], (last + 1).astype(np.int64), ordinal, entry, het, texts)


def settle(parts: Sequence[Part]) -> tuple[list[NDArray[np.uint64]], Texts]:
    """Give every long allele one key in all parts: its salt is its rank among the texts that share place and hash.

    Returns the key column of each part and the joint side table. The rank depends on the alleles only, never on who
    came first.
    """
    if len(parts) == 1 and not any(key & _SALT for key in parts[0].texts):
        # Nobody to meet, and none of its own shares place and hash with another.
        return [parts[0].key], dict(parts[0].texts)
    met: dict[int, dict[tuple[str, str], int]] = {}
    for part in parts:
        for key, text in part.texts.items():
            met.setdefault(key & ~_SALT, {})[text] = 0
    texts: Texts = {}
    for base, alleles in met.items():
        if len(alleles) > keys.MAX_SALT + 1:
            raise Broken("more than 16 long alleles of one place share a hash", mend="Please report this place.")
        for salt, text in enumerate(sorted(alleles)):
            alleles[text] = base | salt << keys.ALT_LEN_SHIFT
            texts[alleles[text]] = text
    columns = []
    for part in parts:
        moves = {key: met[key & ~_SALT][text] for key, text in part.texts.items() if met[key & ~_SALT][text] != key}
        columns.append(rekeyed(part.key, moves) if moves else part.key)
    return columns, texts


def rekeyed(column: NDArray[np.uint64], moves: dict[int, int]) -> NDArray[np.uint64]:
    """Replace keys, all at once (two keys may change places)."""
    out = column.copy()
    for old, new in moves.items():
        out[column == np.uint64(old)] = np.uint64(new)
    return out


def part_of(variants: Variants, ordinal_map: NDArray[np.int32] | None = None) -> Part:
    """A part from variants of a segment. `ordinal_map`: old ordinal -> new one, -1 for a genome that is dropped."""
    key = variants.key_of_entry()
    if ordinal_map is None:
        return Part(key, variants.ordinal, variants.entry, variants.heteroplasmy, variants.texts)
    new = ordinal_map[variants.ordinal]
    het = variants.heteroplasmy
    if (new >= 0).all():
        return Part(key, new.astype(np.uint16), variants.entry, het, variants.texts)
    kept = new >= 0
    left = key[kept]
    texts = {k: t for k, t in variants.texts.items() if _holds(left, k)}
    return Part(left, new[kept].astype(np.uint16), variants.entry[kept], het[kept] if len(het) else het, texts)


def _holds(column: NDArray[np.uint64], key: int) -> bool:
    at = int(np.searchsorted(column, np.uint64(key)))
    return at < len(column) and int(column[at]) == key
