"""One entry per key: what contradicts itself becomes a no-call, what repeats itself is one, MNPs add their bases."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from embla.genotypes.model import codes, keys
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.entries import kind_of, repeated
from embla.genotypes.reading.sample import Sample, bed_of
from embla.genotypes.reading.settling_kernels import bases_of
from embla.genotypes.reading.table import ContigTable

_CODES = np.full(256, -1, np.int64)
_CODES[np.frombuffer(b"ACGT", np.uint8)] = np.arange(4)


@dataclass(frozen=True)
class Opened:
    """Entries of a sample on a contig as they were opened: `order` lists them by key, equal ones as they came."""

    entries: NDArray[np.void]
    order: NDArray[np.int32]
    mnps: NDArray[np.int32]  # those that had several bases for as many others, by row; of mtDNA at any share
    repeats: bool  # some key is there more than once
    unordered: bool  # `order` is not the order yet


@dataclass(frozen=True)
class Resolved:
    """One entry per key: `order` by key, -1 in place of rows that went into another; `derived` rows for bases of MNPs,
    sorted, each key once, that count where no entry of the key carries it or is not called in full."""

    order: NDArray[np.int32]
    derived: NDArray[np.void]
    tied: list[int]  # lines that contradict another of a key, or are less called than those that have a call
    against: list[int]  # lines in conflict
    joined: dict[int, list[int]]  # rows that stand for several: lines that say it together, none where calls do


def resolve(
    opened: Opened,
    table: ContigTable,
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
    copies: NDArray[np.int8],
) -> Resolved:
    """One entry per key: conflicts to no-calls, equal ones to one, MNPs with their bases. Rows change in place."""
    entries, order = opened.entries, opened.order
    if opened.unordered:
        order = np.argsort(np.ascontiguousarray(entries["key"]).view(np.uint64), kind="stable").astype(np.int32)
    groups: list[NDArray[np.int32]] = []
    against: set[int] = set()
    tied: set[int] = set()
    joined: dict[int, list[int]] = {}
    if opened.repeats or opened.unordered:
        found = np.empty(len(order), np.int64)
        again = found[: repeated(entries, order, found)]
        if len(again):
            breaks = np.flatnonzero(np.diff(again) > 1)
            firsts = again[np.concatenate(([0], breaks + 1))].tolist()
            lasts = (again[np.concatenate((breaks, [len(again) - 1]))] + 2).tolist()
            groups = [order[a:b] for a, b in zip(firsts, lasts, strict=True)]
            against = _settle_conflicts(entries, groups, sample, calls, states)
    derived = spoken = entries[:0]
    if sample.policy.mnp_components:
        some = opened.mnps
        carried = some[(entries["kind"][some] != codes.NONE) | (entries["share"][some] > 0)]
        derived, spoken = _components(entries, carried, table, sample, calls, states, copies)
    if len(spoken) > len(derived):
        _silence(entries, order, spoken)
    for group in groups:
        against_base = _against_base(entries[group], spoken)
        if against_base is not None and not against_base.any():
            group[:] = -1
            continue
        plain = entries["call"][group] < 0
        lines = entries["line"][group]
        if plain.all() or not plain.any():
            together = lines.tolist()
        else:
            together = []
            own, said = entries[group[plain]], entries[group[~plain]]
            below = own["raw"] < said["raw"].min()
            if sample.callability != "assumed":
                below |= own["adj"] < said["adj"].min()
            tied.update(own["line"][below].tolist())
        stands = group if against_base is None else group[against_base]
        group[0] = _merged(entries, group, stands, sample)
        joined[int(group[0])] = together
        group[1:] = -1
    return Resolved(order, derived, sorted(tied | against), sorted(against), joined)


def _settle_conflicts(
    entries: NDArray[np.void],
    groups: list[NDArray[np.int32]],
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
) -> set[int]:
    """Records that contradict each other about a key become no-calls, and so does every record tied to one by a key.
    Gives their lines."""
    lines_of = [entries["line"][group].tolist() for group in groups]
    groups_of: dict[int, list[int]] = defaultdict(list)
    for number, lines in enumerate(lines_of):
        for line in lines:
            groups_of[line].append(number)
    kinds = entries["kind"]
    waiting = [number for number, group in enumerate(groups) if (kinds[group] != kinds[group[0]]).any()]
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
        return against
    no_calls = np.fromiter(against, np.int32, len(against))
    hit = np.isin(entries["line"], no_calls)
    for name in ("kind", "raw", "adj", "adj_flag", "failed", "share"):
        entries[name][hit] = 0
    states[no_calls] = np.where(states[no_calls] == k.NO_STATE, k.NO_STATE, codes.STATE_NOTHING)
    of_calls = np.isin(calls["line"], no_calls)
    was_counted = of_calls & (calls["flags"] & k.COUNTED != 0)
    sample.report.conflicts += int(was_counted.sum()) + len(against) - int(of_calls.sum())
    calls["flags"][of_calls] &= ~np.uint8(k.COUNTED)
    return against


def _lines_of(key: np.uint64, spoken: NDArray[np.void]) -> NDArray[np.int32]:
    """Lines of the MNPs that have a base: `spoken` are sorted by key."""
    every = spoken["key"].view(np.uint64)
    first, behind = np.searchsorted(every, key, "left"), np.searchsorted(every, key, "right")
    lines: NDArray[np.int32] = spoken["line"][first:behind]
    return lines


def _against_base(group: NDArray[np.void], spoken: NDArray[np.void]) -> NDArray[np.bool_] | None:
    """Which entries of one key speak against the base of an MNP there: not a plain 0/0, nor an MNP's own record. None
    where no MNP has that base, or the entries carry it."""
    if not len(spoken) or group["kind"][0] != codes.NONE:
        return None
    lines = _lines_of(group["key"].view(np.uint64)[0], spoken)
    if not len(lines):
        return None
    whole = (group["copies"] > 0) & (np.minimum(group["raw"], group["copies"]) == group["copies"])
    found: NDArray[np.bool_] = ~np.isin(group["line"], lines) & ~(whole & (group["failed"] == 0))
    return found


def _silence(entries: NDArray[np.void], order: NDArray[np.int32], spoken: NDArray[np.void]) -> None:
    """Where several records have an MNP with a base, an entry of one of them that is alone at the base's key and does
    not carry it goes: `derived` has the line of the first of them alone."""
    every = np.ascontiguousarray(entries["key"][order]).view(np.uint64)
    again = spoken["key"][1:] == spoken["key"][:-1]
    several = np.unique(np.ascontiguousarray(spoken["key"][1:][again]).view(np.uint64))
    first, behind = np.searchsorted(every, several, "left"), np.searchsorted(every, several, "right")
    for key, at in zip(several[behind - first == 1], first[behind - first == 1], strict=True):
        row = entries[order[at]]
        if row["kind"] == codes.NONE and row["line"] in _lines_of(key, spoken):
            order[at] = -1


def _merged(entries: NDArray[np.void], members: NDArray[np.int32], stands: NDArray[np.int32], sample: Sample) -> int:
    """The row that stands for several of one key: the first line of `stands`, with what all of them say."""
    group = entries[members]
    first = int(stands[np.argmin(entries["line"][stands])])
    row = entries[first]
    if row["kind"]:
        sample.report.duplicates += len(members) - 1
    adj_flag, failed = group["adj"].min() != codes.NOTHING, group["failed"].max()
    raw, adj, share = group["raw"].min(), group["adj"].min(), group["share"].max()
    row["raw"], row["adj"], row["adj_flag"], row["failed"], row["share"] = raw, adj, adj_flag, failed, share
    return first


def _components(
    entries: NDArray[np.void],
    carried: NDArray[np.int32],
    table: ContigTable,
    sample: Sample,
    calls: NDArray[np.void],
    states: NDArray[np.uint8],
    copies: NDArray[np.int8],
) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """One entry per differing base of the carried MNPs, in the order of their keys, each key once; and the same before
    what several records say of a base was made one.

    On mtDNA a base is carried at the sum of the shares of a record's MNPs that have it, also of those that do not count
    by themselves."""
    if not len(carried):
        return entries[:0], entries[:0]
    is_mt = table.name == "chrM"
    sample.report.mnps += int((entries["kind"][carried] != codes.NONE).sum()) if is_mt else len(carried)
    if sample.bed is None and len(table.pieces) == 1 and not is_mt:
        rows = np.empty(len(carried) * keys.MAX_BASES // 2, k.ENTRY)
        n = bases_of(entries, carried, rows)
        if n >= 0:
            return rows[:n], rows[:n]
    owner, offset, own = _single_bases(carried, entries, table)
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
        rows = rows[rows["kind"] != codes.NONE] if is_mt else rows
        return rows, rows
    # Bases that several MNPs speak of are few, and settled one by one.
    several = np.isin(rows["key"], rows["key"][again])
    summed, alone = _copies_of_bases(rows[several], sample, is_mt), rows[~several]
    if is_mt:
        summed = [row for row in summed if row["kind"] != codes.NONE]
        alone = alone[alone["kind"] != codes.NONE]
    # Merging changes the first of a key, so what was said before is copied first.
    said = np.concatenate((alone, np.array(summed, k.ENTRY)))
    rows = np.concatenate((alone, np.array(_merge_components(summed), k.ENTRY)))
    return _by_key(rows), _by_key(said)


def _by_key(rows: NDArray[np.void]) -> NDArray[np.void]:
    return rows[np.argsort(rows["key"].view(np.uint64), kind="stable")]


def _single_bases(
    carried: NDArray[np.int32], entries: NDArray[np.void], table: ContigTable
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every differing base of the carried MNPs: row of the MNP, how far behind its first base, key of the base."""
    key = entries["key"][carried]
    length = key >> keys.REF_LEN_SHIFT & 15
    hashed = length == keys.HASHED
    short, length, key = carried[~hashed], length[~hashed], key[~hashed]
    owner, key = np.repeat(short, length), np.repeat(key, length)
    offset = np.arange(len(owner)) - np.repeat(np.cumsum(length) - length, length)
    length = np.repeat(length, length)
    bases = key & keys.BASES_MASK
    old = bases >> 2 * (keys.MAX_BASES - 1 - offset) & 3
    new = bases >> 2 * (keys.MAX_BASES - 1 - offset - length) & 3
    differ = old != new
    owner, offset, old, new = owner[differ], offset[differ], old[differ], new[differ]
    place = (key[differ] >> keys.POS_SHIFT & 0xFFFFFFF) + offset
    own = place << keys.POS_SHIFT | 1 << keys.REF_LEN_SHIFT | 1 << keys.ALT_LEN_SHIFT | old << 26 | new << 24
    more: list[NDArray[np.int64]] = []
    for i in carried[hashed].tolist():
        number = int(entries["key"][i].view(np.uint64))
        ref, alt = table.alleles_of(int(entries["allele"][i]), number)
        one, two = (np.frombuffer(text.encode("ascii"), np.uint8) for text in (ref, alt))
        differ = np.flatnonzero(one != two)
        old_base, new_base = _CODES[one[differ]], _CODES[two[differ]]
        base = (keys.key_pos(number) + differ) << keys.POS_SHIFT | 1 << keys.REF_LEN_SHIFT | 1 << keys.ALT_LEN_SHIFT
        base |= old_base << 26 | new_base << 24
        for n in np.flatnonzero((old_base < 0) | (new_base < 0)).tolist():  # a letter that is no base
            at = int(differ[n])
            base[n] = np.uint64(table.key_of(keys.key_pos(number) + at, ref[at], alt[at])).astype(np.int64)
        more.append(np.stack((np.full(len(differ), i), differ, base), axis=1))
    if not more:
        return owner, offset, own
    rest = np.concatenate(more)
    return tuple(np.concatenate((one, rest[:, i])) for i, one in enumerate((owner, offset, own)))  # type: ignore[return-value]


def _copies_of_bases(rows: NDArray[np.void], sample: Sample, is_mt: bool) -> list[np.void]:
    """Two ALTs of one record that share a base are two copies of it."""
    found: dict[tuple[int, int], np.void] = {}
    for row in rows:
        before = found.get((int(row["key"]), int(row["line"])))
        if before is None:
            found[int(row["key"]), int(row["line"])] = row
        elif is_mt:
            share = before["share"] = min(10_000, int(before["share"]) + int(row["share"]))
            if share >= sample.policy.min_heteroplasmy_percent * 100:
                hom = share >= sample.policy.homoplasmy_percent * 100
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
