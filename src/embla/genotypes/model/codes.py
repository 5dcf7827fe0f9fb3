"""What one genome says at one variant key (an entry) and at one place (a callability state).

An entry is 16 bits, the same in packs and segments:

    bits 0-2   class: NONE, HET, HOM, HEMI, HALF, MT_HET, MT_HOM
    bit  3     adj: the call passes the policy's gates
    bit  4     failed: the call failed FILTER or FT (counts in nfail)
    bit  5     derived: a component of an MNP, not a record of its own
    bits 6-8   d_raw + 2: raw an of this genome at this key, less what its callability says at the key's pos
    bits 9-11  d_adj + 2: the same for adj

The two differences exist because AN at a key follows a person's own record of that key, wherever that record was
written and whatever the callability says at the anchor base (DESIGN 4, "Counting, settled"). Nearly always they are 0.

A state is raw * 3 + adj, each of NOTHING (not called), ONE (half-call: one allele called) or FULL (every copy called).
"""

from typing import Final

NONE: Final = 0
HET: Final = 1
HOM: Final = 2
HEMI: Final = 3
HALF: Final = 4
MT_HET: Final = 5
MT_HOM: Final = 6

# By class: alleles it adds to ac, and whether it is one of nhet, nhomalt, nhemi. mtDNA counts one copy per person.
AC_OF: Final = (0, 1, 2, 1, 1, 1, 1, 0)
IS_HET: Final = (0, 1, 0, 0, 0, 1, 0, 0)
IS_HOM: Final = (0, 0, 1, 0, 0, 0, 1, 0)
IS_HEMI: Final = (0, 0, 0, 1, 0, 0, 0, 0)

CLASS_MASK: Final = 0b111
ADJ: Final = 1 << 3
FAILED: Final = 1 << 4
DERIVED: Final = 1 << 5
D_RAW_SHIFT: Final = 6
D_ADJ_SHIFT: Final = 9
D_ZERO: Final = (2 << D_RAW_SHIFT) | (2 << D_ADJ_SHIFT)

NOTHING: Final = 0
ONE: Final = 1
FULL: Final = 2
STATE_FULL: Final = FULL * 3 + FULL
STATE_NOTHING: Final = NOTHING * 3 + NOTHING


def make_entry(
    kind: int, *, adj: bool = False, failed: bool = False, derived: bool = False, d_raw: int = 0, d_adj: int = 0
) -> int:
    """Pack one entry. `d_raw` and `d_adj` are in -2..2."""
    flags = (ADJ if adj else 0) | (FAILED if failed else 0) | (DERIVED if derived else 0)
    return kind | flags | (d_raw + 2) << D_RAW_SHIFT | (d_adj + 2) << D_ADJ_SHIFT


def d_raw(entry: int) -> int:
    """Raw an at the key less raw an by callability at the key's pos."""
    return ((entry >> D_RAW_SHIFT) & 0b111) - 2


def d_adj(entry: int) -> int:
    """The same for adj."""
    return ((entry >> D_ADJ_SHIFT) & 0b111) - 2


def make_state(raw: int, adj: int) -> int:
    """Pack one callability state from NOTHING, ONE or FULL for raw and for adj."""
    return raw * 3 + adj


def an_of(level: int, copies: int) -> int:
    """Alleles that a genome with `copies` (0, 1, 2) of a locus adds to an, given NOTHING, ONE or FULL."""
    return copies if level == FULL else min(level, copies)
