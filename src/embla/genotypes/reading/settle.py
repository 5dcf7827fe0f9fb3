"""Rows of one sample on one contig become entries, runs and records: duplicates, conflicts, MNPs, differences in AN."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import Callability, ContigCalls, Records
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.entries import close_entries, open_entries, put_in_order
from embla.genotypes.reading.kernels.runs import make_runs
from embla.genotypes.reading.report import ReadReport
from embla.genotypes.reading.table import ContigTable, Which

T = TypeVar("T", bound=np.generic)

_NO_BED: Final = np.zeros(0, np.int32)


@dataclass(frozen=True)
class Settled:
    """One contig of one sample; `filters` are file-wide numbers of FILTER texts, one per record."""

    calls: ContigCalls
    filters: NDArray[np.int32]
    is_default: bool  # nothing here that the pack's callability does not say by itself

    def nbytes(self) -> int:
        """About the bytes it takes in memory."""
        arrays = [value for part in (self.calls, self.calls.records) for value in vars(part).values()]
        long = sum(200 + len(ref) + len(alt) for ref, alt in self.calls.long_alleles.values())
        return long + len(self.calls.records.text) + sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))


@dataclass
class Sample:
    """What settling must know about one sample, and the report it adds to."""

    index: int  # among the samples read together
    callability: Callability
    bed: dict[str, NDArray[np.uint32]] | None
    policy: Policy
    report: ReadReport = field(default_factory=ReadReport)


def settle(table: ContigTable, sample: Sample, copies: NDArray[np.int8]) -> Settled:
    """Settle one sample of a contig; `copies` are its copy numbers per piece (-1 unknown)."""
    rows = table.rows
    mine = table.calls_of(sample.index)
    calls = rows.calls[mine]
    states = table.states_of(sample.index)
    is_mt = table.name == "chrM"
    has_bed = sample.bed is not None
    bed_start, bed_end = _bed(sample, table.name)
    shares = _gathered(rows.shares, table.share_start[mine], calls["share_end"]) if is_mt else rows.shares
    n_alleles = np.diff(table.first_allele)[calls["line"]]
    entries = np.empty(int(n_alleles.sum()) + len(table.suspects), k.ENTRY)
    inside = np.zeros(len(calls), np.uint8)
    n = open_entries(
        rows.lines,
        rows.alleles,
        table.first_allele,
        table.suspects,
        calls,
        states,
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
    )
    entries = entries[:n]
    if has_bed:
        outside = (inside == 0) & (states[calls["line"]] != k.NO_STATE)
        sample.report.outside_bed += int((outside & (calls["flags"] & k.CARRIES != 0)).sum())
        calls["flags"][outside] &= ~np.uint8(k.COUNTED)
    _count(table, sample, copies, calls, states)
    if is_mt:
        _count_low(table, sample, calls, states, shares)
    entries, order = _resolve(entries, table, sample, calls, states)

    assumed = sample.callability == "assumed"
    run_start, run_end, run_state = _runs(table, sample, states, bed_start, bed_end, has_bed, assumed)
    key, entry = np.empty(len(order), np.int64), np.empty(len(order), np.uint16)
    share = np.empty(len(order), np.uint16)
    n = close_entries(entries, order, run_start, run_end, run_state, table.pieces, copies, assumed, key, entry, share)
    key, entry, share = key[:n].copy(), entry[:n].copy(), share[:n].copy()
    long_alleles = _long(table, key)
    if table.collided and long_alleles:
        key, entry, share, long_alleles = _salted(key, entry, share, long_alleles)
    records, filters = _records(table, calls, mine)
    contig = ContigCalls(
        key.view(np.uint64),
        entry,
        share if is_mt else np.zeros(0, np.uint16),
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
    return Settled(contig, filters, bool(default) and not n and not len(filters))


def _count(
    table: ContigTable, sample: Sample, copies: NDArray[np.int8], calls: NDArray[np.void], states: NDArray[np.uint8]
) -> None:
    """What the report says about this sample's calls, before conflicts turn some of them into no-calls."""
    report, flags = sample.report, calls["flags"]
    line = calls["line"]
    carries = flags & k.CARRIES != 0
    report.calls += int(carries.sum())
    report.unchecked += int((carries & (table.rows.lines["checked"][line] == 0)).sum())
    report.het_on_one_copy += int((flags & k.HET_ON_ONE != 0).sum())
    report.many_alleles += int((flags & k.MANY != 0).sum())
    report.half_calls += int((states[line] // 3 == codes.ONE).sum())
    if int(copies.min()) < 1:
        piece = table.rows.lines["piece"][line]
        y_par = table.pieces[piece, 1] != 0
        report.y_par += int((carries & y_par).sum())
        report.y_absent += int((carries & (copies[piece] == 0) & ~y_par).sum())
        report.unknown_sex += int((carries & (copies[piece] < 0)).sum())


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


def _bed(sample: Sample, name: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    intervals = sample.bed.get(name) if sample.bed is not None else None
    if intervals is None:
        return _NO_BED, _NO_BED
    return (np.ascontiguousarray(intervals[:, i], np.int32) for i in (0, 1))  # type: ignore[return-value]


def _gathered(values: NDArray[T], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[T]:
    """Ranges of an array, one after the other."""
    if not len(starts):
        return values[:0].copy()
    if bool((starts[1:] == ends[:-1]).all()):
        return values[starts[0] : ends[-1]].copy()
    length = ends - starts
    into = np.cumsum(length) - length
    return values[np.repeat(starts - into, length) + np.arange(int(length.sum()))]


def _order(entries: NDArray[np.void]) -> NDArray[np.int64]:
    """Entries by key, equal ones as they come."""
    key = np.ascontiguousarray(entries["key"])
    order = np.arange(len(key))
    return order if put_in_order(key, order) else np.argsort(key.view(np.uint64), kind="stable")


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
    block_start, block_end = np.ascontiguousarray(blocks["start"]), np.ascontiguousarray(blocks["end"])
    block_state = blocks["state"].astype(np.uint8)
    # Blocks that cross a change of copies are cut there, so their pieces may come out of order too.
    if len(blocks) > 1 and bool((block_start[1:] <= block_start[:-1]).any()):
        longest = np.lexsort((-block_end.astype(np.int64), block_start))
        block_start, block_end, block_state = block_start[longest], block_end[longest], block_state[longest]
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


def _resolve(
    entries: NDArray[np.void], table: ContigTable, sample: Sample, calls: NDArray[np.void], states: NDArray[np.uint8]
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """One entry per key: conflicts to no-calls, equal ones to one, MNPs with their bases. Entries and their order."""
    order = _order(entries)
    key = entries["key"][order]
    again = np.flatnonzero(key[1:] == key[:-1])
    groups: list[tuple[int, int]] = []
    if len(again):
        entries, order = entries[order], np.arange(len(order))
        breaks = np.flatnonzero(np.diff(again) > 1)
        firsts = again[np.concatenate(([0], breaks + 1))]
        lasts = again[np.concatenate((breaks, [len(again) - 1]))] + 2
        groups = list(zip(firsts.tolist(), lasts.tolist(), strict=True))
        _settle_conflicts(entries, groups, sample, calls, states)
    derived = _components(entries, table, sample) if sample.policy.mnp_components else []
    if groups:
        entries = _merge(entries, groups, sample)
        order = np.arange(len(entries))
    if derived:
        own = set(entries["key"].tolist())
        fresh = [row for row in _merge_components(derived) if row["key"] not in own]
        if fresh:
            entries = np.concatenate((entries, np.array(fresh, k.ENTRY)))
            order = _order(entries)
    return entries, order


def _settle_conflicts(
    entries: NDArray[np.void],
    groups: list[tuple[int, int]],
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
) -> None:
    """Records that contradict each other about a key become no-calls, and so does every record tied to one by a key."""
    lines_of = [entries["line"][a:b].tolist() for a, b in groups]
    groups_of: dict[int, list[int]] = defaultdict(list)
    for number, lines in enumerate(lines_of):
        for line in lines:
            groups_of[line].append(number)
    kinds = entries["kind"]
    waiting = [number for number, (a, b) in enumerate(groups) if (kinds[a:b] != kinds[a]).any()]
    against: set[int] = set()
    done = set(waiting)
    while waiting:
        for line in lines_of[waiting.pop()]:
            if line not in against:
                against.add(line)
                more = [number for number in groups_of[line] if number not in done]
                done.update(more)
                waiting += more
    if not against:
        return
    no_calls = np.fromiter(against, np.int32, len(against))
    hit = np.isin(entries["line"], no_calls)
    for name in ("kind", "raw", "adj", "adj_flag", "failed", "share"):
        entries[name][hit] = 0
    states[no_calls] = codes.STATE_NOTHING
    of_calls = np.isin(calls["line"], no_calls)
    was_counted = of_calls & (calls["flags"] & k.COUNTED != 0)
    sample.report.conflicts += int(was_counted.sum()) + len(against) - int(of_calls.sum())
    calls["flags"][of_calls] &= ~np.uint8(k.COUNTED)


def _merge(entries: NDArray[np.void], groups: list[tuple[int, int]], sample: Sample) -> NDArray[np.void]:
    keep = np.ones(len(entries), np.bool_)
    for a, b in groups:
        group = entries[a:b]
        first = a + int(np.argmin(group["line"]))
        if entries["kind"][first]:
            sample.report.duplicates += b - a - 1
        adj_flag, failed = group["adj"].min() != codes.NOTHING, group["failed"].max()
        raw, adj, share = group["raw"].min(), group["adj"].min(), group["share"].max()
        keep[a:b] = False
        keep[first] = True
        row = entries[first]
        row["raw"], row["adj"], row["adj_flag"], row["failed"], row["share"] = raw, adj, adj_flag, failed, share
    return entries[keep]


def _components(entries: NDArray[np.void], table: ContigTable, sample: Sample) -> list[np.void]:
    """One entry per differing base of each carried MNP; two ALTs of one record that share a base are two copies."""
    key = entries["key"]
    n_ref, n_alt = key >> keys.REF_LEN_SHIFT & 15, key >> keys.ALT_LEN_SHIFT & 15
    long = n_ref == keys.HASHED
    if bool(long.any()):
        allele = entries["allele"][long]
        n_ref[long], n_alt[long] = table.rows.alleles["ref"][allele], table.rows.alleles["alt"][allele]
    carried = np.flatnonzero((entries["kind"] != codes.NONE) & (n_ref == n_alt) & (n_ref > 1))
    sample.report.mnps += len(carried)
    found: dict[tuple[int, int], np.void] = {}
    hom_share = sample.policy.homoplasmy_percent * 100
    starts, ends = _bed(sample, table.name)
    for i in carried:
        entry = entries[i]
        number = int(np.uint64(entry["key"]))
        ref, alt = table.alleles_of(int(entry["allele"]), number)
        for offset, (old, new) in enumerate(zip(ref, alt, strict=True)):
            pos = keys.key_pos(number) + offset
            if old == new or (sample.bed is not None and not bool(((starts < pos) & (pos <= ends)).any())):
                continue
            own = np.uint64(table.key_of(pos, old, new)).astype(np.int64)
            before = found.get((int(own), int(entry["line"])))
            if before is None:
                row = entries[i : i + 1].copy()[0]
                row["key"], row["derived"] = own, 1
                row["adj_flag"] = row["adj"] != codes.NOTHING
                found[int(own), int(entry["line"])] = row
            elif before["kind"] in (codes.MT_HET, codes.MT_HOM):
                before["share"] = min(10_000, int(before["share"]) + int(entry["share"]))
                before["kind"] = codes.MT_HOM if before["share"] >= hom_share else codes.MT_HET
            elif before["kind"] == codes.HET:
                before["kind"] = codes.HOM
    return list(found.values())


def _merge_components(derived: list[np.void]) -> list[np.void]:
    """Components of different records at one key: equal ones are one, different ones a no-call."""
    by_key: dict[int, list[np.void]] = defaultdict(list)
    for row in derived:
        by_key[int(row["key"])].append(row)
    merged = []
    for group in by_key.values():
        group.sort(key=lambda row: int(row["line"]))
        first = group[0]
        if len({int(row["kind"]) for row in group}) > 1:
            for name in ("kind", "raw", "adj", "adj_flag", "failed", "share"):
                first[name] = 0
        else:
            for name, choose in (("raw", min), ("adj", min), ("adj_flag", min), ("failed", max), ("share", max)):
                first[name] = choose(row[name] for row in group)
        merged.append(first)
    return merged


def _long(table: ContigTable, key: NDArray[np.int64]) -> dict[int, tuple[str, str]]:
    hashed = key[key >> keys.REF_LEN_SHIFT & 15 == keys.HASHED].view(np.uint64).tolist()
    return {number: table.long[number] for number in hashed}


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
    return key[order], entry[order], share[order], fresh


def _records(table: ContigTable, calls: NDArray[np.void], mine: Which) -> tuple[Records, NDArray[np.int32]]:
    ad_start, ad_end = table.ad_start[mine], calls["ad_end"]
    recorded = calls["flags"] & k.RECORDED != 0
    if not bool(recorded.all()):
        calls, ad_start, ad_end = calls[recorded], ad_start[recorded], ad_end[recorded]
    line = np.ascontiguousarray(calls["line"])
    text_start, text_end = table.text_start[line], table.text_end[line]
    gt = np.empty((len(calls), 2), np.int8)
    wide = (calls["gt0"] > 127) | (calls["gt1"] > 127)
    gt[:, 0], gt[:, 1] = calls["gt0"], calls["gt1"]
    records = Records(
        (table.start[line] + 1).view(np.uint32),
        _gathered(table.rows.texts, text_start, text_end).tobytes(),
        np.cumsum(text_end - text_start).astype(np.uint32),
        gt,
        calls["flags"] & k.PHASED != 0,
        calls["phase_set"].copy(),
        np.zeros(len(calls), np.uint8),
        calls["dp"].copy(),
        calls["gq"].copy(),
        _gathered(table.rows.ads, ad_start, ad_end),
        np.cumsum(ad_end - ad_start).astype(np.uint32),
        calls["flags"] & k.COUNTED != 0,
    )
    if bool(wide.any()):
        records = _narrowed(records, np.stack((calls["gt0"], calls["gt1"]), axis=1), np.flatnonzero(wide).tolist())
    return records, table.rows.lines["filter"][line]


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
