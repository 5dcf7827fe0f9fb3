"""The common line, read at once: one sample, two copies, one ALT or a block, a known FILTER, plain numbers.

Whatever is not quite so stops it before anything of the line is kept, and `parse_lines` reads that line its own way;
both give the same rows. It keeps its counts in variables, where `parse_lines` keeps them in arrays, and finds tabs,
colons and commas 64 bytes at a time. Nothing is looked at past a line feed before that line feed is known: the masks
reach further, what is taken from them does not.
"""

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model.codes import FULL, STATE_FULL
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.alike import MODEL_AT, blocks_alike, row_of, take_model
from embla.genotypes.reading.kernels.alleles import BASE_CODE, NON_REF, letter_in, normal_form, short_key
from embla.genotypes.reading.kernels.blocks import add_block
from embla.genotypes.reading.kernels.calls import has
from embla.genotypes.reading.kernels.jit import alleles as alleles_
from embla.genotypes.reading.kernels.jit import blocks as blocks_
from embla.genotypes.reading.kernels.jit import (
    byte_at,
    helper,
    i1_2d,
    i4,
    i4_2d,
    i8,
    i64,
    u1,
    u1_2d,
    u1_readonly,
)
from embla.genotypes.reading.kernels.jit import calls as calls_
from embla.genotypes.reading.kernels.jit import lines as lines_
from embla.genotypes.reading.kernels.line import known_filter
from embla.genotypes.reading.kernels.text import Bytes, same
from embla.genotypes.reading.kernels.wide import (
    below,
    bits,
    codes_8,
    copy_16,
    digits,
    end_of_info,
    first_highest,
    first_lowest,
    lowest,
    mask_of,
    mask_same,
    tab_or_feed,
    word_at,
)

Rows = NDArray[np.void]
Ints = NDArray[np.int64]

_NOT_ADJ = FULL * 3
_FLAGS = k.CARRIES | k.COUNTED | k.RECORDED
_NON_REF_8 = int.from_bytes(NON_REF[:8].tobytes(), "little")
_PASS = int.from_bytes(b"PASS", "little")
_END = int.from_bytes(b"END=", "little")
_LOW_4 = (1 << 32) - 1


_signature = i64(
    u1, i64, i64, i8, u1, u1_readonly, u1_2d, i4_2d, i1_2d, u1_2d, i4_2d, i8, i4_2d, i8, i8, i8,
    lines_, alleles_, calls_, blocks_, i4, u1, u1_2d,
)  # fmt: skip


