"""The loop that clears nearly every contig of nearly every pack, compiled. What it does not clear is looked at by its
plain twin in `checking.py`, which knows the words."""

from typing import Any, Final

import numpy as np
from numba import types

from embla.compiled import kernel
from embla.genotypes.model import codes, keys
from embla.genotypes.model.tally import LOST_ADJ, LOST_RAW

_AC: Final = np.array(codes.AC_OF, dtype=np.int64)
_RAW: Final = LOST_RAW.astype(np.int64)
_ADJ: Final = LOST_ADJ.astype(np.int64)
_POS, _REF, _HASHED = keys.POS_SHIFT, keys.REF_LEN_SHIFT, keys.HASHED
_CLASS, _ADJ_FLAG, _RAW_SHIFT, _ADJ_SHIFT = codes.CLASS_MASK, codes.ADJ, codes.D_RAW_SHIFT, codes.D_ADJ_SHIFT
_LAST_CLASS, _FULL = codes.MT_HOM, codes.STATE_FULL


def _in(kind: Any) -> Any:
    return types.Array(kind, 1, "C", readonly=True)


_signature = types.int64(
    _in(types.uint64), _in(types.uint16), _in(types.uint32), _in(types.uint32), _in(types.uint8), _in(types.int64),
    _in(types.int64), types.int64, types.boolean, types.Array(types.uint64, 1, "C"),
)  # fmt: skip


@kernel(_signature, nogil=True)
def clear(key, entry, run_start, run_end, run_state, piece_end, copies, length, assumed, hashed):  # type: ignore[no-untyped-def]
    """-1 unless keys grow inside the contig, every entry is a known one, and none has more alleles than the person has
    called copies there; else how many keys are hashed, which `hashed` then lists. Runs are sorted and apart."""
    n = 0
    run = piece = 0
    for i in range(len(key)):
        own = key[i]
        pos = np.int64(own >> np.uint64(_POS))
        if (i and own <= key[i - 1]) or pos < 1 or pos > length:
            return -1
        if np.int64(own >> np.uint64(_REF)) & 15 == _HASHED:
            if n == len(hashed):
                return -1
            hashed[n] = own
            n += 1
        code = np.int64(entry[i])
        kind = code & _CLASS
        d_raw, d_adj = (code >> _RAW_SHIFT & 7) - 2, (code >> _ADJ_SHIFT & 7) - 2
        if kind > _LAST_CLASS or code >> 12 or d_raw > 2 or d_adj > 2:
            return -1
        while piece < len(piece_end) and piece_end[piece] < pos:
            piece += 1
        there = copies[piece] if piece < len(piece_end) else 0
        while run < len(run_start) and run_end[run] < pos:
            run += 1
        state = _FULL
        if run < len(run_start) and run_start[run] < pos:
            state = np.int64(run_state[run])
        own_raw = there - _RAW[there, state] + d_raw
        if _AC[kind] > own_raw or own_raw < 0 or own_raw > there:
            return -1
        if not assumed:
            own_adj = there - _ADJ[there, state] + d_adj
            if own_adj < 0 or own_adj > there or (code & _ADJ_FLAG and _AC[kind] > own_adj):
                return -1
    return n
