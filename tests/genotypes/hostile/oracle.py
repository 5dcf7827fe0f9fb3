"""Counts of a small nation from the texts alone: one person, one record, one base at a time.

Written from DESIGN 4 ("Counting, settled") and docs/decisions/0001, not from the product. Words: a call is one person's
column of one record; `an` at a base is a number of alleles, at the copies this person has of that base.
"""

from collections import defaultdict
from dataclasses import dataclass, field

PARS = {
    "chrX": ((10_001, 2_781_479), (155_701_383, 156_030_895)),
    "chrY": ((10_001, 2_781_479), (56_887_903, 57_217_415)),
}
COPIES = {"XX": (2, 0), "XY": (1, 1), "X0": (1, 0), "XXY": (2, 1), "XYY": (1, 2), "unknown": (0, 0)}
BLOCK_ALTS = {"<NON_REF>", "<*>"}
BASES = set("ACGTN")
Key = tuple[str, int, str, str]


def copies(karyotype: str, contig: str, pos: int) -> int:
    """Copies that count: 0 where the text says "nothing", so also for an unknown karyotype on X and Y."""
    if contig == "chrM":
        return 1
    if contig not in PARS:
        return 2
    if in_par(contig, pos):
        return 0 if contig == "chrY" else (1 if karyotype == "X0" else 2)
    return COPIES[karyotype][contig == "chrY"]


def in_par(contig: str, pos: int) -> bool:
    return any(first <= pos <= last for first, last in PARS[contig])


def number(text: str | None) -> float | None:
    return None if text in (None, "", ".") else float(text)  # type: ignore[arg-type]


@dataclass
class Call:
    contig: str
    pos: int
    ref: str
    alts: list[str]
    filters: str
    info: dict[str, str]
    values: dict[str, str]
    conflict: bool = False

    def __post_init__(self) -> None:
        gt = self.values["GT"].replace("|", "/").split("/")
        self.gt = [None if a == "." else int(a) for a in gt]
        # Callers of mtDNA write every allele they see (0/1/2); elsewhere nobody has three.
        if len(self.gt) > 2 and self.contig != "chrM":
            self.gt = self.gt[:2] if len(set(self.gt)) == 1 else [None, None]
        self.called = [a for a in self.gt if a is not None]
        self.real = [a for a in self.alts if set(a.upper()) <= BASES]
        self.is_block = all(a in BLOCK_ALTS for a in self.alts)
        self.is_record = bool(self.real) or "*" in self.alts
        # DeepVariant's word for a confident 0/0; of a share of the reads (mtDNA) it is none.
        refcall = self.filters == "RefCall" and self.contig != "chrM" and not any(self.called)
        self.failed = not (refcall or self.filters in ("PASS", ".")) or self.values.get("FT", ".") not in ("PASS", ".")
        end = int(self.info["END"]) if self.is_block and "END" in self.info else self.pos + len(self.ref) - 1
        self.span = (self.pos, end)

    def an(self, n: int) -> int:
        """Called alleles of n copies, raw."""
        if self.conflict or n == 0:
            return 0
        if self.contig == "chrM":
            return min(1, len(self.called))
        if n == 1:
            return 0 if len(set(self.called)) > 1 else min(1, len(self.called))
        return len(self.called)

    def quality(self) -> tuple[float | None, float | None]:
        """GQ and depth."""
        value = self.values.get
        names = ("GQ", "GQX") if any(self.called) else ("GQ", "GQX", "RGQ")
        gq = next((v for v in (number(value(name)) for name in names) if v is not None), None)
        if self.is_block:
            depths = [value("MIN_DP"), value("DP"), value("DPI"), self.info.get("MIN_DP"), self.info.get("MinDP")]
        else:
            depths = [value("DP"), value("DPI")]
        return gq, next((v for v in map(number, depths) if v is not None), None)

    def reads(self) -> list[float | None]:
        """Reads of REF and of each ALT: AD; of VarScan RD and AD; of freebayes RO and AO; none of more alleles."""
        value = self.values.get
        ad = [number(v) for v in value("AD", "").split(",")]
        if len(ad) == len(self.alts) == 1 and number(value("RD")) is not None:
            ad = [number(value("RD")), *ad]
        elif value("AD", ".") in ("", ".") and "AO" in self.values:
            ad = [number(value("RO")), *(number(v) for v in value("AO", "").split(","))]
        return ad if len(ad) <= len(self.alts) + 1 else []

    def good(self, n: int) -> bool:
        """Passes the gates of adj at n copies. Callers of mtDNA write no GQ, so there it is asked of those that do."""
        gq, dp = self.quality()
        if gq is None and self.contig == "chrM":
            gq = 20
        if self.failed or gq is None or dp is None or gq < 20 or dp < (5 if n == 1 else 10):
            return False
        if self.contig != "chrM" and len(set(self.called)) > 1:
            ad = self.reads()
            for a in set(self.called) - {0}:
                if a < len(ad) and ad[a] is not None and ad[a] * 100 < 20 * dp:  # type: ignore[operator]
                    return False
        return True

    def share(self, a: int) -> float:
        """Heteroplasmy of ALT number a (1-based)."""
        af = self.values.get("AF", "").split(",")
        if a <= len(af) and number(af[a - 1]) is not None:
            return float(af[a - 1])
        ad = self.reads()
        if a < len(ad) and ad[a] is not None and sum(v or 0 for v in ad) > 0:
            return ad[a] / sum(v or 0 for v in ad)  # type: ignore[operator]
        return self.called.count(a) / len(self.called)

    def kind(self, of: set[int], n: int) -> str:
        """What this person has of the alleles in `of`: none het hom hemi half."""
        if self.an(n) == 0:
            return "none"
        if self.contig == "chrM":
            share = sum(self.share(a) for a in of)
            return "hom" if share >= 0.95 else "het" if share >= 0.1 else "none"
        found = sum(a in of for a in self.called)
        if not found:
            return "none"
        if n == 1:
            return "half" if None in self.gt else "hemi"
        return "half" if len(self.called) == 1 else "hom" if found == 2 else "het"


