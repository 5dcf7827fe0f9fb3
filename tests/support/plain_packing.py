"""What was settled of a contig, as a pack holds it: keys in order, records as written."""

import numpy as np

from embla.genotypes.model import keys
from embla.genotypes.model.pack import ContigCalls, Records
from embla.genotypes.reading.report import ReadReport
from tests.support.plain_rows import Row


def narrow(row: Row) -> None:
    """Allele numbers do not fit eight bits: keep only the ALTs that the person has."""
    has = sorted({a for a in row.gt if a > 0})
    row.text = f"{row.line.ref}\t{','.join(row.line.alts[a - 1] for a in has)}"
    if len(row.ad) == len(row.line.alts) + 1:
        row.ad = [row.ad[0], *(row.ad[a] for a in has)]
    row.gt = tuple(has.index(a) + 1 if a > 0 else a for a in row.gt)  # type: ignore[assignment]


def contig_calls(
    entries: list[tuple[tuple[int, str, str], int, int]],
    runs: list[tuple[int, int, int]],
    kept: list[Row],
    filters: dict[str, int],
    report: ReadReport,
    is_mt: bool,
) -> ContigCalls:
    long_alleles: dict[int, tuple[str, str]] = {}
    rows = []
    for (pos, ref, alt), code, share in entries:
        key = keys.make_key(pos, ref, alt)
        salt = 0
        while keys.is_hashed(key) and key in long_alleles:
            salt += 1
            key = keys.make_key(pos, ref, alt, salt=salt)
        if keys.is_hashed(key):
            long_alleles[key] = (ref, alt)
        rows.append((key, code, share))
    rows.sort()
    numbers = []
    here: set[str] = set()
    for row in kept:
        if max(row.gt) > 127:
            narrow(row)
        text = row.line.filter + (";FT" if row.failed_itself else "")
        if text not in here and len(here) >= 255:
            report.filters_folded += text != "OTHER"
            text = "OTHER"
        here.add(text)
        numbers.append(filters.setdefault(text, len(filters)))
    texts = [row.text or row.line.text for row in kept]
    records = Records(
        np.array([row.line.pos for row in kept], np.uint32),
        "".join(texts).encode("latin-1"),
        np.cumsum([len(text) for text in texts]).astype(np.uint32),
        np.array([row.gt for row in kept], np.int8).reshape(-1, 2),
        np.array([row.phased for row in kept], np.bool_),
        np.array([row.phase_set for row in kept], np.int64),
        np.array(numbers, np.uint16),
        np.array([row.dp for row in kept], np.int32),
        np.array([row.gq for row in kept], np.int16),
        np.array([value for row in kept for value in row.ad], np.int32),
        np.cumsum([len(row.ad) for row in kept]).astype(np.uint32),
        np.array([row.counted for row in kept], np.bool_),
    )
    return ContigCalls(
        np.array([row[0] for row in rows], np.uint64),
        np.array([row[1] for row in rows], np.uint16),
        np.array([row[2] for row in rows] if is_mt else [], np.uint16),
        long_alleles,
        np.array([run[0] for run in runs], np.uint32),
        np.array([run[1] for run in runs], np.uint32),
        np.array([run[2] for run in runs], np.uint8),
        records,
    )
