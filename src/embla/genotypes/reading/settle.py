"""Rows of one sample on one contig become entries, runs and records: duplicates, conflicts, MNPs, differences in AN."""

from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls, Records
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.entries import close_entries, open_entries
from embla.genotypes.reading.kernels.runs import make_runs
from embla.genotypes.reading.needed import needed_lines, with_lines
from embla.genotypes.reading.resolve import Opened, resolve
from embla.genotypes.reading.sample import Sample, bed_of
from embla.genotypes.reading.settling_kernels import fill_records, stretches_below
from embla.genotypes.reading.table import ContigTable

T = TypeVar("T", bound=np.generic)
_NO_ROWS: Final = np.zeros(0, np.int32)


@dataclass(frozen=True)
class Settled:
    """One contig of one sample; its records number `filters`, file-wide numbers of FILTER texts as they come."""

    calls: ContigCalls
    filters: list[int]
    is_default: bool  # nothing here that the pack's callability does not say by itself
    seen: int = 0  # what the calls that carry something have (`evidence.py`)


def settle(table: ContigTable, sample: Sample, copies: NDArray[np.int8], filters: int) -> Settled:
    """Settle one sample of a contig; `copies` are its copy numbers per piece (-1 unknown), `filters` is how many FILTER
    texts the file has had."""
    rows = table.rows
    mine = table.calls_of(sample.index)
    calls = rows.calls[mine]
    states = table.states_of(sample.index)
    is_mt = table.name == "chrM"
    has_bed = sample.bed is not None
    bed_start, bed_end = bed_of(sample, table.name)
    shares = _gathered(rows.shares, table.share_start[mine], calls["share_end"]) if is_mt else rows.shares
    # A plain 0/0 leaves no call; where each line has one, nothing is suspect.
    suspects = table.suspects if len(calls) < len(rows.lines) else _NO_ROWS
    room = table.alleles_in(calls) + len(suspects)
    entries, order, mnps = np.empty(room, k.ENTRY), np.empty(room, np.int32), np.empty(room, np.int32)
    inside, facts = np.zeros(len(calls), np.uint8), np.zeros(k.FACTS, np.int64)
    ad_start = table.ad_start(mine)
    n = open_entries(
        rows.lines,
        rows.alleles,
        table.first_allele,
        suspects,
        calls,
        ad_start,
        states,
        table.pieces,
        copies,
        shares,
        is_mt,
        sample.policy.min_heteroplasmy_percent * 100,
        sample.policy.homoplasmy_percent * 100,
        bed_start,
        bed_end,
        has_bed,
        entries,
        inside,
        order,
        mnps,
        facts,
    )
    opened = Opened(
        entries[:n], order[:n], mnps[: facts[k.FACT_MNPS]], bool(facts[k.FACT_REPEATED]), bool(facts[k.FACT_UNORDERED])
    )
    if has_bed:
        outside = inside == 0
        sample.report.outside_bed += int((outside & (calls["flags"] & k.CARRIES != 0)).sum())
        calls["flags"][outside] &= ~np.uint8(k.COUNTED)
    _count(table, sample, copies, calls, facts)
    if sample.callability != "gvcf":
        _count_unsaid(sample, calls, states)
    if is_mt:
        _count_low(table, sample, calls, states, shares)
    resolved = resolve(opened, table, sample, calls, states, copies)
    order, derived = resolved.order, resolved.derived

    assumed = sample.callability == "assumed"
    run_start, run_end, run_state = _runs(table, sample, states, bed_start, bed_end, has_bed, assumed)
    most = len(order) + len(derived)
    key, entry = np.empty(most, np.int64), np.empty(most, np.uint16)
    share = np.empty(most if is_mt else 0, np.uint16)
    hashed = np.zeros(len(table.long) + 1, np.int64)
    said = np.zeros(len(opened.entries), np.uint8)
    runs, columns = (run_start, run_end, run_state), (key, entry, share)
    n = close_entries(opened.entries, derived, order, *runs, table.pieces, copies, assumed, *columns, hashed, said)
    key, entry, share = _trimmed(key, n), _trimmed(entry, n), _trimmed(share, n if is_mt else 0)
    long_alleles = {number: table.long[number] for number in hashed[1 : hashed[0] + 1].view(np.uint64).tolist()}
    if table.collided and long_alleles:
        key, entry, share, long_alleles = _salted(key, entry, share, long_alleles)
    lines = needed_lines(opened.entries, resolved, said, table, sample, calls, states)
    if len(lines):
        calls, ad_start = with_lines(calls, ad_start, facts, lines, table, sample, states, resolved.against)
    records, came = _records(table, calls, ad_start, facts, filters)
    contig = ContigCalls(
        key.view(np.uint64),
        entry,
        share,
        long_alleles,
        run_start.astype(np.uint32),
        run_end.astype(np.uint32),
        run_state,
        records,
    )
    default = (
        not len(run_start)
        if assumed
        else (len(run_start) == 1 and run_end[0] - run_start[0] == table.length and run_state[0] == codes.STATE_NOTHING)
    )
    return Settled(contig, came, bool(default) and not n and not len(records.pos), int(facts[k.FACT_EVIDENCE]))


