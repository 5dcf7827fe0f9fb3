"""What kernels and Python share: rows, slots of the control array, answers of the parser, reasons to refuse a line.

Rows of one contig of one file. A *line* row is one record with a real ALT (or `*`), shared by all samples; an *allele*
row one of its real ALTs, normalised; a *call* row one sample's genotype where it is worth keeping; a *block* row a
stretch of one sample without real ALT. `state` of a line and a sample is one byte beside them (NO_STATE where the
sample has no copy there).
"""

from typing import Final

import numpy as np

NO_STATE: Final = 255

LINE: Final = np.dtype(
    [
        ("pos", np.int32),  # 1-based
        ("end", np.int32),  # exclusive end of REF, 0-based
        ("text_end", np.int64),  # of "REF\tALTs" in the text buffer
        ("filter", np.int32),  # file-wide number of the FILTER text
        ("alleles", np.int32),  # real ALTs
        ("piece", np.int16),  # of POS
        ("judged", np.int16),  # of the first real ALT's key: the copies there decide what the call is
        ("checked", np.uint8),  # every base of REF was compared with a known base
    ],
    align=True,
)
ALLELE: Final = np.dtype(
    [
        ("key", np.int64),  # bit pattern of the key; of a long allele only pos and the mark, until Python hashes it
        ("line", np.int32),
        ("number", np.int16),  # ALT number in the record, from 1
        ("ref", np.int32),  # lengths of a long allele's texts in the long buffer; 0 for a short one
        ("alt", np.int32),
    ],
    align=True,
)
CALL: Final = np.dtype(
    [
        ("phase_set", np.int64),
        ("ad_end", np.int64),  # in the AD buffer
        ("share_end", np.int64),  # in the buffer of heteroplasmies (mtDNA: one per real ALT)
        ("line", np.int32),
        ("sample", np.int32),
        ("dp", np.int32),
        ("gt0", np.int16),
        ("gt1", np.int16),
        ("gq", np.int16),
        ("flags", np.uint8),
        ("other", np.uint8),  # state on the copies of the other piece, where REF or a key lies across a border
    ],
    align=True,
)
PHASED: Final = 1
RECORDED: Final = 2  # given back by `store genome`
COUNTED: Final = 4
CALL_FAILED: Final = 8  # FILTER or FT
CARRIES: Final = 16  # a real ALT is written in GT
HET_ON_ONE: Final = 32  # a het where the person has one copy: a no-call
MANY: Final = 64  # more than two alleles that differ: a no-call
HALF_CALL: Final = 128

# `since` is where the block began: `start`, unless a change of copies cut it.
BLOCK: Final = np.dtype(
    [("sample", np.int32), ("start", np.int32), ("end", np.int32), ("state", np.int32), ("since", np.int32)]
)

ENTRY: Final = np.dtype(
    [
        ("key", np.int64),
        ("line", np.int32),
        ("call", np.int32),  # row in this sample's calls, -1 for a plain 0/0
        ("allele", np.int32),
        ("share", np.uint16),
        ("kind", np.uint8),
        ("raw", np.uint8),
        ("adj", np.uint8),
        ("copies", np.uint8),
        ("adj_flag", np.uint8),
        ("failed", np.uint8),
        ("derived", np.uint8),
    ],
    align=True,
)

# What opening tells of the calls beside the entries: slots of an int64 array.
FACT_CARRY: Final = 0  # calls that carry
FACT_UNCHECKED: Final = 1  # of those, REF was not compared with every known base
FACT_ON_ONE: Final = 2  # hets on one copy
FACT_MANY: Final = 3  # more alleles than a person has
FACT_HALVES: Final = 4  # half-calls
FACT_RECORDED: Final = 5  # calls of which the pack keeps a record
FACT_TEXT: Final = 6  # bytes of their texts
FACT_DEPTHS: Final = 7  # their depths
FACT_WIDE: Final = 8  # how many name an allele above 127
FACT_MNPS: Final = 9  # entries that carry several bases for as many others
FACT_REPEATED: Final = 10  # entries whose key was there before
FACT_UNORDERED: Final = 11  # 1: `order` is half done, sort otherwise
FACT_EVIDENCE: Final = 12  # what those that carry have, see EV_...
FACTS: Final = 13

