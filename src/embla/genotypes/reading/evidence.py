"""Whether a genome's carriers and others can be judged by the same evidence, from what its calls have.

Of each sample on each contig it is noted whether any call that carries something, any block, and any record of 0/0
that was called and passed its filters has a GQ, and a DP (`layout.EV_...`): of calls when entries are opened, of the
others by the parser. Nothing is guessed from states: none must have it. Of calls that failed and no-calls adj is
nowhere for another reason.
"""

from collections.abc import Collection
from typing import Final

from embla.genotypes.model.raw_alone import Lack
from embla.genotypes.reading.kernels import layout as k

_FIELDS: Final = (("GQ", k.EV_GQ), ("DP", k.EV_DP))
# Where each is read from (kernels/calls.py, kernels/blocks.py).
_SPELLED: Final = {"GQ": {"GQ", "GQX"}, "DP": {"DP", "DPI", "MIN_DP"}}


def decides(seen: int) -> bool:
    """Is there a call that carries something?"""
    return bool(seen >> k.EV_CALLS & k.EV_ANY)


def lack_of(seen: int, *, is_mt: bool) -> Lack | None:
    """What is lacking by what was seen, where that decides. Of mtDNA no GQ is asked."""
    asked = _FIELDS[is_mt:]
    calls = seen >> k.EV_CALLS
    missing = tuple(name for name, bit in asked if not calls & bit)
    if missing:
        return Lack("calls", missing)
    # What says that a person is like the reference: blocks, or records of 0/0 where there are none.
    reference = seen >> (k.EV_BLOCKS if seen >> k.EV_BLOCKS & k.EV_ANY else k.EV_PLAIN)
    missing = tuple(name for name, bit in asked if not reference & bit)
    return Lack("reference", missing) if missing and reference & k.EV_ANY else None


def lack_by_header(seen: int, declared: Collection[str], *, is_mt: bool) -> Lack | None:
    """What the file's caller does not write, where the genome carries nothing: FORMAT keys that its header declares. A
    header that does not even declare GT says nothing."""
    if "GT" not in declared:
        return None
    had = seen >> k.EV_BLOCKS | seen >> k.EV_PLAIN
    missing = tuple(name for name, bit in _FIELDS[is_mt:] if not had & bit and _SPELLED[name].isdisjoint(declared))
    return Lack("header", missing) if missing else None