def _count(
    table: ContigTable,
    sample: Sample,
    copies: NDArray[np.int8],
    calls: NDArray[np.void],
    facts: NDArray[np.int64],
) -> None:
    """What the report says about this sample's calls, before conflicts turn some of them into no-calls."""
    report = sample.report
    report.calls += int(facts[k.FACT_CARRY])
    report.unchecked += int(facts[k.FACT_UNCHECKED])
    report.het_on_one_copy += int(facts[k.FACT_ON_ONE])
    report.many_alleles += int(facts[k.FACT_MANY])
    report.half_calls += int(facts[k.FACT_HALVES])
    if int(copies.min()) < 1:
        carries = calls["flags"] & k.CARRIES != 0
        piece = table.rows.lines["judged"][calls["line"]]
        y_par = table.pieces[piece, 1] != 0
        report.y_par += int((carries & y_par).sum())
        report.y_absent += int((carries & (copies[piece] == 0) & ~y_par).sum())
        report.unknown_sex += int((carries & (copies[piece] < 0)).sum())


def _count_unsaid(sample: Sample, calls: NDArray[np.void], states: NDArray[np.uint8]) -> None:
    """Records that say nothing of this person, and those that say that it is like the reference."""
    silent = states != k.NO_STATE
    silent[calls["line"][calls["flags"] & k.CARRIES != 0]] = False
    raw = states[silent] // 3
    sample.report.missing += int((raw == codes.NOTHING).sum())
    sample.report.plain += int((raw == codes.FULL).sum())


