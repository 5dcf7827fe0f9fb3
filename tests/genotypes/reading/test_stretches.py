"""Where all is called but for some lines, only their stretches are made into runs: the same runs as of all lines."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embla.genotypes.model import codes
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.runs import make_runs
from embla.genotypes.reading.settling_kernels import stretches_below

FULL = codes.FULL * 3
STATES = (codes.STATE_NOTHING, codes.ONE * 3, FULL, FULL, FULL, codes.STATE_FULL, k.NO_STATE)
Lines = list[tuple[int, int, int]]


def _runs(lines: Lines) -> list[tuple[int, ...]]:
    columns = list(zip(*lines, strict=True)) if lines else [(), (), ()]
    start, end = (np.array(column, np.int32) for column in columns[:2])
    none, nothing = np.zeros(0, np.int32), np.zeros(0, np.uint8)
    out = np.empty(4 * len(lines) + 4, np.int32), np.empty(4 * len(lines) + 4, np.int32)
    state = np.empty(4 * len(lines) + 4, np.uint8)
    blocks = none, none, nothing, none
    n = make_runs(start, end, np.array(columns[2], np.uint8), *blocks, none, none, False, True, 1_000, *out, state)
    return list(zip(out[0][:n].tolist(), out[1][:n].tolist(), state[:n].tolist(), strict=True))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9), st.sampled_from(STATES)), max_size=25))
def test_stretches_below__keep_every_line_that_a_run_depends_on(found: Lines) -> None:
    # By start, of those the longest first, as a contig's table has them.
    lines = sorted(((a, a + n, state) for a, n, state in found), key=lambda line: (line[0], -line[1]))
    start, end, states = (np.array([line[i] for line in lines], kind) for i, kind in enumerate("iiB"))
    keep = np.zeros(len(lines), np.uint8)

    kept = stretches_below(start, end, states, FULL, keep)

    assert kept == keep.sum()
    assert all(keep[i] for i, line in enumerate(lines) if line[2] < FULL)
    assert _runs([line for i, line in enumerate(lines) if keep[i]]) == _runs(lines)


def test_stretches_below__a_called_line_alone_is_left_out() -> None:
    start, end = np.array([5, 10, 11, 20], np.int32), np.array([6, 14, 12, 21], np.int32)
    keep = np.zeros(4, np.uint8)

    assert stretches_below(start, end, np.array([FULL, FULL, 0, FULL], np.uint8), FULL, keep) == 2
    assert keep.tolist() == [0, 1, 1, 0]
