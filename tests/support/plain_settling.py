"""The rows of a contig, settled plainly: one entry a key, and runs of where the person is called."""

from bisect import bisect_right
from collections import defaultdict
from typing import Any

import numpy as np

from embla.genotypes.model import codes
from embla.genotypes.model.policy import Policy
from tests.support.plain_calls import in_bed
from tests.support.plain_rows import Entry, Person, Row


def settled_entries(person: Person, rows: list[Row], policy: Policy) -> list[Entry]:
    """One entry a key, sorted: rows of one key that disagree are missing, and MNPs give their bases."""

    def inside(key: tuple[int, str, str], row: Row) -> bool:
        return person.bed is None or in_bed(person.bed, row.line.contig, key[0])

    groups: dict[tuple[int, str, str], list[tuple[Row, int]]] = defaultdict(list)
    for row in rows:
        for a in row.own:
            if inside(row.line.keys[a], row):
                groups[row.line.keys[a]].append((row, a))
    against: list[Row] = []
    for group in groups.values():
        if len({row.classes[a] for row, a in group}) > 1:
            against += [row for row, _ in group]
    while True:
        more = [
            row
            for group in groups.values()
            if any(row is bad for row, _ in group for bad in against)
            for row, _ in group
            if not any(row is bad for bad in against)
        ]
        if not more:
            break
        against += more
    for row in against:
        if row.counted:
            person.report.conflicts += 1
        row.counted, row.failed, row.raw, row.adj = False, False, codes.NOTHING, codes.NOTHING
        row.classes = dict.fromkeys(row.classes, codes.NONE)
        row.own = {a: (n, codes.NOTHING, codes.NOTHING) for a, (n, _, _) in row.own.items()}
        row.heteroplasmy = {}
        row.needed = True

    entries: dict[tuple[int, str, str], Entry] = {}
    for key, group in groups.items():
        person.report.duplicates += len(group) - 1 if group[0][0].classes[group[0][1]] else 0
        first, a = group[0]
        own = [row.own[a] for row, a in group]
        said = [row.own[a] for row, a in group if row.kept]
        for row, number in group:
            _, raw, adj = row.own[number]
            if said and not row.kept:
                below = adj < min(adj for _, _, adj in said) and person.spec.callability != "assumed"
                row.needed = row.needed or raw < min(raw for _, raw, _ in said) or below
        entries[key] = Entry(
            key,
            first,
            first.classes[a],
            min(raw for _, raw, _ in own),
            min(adj for _, _, adj in own),
            own[0][0],
            all(adj != codes.NOTHING for _, _, adj in own),
            any(row.failed and row.own[a][1] != codes.NOTHING for row, a in group),
            max(row.heteroplasmy.get(a, 0) for row, a in group),
            alone=[] if said else [row for row, _ in group],
            members=[(row, row.own[a][1], row.failed and row.own[a][1] != codes.NOTHING) for row, a in group],
        )
    if policy.mnp_components:
        add_components(person, rows, entries, inside, policy)
    return sorted(entries.values(), key=lambda entry: entry.key)


def add_components(person: Person, rows: list[Row], entries: dict[Any, Entry], inside: Any, policy: Policy) -> None:
    """The bases of MNPs as entries of their own, where no record of theirs carries them or is not called in full."""
    derived: dict[tuple[int, str, str], list[Entry]] = defaultdict(list)
    for row in rows:
        mine: dict[tuple[int, str, str], Entry] = {}
        for a, (pos, ref, alt) in row.line.keys.items():
            is_mt = row.line.contig == "chrM"
            if len(ref) != len(alt) or len(ref) == 1 or not inside((pos, ref, alt), row):
                continue
            if not row.classes.get(a) and not (is_mt and row.raw != codes.NOTHING and row.heteroplasmy.get(a)):
                continue
            person.report.mnps += bool(row.classes.get(a))
            for i in range(len(ref)):
                if ref[i] == alt[i] or (a, i) not in row.bases:
                    continue
                n, raw, adj, kind = row.bases[a, i]
                key = (pos + i, ref[i], alt[i])
                share = row.heteroplasmy.get(a, 0)
                if key in mine:
                    entry = mine[key]
                    if is_mt:
                        entry.heteroplasmy = min(10_000, entry.heteroplasmy + share)
                        if entry.heteroplasmy >= policy.min_heteroplasmy_percent * 100:
                            hom = entry.heteroplasmy >= policy.homoplasmy_percent * 100
                            entry.kind = codes.MT_HOM if hom else codes.MT_HET
                    elif entry.kind == codes.HET:
                        entry.kind = codes.HOM
                else:
                    failed = row.failed and raw != codes.NOTHING
                    mine[key] = Entry(key, row, kind, raw, adj, n, adj != codes.NOTHING, failed, share, True)
        for key, entry in mine.items():
            if entry.kind or row.line.contig != "chrM":
                derived[key].append(entry)
    for key, group in derived.items():
        if not inside(key, group[0].row):
            continue
        first = group[0]
        for other in group[1:]:
            if other.kind == first.kind:
                first.adj_flag = first.adj_flag and other.adj_flag
                first.failed = first.failed or other.failed
                first.raw, first.adj = min(first.raw, other.raw), min(first.adj, other.adj)
                first.heteroplasmy = max(first.heteroplasmy, other.heteroplasmy)
        if len({entry.kind for entry in group}) > 1:
            first.kind, first.raw, first.adj, first.failed = codes.NONE, codes.NOTHING, codes.NOTHING, False
            first.heteroplasmy = 0
        own = entries.get(key)
        both = own is not None and own.row is first.row and (own.raw, own.failed) == (first.raw, first.failed)
        silent = own is not None and all(
            any(row is other.row for other in group) or (own.n > 0 and min(raw, own.n) == own.n and not failed)
            for row, raw, failed in own.members
        )
        if own is None or (own.kind == codes.NONE and silent):
            entries[key] = first
        elif both and own.kind == first.kind == codes.HET:
            own.kind = codes.HOM


