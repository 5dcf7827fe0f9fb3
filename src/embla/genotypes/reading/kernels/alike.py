"""What is written as before: blocks like the one before, and FORMATs that are known.

Nearly all blocks of a gVCF differ from the one before in numbers alone. One that `quick_lines` has read is the model of
those behind it: a line whose text is the model's, but for the digits of POS and END (as many as there), the base of REF
and what follows GT, need not be taken apart, as all places are known. Any other line stops it before anything of that
line is kept, and is read as if there were no model.
"""

import numpy as np
from numba import types
from numpy.typing import NDArray

from embla.genotypes.model.codes import FULL, STATE_FULL
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alleles import BASE_CODE, letter_in
from embla.genotypes.reading.kernels.blocks import add_block
from embla.genotypes.reading.kernels.jit import blocks as blocks_
from embla.genotypes.reading.kernels.jit import byte_at, helper, i1_2d, i4_2d, i8, i64, none, u1, u1_readonly
from embla.genotypes.reading.kernels.text import Bytes
from embla.genotypes.reading.kernels.wide import below, bits, digits, lowest, mask_of, mask_same

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

# What is known of the model. Places count from where the line begins.
MODEL_AT = 0  # where the line begins in the buffer; -1: there is none
HEAD = 1  # mask of the bytes up to the end of INFO that must be the same
TAIL = 2  # mask of those from there to the end of GT
POS_A = 3
POS_B = 4
REF = 5
END_A = 6
END_B = 7  # where INFO ends, too
SAMPLE = 8  # where the sample begins
LAST = 9  # the last wanted key of FORMAT
SLOTS = 10  # how many it has
GQ = 11  # which of them is what; 0: none
DP = 12
MIN_DP = 13
MODEL_FACTS = 16
_NOT_ADJ = FULL * 3

_signature = none(i8, i64, i64, i64, i64, i64, i64, i64, i64, i4_2d, i1_2d)


@helper(_signature)
def take_model(
    model: Ints,
    at: int,
    pos_a: int,
    pos_b: int,
    ref: int,
    end_a: int,
    end_b: int,
    base: int,
    row: int,
    format_facts: NDArray[np.int32],
    format_keys: NDArray[np.int8],
) -> None:
    """Remember a common block, if it is one that others can be compared with. Places count from the buffer's first
    byte; INFO is `END=` and a number, [end_a, end_b) its digits; REF is one base, GT three letters."""
    model[MODEL_AT] = -1
    if base - end_b > 59 or end_b - at > 63:
        return
    gq = dp = least = np.int64(0)
    last = np.int64(format_facts[row, k.FORMAT_LAST])
    for slot in range(1, last + 1):
        key = format_keys[row, slot]
        if key == k.F_GQ:
            gq = slot
        elif key == k.F_DP:
            dp = slot
        elif key == k.F_MIN_DP:
            least = slot
        elif key >= 0:
            return
    if gq + dp + least == 0 or (dp == 0 and least == 0):
        return
    digits_of = (below(pos_b - at) & ~below(pos_a - at)) | (below(end_b - at) & ~below(end_a - at))
    model[HEAD] = below(end_b - at) & ~digits_of & ~(np.int64(1) << (ref - at))
    model[TAIL] = below(base + 4 - end_b)
    model[POS_A] = pos_a - at
    model[POS_B] = pos_b - at
    model[REF] = ref - at
    model[END_A] = end_a - at
    model[END_B] = end_b - at
    model[SAMPLE] = base - at
    model[LAST] = last
    model[SLOTS] = np.int64(format_facts[row, k.FORMAT_SLOTS])
    model[GQ] = gq
    model[DP] = dp
    model[MIN_DP] = least
    model[MODEL_AT] = at


_signature = types.UniTuple(i64, 4)(
    u1, i64, i64, i64, i64, i8, i8, u1_readonly, i64, i4_2d, blocks_
)  # fmt: skip