@helper(_signature, inline=False)
def quick_lines(
    buf: Bytes,
    at: int,
    end: int,
    ctl: Ints,
    name: Bytes,
    bases: Bytes,
    format_texts: NDArray[np.uint8],
    format_facts: NDArray[np.int32],
    format_keys: NDArray[np.int8],
    filter_texts: NDArray[np.uint8],
    filter_facts: NDArray[np.int32],
    caps: Ints,
    last_block: NDArray[np.int32],
    form: Ints,
    model: Ints,
    by_length: Ints,
    lines: Rows,
    alleles: Rows,
    calls: Rows,
    blocks: Rows,
    ads: NDArray[np.int32],
    texts: Bytes,
    states: NDArray[np.uint8],
) -> int:
    """Read lines from `at` on as long as they are common ones; where it stopped. buf[:end] ends after a line feed.

    The caller has seen to it that the file has one sample, with two copies all along this contig.
    """
    size_name = ctl[k.CTL_NAME]
    length = ctl[k.CTL_LENGTH]
    min_gq, min_dp, balance = ctl[k.CTL_MIN_GQ], ctl[k.CTL_MIN_DP], ctl[k.CTL_BALANCE]
    reference, bases_from, bases_to = ctl[k.CTL_REFERENCE], ctl[k.CTL_BASES_FROM], ctl[k.CTL_BASES_TO]
    packed, ref_call = ctl[k.CTL_PACKED], ctl[k.CTL_REF_CALL]
    last_pos = ctl[k.CTL_LAST_POS]
    n_lines, n_alleles, n_calls = ctl[k.CTL_LINES], ctl[k.CTL_ALLELES], ctl[k.CTL_CALLS]
    n_ads, n_text = ctl[k.CTL_ADS], ctl[k.CTL_TEXT]
    shares_end = ctl[k.CTL_SHARES]
    read = blocks_read = evidence = np.int64(0)
    is_gvcf, reach = ctl[k.CTL_IS_GVCF], ctl[k.CTL_REACH]
    if end + k.SLACK > buf.shape[0] or size_name < 1 or size_name > 32:
        return at
    flat = format_texts.reshape(-1)  # once: for each line it would be a seventh of the time
    model[MODEL_AT] = -1
    while at < end:
        if model[MODEL_AT] >= 0:
            at, last_pos, reach, n = blocks_alike(
                buf, at, end, last_pos, reach, model, ctl, bases, caps[3], last_block, blocks
            )
            read += n
            blocks_read += n
            if at >= end:
                break
        # CHROM POS ID REF ALT QUAL FILTER, whose tabs are all in the first 64 bytes.
        tab = mask_of(buf, at, 9)
        feed = lowest(mask_of(buf, at, 10))
        if ~mask_same(buf, at, name, 0) & below(size_name) or lowest(tab) != size_name:
            break
        a = at + size_name + 1
        tab &= tab - 1
        pos_b = at + lowest(tab)
        pos = digits(buf, a, pos_b)
        tab &= tab - 1
        ref_a = at + lowest(tab) + 1
        tab &= tab - 1
        ref_b = at + lowest(tab)
        alt_a = ref_b + 1
        tab &= tab - 1
        alt_b = at + lowest(tab)
        tab &= tab - 1
        filter_a = at + lowest(tab) + 1
        tab &= tab - 1
        info_a = at + lowest(tab) + 1
        if tab == 0 or feed < info_a - at or pos < 1 or pos > length or pos < last_pos:
            break
        start = pos - 1
        n_ref = ref_b - ref_a
        filter_id = np.int64(1)
        if info_a - filter_a == 5 and word_at(buf, filter_a) & _LOW_4 == _PASS:
            filter_id = 0
        elif info_a - filter_a != 2 or byte_at(buf, filter_a) != 46:
            filter_id = known_filter(buf, filter_a, info_a - 1, filter_texts, filter_facts)
            if filter_id < 0:
                break

        # ALT: one of bases, <NON_REF> or <*>, or both with a comma between them
        any_alt = byte_at(buf, alt_b - 1) == 62
        n_alt = alt_b - alt_a
        if any_alt:
            if n_alt >= 9 and byte_at(buf, alt_b - 9) == 60 and word_at(buf, alt_b - 9) == _NON_REF_8:
                n_alt -= 9
            elif n_alt >= 3 and byte_at(buf, alt_b - 3) == 60 and byte_at(buf, alt_b - 2) == 42:
                n_alt -= 3
            else:
                break
            if n_alt > 0:
                n_alt -= 1
                if n_alt == 0 or byte_at(buf, alt_a + n_alt) != 44:
                    break
        is_block = n_alt == 0
        if n_ref == 0 or (is_block and not any_alt):
            break

        # REF against the reference
        stretch = start + n_ref
        plain = stretch <= length
        checked = np.int64(reference > 0)
        if checked and (start < bases_from or stretch > bases_to):
            break
        place = start - bases_from
        codes_ref = codes_alt = np.int64(-1)
        wide = n_alt > 0 and n_ref + n_alt > 2 and n_ref <= 8 and n_alt <= 8
        if wide and (checked == 0 or (packed and (place >> 2) + 8 <= bases.shape[0])):
            codes_ref, codes_alt = codes_8(word_at(buf, ref_a), n_ref), codes_8(word_at(buf, alt_a), n_alt)
            plain &= (codes_ref >= 0) & (codes_alt >= 0)
            if checked:
                there = word_at(bases, place >> 2) >> 2 * (place & 3) & ((np.int64(1) << 2 * n_ref) - 1)
                plain &= first_lowest(codes_ref) == there << 2 * (8 - n_ref)
        else:
            for j in range(n_ref):
                letter = byte_at(buf, ref_a + j)
                plain &= BASE_CODE[letter] > 0
                if reference > 0:
                    there = letter_in(bases, packed, place + j)
                    known = BASE_CODE[there] > 0
                    checked &= known
                    plain &= not known or there == letter
            for j in range(n_alt):
                plain &= BASE_CODE[byte_at(buf, alt_a + j)] > 0
        if not plain:
            break

        # INFO and FORMAT
        if feed < 64 and feed < lowest(tab & (tab - 1)):
            break
        end_alone = False
        if is_block:
            tab &= tab - 1
            info_b = at + lowest(tab) if tab != 0 else tab_or_feed(buf, at + 64)
            if word_at(buf, info_a) & _LOW_4 != _END:
                break
            i = info_a + lowest(mask_of(buf, info_a, 59))
            if i >= info_b:
                i = info_b
                end_alone = True
            stretch = digits(buf, info_a + 4, i)
            if stretch < pos or stretch > length:
                break
        else:
            info_b = end_of_info(buf, info_a)
            if info_b < 0:
                break
        if byte_at(buf, info_b) != 9:
            break
        ends = mask_of(buf, info_b + 1, 9)
        if ends == 0:
            break
        format_b = info_b + 1 + lowest(ends)
        row = row_of(buf, info_b + 1, lowest(ends), by_length, flat, format_facts)
        if row < 0:
            break
        last, slots = np.int64(format_facts[row, k.FORMAT_LAST]), np.int64(format_facts[row, k.FORMAT_SLOTS])

        # The sample: GT, then the wanted numbers in the order of FORMAT, all in its first 64 bytes
        base = format_b + 1
        feeds = mask_of(buf, base, 10)
        inside = (feeds & -feeds) - 1
        close = inside + 1  # the line feed, if it is that near
        colons = mask_of(buf, base, 58) & inside
        one, two, bar = byte_at(buf, base) - 48, byte_at(buf, base + 2) - 48, byte_at(buf, base + 1)
        if one < 0 or one > 1 or two < 0 or two > 1 or (bar != 47 and bar != 124) or inside & 7 != 7:
            break
        if mask_of(buf, base, 9) & inside or (is_block and one + two > 0):
            break
        n_colons = bits(colons)
        stop = base + lowest(feeds)  # of the line, unless it is longer
        if feeds == 0:
            while True:
                feeds = mask_of(buf, stop, 10)
                inside = (feeds & -feeds) - 1
                if mask_of(buf, stop, 9) & inside:
                    feeds = np.int64(0)  # another column: two lines without a line feed between, it may be
                    break
                n_colons += bits(mask_of(buf, stop, 58) & inside)
                stop += lowest(feeds)
                if feeds != 0:
                    break
            if feeds == 0:
                break
        if n_colons >= slots or byte_at(buf, stop - 1) == 13:
            break
        if n_ads + (stop - base) // 2 + 2 > caps[4]:
            break
        # Where fields end; those at the end may be left out.
        marks = colons | close
        if lowest(marks) != 3:
            break
        last = last if last < n_colons else n_colons
        gq = dp = least_dp = phase = np.int64(-1)
        n_ad = np.int64(0)
        common = True
        other_gq = other_dp = other_ad = False
        i = base + 3
        for slot in range(1, last + 1):
            a = i + 1
            marks &= marks - 1
            if marks == 0:  # further off
                common = False
                break
            i = base + lowest(marks)
            key = format_keys[row, slot]
            if key == k.F_GQ:
                gq = digits(buf, a, i)
                common &= gq >= 0
            elif key == k.F_DP:
                dp = digits(buf, a, i)
                common &= dp >= 0
            elif key == k.F_MIN_DP:
                least_dp = digits(buf, a, i)
                common &= least_dp >= 0
            elif key == k.F_AD:
                commas = mask_of(buf, base, 44) & below(i - base) & ~below(a - base)
                while True:
                    b = base + lowest(commas) if commas != 0 else i
                    value = digits(buf, a, b)
                    common &= value >= 0
                    ads[n_ads + n_ad] = value
                    n_ad += 1
                    if commas == 0:
                        break
                    commas &= commas - 1
                    a = b + 1
            elif key == k.F_PS:
                phase = digits(buf, a, i)
                common &= phase >= 0
            elif key == k.F_GQX or key == k.F_RGQ:
                other_gq = True
            elif key == k.F_DPI:
                other_dp = True
            elif key == k.F_FT:
                common &= i - a == 4 and word_at(buf, a) & _LOW_4 == _PASS
            elif key == k.F_RD or key == k.F_RO or key == k.F_AO:
                other_ad = True
            elif key >= 0 and key != k.F_AF:
                common = False
        if not common or (gq < 0 and other_gq) or (dp < 0 and other_dp) or (is_block and dp < 0 and least_dp < 0):
            break
        if n_ad != 1 + np.int64(any_alt) + np.int64(not is_block) and (n_ad > 0 or other_ad):
            break

        # Only buffers that are full, or an ALT that is not common, stop the line from here on.
        depth = least_dp if least_dp >= 0 and is_block else dp
        # Whether a call is balanced nobody can guess, a processor neither: no branches.
        balanced = (one == two) | (n_ad < 2) | (np.int64(ads[n_ads + 1]) * 100 >= balance * dp)
        passed = filter_id < 2
        if not passed:
            passed = filter_id == ref_call and one + two == 0
        adj = passed & (gq >= min_gq) & (gq >= 0) & (depth >= min_dp) & (depth >= 0) & balanced
        state = np.int64(STATE_FULL) if adj else np.int64(_NOT_ADJ)
        if is_block:
            if ctl[k.CTL_BLOCKS] + 2 > caps[3]:
                break
            add_block(blocks, ctl, last_block, 0, start, stretch, state, start, True)
            blocks_read += 1
            evidence |= np.int64(passed) * has(gq, depth) << k.EV_BLOCKS
            is_gvcf = 1
            if passed and n_ref == 1 and end_alone:
                pos_a = at + size_name + 1
                take_model(model, at, pos_a, pos_b, ref_a, info_a + 4, info_b, base, row, format_facts, format_keys)
        else:
            if one + two == 0 and not passed:
                break  # kept for what its FILTER says
            size = alt_b - ref_a
            if n_lines >= caps[0] or n_alleles >= caps[1] or n_calls >= caps[2] or n_text + size + 16 > caps[5]:
                break
            if n_ref == 1 and n_alt == 1:
                code_ref, code_alt = BASE_CODE[byte_at(buf, ref_a)] - 1, BASE_CODE[byte_at(buf, alt_a)] - 1
                if code_ref == code_alt:
                    break
                number = pos << 36 | 1 << 32 | 1 << 28 | code_ref << 26 | code_alt << 24
            elif (
                codes_alt >= 0
                and (n_ref == 1 or n_alt == 1)
                and byte_at(buf, ref_b - 1) != byte_at(buf, alt_a + n_alt - 1)
            ):
                # One base on one side, and another at the end of the other: nothing to trim, nowhere to move.
                both = first_highest(codes_ref) << 2 * n_alt | first_highest(codes_alt)
                number = pos << 36 | n_ref << 32 | n_alt << 28 | both << 2 * (14 - n_ref - n_alt)
            else:
                if n_ref == n_alt and same(buf, ref_a, ref_b, buf.ctypes.data + alt_a, n_alt):
                    break
                if not normal_form(buf, ref_a, ref_b, alt_a, alt_a + n_alt, pos, bases, ctl, form):
                    break
                number = short_key(buf, form, bases, ctl)
                if number >> 32 & 15 == 15:
                    break
            allele = alleles[n_alleles]
            allele.key = number
            allele.line = n_lines
            allele.number = 1
            allele.ref = 0
            allele.alt = 0
            n_alleles += 1
            copy_16(texts, n_text, buf, ref_a)
            for j in range(16, size):
                texts[n_text + j] = byte_at(buf, ref_a + j)
            n_text += size
            states[n_lines, 0] = state
            target = lines[n_lines]
            target.pos = pos
            target.end = stretch
            target.text_end = n_text
            target.filter = filter_id
            target.alleles = 1
            target.piece = 0
            target.judged = 0
            target.checked = checked
            if one + two > 0:
                n_ads += n_ad
                call = calls[n_calls]
                call.phase_set = phase
                call.ad_end = n_ads
                call.share_end = shares_end
                call.line = n_lines
                call.sample = 0
                call.dp = dp
                call.gt0 = one
                call.gt1 = two
                call.gq = gq if gq < 32767 else 32767
                call.flags = _FLAGS | (k.PHASED if bar == 124 else 0) | (0 if passed else k.CALL_FAILED)
                call.other = state
                n_calls += 1
            else:
                evidence |= has(gq, dp) << k.EV_PLAIN
            n_lines += 1
            is_gvcf |= np.int64(any_alt)
        last_pos = pos
        reach = reach if reach > stretch else stretch
        read += 1
        at = stop + 1
    ctl[k.CTL_LINES], ctl[k.CTL_ALLELES], ctl[k.CTL_CALLS] = n_lines, n_alleles, n_calls
    ctl[k.CTL_ADS], ctl[k.CTL_TEXT] = n_ads, n_text
    ctl[k.CTL_LAST_POS], ctl[k.CTL_REACH] = last_pos, reach
    ctl[k.CTL_IS_GVCF] = is_gvcf
    last_block[0, k.EVIDENCE] |= evidence
    ctl[k.CTL_RECORDS] += read
    ctl[k.CTL_PASSED] += read
    ctl[k.CTL_BLOCK_RECORDS] += blocks_read
    return at