def keep_needed(rows: list[Row], said: list[Entry], callability: str, policy: Policy) -> None:
    """Rows that are kept though they are a plain 0/0: what is given back would count otherwise without them. `said`
    are the entries that are packed."""
    for entry in said:
        for row in entry.alone:
            row.needed = True
    full = codes.FULL
    for row in rows:
        row.needed = row.needed or (callability != "gvcf" and not row.line.keys and row.raw < full)
    here = [row for row in rows if row.n]
    while True:
        kept = [row for row in here if row.kept or row.needed]
        fresh = []
        for place in {place for row in kept for place in range(row.line.pos, row.line.end + 1)}:
            (first, raw, adj), (_, own_raw, own_adj) = _last_word(here, place), _last_word(kept, place)
            if raw != own_raw or (adj != own_adj and callability != "assumed"):
                fresh += [row for row in here if row.line.pos == first and row.line.end >= place]
        fresh = [row for row in fresh if not row.kept and not row.needed]
        if not fresh:
            break
        for row in fresh:
            row.needed = True
    for row in here:
        if row.needed and not row.kept:
            row.kept, row.ad, row.phased, row.phase_set = True, [], False, -1
            row.counted, row.failed_itself = row.counted or not row.line.keys, False
            row.gt = {codes.NOTHING: (-1, -1), codes.ONE: (0, -1), codes.FULL: (0, 0)}[row.raw]
            row.dp, row.gq = (policy.min_dp, policy.min_gq) if row.adj else (0, 0)


def _last_word(rows: list[Row], place: int) -> tuple[int, int, int]:
    """Where the last rows that reach a place begin, and the lower of what they say."""
    over = [row for row in rows if row.line.pos <= place <= row.line.end]
    first = max(row.line.pos for row in over)
    over = [row for row in over if row.line.pos == first]
    return first, min(row.raw for row in over), min(row.adj for row in over)


def callable_states(
    rows: list[Row],
    blocks: list[tuple[int, int, int, int, int]],
    length: int,
    callability: str,
    bed: Any,
    name: str,
    raw_alone: bool = False,
) -> list[tuple[int, int, int]]:
    """Sorted disjoint (start, end, state) of all that is not STATE_FULL; painted in file order."""
    full = codes.STATE_FULL
    outside = full if callability == "assumed" else codes.STATE_NOTHING
    edges = [(row.line.pos - 1, row.line.end) for row in rows] + [(block[0], block[1]) for block in blocks]
    intervals = bed.get(name, []) if bed else []
    edges += [(int(a), int(b)) for a, b in intervals]
    cuts = sorted({0, length, *(int(place) for edge in edges for place in edge)})
    index = {place: i for i, place in enumerate(cuts)}
    raw = np.full(len(cuts) - 1, outside // 3, np.uint8)
    adj = np.full(len(cuts) - 1, outside % 3, np.uint8)
    for start, end in intervals:
        raw[index[int(start)] : index[int(end)]] = codes.FULL
        adj[index[int(start)] : index[int(end)]] = codes.FULL
    inside = raw.copy()
    records = [(row.line.pos - 1, row.line.end, row.raw, row.adj, row.line.pos - 1) for row in rows if row.n]
    for spans in (blocks, records):
        since = np.full(len(cuts) - 1, -1, np.int64)
        for start, end, r, a, began in spans:
            here = slice(index[start], index[end])
            same = since[here] == began
            raw[here] = np.where(same, np.minimum(raw[here], r), r)
            adj[here] = np.where(same, np.minimum(adj[here], a), a)
            since[here] = began
    if callability == "bed":
        raw[inside == codes.NOTHING] = adj[inside == codes.NOTHING] = codes.NOTHING
    if callability == "assumed":
        adj = raw
    if raw_alone:
        adj[:] = codes.NOTHING
    runs: list[tuple[int, int, int]] = []
    for i in range(len(raw)):
        state = int(raw[i]) * 3 + int(adj[i])
        if runs and runs[-1][1] == cuts[i] and runs[-1][2] == state:
            runs[-1] = (runs[-1][0], cuts[i + 1], state)
        elif state != full:
            runs.append((cuts[i], cuts[i + 1], state))
    return runs


def state_at(runs: list[tuple[int, int, int]], place: int) -> int:
    at = bisect_right(runs, (place, 1 << 60, 0)) - 1
    return runs[at][2] if at >= 0 and place < runs[at][1] else codes.STATE_FULL