def _count_low(
    table: ContigTable, sample: Sample, calls: NDArray[np.void], states: NDArray[np.uint8], shares: NDArray[np.uint16]
) -> None:
    """mtDNA alleles that GT names and whose heteroplasmy is too low for them to count."""
    line = calls["line"]
    n = np.diff(table.first_allele)[line]
    allele = np.repeat(table.first_allele[line] - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))
    number = table.rows.alleles["number"][allele]
    named = (number == np.repeat(calls["gt0"], n)) | (number == np.repeat(calls["gt1"], n))
    called = np.repeat(states[line] // 3 != codes.NOTHING, n)
    low = shares < sample.policy.min_heteroplasmy_percent * 100
    sample.report.low_heteroplasmy += int((named & called & low).sum())


def _trimmed(column: NDArray[Any], n: int) -> NDArray[Any]:
    """The first n, and little memory for more."""
    return column[:n] if len(column) - n <= n >> 4 else column[:n].copy()


def _gathered(values: NDArray[T], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[T]:
    """Ranges of an array, one after the other."""
    if not len(starts):
        return values[:0].copy()
    if bool((starts[1:] == ends[:-1]).all()):
        return values[starts[0] : ends[-1]].copy()
    length = ends - starts
    into = np.cumsum(length) - length
    return values[np.repeat(starts - into, length) + np.arange(int(length.sum()))]


def _runs(
    table: ContigTable,
    sample: Sample,
    states: NDArray[np.uint8],
    bed_start: NDArray[np.int32],
    bed_end: NDArray[np.int32],
    has_bed: bool,
    assumed: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    start, end = table.start, table.end
    if table.order is not None:
        start, end, states = start[table.order], end[table.order], states[table.order]
    blocks = table.rows.blocks[table.blocks_of(sample.index)]
    if assumed and not has_bed and not len(blocks):
        # What is called and overlaps nothing else leaves no run, nor does what lies between.
        keep = np.zeros(len(states), np.uint8)
        if not stretches_below(start, end, states, codes.FULL * 3, keep):
            return _NO_ROWS, _NO_ROWS, np.zeros(0, np.uint8)
        which = np.flatnonzero(keep)
        start, end, states = start[which], end[which], states[which]
    block_start, block_end = np.ascontiguousarray(blocks["start"]), np.ascontiguousarray(blocks["end"])
    block_state, block_since = blocks["state"].astype(np.uint8), np.ascontiguousarray(blocks["since"])
    # Blocks that cross a change of copies are cut there, so their pieces may come out of order.
    if len(blocks) > 1 and bool((block_start[1:] <= block_start[:-1]).any()):
        longest = np.lexsort((-block_end.astype(np.int64), block_since, block_start))
        block_start, block_end = block_start[longest], block_end[longest]
        block_state, block_since = block_state[longest], block_since[longest]
    most = 2 * (2 * len(start) + 2 * len(blocks) + len(bed_start)) + 4
    run_start, run_end = np.empty(most, np.int32), np.empty(most, np.int32)
    run_state = np.empty(most, np.uint8)
    n = make_runs(
        start,
        end,
        states,
        block_start,
        block_end,
        block_state,
        block_since,
        bed_start,
        bed_end,
        has_bed,
        assumed,
        table.length,
        run_start,
        run_end,
        run_state,
    )
    return run_start[:n].copy(), run_end[:n].copy(), run_state[:n].copy()


def _salted(
    key: NDArray[np.int64], entry: NDArray[np.uint16], share: NDArray[np.uint16], long: dict[int, tuple[str, str]]
) -> tuple[NDArray[np.int64], NDArray[np.uint16], NDArray[np.uint16], dict[int, tuple[str, str]]]:
    """Salts by the order of the alleles of this genome alone, so that equal calls are equal packs in any company."""
    texts = sorted((keys.key_pos(number), *alleles, number) for number, alleles in long.items())
    fresh: dict[int, tuple[str, str]] = {}
    renamed: dict[int, int] = {}
    for pos, ref, alt, number in texts:
        salt = 0
        while (wanted := keys.make_key(pos, ref, alt, salt=salt)) in fresh:
            salt += 1
        fresh[wanted] = (ref, alt)
        renamed[number] = wanted
    values = key.view(np.uint64).tolist()
    key = np.array([renamed.get(number, number) for number in values], np.uint64).view(np.int64)
    order = np.argsort(key.view(np.uint64), kind="stable")
    return key[order], entry[order], share[order] if len(share) else share, fresh


def _records(
    table: ContigTable, calls: NDArray[np.void], ad_start: NDArray[np.int64], facts: NDArray[np.int64], filters: int
) -> tuple[Records, list[int]]:
    n, n_text, n_ad, wide = facts[[k.FACT_RECORDED, k.FACT_TEXT, k.FACT_DEPTHS, k.FACT_WIDE]].tolist()
    records = Records(
        np.empty(n, np.uint32),
        b"",
        np.empty(n, np.uint32),
        np.empty((n, 2), np.int8),
        np.empty(n, np.bool_),
        np.empty(n, np.int64),
        np.empty(n, np.uint16),
        np.empty(n, np.int32),
        np.empty(n, np.int16),
        np.empty(n_ad, np.int32),
        np.empty(n, np.uint32),
        np.empty(n, np.bool_),
    )
    text = np.empty(n_text, np.uint8)
    numbered, came = np.zeros(filters, np.int32), np.empty(min(filters, 1 << 16), np.int32)
    own = (records.pos, text, records.text_end, records.gt, records.phased, records.phase_set, records.dp, records.gq)
    more = records.ad, records.ad_end, records.counted, records.filter
    written = table.rows.texts, table.rows.ads
    n_came = fill_records(table.rows.lines, calls, ad_start, *written, *own, *more, numbered, came)
    if n_came < 0:
        raise AssertionError("the columns of the records are not as large as was counted")
    records = replace(records, text=text.tobytes())
    if wide:
        calls = calls[calls["flags"] & k.RECORDED != 0]
        gt = np.stack((calls["gt0"], calls["gt1"]), axis=1)
        records = _narrowed(records, gt, np.flatnonzero((gt > 127).any(axis=1)).tolist())
    return records, came[:n_came].tolist()


def _narrowed(records: Records, gt: NDArray[np.int16], wide: list[int]) -> Records:
    """Records with an allele number above 127 keep only the ALTs that the genome has, renumbered."""
    bounds = np.concatenate((np.zeros(1, np.uint32), records.text_end)).tolist()
    depths = np.concatenate((np.zeros(1, np.uint32), records.ad_end)).tolist()
    texts = [records.text[a:b] for a, b in zip(bounds, bounds[1:], strict=False)]
    ads = [records.ad[a:b] for a, b in zip(depths, depths[1:], strict=False)]
    narrow = records.gt.copy()
    for i in wide:
        ref, alts = texts[i].split(b"\t")
        named = alts.split(b",")
        kept = sorted({int(a) for a in gt[i] if a > 0})
        texts[i] = ref + b"\t" + b",".join(named[a - 1] for a in kept)
        if len(ads[i]) == len(named) + 1:
            ads[i] = ads[i][[0, *kept]]
        narrow[i] = [kept.index(a) + 1 if a > 0 else a for a in gt[i].tolist()]
    return replace(
        records,
        text=b"".join(texts),
        text_end=np.cumsum([len(text) for text in texts]).astype(np.uint32),
        gt=narrow,
        ad=np.concatenate(ads) if ads else records.ad,
        ad_end=np.cumsum([len(ad) for ad in ads]).astype(np.uint32),
    )
