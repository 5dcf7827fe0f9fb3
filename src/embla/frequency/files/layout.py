"""How one contig of a release lies in its file: what the writer and the reader must agree on.

    "EMBLAREL" + format (u32) · frames · block table · window table · footer (JSON) · its length (u32) · "EMBLAREL"

A *block* is up to 512 variants, sorted by key, in two frames: the total (read for lists and files) and the groups (read
for one variant's page). A *window* is 65,536 bases of AN as step functions, one per track; a window in which nothing
changes has no frame, only its values in the window table.
Tracks: one per stratum (adj AN), then the total's raw AN, then on chrX and chrY one per karyotype (adj), from which the
number of people covered follows; the last are never shown.
"""

from typing import Final

import numpy as np

MAGIC: Final = b"EMBLAREL"
FORMAT: Final = 1
BLOCK: Final = 512
WINDOW: Final = 1 << 16

# Columns of a total: the 12 fields of a swept count in their order, then final an and raw an.
COUNT_FIELDS: Final = 12
TOTAL_FIELDS: Final = COUNT_FIELDS + 2
# Columns of a group.
GROUP_FIELDS: Final = ("ac", "an", "nhet", "nhomalt", "nhemi")

# offset of the total's frame, its length, length of the groups' frame behind it, variants, bytes of long alleles,
# first pos, last pos
BLOCK_COLUMNS: Final = 7
BLOCK_DTYPE: Final = np.dtype(np.uint64)
# offset of the frame, its length (0: constant), steps in all tracks
WINDOW_COLUMNS: Final = 3
WINDOW_DTYPE: Final = np.dtype(np.uint64)
