"""Reading one file: text into the parser, contig after contig to who takes it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, Generic, TypeVar

import numpy as np

from embla.errors import BadInput, UnknownContig
from embla.genome import Assembly, Contig
from embla.genotypes.model.filters import FAILED_ITSELF
from embla.genotypes.model.pack import Callability
from embla.genotypes.model.policy import Policy
from embla.genotypes.model.silence import silence_of
from embla.genotypes.reading.bed import Intervals, read_bed
from embla.genotypes.reading.buffers import Buffers
from embla.genotypes.reading.header import Header, check_build, read_header
from embla.genotypes.reading.keeping import Keeping
from embla.genotypes.reading.kernels import layout as k
from embla.genotypes.reading.kernels.parse import parse_lines
from embla.genotypes.reading.person import FileFacts, Person, pieces_of
from embla.genotypes.reading.refusals import refusal
from embla.genotypes.reading.report import FileReport, ReadReport
from embla.genotypes.reading.sample import Sample, bases_of
from embla.genotypes.reading.samples import SampleSpec
from embla.genotypes.reading.settle import settle
from embla.genotypes.reading.source import Source, open_source
from embla.genotypes.reading.table import ContigTable
from embla.genotypes.reading.taking import Begin
from embla.genotypes.reading.window import Window
from embla.reference import Reference

_BUFFER: Final = 1 << 19  # what is inflated is parsed while it lies in the processor's second cache
_SPARE: Final = 1 << 17  # more than one piece of a source
_REF_CALL: Final = b"RefCall"
_MAX_LINE: Final = 64 << 20
_MEMORY: Final = 512 << 20  # bytes that the rows and takers of one pass may take, where it has several samples
T = TypeVar("T")
Done = tuple[SampleSpec, T, ReadReport]


class _IsGvcf(Exception):
    """Blocks turned up after contigs were settled as if there were none; begin again knowing it."""


class _TooMuch(Exception):
    """The samples do not fit into memory together; begin again with `fewer` at a time."""

    def __init__(self, fewer: int) -> None:
        super().__init__(fewer)
        self.fewer = fewer


class FileReading(Generic[T]):
    """One file and the samples wanted from it; `begin` gives who takes a genome."""

    def __init__(
        self,
        path: Path,
        specs: Sequence[SampleSpec],
        assembly: Assembly,
        reference: Reference | None,
        policy: Policy,
        progress: Callable[[Path, int, int], None] | None,
        begin: Begin[T],
    ) -> None:
        self.begin = begin
        self.path, self.specs, self.assembly = path, list(specs), assembly
        self.reference, self.policy, self.progress = reference, policy, progress
        self.is_gvcf = False
        self.memory = _MEMORY
        self.quick = True

    def genomes(self) -> Iterator[Done[T]]:
        """Every wanted sample, in the order of the specs; all at once, or in as many passes as memory asks for."""
        waiting = self.specs
        together = len(waiting)
        while waiting:
            reading = _Pass(self, waiting[:together])
            try:
                reading.run()
                waiting = waiting[together:]
                yield from reading.done()
            except _IsGvcf:
                self.is_gvcf = True
            except _TooMuch as too_much:
                together = too_much.fewer
            finally:
                reading.drop()


class _Pass(Generic[T]):
    """One pass over the file for some of its samples."""

    def __init__(self, reading: FileReading[T], specs: list[SampleSpec]) -> None:
        self.reading = reading
        self.path = reading.path
        self.specs = specs
        self.report = FileReport()
        self.ctl = np.zeros(k.CTL_SIZE, np.int64)
        self.ctl[k.CTL_QUICK] = reading.quick
        self.seen: set[str] = set()
        self.contig: Contig | None = None
        self.other = ""
        self.name = np.zeros(256, np.uint8)
        self.filters: dict[str, int] = {text: number for number, text in enumerate(("PASS", ".", *FAILED_ITSELF))}
        self.window = Window(reading.reference)
        self.format_texts = np.zeros((k.FORMATS, k.FORMAT_BYTES), np.uint8)
        self.format_facts = np.full((k.FORMATS, k.FORMAT_FACTS), -1, np.int32)
        self.format_keys = np.zeros((k.FORMATS, k.FORMAT_KEYS), np.int8)
        self.filter_texts = np.zeros((k.FILTERS, k.FILTER_BYTES), np.uint8)
        self.filter_facts = np.full((k.FILTERS, 2), -1, np.int32)
        self.kinds = np.zeros(k.MAX_ALTS, np.uint8)
        self.alt_ends = np.zeros(k.MAX_ALTS, np.int32)
        self.scratch = np.zeros(192, np.int64)
        self.pieces = np.zeros((1, 2), np.int64)
        self.people: list[Person[T]] = []
        self.taken_bytes = 0
        self.pipeline = ""
        self.formats: frozenset[str] = frozenset()
        self.raw_alone: frozenset[str] | None = None
        self.policy_digest = reading.policy.digest()

    def run(self) -> None:
        """Read the file from its first byte to its last."""
        with open_source(self.path) as source:
            header = read_header(source)
            check_build(header, self.reading.assembly, str(self.path))
            self.header_lines = header.lines
            self.pipeline = header.pipeline
            self.formats, self.raw_alone = header.formats, header.raw_alone
            self._meet(header)
            self._set_policy(header)
            self._lines(source, header.rest)
        self._leave_contig()

    def done(self) -> Iterator[Done[T]]:
        """What was made of each sample, in the order of the specs."""
        self.people.sort(key=lambda person: person.place)
        while self.people:
            yield self._done(self.people[0])
            del self.people[0]

    def drop(self) -> None:
        """Nobody wants what is left."""
        for person in self.people:
            person.drop()

    def _done(self, person: Person[T]) -> Done[T]:
        facts = self._facts()
        person.settle_rest(facts, self.reading.assembly, self.seen)
        made = person.done(facts, self.keeping.of(person.sample.index, person.sample.bed))
        report = person.sample.report
        report.samples = 1
        report.bad_numbers = int(self.bad_numbers[person.sample.index])
        report.assumed = int(person.sample.callability == "assumed")
        report.files = {str(self.path): self._file_report()}
        sample = person.sample
        # A genome that was given back has its gaps, and of its 0/0 those alone that are needed.
        missing = report.missing if self.raw_alone is None else 0
        report.silence = silence_of(
            sample.callability, person.spec.karyotype, bases_of(sample.bed), self.seen, report.calls, missing,
            report.plain,
        )  # fmt: skip
        return person.spec, made, report

    def _facts(self) -> FileFacts:
        facts = self.reading.assembly.name, self.policy_digest, self.pipeline, list(self.filters)
        return FileFacts(*facts, self.formats, self.raw_alone)

    def _meet(self, header: Header) -> None:
        """Find the wanted columns; the parser walks them from left to right."""
        beds: dict[Path, Intervals] = {}
        columns = {name: column for column, name in enumerate(header.samples)}
        for place, spec in enumerate(self.specs):
            name = spec.column if spec.column is not None else spec.name
            if name not in columns:
                raise BadInput(
                    "the file has no sample of the name that was asked for.",
                    path=str(self.path),
                    line=header.lines,
                    mend="The name must be that of a column of the #CHROM line; `bcftools query -l FILE` lists them.",
                )
            bed: Intervals | None = None
            if spec.callability == "bed":
                if spec.bed is None:
                    raise BadInput("callability bed needs a BED file.", path=str(self.path), mend="Write bed:PATH.")
                if spec.bed not in beds:
                    beds[spec.bed], other = read_bed(spec.bed, self.reading.assembly)
                    self.report.bed_other += other
                bed = beds[spec.bed]
            callability: Callability = spec.callability or ("gvcf" if self.reading.is_gvcf else "assumed")
            sample = Sample(0, callability, bed, self.reading.policy)
            self.people.append(Person(place, spec, columns[name], sample, self.reading.begin))
        self.people.sort(key=lambda person: person.column)
        for index, person in enumerate(self.people):
            person.sample.index = index
        n = len(self.people)
        self.columns = np.array([person.column for person in self.people], np.int32)
        self.bad_numbers = np.zeros(n, np.int64)
        self.last_block = np.zeros((n, k.BLOCK_FACTS), np.int32)
        self.copies = np.zeros((n, 1), np.int8)
        self.buffers = Buffers(n)
        self.keeping = Keeping(self.columns, spellings=self.reading.policy.version > 2)

    def _set_policy(self, header: Header) -> None:
        policy = self.reading.policy
        self.ctl[k.CTL_COLUMNS] = len(header.samples)
        self.ctl[k.CTL_MIN_GQ] = policy.min_gq
        self.ctl[k.CTL_MIN_DP] = policy.min_dp
        self.ctl[k.CTL_MIN_DP_HAPLOID] = policy.min_dp_haploid
        self.ctl[k.CTL_BALANCE] = policy.min_allele_balance_percent
        self.ctl[k.CTL_MIN_SHARE] = policy.min_heteroplasmy_percent * 100
        self.ctl[k.CTL_STARS] = policy.spanning_deletion_in_an
        self.ctl[k.CTL_REF_CALL] = -1
        self.ctl[k.CTL_SPELLINGS] = policy.version > 2

    # Text ----------------------------------------------------------------------------------------------------------

    def _lines(self, source: Source, rest: bytes) -> None:
        """Feed whole lines to the parser, the unfinished one in front of the next piece."""
        text = bytearray(max(_BUFFER, len(rest)) + _SPARE)
        text[: len(rest)] = rest
        held = len(rest)
        target = _BUFFER
        more = True
        while more:
            while held < target and (filled := source.fill(text, held, k.SLACK, target)):
                held += filled
            more = held >= target
            self._weigh(source)
            if self.reading.progress is not None:
                self.reading.progress(self.path, source.done, source.total)
            if not more and held and text[held - 1] != 10:
                text[held] = 10
                held += 1
            end = text.rfind(b"\n", 0, held) + 1
            if not end and more:
                if held > _MAX_LINE:
                    raise self._too_long()
                target = 2 * held
                continue
            self._parse(text, end)
            text[: held - end] = text[end:held]
            held -= end
            target = max(_BUFFER, held + _SPARE)

    def _weigh(self, source: Source) -> None:
        """Stop where the samples read together will need more memory than a pass may take."""
        if len(self.people) == 1 or self.buffers.used(self.ctl) + self.taken_bytes <= self.reading.memory:
            return
        part = max(source.done / max(source.total, 1), 0.01)
        raise _TooMuch(max(1, min(len(self.people) // 2, int(len(self.people) * part * 0.8))))

    def _too_long(self) -> BadInput:
        return BadInput(
            f"the line is longer than {_MAX_LINE >> 20} MB.",
            path=str(self.path),
            line=self._number(),
            mend="This is not a VCF that a caller writes; check where the file comes from.",
        )

    def _number(self) -> int:
        return self.header_lines + int(self.ctl[k.CTL_PASSED]) + 1

    def _parse(self, text: bytearray, end: int) -> None:
        """Run the parser over whole lines; answer what it asks until it is through."""
        ctl, out = self.ctl, self.buffers
        buf = np.frombuffer(text, np.uint8)
        at = since = 0
        first = int(ctl[k.CTL_LAST_POS])
        ctl[k.CTL_FILTER_AT] = -1
        while True:
            answer = parse_lines(
                buf,
                at,
                end,
                ctl,
                self.name,
                self.columns,
                self.copies,
                self.pieces,
                self.window.bases,
                self.format_texts,
                self.format_facts,
                self.format_keys,
                self.filter_texts,
                self.filter_facts,
                self.kinds,
                self.alt_ends,
                out.caps,
                self.bad_numbers,
                self.last_block,
                self.scratch,
                *out.arrays,
                out.states,
            )
            at = int(ctl[k.CTL_AT])
            if answer in (k.ANS_DONE, k.ANS_NEW_CONTIG):
                if self.contig is not None and not self.other:
                    span = first, int(ctl[k.CTL_REACH])
                    self.keeping.look(text, since, at, self.contig.name, span, str(self.path))
                since, first = at, 0
            if answer == k.ANS_DONE:
                return
            if answer == k.ANS_NEW_CONTIG:
                self._enter_contig(bytes(text[at : text.index(b"\t", at)]))
            elif answer == k.ANS_FULL:
                out.grow(ctl)
            elif answer == k.ANS_NEW_FILTER:
                start = int(ctl[k.CTL_WHERE])
                self._enter_filter(bytes(text[start : text.index(b"\t", start)]), at)
            elif answer == k.ANS_NEED_BASES:
                self.window.load(ctl, self._number())
            else:
                raise self._refusal(answer, text, at, end)

    def _refusal(self, answer: int, text: bytearray, at: int, end: int) -> BadInput:
        lines = bytes(text[at : min(end, at + _MAX_LINE)]).split(b"\n", 500)[:-1]
        of_sample = answer in (k.ANS_GT, k.ANS_GT_BEYOND, k.ANS_GT_EMPTY, k.ANS_SHARE, k.ANS_VALUES)
        column = int(self.columns[self.ctl[k.CTL_WHERE]]) if of_sample else 0
        return refusal(
            answer,
            lines[0],
            path=str(self.path),
            number=self._number(),
            contig=self.contig.name if self.contig else "",
            length=self.contig.length if self.contig else 0,
            columns=int(self.ctl[k.CTL_COLUMNS]),
            sample_column=column,
            reference=self.reading.reference,
            following=lines[1:],
        )

    def _enter_filter(self, text: bytes, at: int) -> None:
        number = self.filters.setdefault(text.decode("utf-8", "replace"), len(self.filters))
        self.ctl[k.CTL_FILTER_AT], self.ctl[k.CTL_FILTER_ID] = at, number
        if text == _REF_CALL and self.reading.policy.version > 1:
            self.ctl[k.CTL_REF_CALL] = number
        if len(text) <= k.FILTER_BYTES:
            row = number % k.FILTERS
            self.filter_texts[row, : len(text)] = np.frombuffer(text, np.uint8)
            self.filter_facts[row] = len(text), number

    # Contigs -------------------------------------------------------------------------------------------------------

    def _enter_contig(self, name: bytes) -> None:
        """The next line is on another contig than the one before, or spells it otherwise."""
        self._leave_other()
        text = name.decode("utf-8", "replace")
        contig = self.reading.assembly.find(text)
        if contig is None and not self.reading.assembly.is_other(text):
            try:
                self.reading.assembly.contig(text)
            except UnknownContig as error:
                raise UnknownContig(error.message, path=str(self.path), line=self._number(), mend=error.mend) from None
        ctl = self.ctl
        self.name[: len(name)] = np.frombuffer(name, np.uint8)
        ctl[k.CTL_NAME] = len(name)
        ctl[k.CTL_SKIP] = contig is None
        if contig is None:
            self.other = text
            return
        if self.contig is not None and contig.name == self.contig.name:
            return
        if contig.name in self.seen:
            raise BadInput(
                f"the file is not sorted: {contig.name} comes a second time.",
                path=str(self.path),
                line=self._number(),
                mend="Sort it: bcftools sort -Oz -o sorted.vcf.gz FILE",
            )
        self._leave_contig()
        self.seen.add(contig.name)
        self.contig = contig
        ctl[k.CTL_LENGTH], ctl[k.CTL_LAST_POS], ctl[k.CTL_REACH] = contig.length, 0, 0
        ctl[k.CTL_IS_MT] = contig.kind == "M"
        ctl[k.CTL_FREE_GQ] = contig.kind == "M" and self.reading.policy.version > 1
        self.pieces = pieces_of(self.reading.assembly, contig.name)
        self.copies = np.array([person.copies(self.reading.assembly, contig.name) for person in self.people], np.int8)
        self.last_block[:] = 0
        self.last_block[:, k.BLOCK_ROW] = -1
        self.window.enter(contig.name, ctl)

    def _leave_other(self) -> None:
        if self.other:
            self.report.other_contigs[self.other] += int(self.ctl[k.CTL_OTHER])
            self.ctl[k.CTL_OTHER] = 0
            self.other = ""

    def _leave_contig(self) -> None:
        self._leave_other()
        if self.contig is None:
            return
        auto = any(person.spec.callability is None for person in self.people)
        if auto and self.ctl[k.CTL_IS_GVCF] and not self.reading.is_gvcf:
            if self.seen == {self.contig.name}:
                self._is_gvcf()
            else:
                raise _IsGvcf
        table = ContigTable(self.contig.name, self.contig.length, self.buffers.rows(self.ctl), self.pieces)
        facts = self._facts()
        for index, person in enumerate(self.people):
            settled = settle(table, person.sample, self.copies[index], len(facts.filters))
            person.take(facts, self.contig, settled, settled.seen | int(self.last_block[index, k.EVIDENCE]))
        self.taken_bytes = sum(person.nbytes() for person in self.people)
        self.contig = None

    def _is_gvcf(self) -> None:
        """Blocks were met on the first contig, before anything was settled."""
        self.reading.is_gvcf = True
        for person in self.people:
            if person.spec.callability is None:
                person.sample.callability = "gvcf"

    def _file_report(self) -> FileReport:
        self.report.records = int(self.ctl[k.CTL_RECORDS])
        self.report.blocks = int(self.ctl[k.CTL_BLOCK_RECORDS])
        self.report.symbolic = int(self.ctl[k.CTL_SYMBOLIC])
        return self.report
