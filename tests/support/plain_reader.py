"""The slow and plain reader: one line, one sample at a time, in Python. What the fast reader must equal.

`plain_packs` takes what `read_packs` takes and gives the same packs and reports, or raises BadInput with the same path
and line. It follows docs/decisions/0001-counting.md; nothing in it is clever.

Here a file's lines are read; then plain_calls reads one call, plain_settling a contig, and plain_packing packs it.
"""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from pathlib import Path

from embla.errors import BadInput, UnknownContig
from embla.genome import Assembly, Variant, copies
from embla.genotypes.model import codes
from embla.genotypes.model.pack import Pack
from embla.genotypes.model.policy import Policy
from embla.genotypes.model.silence import silence_of
from embla.genotypes.reading.bed import read_bed
from embla.genotypes.reading.header import Header, read_header
from embla.genotypes.reading.reader import ReadPack
from embla.genotypes.reading.report import FileReport
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.source import open_source
from embla.reference import Reference, normalise
from tests.support.plain_calls import read_call
from tests.support.plain_evidence import lacks, leave_raw_alone
from tests.support.plain_packing import contig_calls
from tests.support.plain_rows import Line, Person
from tests.support.plain_settling import callable_states, keep_needed, settled_entries, state_at

LETTERS = set("ACGTNRYSWKMBDHV")
READ = ("GT", "GQ", "GQX", "DP", "DPI", "MIN_DP", "AD", "AF", "FT", "PS", "PID", "PGT", "RGQ", "RD", "RO", "AO")
ANY_ALLELE = {"<NON_REF>", "<*>", "<X>"}


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
            pack = self.finish(person, header)
            called = {
                name: sum(end - start for start, end in pairs.tolist()) for name, pairs in (person.bed or {}).items()
            }
            person.report.silence = silence_of(
                pack.callability, person.spec.karyotype, called, self.seen, person.report.calls
            )
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
        if self.policy.version > 2:
            kinds = ["no call" if alt == "<CGA_NOCALL>" else kind for alt, kind in zip(alts, kinds, strict=True)]
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
        self.is_gvcf = self.is_gvcf or (is_block and "no call" not in kinds) or "any" in kinds
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
            read_call(line, values, kinds, person, self.assembly, self.policy, self.refuse)

    # One contig -------------------------------------------------------------------------------------------------

    def finish(self, person: Person, header: Header) -> Pack:
        spec = person.spec
        callability = spec.callability or ("gvcf" if self.is_gvcf else "assumed")
        report = person.report
        report.samples = 1
        report.assumed = int(callability == "assumed")
        filters: dict[str, int] = {}
        contigs = {}
        names = [contig.name for contig in self.assembly.contigs]
        raw_alone = lacks(person, names, callability, header, self.policy)
        for contig in self.assembly.contigs:
            name = contig.name
            if name in raw_alone:
                # What is kept is known before it is known that a contig counts in raw alone.
                judged = deepcopy(person)
                self.settled(judged, name, callability, raw_alone=False)
                leave_raw_alone(person, name)
            key_entry, state = self.settled(person, name, callability, raw_alone=name in raw_alone)
            rows = person.rows[name]
            if name in raw_alone:
                for row, other in zip(rows, judged.rows[name], strict=True):
                    if other.needed and not row.kept:
                        for field in ("kept", "needed", "gt", "dp", "gq", "ad", "phased", "phase_set", "counted"):
                            setattr(row, field, getattr(other, field))
                        row.failed_itself = False
            kept = [row for row in rows if row.kept]
            calls = contig_calls(key_entry, state, kept, filters, report, name == "chrM")
            default = [] if callability == "assumed" else [(0, contig.length, codes.STATE_NOTHING)]
            if not len(calls.key) and not kept and state == default:
                continue
            contigs[name] = calls
            if name in raw_alone:
                report.raw_alone[name] = raw_alone[name]
        return Pack(
            self.assembly.name,
            str(spec.karyotype),
            callability,
            self.policy.digest(),
            header.pipeline,
            tuple(filters),
            contigs,
        )

    def settled(
        self, person: Person, name: str, callability: str, *, raw_alone: bool
    ) -> tuple[list[tuple[tuple[int, str, str], int, int]], list[tuple[int, int, int]]]:
        """The packed entries of a contig and its runs; of its rows, which are kept."""
        spec, length = person.spec, self.assembly.contig(name).length
        rows, blocks = person.rows[name], person.blocks[name]
        entries = settled_entries(person, rows, self.policy)
        state = callable_states(rows, blocks, length, callability, person.bed, name, raw_alone)
        key_entry, said = [], []
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
                said.append(entry)
        if not raw_alone:
            keep_needed(rows, said, callability, self.policy)
        return key_entry, state


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