@helper(_signature)
def blocks_alike(
    buf: Bytes,
    at: int,
    end: int,
    last_pos: int,
    reach: int,
    model: Ints,
    ctl: Ints,
    bases: Bytes,
    most: int,
    last_block: NDArray[np.int32],
    blocks: Rows,
) -> tuple[int, int, int, int]:
    """Read lines from `at` on as long as they are as the model is.

    Where it stopped, the last POS, the furthest end, and how many lines it read; `most` is how many blocks there is
    room for.
    """
    head, tail, from_ = model[HEAD], model[TAIL], model[MODEL_AT]
    pos_a, pos_b, ref = model[POS_A], model[POS_B], model[REF]
    end_a, end_b, base_a = model[END_A], model[END_B], model[SAMPLE]
    last, slots, at_gq, at_dp, at_least = model[LAST], model[SLOTS], model[GQ], model[DP], model[MIN_DP]
    length, min_gq, min_dp = ctl[k.CTL_LENGTH], ctl[k.CTL_MIN_GQ], ctl[k.CTL_MIN_DP]
    reference, bases_from, bases_to = ctl[k.CTL_REFERENCE], ctl[k.CTL_BASES_FROM], ctl[k.CTL_BASES_TO]
    packed = ctl[k.CTL_PACKED]
    read = np.int64(0)
    while at < end:
        if ~mask_same(buf, at, buf, from_) & head or ~mask_same(buf, at + end_b, buf, from_ + end_b) & tail:
            break
        pos = digits(buf, at + pos_a, at + pos_b)
        stretch = digits(buf, at + end_a, at + end_b)
        letter = byte_at(buf, at + ref)
        if pos < 1 or pos < last_pos or stretch < pos or stretch > length or BASE_CODE[letter] == 0:
            break
        start = pos - 1
        if reference > 0:
            if start < bases_from or pos > bases_to:
                break
            there = letter_in(bases, packed, start - bases_from)
            if there != letter and BASE_CODE[there] > 0:
                break
        base = at + base_a
        feeds = mask_of(buf, base, 10)
        inside = (feeds & -feeds) - 1
        colons = mask_of(buf, base, 58) & inside
        n_colons = bits(colons)
        if feeds == 0 or mask_of(buf, base, 9) & inside or n_colons < last or n_colons >= slots:
            break
        stop = base + lowest(feeds)
        if byte_at(buf, stop - 1) == 13 or ctl[k.CTL_BLOCKS] + 2 > most:
            break
        marks = (colons | (inside + 1)) & ~np.int64(15)  # where fields end, those behind GT
        a = base + 4
        gq = dp = depth = np.int64(-1)
        for slot in range(1, last + 1):
            b = base + lowest(marks)
            marks &= marks - 1
            value = digits(buf, a, b)
            a = b + 1
            if slot == at_gq:
                gq = value
            elif slot == at_dp:
                dp = value
            elif slot == at_least:
                depth = value
        if (at_gq and gq < 0) or (at_dp and dp < 0) or (at_least and depth < 0):
            break
        depth = depth if at_least else dp
        state = np.int64(STATE_FULL) if gq >= min_gq and gq >= 0 and depth >= min_dp else np.int64(_NOT_ADJ)
        add_block(blocks, ctl, last_block, 0, start, stretch, state, start, True)
        last_pos = pos
        reach = reach if reach > stretch else stretch
        read += 1
        at = stop + 1
    return at, last_pos, reach, read


@helper(i64(u1, i64, i64, i8, u1, i4_2d))
def row_of(buf: Bytes, a: int, n: int, by_length: Ints, flat: Bytes, facts: NDArray[np.int32]) -> int:
    """Row of a FORMAT of n < 64 letters that is known and begins with GT; -1 for another. `by_length` remembers the row
    of each length."""
    row = by_length[n]
    if facts[row, k.FORMAT_LENGTH] != n or ~mask_same(buf, a, flat, row * k.FORMAT_BYTES) & below(n) != 0:
        row = np.int64(-1)
        for i in range(k.FORMATS):
            if facts[i, k.FORMAT_LENGTH] == n and ~mask_same(buf, a, flat, i * k.FORMAT_BYTES) & below(n) == 0:
                row = i
                by_length[n] = i
                break
    if row >= 0 and facts[row, k.FORMAT_HAS_GT] and byte_at(buf, a) == 71 and byte_at(buf, a + 1) == 84:
        return row if n == 2 or byte_at(buf, a + 2) == 58 else -1
    return -1
