"""The slow and plain reader: one line, one sample at a time, in Python. What the fast reader must equal.

`plain_packs` takes what `read_packs` takes and gives the same packs and reports, or raises BadInput with the same path
and line. It follows docs/decisions/0001-counting.md; nothing in it is clever.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from embla.errors import BadInput, UnknownContig
from embla.genome import Assembly, Variant, copies
from embla.genotypes.model import codes, keys
from embla.genotypes.model.pack import ContigCalls, Pack, Records
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading.bed import read_bed
from embla.genotypes.reading.header import read_header
from embla.genotypes.reading.reader import ReadPack
from embla.genotypes.reading.report import FileReport, ReadReport
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.source import open_source
from embla.reference import Reference, normalise

LETTERS = set("ACGTNRYSWKMBDHV")
READ = ("GT", "GQ", "GQX", "DP", "DPI", "MIN_DP", "AD", "AF", "FT", "PS", "PID", "PGT")
ANY_ALLELE = {"<NON_REF>", "<*>", "<X>"}


@dataclass
class Line:
    number: int
    contig: str
    pos: int
    ref: str
    alts: list[str]
    text: str
    filter: str
    end: int  # of the span, 0-based exclusive
    block_depth: str
    format: list[str]
    keys: dict[int, tuple[int, str, str]]  # ALT number -> normalised
    checked: bool
    is_block: bool


@dataclass
class Row:
    """One record of one sample."""

    line: Line
    n: int | None
    alleles: list[int | None]
    gt: tuple[int, int]
    phased: bool
    phase_set: int
    dp: int
    gq: int
    ad: list[int]
    failed: bool
    raw: int
    adj: int
    classes: dict[int, int]
    heteroplasmy: dict[int, int]
    counted: bool = True
    kept: bool = True
    own: dict[int, tuple[int, int, int]] = field(default_factory=dict)  # ALT -> copies, raw, adj at its key's place
    bases: dict[tuple[int, int], tuple[int, int, int, int]] = field(default_factory=dict)  # ALT, offset -> and class
    text: str = ""  # where it differs from the line's


@dataclass
class Entry:
    key: tuple[int, str, str]
    row: Row
    kind: int
    raw: int
    adj: int
    n: int
    adj_flag: bool
    failed: bool
    heteroplasmy: int
    derived: bool = False


@dataclass
class Person:
    spec: SampleSpec
    column: int
    bed: dict[str, Any] | None
    report: ReadReport = field(default_factory=ReadReport)
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    blocks: dict[str, list[tuple[int, int, int, int, int]]] = field(default_factory=lambda: defaultdict(list))


def plain_packs(
    specs: Sequence[SampleSpec], *, assembly: Assembly, reference: Reference | None, policy: Policy
) -> Iterator[ReadPack]:
    by_path: dict[Path, list[SampleSpec]] = {}
    for spec in specs:
        by_path.setdefault(Path(spec.path), []).append(spec)
    for path, wanted in by_path.items():
        yield from _File(path, wanted, assembly, reference, policy).packs()


class _File:
    def __init__(
        self, path: Path, specs: list[SampleSpec], assembly: Assembly, reference: Reference | None, policy: Policy
    ) -> None:
        self.path, self.assembly, self.reference, self.policy = path, assembly, reference, policy
        self.specs = specs
        self.report = FileReport()
        self.is_gvcf = False
        self.seen: set[str] = set()
        self.contig, self.last = "", 0

    def refuse(self, number: int, message: str, place: str = "") -> BadInput:
        return BadInput(message, path=str(self.path), line=number, place=place)

    def packs(self) -> Iterator[ReadPack]:
        with open_source(self.path) as source:
            header = read_header(source)
            self.assembly.check_header(header.contigs, path=str(self.path))
            data = header.rest
            while piece := source.next():
                data += piece
        self.columns = 9 + len(header.samples)
        people = []
        for spec in self.specs:
            name = spec.column or spec.name
            if name not in header.samples:
                raise self.refuse(header.lines, "no such sample")
            bed = None
            if spec.callability == "bed":
                assert spec.bed is not None
                bed, other = read_bed(spec.bed, self.assembly)
                self.report.bed_other += other
            people.append(Person(spec, 9 + header.samples.index(name), bed))
        for number, raw in enumerate(data.split(b"\n"), header.lines + 1):
            text = raw.decode("latin-1").removesuffix("\r")
            if text:
                self.line(number, text, people)
        for person in people:
            person.report.files = {str(self.path): self.report}
            pack = self.finish(person, header.pipeline)
            yield ReadPack(person.spec, pack, person.report)

    # One line ---------------------------------------------------------------------------------------------------

    def line(self, number: int, text: str, people: list[Person]) -> None:
        fields = text.split("\t")
        if len(fields) != self.columns:
            raise self.refuse(number, "columns")
        self.report.records += 1
        contig = self.assembly.find(fields[0])
        if contig is None:
            if self.assembly.is_other(fields[0]):
                self.report.other_contigs[fields[0]] += 1
                return
            raise UnknownContig(f"unknown contig {fields[0][:60]!r}", path=str(self.path), line=number)
        if contig.name != self.contig:
            if contig.name in self.seen:
                raise self.refuse(number, "contig again")
            self.seen.add(contig.name)
            self.contig, self.last = contig.name, 0
        if not re.fullmatch("[0-9]{1,10}", fields[1]) or not 1 <= int(fields[1]) <= contig.length:
            raise self.refuse(number, "POS")
        pos = int(fields[1])
        if pos < self.last:
            raise self.refuse(number, "unsorted")
        self.last = pos
        ref = fields[3].upper()
        if not ref or set(ref) - LETTERS or pos - 1 + len(ref) > contig.length:
            raise self.refuse(number, "REF")
        if self.reference is not None and self.reference.has(contig.name):
            there = self.reference.fetch(contig.name, pos - 1, pos - 1 + len(ref))
            if any(a != b and a in "ACGT" and b in "ACGT" for a, b in zip(ref, there, strict=True)):
                raise self.refuse(number, "REF is not the reference's", f"{contig.name}:{pos}")
            checked = not set(ref + there) - set("ACGT")
        else:
            checked = False
        alts = [] if fields[4] == "." else fields[4].split(",")
        alts = [alt.upper() if kind_of_alt(alt) == "real" else alt for alt in alts]
        kinds = [kind_of_alt(alt) for alt in alts]
        real = [alt for alt, kind in zip(alts, kinds, strict=True) if kind == "real"]
        if "bad" in kinds or ref in real or len(set(real)) != len(real) or len(alts) > 4095:
            raise self.refuse(number, "ALT")
        end = pos - 1 + len(ref)
        info = {item.partition("=")[0]: item.partition("=")[2] for item in reversed(fields[7].split(";"))}
        if info.get("END", ".") != ".":
            if not re.fullmatch("[0-9]{1,10}", info["END"]) or not pos <= int(info["END"]) <= contig.length:
                raise self.refuse(number, "END")
            if not real and "star" not in kinds:
                end = int(info["END"])
        is_block = not real and "star" not in kinds
        self.report.symbolic += "symbolic" in kinds
        if is_block and "symbolic" in kinds:
            return
        self.is_gvcf = self.is_gvcf or is_block or "any" in kinds
        self.report.blocks += is_block
        format_ = fields[8].split(":")
        if "GT" not in format_:
            raise self.refuse(number, "no GT")
        if any(format_.count(key) > 1 for key in READ):
            raise self.refuse(number, "a FORMAT key twice")
        named = {}
        for index, (alt, kind) in enumerate(zip(alts, kinds, strict=True), 1):
            if kind == "real":
                variant = normalise(Variant(contig.name, pos, ref, alt), self.reference).variant
                named[index] = (variant.pos, variant.ref, variant.alt)
        depth = info.get("MIN_DP", info.get("MinDP", ""))
        line = Line(
            number,
            contig.name,
            pos,
            ref,
            alts,
            f"{ref}\t{','.join(alts)}",
            fields[6].encode("latin-1").decode("utf-8", "replace"),
            end,
            depth,
            format_,
            named,
            checked,
            is_block,
        )
        for person in people:
            cells = fields[person.column].split(":")
            if len(cells) > len(format_):
                raise self.refuse(number, "more values than keys")
            values = dict(zip(format_, cells, strict=False))
            self.call(line, values, kinds, person)

    # One call ---------------------------------------------------------------------------------------------------

    def call(self, line: Line, values: dict[str, str], kinds: list[str], person: Person) -> None:
        report, policy = person.report, self.policy
        gt = values.get("GT", "")
        match = re.fullmatch(r"[/|]?((?:[0-9]{1,5}|\.)(?:[/|](?:[0-9]{1,5}|\.))*)", gt)
        if not match:
            raise self.refuse(line.number, "GT")
        written = [None if a == "." else int(a) for a in re.split(r"[/|]", match[1])]
        if any(a is not None and a > len(line.alts) for a in written):
            raise self.refuse(line.number, "GT beyond ALT")
        phased = "|" in match[1]
        if not phased and len(written) == 2:
            other = values.get("PGT", "")
            if re.fullmatch(r"[0-9]{1,5}\|[0-9]{1,5}", other):
                order: list[int | None] = [int(a) for a in other.split("|")]
                if order in (written, written[::-1]):
                    written, phased = order, True

        def number(*names: str) -> int | None:
            for name in names:
                text = values.get(name, "")
                if text in ("", "."):
                    continue
                if not re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
                    report.bad_numbers += 1
                    continue
                return min(int(text.split(".")[0]), 2**31 - 1)
            return None

        gq, dp = number("GQ", "GQX"), number("DP", "DPI")
        ad: list[int] = []
        if values.get("AD", ".") not in ("", "."):
            for text in values["AD"].split(","):
                if text in ("", "."):
                    ad.append(-1)
                elif re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
                    ad.append(min(int(text.split(".")[0]), 2**31 - 1))
                else:
                    report.bad_numbers += 1
                    ad.append(-1)
        passed = line.filter in ("PASS", ".") and values.get("FT", "") in ("", ".", "PASS")
        depth = dp
        if line.is_block:
            depth = number("MIN_DP")
            if depth is None:
                depth = dp
            if depth is None and re.fullmatch(r"[0-9]+(\.[0-9]*)?", line.block_depth):
                depth = min(int(line.block_depth.split(".")[0]), 2**31 - 1)
        alleles = list(written)
        if not policy.spanning_deletion_in_an:
            alleles = [None if a and kinds[a - 1] == "star" else a for a in alleles]
        is_mt = line.contig == "chrM"

        def gates(n: int) -> bool:
            if not passed or gq is None or gq < policy.min_gq or depth is None:
                return False
            if depth < (policy.min_dp_haploid if n == 1 else policy.min_dp):
                return False
            if n == 2 and len(set(alleles)) == 2 and None not in alleles and len(alleles) == 2:
                for a in alleles:
                    given = a and a < len(ad) and ad[a] >= 0
                    if a and given and ad[a] * 100 < policy.min_allele_balance_percent * (dp or 0):
                        return False
            return True

        if line.is_block:
            for piece in self.assembly.pieces(line.contig):
                start, end = max(piece.start, line.pos - 1), min(piece.end, line.end)
                n = copies(person.spec.karyotype, piece.kind)
                if start < end and n:
                    raw, _ = level(alleles, n, is_mt)
                    adj = raw if gates(n) else codes.NOTHING
                    person.blocks[line.contig].append((start, end, raw, adj, line.pos - 1))
            return

        def judge(pos: int) -> tuple[int | None, int, int, str]:
            """Copies at a place, raw and adj on so many, and why a called genotype became a no-call."""
            n = copies(person.spec.karyotype, self.assembly.piece_at(line.contig, pos).kind)
            if not n:
                return n, codes.NOTHING, codes.NOTHING, ""
            raw, why = level(alleles, n, is_mt)
            return n, raw, raw if gates(n) else codes.NOTHING, why

        def class_of(a: int, n: int, raw: int) -> int:
            if a not in alleles or raw == codes.NOTHING:
                return codes.NONE
            if raw == codes.ONE:
                return codes.HALF
            if n == 1:
                return codes.HEMI
            return codes.HOM if len(set(alleles)) == 1 else codes.HET

        real = sorted(line.keys)
        carried = any(a in real for a in written if a)
        n, raw, adj, _ = judge(line.pos)
        # What is said of the record goes by the copies where its first real ALT's key lies.
        judged = line.keys[real[0]][0] if real else line.pos
        n_judged, raw_judged, _, why = judge(judged)
        kind = self.assembly.piece_at(line.contig, judged).kind
        failed = not passed
        row = Row(
            line,
            n,
            alleles,
            shown(written, is_mt),
            phased,
            phase_set(values),
            -1 if dp is None else dp,
            -1 if gq is None else min(gq, 32767),
            ad,
            failed,
            raw,
            adj,
            {},
            {},
        )
        report.calls += carried
        report.y_par += carried and kind == "par_y"
        report.y_absent += carried and n_judged == 0 and kind != "par_y"
        report.unknown_sex += carried and n_judged is None
        report.half_calls += raw_judged == codes.ONE and bool(real)
        report.het_on_one_copy += why == "het" and bool(real)
        report.many_alleles += why == "many" and bool(real)
        row.counted = bool(n_judged) and not why
        for a in real:
            n_own, raw_own, adj_own, _ = judge(line.keys[a][0])
            if not n_own:
                continue
            row.own[a] = n_own, raw_own, adj_own
            row.classes[a] = codes.NONE if is_mt else class_of(a, n_own, raw_own)
            if is_mt and raw_own != codes.NOTHING:
                share = heteroplasmy(a, alleles, values.get("AF", ""), ad, len(line.alts))
                if share is None:
                    raise self.refuse(line.number, "AF is no share")
                row.heteroplasmy[a] = share
                if share >= policy.min_heteroplasmy_percent * 100:
                    row.classes[a] = codes.MT_HOM if share >= policy.homoplasmy_percent * 100 else codes.MT_HET
                elif a in row.gt:
                    report.low_heteroplasmy += 1
            pos, ref, alt = line.keys[a]
            has = row.classes[a] or row.heteroplasmy.get(a)
            for i in range(len(ref) if len(ref) == len(alt) and has else 0):
                n_base, raw_base, adj_base, _ = judge(pos + i)
                if n_base:
                    class_base = row.classes[a] if is_mt else class_of(a, n_base, raw_base)
                    row.bases[a, i] = n_base, raw_base, adj_base, class_base
        row.kept = bool(real) and (
            any(written)
            or None in written
            or not passed
            or raw_judged == codes.ONE
            or (is_mt and any(row.classes.values()))
        )
        report.unchecked += carried and not line.checked
        if person.bed is not None and real and n_judged:
            if not any(in_bed(person.bed, line.contig, line.keys[a][0]) for a in real):
                row.counted = False
                report.outside_bed += carried
        person.rows[line.contig].append(row)

    # One contig -------------------------------------------------------------------------------------------------

    def finish(self, person: Person, pipeline: str) -> Pack:
        spec = person.spec
        callability = spec.callability or ("gvcf" if self.is_gvcf else "assumed")
        report = person.report
        report.samples = 1
        report.assumed = int(callability == "assumed")
        filters: dict[str, int] = {}
        contigs = {}
        for contig in self.assembly.contigs:
            name = contig.name
            rows, blocks = person.rows[name], person.blocks[name]
            entries = self.entries(person, rows)
            state = callable_states(rows, blocks, contig.length, callability, person.bed, name)
            key_entry = []
            for entry in entries:
                pos = entry.key[0]
                here = copies(spec.karyotype, self.assembly.piece_at(name, pos).kind) or 0
                raw_here, adj_here = divmod(state_at(state, pos - 1), 3)
                n = entry.n
                d_raw = codes.an_of(entry.raw, n) - codes.an_of(raw_here, here)
                d_adj = codes.an_of(entry.adj, n) - codes.an_of(adj_here, here)
                adj_flag = entry.adj_flag
                if callability == "assumed":
                    d_adj, adj_flag = 0, False
                if entry.kind or entry.failed or d_raw or d_adj or entry.heteroplasmy:
                    code = codes.make_entry(
                        entry.kind,
                        adj=adj_flag and entry.kind != codes.NONE,
                        failed=entry.failed,
                        derived=entry.derived,
                        d_raw=d_raw,
                        d_adj=d_adj,
                    )
                    key_entry.append((entry.key, code, entry.heteroplasmy))
            kept = [row for row in rows if row.kept]
            calls = contig_calls(key_entry, state, kept, filters, report, name == "chrM")
            default = [] if callability == "assumed" else [(0, contig.length, codes.STATE_NOTHING)]
            if not len(calls.key) and not kept and state == default:
                continue
            contigs[name] = calls
        return Pack(
            self.assembly.name,
            str(spec.karyotype),
            callability,
            self.policy.digest(),
            pipeline,
            tuple(filters),
            contigs,
        )

    def entries(self, person: Person, rows: list[Row]) -> list[Entry]:
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

        entries: dict[tuple[int, str, str], Entry] = {}
        for key, group in groups.items():
            person.report.duplicates += len(group) - 1 if group[0][0].classes[group[0][1]] else 0
            first, a = group[0]
            own = [row.own[a] for row, a in group]
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
            )
        if self.policy.mnp_components:
            self.components(person, rows, entries, inside)
        return sorted(entries.values(), key=lambda entry: entry.key)

    def components(self, person: Person, rows: list[Row], entries: dict[Any, Entry], inside: Any) -> None:
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
                            if entry.heteroplasmy >= self.policy.min_heteroplasmy_percent * 100:
                                hom = entry.heteroplasmy >= self.policy.homoplasmy_percent * 100
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
            if key in entries or not inside(key, group[0].row):
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
            entries[key] = first


def kind_of_alt(alt: str) -> str:
    if alt == "*":
        return "star"
    if alt in ANY_ALLELE:
        return "any"
    if alt.startswith("<"):
        return "symbolic" if alt.endswith(">") and len(alt) > 2 else "bad"
    if len(alt) > 1 and ("[" in alt or "]" in alt or alt[0] == "." or alt[-1] == "."):
        return "symbolic"
    return "real" if alt and not set(alt.upper()) - LETTERS else "bad"


def level(alleles: list[int | None], n: int, is_mt: bool) -> tuple[int, str]:
    """NOTHING, ONE or FULL in raw, and why a called genotype became a no-call."""
    called = [a for a in alleles if a is not None]
    if not called:
        return codes.NOTHING, ""
    if is_mt:
        return (codes.FULL if len(called) == len(alleles) else codes.ONE), ""
    if len(alleles) > 2:
        if len(set(alleles)) > 1:
            return codes.NOTHING, "many"
        alleles = alleles[:2]
        called = called[:2]
    if n == 1:
        if len(set(called)) > 1:
            return codes.NOTHING, "het"
        return (codes.FULL if len(called) == len(alleles) else codes.ONE), ""
    return (codes.FULL if len(called) == 2 else codes.ONE), ""


def shown(written: list[int | None], is_mt: bool) -> tuple[int, int]:
    numbers = [-1 if a is None else a for a in written]
    if len(numbers) == 1:
        return numbers[0], -2
    if len(numbers) > 2 and len(set(numbers)) > 1 and not is_mt:
        return -1, -1
    return numbers[0], numbers[1]


def phase_set(values: dict[str, str]) -> int:
    text = values.get("PS", "")
    if re.fullmatch("[0-9]{1,18}", text):
        return int(text)
    match = re.match("[0-9]{1,18}(?![0-9])", values.get("PID", ""))
    return int(match[0]) if match else -1


def heteroplasmy(a: int, alleles: list[int | None], af: str, ad: list[int], n_alts: int) -> int | None:
    """In 1/10,000; None where AF is given and is no share."""
    shares = af.split(",")
    if a - 1 < len(shares) and shares[a - 1] not in ("", "."):
        if not re.fullmatch(r"([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4})?", shares[a - 1]):
            return None
        value = Fraction(shares[a - 1])
        return int(value * 10_000) if value <= 1 else None
    if len(ad) == n_alts + 1 and min(ad) >= 0 and sum(ad):
        return ad[a] * 10_000 // sum(ad)
    called = [x for x in alleles if x is not None]
    return called.count(a) * 10_000 // len(called)


def in_bed(bed: dict[str, Any], contig: str, pos: int) -> bool:
    return any(start < pos <= end for start, end in bed.get(contig, ()))


def callable_states(
    rows: list[Row], blocks: list[tuple[int, int, int, int, int]], length: int, callability: str, bed: Any, name: str
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
        text = row.line.filter
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