# Slots of the control array (int64). The first group is written by the kernel.
CTL_AT: Final = 0  # where to go on in the buffer
CTL_PASSED: Final = 1  # lines left behind since the file began
CTL_LINES: Final = 2
CTL_ALLELES: Final = 3
CTL_CALLS: Final = 4
CTL_BLOCKS: Final = 5
CTL_ADS: Final = 6
CTL_TEXT: Final = 7
CTL_LONG: Final = 8
CTL_SHARES: Final = 9
CTL_LAST_POS: Final = 10
CTL_RECORDS: Final = 11
CTL_BLOCK_RECORDS: Final = 12
CTL_SYMBOLIC: Final = 13
CTL_IS_GVCF: Final = 14
CTL_OTHER: Final = 15  # lines of the contig that is skipped
CTL_NEED_LINES: Final = 16  # what the next line needs at most, where a buffer was too small
CTL_NEED_ALLELES: Final = 17
CTL_NEED_CALLS: Final = 18
CTL_NEED_BLOCKS: Final = 19
CTL_NEED_ADS: Final = 20
CTL_NEED_TEXT: Final = 21
CTL_NEED_LONG: Final = 22
CTL_NEED_SHARES: Final = 23
CTL_NEED_FROM: Final = 25  # 0-based range of reference bases asked for
CTL_NEED_TO: Final = 26
CTL_WHERE: Final = 27  # extra fact of an answer: field offset, sample number
CTL_FORMAT_TURN: Final = 28
CTL_REACH: Final = 29  # furthest 0-based exclusive end of a line of this contig so far, END included
# The rest is set by Python.
CTL_NAME: Final = 32  # length of the contig's name in the file
CTL_LENGTH: Final = 33
CTL_SKIP: Final = 34
CTL_IS_MT: Final = 35
CTL_BASES_FROM: Final = 37  # the window of reference bases, 0-based
CTL_BASES_TO: Final = 38
CTL_REFERENCE: Final = 39  # bases of the contig in the reference, 0 when it has none
CTL_COLUMNS: Final = 40  # sample columns in the file
CTL_FILTER_AT: Final = 41  # the FILTER text of the line at this offset has number FILTER_ID
CTL_FILTER_ID: Final = 42
CTL_MIN_GQ: Final = 43
CTL_MIN_DP: Final = 44
CTL_MIN_DP_HAPLOID: Final = 45
CTL_BALANCE: Final = 46
CTL_MIN_SHARE: Final = 47
CTL_STARS: Final = 48  # 1: the deleted copy under a spanning deletion is an allele of AN
CTL_REF_CALL: Final = 51  # number of DeepVariant's FILTER for a confident 0/0, -1: not met, or a filter as others
CTL_FREE_GQ: Final = 52  # 1: a record without GQ passes (mtDNA)
CTL_PACKED: Final = 50  # 1: bases lie four in a byte, CTL_BASES_FROM being a multiple of 4; 0: letters
CTL_SPELLINGS: Final = 53  # 1: what version 3 of the rules understands (docs/decisions/0066)
CTL_QUICK: Final = 49  # 0: read every line as an uncommon one (tests)
CTL_SIZE: Final = 64

# How the parser came back. Everything above REFUSED is a reason to refuse the line at AT.
ANS_DONE: Final = 0
ANS_NEW_CONTIG: Final = 1
ANS_FULL: Final = 2
ANS_NEW_FILTER: Final = 3
ANS_NEED_BASES: Final = 4
ANS_REFUSED: Final = 10
ANS_COLUMNS: Final = 11
ANS_POS: Final = 12
ANS_UNSORTED: Final = 13
ANS_REF: Final = 14
ANS_REF_END: Final = 15
ANS_ALT: Final = 16
ANS_ALT_SAME: Final = 17
ANS_ALT_MANY: Final = 18
ANS_END: Final = 19
ANS_NO_GT: Final = 20
ANS_FORMAT_LONG: Final = 21
ANS_GT: Final = 22
ANS_GT_BEYOND: Final = 23
ANS_MISMATCH: Final = 24
ANS_GT_EMPTY: Final = 25
ANS_SHARE: Final = 26
ANS_FORMAT_TWICE: Final = 27
ANS_VALUES: Final = 28

# FORMAT keys that are read.
F_GT: Final = 0
F_GQ: Final = 1
F_GQX: Final = 2
F_DP: Final = 3
F_DPI: Final = 4
F_MIN_DP: Final = 5
F_AD: Final = 6
F_AF: Final = 7
F_FT: Final = 8
F_PS: Final = 9
F_PID: Final = 10
F_PGT: Final = 11
F_RGQ: Final = 12
F_RD: Final = 13
F_RO: Final = 14
F_AO: Final = 15
FIELDS: Final = 16


MAX_ALTS: Final = 4095
SLACK: Final = 256  # bytes behind the text of a buffer that may be read, whatever is in them
FORMATS: Final = 16  # FORMAT texts remembered
FORMAT_BYTES: Final = 256
FORMAT_KEYS: Final = 512  # per record
FILTERS: Final = 32
FILTER_BYTES: Final = 64
# Columns of the per-FORMAT facts: length of the text, number of the last wanted key, 1 if GT is there, number of keys.
FORMAT_LENGTH: Final = 0
FORMAT_LAST: Final = 1
FORMAT_HAS_GT: Final = 2
FORMAT_SLOTS: Final = 3
FORMAT_FACTS: Final = 4

# Columns of what is known of a sample's last block: its row in the buffer (-1 none), the furthest end of all so far,
# its own interval and state, and 1 if it went into a longer row; and what the sample's calls of this contig have.
BLOCK_ROW: Final = 0
BLOCK_REACH: Final = 1
BLOCK_START: Final = 2
BLOCK_END: Final = 3
BLOCK_STATE: Final = 4
BLOCK_MERGED: Final = 5
EVIDENCE: Final = 6
BLOCK_FACTS: Final = 7

# Of the sample's calls of a contig that were called and passed their filters: those that carry something, blocks, and
# other records of 0/0. Three bits for each: any, any with GQ, any with DP.
EV_CALLS: Final = 0
EV_BLOCKS: Final = 3
EV_PLAIN: Final = 6
EV_ANY: Final = 1
EV_GQ: Final = 2
EV_DP: Final = 4

# Kinds of ALT.
REAL: Final = 1
STAR: Final = 2
ANY: Final = 3
SYMBOLIC: Final = 4
NO_CALL: Final = 5