@dataclass
class Said:
    """What one person says at one key."""

    kind: str
    an: int
    adj_an: int
    adj: bool
    failed: bool

    def ac(self) -> int:
        return {"none": 0, "hom": 2}.get(self.kind, 1)


@dataclass
class Genome:
    """One person. `bed`: 0-based half-open intervals by contig; `sequence`: contig -> its first bases, or {}."""

    name: str
    karyotype: str
    callability: str
    calls: list[Call]
    bed: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    sequence: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.raw_alone = self._lacks_evidence()
        own, _ = self._read()
        for each in own.values():
            if len({said.kind for said, _ in each}) > 1:
                for _, call in each:
                    call.conflict = True
        # And so is every record that speaks of a key of which one in conflict speaks.
        for _ in self.calls:
            for each in own.values():
                if any(call.conflict for _, call in each):
                    for _, call in each:
                        call.conflict = True
        # A record in conflict is a no-call, for all that it lists.
        own, derived = self._read()
        self.said = {key: self._settle(each) for key, each in own.items()}
        for key, each in derived.items():
            self.said[key] = self._with_base(key, own.get(key, []), each)

    def _lacks_evidence(self) -> bool:
        """Are carriers and others judged by what only one side has (docs/decisions/0059)? All calls are of one contig,
        and the header declares GQ and DP."""
        seen: dict[str, list[tuple[float | None, float | None]]] = defaultdict(list)
        for call in self.calls:
            if call.failed or not (call.is_block or call.is_record):
                continue
            if call.is_block:
                places = range(call.span[0], call.span[1] + 1)
            elif call.real:
                places = range(at := normal(call.contig, call.pos, call.ref, call.real[0], self.sequence)[1], at + 1)
            else:
                places = range(call.pos, call.pos + 1)
            if not any(call.an(copies(self.karyotype, call.contig, pos)) for pos in places):
                continue
            if call.is_block:
                seen["blocks"].append(call.quality())
            elif any(call.alts[a - 1] in call.real for a in call.called if a):
                seen["calls"].append(call.quality())
            elif not any(call.called):
                seen["0/0"].append(call.quality())
        if not seen["calls"]:
            return False
        reference = seen["blocks"] or seen["0/0"]
        asked = (1,) if self.calls[0].contig == "chrM" else (0, 1)
        return any(
            some and all(quality[i] is None for quality in some) for some in (seen["calls"], reference) for i in asked
        )

    def _with_base(self, key: Key, own: list[tuple[Said, Call]], bases: list[tuple[Said, Call]]) -> Said:
        """What is said of an SNV that is also a base of MNPs."""
        base = self._settle(bases)
        if not own:
            return base
        said = self._settle(own)
        same = {id(call) for _, call in own} == {id(call) for _, call in bases}
        if said.kind == "none":
            # A plain 0/0, or 0 for another ALT of the MNP's own record, says nothing against the base.
            n, mine = copies(self.karyotype, key[0], key[1]), {id(call) for _, call in bases}
            silent = all(id(call) in mine or (one.an == n and not one.failed) for one, call in own)
            return base if silent else said
        if same and said.kind == base.kind == "het" and key[0] != "chrM":
            return Said("hom", said.an, said.adj_an, said.adj, said.failed)
        return said

    def _read(self) -> tuple[dict[Key, list[tuple[Said, Call]]], dict[Key, list[tuple[Said, Call]]]]:
        own: dict[Key, list[tuple[Said, Call]]] = defaultdict(list)
        derived: dict[Key, list[tuple[Said, Call]]] = defaultdict(list)
        for call in self.calls:
            parts: dict[Key, set[int]] = defaultdict(set)
            for a, alt in enumerate(call.alts, 1):
                if alt not in call.real:
                    continue
                key = normal(call.contig, call.pos, call.ref, alt, self.sequence)
                self._say(own, key, {a}, call)
                _, pos, ref, new = key
                # An MNP of the Y-PAR is none of this person's, and so are its bases behind the border.
                own_place = self.inside(call.contig, pos) and copies(self.karyotype, call.contig, pos)
                # A base is what a carrier of the MNP has (judged at the base's own place: beyond a border of the PAR it
                # may be a no-call); who does not carry the MNP says nothing through it.
                carrier = call.contig == "chrM" or call.kind({a}, copies(self.karyotype, call.contig, pos)) != "none"
                if len(ref) == len(new) > 1 and own_place and carrier:
                    for i, (old_base, new_base) in enumerate(zip(ref, new, strict=True)):
                        if old_base != new_base:
                            parts[key[0], pos + i, old_base, new_base].add(a)
            for key, of in parts.items():
                # Of mtDNA the shares of several MNPs together.
                if key[0] != "chrM" or call.kind(of, 1) != "none":
                    self._say(derived, key, of, call)
        return own, derived

    def _say(self, into: dict[Key, list[tuple[Said, Call]]], key: Key, of: set[int], call: Call) -> None:
        n = copies(self.karyotype, key[0], key[1])
        if n == 0 or not self.inside(key[0], key[1]):
            return
        an, adj = call.an(n), self.callability != "assumed" and not self.raw_alone and call.good(n)
        into[key].append((Said(call.kind(of, n), an, an if adj else 0, adj, call.failed and an > 0), call))

    @staticmethod
    def _settle(each: list[tuple[Said, Call]]) -> Said:
        all_said = [said for said, _ in each]
        failed = any(said.failed for said in all_said)
        if len({said.kind for said in all_said}) > 1:
            return Said("none", 0, 0, False, False)
        adj = all(said.adj for said in all_said)
        an = min(said.an for said in all_said)
        return Said(all_said[0].kind, an, an if adj else 0, adj, failed)

    def inside(self, contig: str, pos: int) -> bool:
        if self.callability != "bed":
            return True
        return any(start < pos <= end for start, end in self.bed.get(contig, ()))

    def an(self, contig: str, pos: int) -> tuple[int, int]:
        """(raw, adj) an by callability at one base."""
        n = copies(self.karyotype, contig, pos)
        if n == 0 or not self.inside(contig, pos):
            return 0, 0
        # A record of the Y-PAR covers no base; of a block, what lies behind the border stays.
        here = [c for c in self.calls if c.is_block or copies(self.karyotype, contig, c.pos)]
        over = [c for c in here if c.contig == contig and c.span[0] <= pos <= c.span[1]]
        over = [c for c in over if c.is_record] or [c for c in over if c.is_block]
        if not over:
            return {"gvcf": (0, 0), "bed": (n, 0 if self.raw_alone else n), "assumed": (n, 0)}[self.callability]
        last = max(c.pos for c in over)
        levels = []
        for call in over:
            if call.pos == last:
                # A block is judged base by base; a record once, by the copies at POS, for all bases of its REF.
                judged = n if call.is_block else copies(self.karyotype, contig, call.pos)
                said = call.an(judged)
                raw = n if said == judged else min(said, n)
                adj = self.callability != "assumed" and not self.raw_alone and call.good(judged)
                levels.append((raw, raw if adj else 0))
        return min(raw for raw, _ in levels), min(adj for _, adj in levels)


