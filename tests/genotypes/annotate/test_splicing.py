"""What splicing writes of numbers, and the stretches that sites are asked for in."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embla.genotypes.annotating import kernels as k
from embla.genotypes.annotating import splicing_kernels as splicing
from embla.genotypes.annotating.sites import spans


def memo() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((splicing.MEMO, splicing.MEMO_FACTS), np.int64), np.zeros(
        splicing.MEMO * splicing.MEMO_TEXT, np.uint8
    )


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(-1, 1)), min_size=1, max_size=40))
def test_splice__numbers_that_come_again_are_written_again(rows_of: list[tuple[int, int, int]]) -> None:
    """As each line by itself, with nothing remembered."""
    n = len(rows_of)
    buf = np.frombuffer(b"chr1\t1\t.\tA\tC\t.\t.\tX=1\n" * n, np.uint8).copy()
    rows, found = np.zeros((n + 1, k.COLUMNS), np.int64), np.zeros((n, k.FACTS), np.int64)
    k.scan(buf, 0, len(buf), rows)
    found[:, k.A_LINE] = np.arange(n)
    status = np.array([status for status, _, _ in rows_of], np.uint8)
    numbers = np.array([(ac, 6, hom, hom) for _, ac, hom in rows_of], np.int32)
    faf = numbers[:, 0] / 7
    out = np.zeros(400 * n, np.uint8)

    size, _ = splicing.splice(buf, rows, n, found, n, status, numbers, faf, out, *memo())

    alone = b""
    for i in range(n):
        one = np.zeros(400, np.uint8)
        line = buf[rows[i, k.START] : rows[i, k.NEXT]].copy()
        own = np.zeros((2, k.COLUMNS), np.int64)
        k.scan(line, 0, len(line), own)
        wrote, _ = splicing.splice(
            line, own, 1, found[:1], 1, status[i : i + 1], numbers[i : i + 1], faf[i : i + 1], one, *memo()
        )
        alone += one[:wrote].tobytes()
    assert out[:size].tobytes() == alone


@given(
    st.lists(
        st.integers(1, 2_000_000).flatmap(lambda an: st.tuples(st.integers(0, an), st.just(an), st.floats(0, 1))),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_splice__numbers_are_written_as_python_would(values: list[tuple[int, int, float]]) -> None:
    n = len(values)
    line = f"chr1\t1\t.\tA\t{','.join('C' * n)}\t.\t.\tX=1\n".encode()
    buf = np.frombuffer(line, np.uint8).copy()
    rows, found = np.zeros((2, k.COLUMNS), np.int64), np.zeros((n, k.FACTS), np.int64)
    assert k.scan(buf, 0, len(buf), rows) == (1, len(buf), 0)
    numbers = np.array([(ac, an, ac // 2, 0) for ac, an, _ in values], np.int32)
    faf = np.array([f for _, _, f in values])
    out = np.zeros(len(buf) + 300 * (n + 1), np.uint8)

    size, _ = splicing.splice(buf, rows, 1, found, n, np.zeros(n, np.uint8), numbers, faf, out, *memo())

    info = dict(part.split("=") for part in out[:size].tobytes().decode().strip().split("\t")[7].split(";"))
    assert info["EMBLA_AF"].split(",") == [f"{ac / an:.6g}" for ac, an, _ in values]
    assert info["EMBLA_FAF95"].split(",") == [f"{f:.6g}" if f > 1e-90 else "0" for _, _, f in values]
    assert info["EMBLA_AC"].split(",") == [str(ac) for ac, _, _ in values]


@given(st.lists(st.integers(1, 5_000_000), min_size=1, max_size=50), st.sampled_from([1, 300, 60_000]))
def test_spans__hold_every_position_once(pos: list[int], genomes: int) -> None:
    ordered = np.array(sorted(pos), dtype=np.int64)

    found = list(spans(ordered, genomes))

    assert all(a < b for a, b in found)
    assert all(b <= c for (_, b), (c, _) in zip(found, found[1:], strict=False))
    assert all(sum(a < p <= b for a, b in found) == 1 for p in pos)
