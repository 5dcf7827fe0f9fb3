"""Which of many alleles one genome may carry: its pack read once in place of a look at the store for each allele."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from embla.genotypes.model.keys import MAX_SALT, hashed_key, is_short, make_key

if TYPE_CHECKING:
    from embla.genome import Variant
    from embla.genotypes.files.packfile import PackFile


def maybe_carried(pack: "PackFile", variants: "Iterable[Variant]") -> "list[Variant]":
    """Those of the alleles (in normal form) whose key the pack has; a long one's may be another's, so ask the store.

    None that the pack carries is left out, the parts of its MNPs neither: they are entries of their own.
    """
    wanted: dict[str, list[Variant]] = defaultdict(list)
    for one in variants:
        wanted[one.contig].append(one)
    found = []
    for contig, here in wanted.items():
        calls = pack.contig(contig)
        if calls is not None:
            keys = [(key, one) for one in here for key in _keys(one)]
            held = np.isin(np.array([key for key, _ in keys], np.uint64), calls.key)
            found += [one for (_, one), there in zip(keys, held.tolist(), strict=True) if there]
    return list(dict.fromkeys(found))


def _keys(one: "Variant") -> list[int]:
    if is_short(one.ref, one.alt):
        return [make_key(one.pos, one.ref, one.alt)]
    return [hashed_key(one.pos, one.ref, one.alt, salt=salt) for salt in range(MAX_SALT + 1)]