def normal(contig: str, pos: int, ref: str, alt: str, sequence: dict[str, str]) -> Key:
    """Trim right, move left along the sequence, trim left (Tan 2015)."""
    ref, alt, known = ref.upper(), alt.upper(), sequence.get(contig, "")
    while ref[-1] == alt[-1] and ref != alt:
        if min(len(ref), len(alt)) > 1:
            ref, alt = ref[:-1], alt[:-1]
        elif 1 < pos <= len(known) + 1:
            before = known[pos - 2]
            pos, ref, alt = pos - 1, before + ref[:-1], before + alt[:-1]
        else:
            break
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return contig, pos, ref, alt


def read(text: str, column: str) -> list[Call]:
    """Calls of one sample of a VCF."""
    calls, names = [], []
    for line in text.splitlines():
        fields = line.split("\t")
        if line.startswith("#CHROM"):
            names = fields[9:]
        if line.startswith("#"):
            continue
        keys, values = fields[8].split(":"), fields[9 + names.index(column)].split(":")
        info = dict(word.split("=", 1) for word in fields[7].split(";") if "=" in word)
        alts = [] if fields[4] == "." else fields[4].split(",")
        said = dict(zip(keys, values, strict=False))
        calls.append(Call(fields[0], int(fields[1]), fields[3], alts, fields[6], info, said))
    return calls


def count(people: list[Genome], key: Key) -> tuple[int, ...]:
    """ac an nhet nhomalt nhemi in adj, the same in raw, nfail."""
    adj, raw, failed = [0] * 5, [0] * 5, 0
    for person in people:
        said = person.said.get(key)
        if said is None:
            raw_an, adj_an = person.an(key[0], key[1])
            raw[1] += raw_an
            adj[1] += adj_an
            continue
        failed += said.failed
        ac = min(1, said.ac()) if key[0] == "chrM" else said.ac()
        for numbers, an, counts in ((raw, said.an, True), (adj, said.adj_an, said.adj)):
            numbers[1] += an
            if counts:
                numbers[0] += ac
                for i, kind in enumerate(("het", "hom", "hemi"), 2):
                    numbers[i] += said.kind == kind
    return (*adj, *raw, failed)


def place(people: list[Genome], contig: str, pos: int) -> tuple[int, int]:
    """(raw, adj) an of everybody at one base."""
    each = [person.an(contig, pos) for person in people]
    return sum(raw for raw, _ in each), sum(adj for _, adj in each)


def carried(people: list[Genome]) -> set[Key]:
    """Keys that somebody carries, in raw."""
    return {key for person in people for key, said in person.said.items() if said.ac()}
