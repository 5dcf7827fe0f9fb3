"""Packs made by hand: say what a person's calls are, get a Pack whose own an is right by construction."""

from dataclasses import dataclass, field

import numpy as np

from embla.genome import GRCH38, copies
from embla.genotypes import ContigCalls, Pack, Policy, Records, checking
from embla.genotypes.model import codes, keys

Run = tuple[int, int, int]  # start, end (0-based), state


@dataclass(frozen=True)
class Call:
    """What one person says at one allele. `own_raw`/`own_adj`: alleles called at this key (an), None: by class."""

    contig: str
    pos: int
    ref: str
    alt: str
    kind: int = codes.HET
    adj: bool = True
    failed: bool = False
    own_raw: int | None = None
    own_adj: int | None = None
    heteroplasmy: int = 0

    @property
    def key(self) -> tuple[str, int, str, str]:
        return self.contig, self.pos, self.ref, self.alt


@dataclass(frozen=True)
class Person:
    """A genome in plain words. `runs` by contig; a contig in neither calls nor runs is the callability's default."""

    karyotype: str = "XX"
    callability: str = "gvcf"
    calls: tuple[Call, ...] = ()
    runs: dict[str, tuple[Run, ...]] = field(default_factory=dict)

    def copies_at(self, contig: str, pos: int) -> int:
        return copies(self.karyotype, GRCH38.piece_at(contig, pos).kind) or 0

    def state_at(self, contig: str, pos: int) -> int:
        if contig not in self.contigs():
            return codes.STATE_FULL if self.callability == "assumed" else codes.STATE_NOTHING
        return next((state for a, b, state in self.runs.get(contig, ()) if a < pos <= b), codes.STATE_FULL)

    def contigs(self) -> set[str]:
        return set(self.runs) | {call.contig for call in self.calls}

    def own(self, call: Call) -> tuple[int, int]:
        """(raw, adj) alleles this person has called at this key."""
        n = self.copies_at(call.contig, call.pos)
        by_class = {codes.NONE: 0, codes.HALF: 1}.get(call.kind, n)
        raw = by_class if call.own_raw is None else call.own_raw
        adj = (raw if call.adj else 0) if call.own_adj is None else call.own_adj
        return raw, adj


def check_pack(pack: Pack, policy: str) -> None:
    """Every check of a store's door but that of the karyotype."""
    checking.check_facts(pack.facts, "GRCh38", policy)
    for name, calls in pack.contigs.items():
        checking.check_contig(name, calls, pack.facts)


def make_pack(person: Person) -> Pack:
    """The pack of a person; records hold one line per call."""
    contigs = {name: _calls(person, name) for name in person.contigs()}
    return Pack("GRCh38", person.karyotype, person.callability, Policy().digest(), "hand", ("PASS", "LowQual"), contigs)  # type: ignore[arg-type]


def _calls(person: Person, contig: str) -> ContigCalls:
    rows, long = [], {}
    for call in (c for c in person.calls if c.contig == contig):
        state, n = person.state_at(contig, call.pos), person.copies_at(contig, call.pos)
        raw, adj = person.own(call)
        entry = codes.make_entry(
            call.kind,
            adj=call.adj and call.kind != codes.NONE,
            failed=call.failed,
            d_raw=raw - codes.an_of(state // 3, n),
            d_adj=adj - codes.an_of(state % 3, n),
        )
        key, salt = keys.make_key(call.pos, call.ref, call.alt), 0
        while key in long:
            salt += 1
            key = keys.make_key(call.pos, call.ref, call.alt, salt=salt)
        if keys.is_hashed(key):
            long[key] = (call.ref, call.alt)
        rows.append((key, entry, call.heteroplasmy, call))
    order = sorted(rows, key=lambda row: row[0])
    runs = sorted(run for run in person.runs.get(contig, ()) if run[2] != codes.STATE_FULL)
    het = [row[2] for row in order] if contig == "chrM" else []
    return ContigCalls(
        np.array([row[0] for row in order], np.uint64),
        np.array([row[1] for row in order], np.uint16),
        np.array(het, np.uint16),
        long,
        np.array([r[0] for r in runs], np.uint32),
        np.array([r[1] for r in runs], np.uint32),
        np.array([r[2] for r in runs], np.uint8),
        _records(sorted((row[3] for row in rows), key=lambda call: call.pos)),
    )


def _records(calls: list[Call]) -> Records:
    text = [f"{call.ref}\t{call.alt}" for call in calls]
    n = len(calls)
    gts = {
        codes.NONE: (-1, -1),
        codes.HET: (0, 1),
        codes.HOM: (1, 1),
        codes.HEMI: (1, 1),
        codes.HALF: (-1, 1),
        codes.MT_HET: (0, 1),
        codes.MT_HOM: (1, 1),
    }
    return Records(
        np.array([c.pos for c in calls], np.uint32),
        "".join(text).encode(),
        np.cumsum([len(t) for t in text]).astype(np.uint32),
        np.array([gts[c.kind] for c in calls], np.int8).reshape(-1, 2),
        np.zeros(n, np.bool_),
        np.full(n, -1, np.int64),
        np.array([int(c.failed) for c in calls], np.uint16),
        np.full(n, 30, np.int32),
        np.full(n, 60 if n else 0, np.int16),
        np.empty(0, np.int32),
        np.zeros(n, np.uint32),
        np.ones(n, np.bool_),
    )
