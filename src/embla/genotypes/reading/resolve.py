"""One entry per key: what contradicts itself becomes a no-call, what repeats itself is one, MNPs add their bases."""

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes, keys
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.entries import kind_of, put_in_order
from embla.genotypes.reading.sample import Sample, bed_of
from embla.genotypes.reading.table import ContigTable


def _order(entries: NDArray[np.void]) -> NDArray[np.int64]:
    """Entries by key, equal ones as they come."""
    key = np.ascontiguousarray(entries["key"])
    order = np.arange(len(key))
    return order if put_in_order(key, order) else np.argsort(key.view(np.uint64), kind="stable")


def resolve(
    entries: NDArray[np.void],
    table: ContigTable,
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
    copies: NDArray[np.int8],
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
    derived = _components(entries, table, sample, calls, states, copies) if sample.policy.mnp_components else None
    if groups:
        entries = _merge(entries, groups, sample)
        order, key = np.arange(len(entries)), entries["key"]
    if derived is not None and len(derived):
        there = np.ascontiguousarray(key).view(np.uint64)
        wanted = np.ascontiguousarray(derived["key"]).view(np.uint64)
        at = np.searchsorted(there, wanted)
        fresh = (at == len(there)) | (there[np.minimum(at, len(there) - 1)] != wanted)
        order = np.insert(order, at[fresh], len(entries) + np.arange(int(fresh.sum())))
        entries = np.concatenate((entries, derived[fresh]))
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
    states[no_calls] = np.where(states[no_calls] == k.NO_STATE, k.NO_STATE, codes.STATE_NOTHING)
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


def _components(
    entries: NDArray[np.void],
    table: ContigTable,
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
    copies: NDArray[np.int8],
) -> NDArray[np.void]:
    """One entry per differing base of the carried MNPs, in the order of their keys, each key once."""
    key = np.ascontiguousarray(entries["key"])
    n_ref, n_alt = key >> keys.REF_LEN_SHIFT & 15, key >> keys.ALT_LEN_SHIFT & 15
    long = np.flatnonzero(n_ref == keys.HASHED)
    if len(long):
        allele = entries["allele"][long]
        n_ref[long], n_alt[long] = table.rows.alleles["ref"][allele], table.rows.alleles["alt"][allele]
    carried = np.flatnonzero((entries["kind"] != codes.NONE) & (n_ref == n_alt) & (n_ref > 1))
    sample.report.mnps += len(carried)
    owner, offset, own = _single_bases(key, n_ref, carried, entries, table)
    pos = (own >> keys.POS_SHIFT) & 0xFFFFFFF
    if sample.bed is not None:
        starts, ends = bed_of(sample, table.name)
        at = np.searchsorted(starts, pos) - 1
        inside = (at >= 0) & (pos <= ends[at]) if len(starts) else np.zeros(len(pos), np.bool_)
        owner, offset, own, pos = owner[inside], offset[inside], own[inside], pos[inside]
    rows = entries[owner]
    rows["key"], rows["derived"] = own, 1
    if len(table.pieces) > 1:
        borders = np.ascontiguousarray(table.pieces[:, 0])
        across = np.searchsorted(borders, pos - 1, "right") != np.searchsorted(borders, pos - offset - 1, "right")
        keep = np.ones(len(rows), np.bool_)
        for i in np.flatnonzero(across).tolist():
            keep[i] = _judge_at(int(pos[i]), rows[i], table, calls, states, copies)
        rows = rows[keep]
    rows["adj_flag"] = rows["adj"] != codes.NOTHING
    rows = rows[np.lexsort((rows["line"], rows["key"].view(np.uint64)))]
    again = np.flatnonzero(rows["key"][1:] == rows["key"][:-1])
    if not len(again):
        return rows
    # Bases that several MNPs speak of are few, and settled one by one.
    several = np.isin(rows["key"], rows["key"][again])
    settled = _merge_components(_copies_of_bases(rows[several], sample))
    rows = np.concatenate((rows[~several], np.array(settled, k.ENTRY)))
    return rows[np.argsort(rows["key"].view(np.uint64), kind="stable")]


def _single_bases(
    key: NDArray[np.int64],
    length: NDArray[np.int64],
    carried: NDArray[np.intp],
    entries: NDArray[np.void],
    table: ContigTable,
) -> tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]]:
    """Every differing base of the carried MNPs: row of the MNP, how far behind its first base, key of the base."""
    hashed = key[carried] >> keys.REF_LEN_SHIFT & 15 == keys.HASHED
    short = carried[~hashed]
    n = length[short]
    owner = np.repeat(short, n)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(n) - n, n)
    bases = key[owner] & keys.BASES_MASK
    old = bases >> 2 * (keys.MAX_BASES - 1 - offset) & 3
    new = bases >> 2 * (keys.MAX_BASES - 1 - offset - length[owner]) & 3
    differ = old != new
    owner, offset, old, new = owner[differ], offset[differ], old[differ], new[differ]
    place = (key[owner] >> keys.POS_SHIFT & 0xFFFFFFF) + offset
    own = place << keys.POS_SHIFT | 1 << keys.REF_LEN_SHIFT | 1 << keys.ALT_LEN_SHIFT | old << 26 | new << 24
    more: list[tuple[int, int, int]] = []
    for i in carried[hashed].tolist():
        number = int(np.uint64(key[i]))
        ref, alt = table.alleles_of(int(entries["allele"][i]), number)
        for at, (one, two) in enumerate(zip(ref, alt, strict=True)):
            if one != two:
                base = np.uint64(table.key_of(keys.key_pos(number) + at, one, two)).astype(np.int64)
                more.append((i, at, int(base)))
    if not more:
        return owner, offset, own
    rest = np.array(more, np.int64)
    return tuple(np.concatenate((one, rest[:, i])) for i, one in enumerate((owner, offset, own)))  # type: ignore[return-value]


def _copies_of_bases(rows: NDArray[np.void], sample: Sample) -> list[np.void]:
    """Two ALTs of one record that share a base are two copies of it."""
    found: dict[tuple[int, int], np.void] = {}
    for row in rows:
        before = found.get((int(row["key"]), int(row["line"])))
        if before is None:
            found[int(row["key"]), int(row["line"])] = row
        elif before["kind"] in (codes.MT_HET, codes.MT_HOM):
            before["share"] = min(10_000, int(before["share"]) + int(row["share"]))
            hom = before["share"] >= sample.policy.homoplasmy_percent * 100
            before["kind"] = codes.MT_HOM if hom else codes.MT_HET
        elif before["kind"] == codes.HET:
            before["kind"] = codes.HOM
    return list(found.values())


def _judge_at(
    pos: int,
    row: np.void,
    table: ContigTable,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
    copies: NDArray[np.int8],
) -> bool:
    """Give a base of an MNP the copies of its own place, where a border of the PAR runs through the MNP; False: none.

    `pos` 1-based."""
    piece = int(np.searchsorted(table.pieces[:, 0], pos - 1, "right"))
    line, call, allele = (int(row[name]) for name in ("line", "call", "allele"))
    state = int(states[line] if piece == table.rows.lines["piece"][line] else calls["other"][call])
    if state == k.NO_STATE:
        return False
    row["raw"], row["adj"], row["copies"] = state // 3, state % 3, copies[piece]
    first, second, number = int(calls["gt0"][call]), int(calls["gt1"][call]), int(table.rows.alleles["number"][allele])
    row["kind"] = kind_of.py_func(first, second, number, state // 3, int(copies[piece]))
    row["failed"] = state >= 3 and calls["flags"][call] & k.CALL_FAILED != 0
    return True


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
