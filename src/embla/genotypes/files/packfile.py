"""A genome pack as one file: each contig's columns told and compressed, under the digest of what is in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from functools import cached_property
from typing import Any, Final, get_args

from numpy.typing import NDArray

from embla.errors import Broken
from embla.genome import GRCH38
from embla.genotypes.files import packcode
from embla.genotypes.files.blob import BlobWriter, Buffer, read_directory
from embla.genotypes.files.columns import from_planes, plane_sections, running, squeeze, squeeze_apart, unsqueeze
from embla.genotypes.files.lexicon import Known, Lexicon
from embla.genotypes.files.packdigest import (
    CALLS,
    FIRST,
    GROWING,
    NEWEST,
    RECORDS,
    VERSIONS,
    contig_digest,
    joined_digest,
    long_text,
    pack_digest,
)
from embla.genotypes.model.filters import by_contig, places_in, shared_filters
from embla.genotypes.model.pack import Callability, ContigCalls, Pack, PackFacts, Records
from embla.genotypes.model.raw_alone import is_in_raw_alone

KIND: Final = b"PAK"
_CONTIGS: Final = frozenset(contig.name for contig in GRCH38.contigs)
_DTYPES: Final = frozenset(["|b1", "|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"])
# What reading columns that nobody wrote may end in.
_ODD: Final = (KeyError, ValueError, IndexError, TypeError, AttributeError, OverflowError)


class PackWriter:
    """Writes a pack contig by contig, in any order, told by a lexicon where there is one; nothing of a contig is held
    but its bytes in the file. The caller closes `blob`."""

    def __init__(self, facts: PackFacts, lexicon: Lexicon | None = None, reference: str | None = None) -> None:
        self.facts = facts
        self._reference = reference  # see `Pack.reference`
        # Its name is the digest of what is in it.
        self.blob = BlobWriter(KIND, digest=False)
        self._lexicon = lexicon
        self._contigs: dict[str, dict[str, Any]] = {}
        self._digests: dict[str, str] = {}

    def contig(self, name: str, calls: ContigCalls, filters: Sequence[str]) -> None:
        """Add one contig; `filters` are its own texts, which its records number (`model/filters.py`)."""
        long_alleles = long_text(calls)
        self._digests[name] = contig_digest(name, calls, filters, long_alleles)
        told = packcode.told(calls, self._lexicon.contig(name) if self._lexicon is not None else None)
        columns: dict[str, Any] = {}
        for column, values in told.columns.items():
            offset, size = self.blob.add(squeeze_apart(plane_sections(values, told.cuts.get(column))))
            columns[column] = [values.dtype.str, len(values), offset, size]
        long = ["bytes", 0, *self.blob.add(squeeze(long_alleles))]
        self._contigs[name] = {"told": columns, "long_alleles": long, "filters": list(filters)}
        if self.facts.callability != "assumed" and is_in_raw_alone(calls, GRCH38.contig(name).length):
            self._contigs[name]["raw_alone"] = True

    def finish(self, kept: Mapping[str, bytes]) -> str:
        """Write what is left and return the digest."""
        digest = joined_digest(self.facts, self._digests, kept)
        lines = {name: self.blob.add(squeeze(text)) for name, text in sorted(kept.items()) if text}
        named = {"lexicon": self._lexicon.name} if self._lexicon is not None else {}
        if self._reference is not None:
            named["reference"] = self._reference
        # A program from before looks for the texts of the whole genome here, before it meets what it cannot read.
        own = {"contigs": self._contigs, "kept": lines, "digest": digest, "digest_version": NEWEST, "filters": []}
        self.blob.finish({**asdict(self.facts), **named, **own})
        return digest


def encode_pack(pack: Pack, lexicon: Lexicon | None = None) -> tuple[str, BlobWriter]:
    """The digest of a pack in memory and its file, to be put under that digest."""
    writer = PackWriter(pack.facts, lexicon, pack.reference)
    try:
        for name, calls, own in by_contig(pack):
            writer.contig(name, calls, own)
        return writer.finish(pack.kept), writer.blob
    except BaseException:
        writer.blob.close()
        raise


def _is_sound(facts: dict[str, Any], version: object) -> bool:
    """Is a directory of the shape that one of this version has?"""
    texts = [facts.get(name) for name in (*(field.name for field in fields(PackFacts)), "digest")]
    contigs = facts.get("contigs")
    if not all(isinstance(text, str) for text in texts) or not isinstance(contigs, dict):
        return False
    if not isinstance(facts.get("reference", ""), str):
        return False
    if facts["callability"] not in get_args(Callability) or version not in VERSIONS:
        return False
    if not all(isinstance(parts, dict) for parts in contigs.values()) or not contigs.keys() <= _CONTIGS:
        return False
    if version == FIRST:
        return _are_texts(facts.get("filters")) and isinstance(facts.get("kept", {}), dict)
    return isinstance(facts.get("kept"), dict) and all(_are_texts(parts.get("filters")) for parts in contigs.values())


def _shape(part: Any) -> tuple[str, int]:
    """Dtype and length of a column, if it is one that is written."""
    dtype, n, _, _ = part
    if dtype not in _DTYPES or n < 0:
        raise ValueError(dtype, n)
    return dtype, n


def _fit(calls: ContigCalls, texts: int) -> bool:
    """Have columns of one contig one length, and do its records number FILTER texts that there are?"""
    rows, n, m = calls.records, len(calls.records.pos), len(calls.key)
    of_records = (rows.text_end, rows.gt, rows.phased, rows.phase_set, rows.filter, rows.dp, rows.gq, rows.ad_end)
    if any(len(column) != n for column in (*of_records, rows.counted)) or len(calls.entry) != m:
        return False
    if not len(calls.run_start) == len(calls.run_end) == len(calls.run_state) or len(calls.heteroplasmy) not in (0, m):
        return False
    return rows.filter.dtype.kind == "u" and (not n or int(rows.filter.max()) < texts)


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(text, str) for text in values) and len({*values}) == len(values)


class PackFile:
    """A pack over its plain bytes; contigs are read when asked. `lexicons` opens the lexicon that it names, if it does.
    Raises Broken for damage."""

    def __init__(self, data: Buffer, name: str, lexicons: Callable[[str], Lexicon] | None = None) -> None:
        self.data = data
        self.name = name
        self._lexicons = lexicons
        self.facts = read_directory(self.data, KIND, name)
        if not isinstance(self.facts, dict):
            raise self._damaged()
        self.digest_version: int = self.facts.get("digest_version", FIRST)
        if not _is_sound(self.facts, self.digest_version):
            raise self._damaged()
        self.digest: str = self.facts["digest"]
        self.karyotype: str = self.facts["karyotype"]
        self.callability: Callability = self.facts["callability"]

    @property
    def contigs(self) -> list[str]:
        """Contigs this genome has anything on."""
        return list(self.facts["contigs"])

    @property
    def reference(self) -> str | None:
        """See `Pack.reference`."""
        return self.facts.get("reference")

    @property
    def raw_alone(self) -> list[str]:
        """Contigs on which adj is nowhere, though something was called; none of a pack from before these were told."""
        return [name for name, parts in self.facts["contigs"].items() if parts.get("raw_alone")]

    @cached_property
    def filters(self) -> tuple[str, ...]:
        """FILTER texts of all contigs, which the records of `contig` number."""
        if self.digest_version == FIRST:
            return tuple(self.facts["filters"])
        contigs = self.facts["contigs"]
        return shared_filters(contigs[c.name]["filters"] for c in GRCH38.contigs if c.name in contigs)

    def contig(self, name: str) -> ContigCalls | None:
        """Calls and runs of one contig; None where the pack lacks it."""
        parts = self.facts["contigs"].get(name)
        if parts is None:
            return None
        calls = self._contig(name, parts)
        if self.digest_version == FIRST:
            return calls
        try:
            return calls.with_filter(places_in(self.filters, parts["filters"])[calls.records.filter])
        except _ODD as error:
            raise self._damaged() from error

    def is_as_named(self) -> bool:
        """Is its digest that of what is in it? Reads all of it, a contig at a time."""
        if self.digest_version == FIRST:
            return pack_digest(self.pack(), FIRST) == self.digest
        contigs = {}
        for name, parts in self.facts["contigs"].items():
            calls = self._contig(name, parts)
            contigs[name] = contig_digest(name, calls, parts["filters"], long_text(calls))
        facts = PackFacts(*(self.facts[field.name] for field in fields(PackFacts)))
        return joined_digest(facts, contigs, {name: self.kept(name) for name in self.facts["kept"]}) == self.digest

    def _contig(self, name: str, parts: dict[str, Any]) -> ContigCalls:
        """A contig whose records number the texts that its file numbers."""
        texts = self.facts["filters"] if self.digest_version == FIRST else parts["filters"]
        try:
            calls = self._columns(name, parts)
            if not _fit(calls, len(texts)):
                raise self._damaged()
        except _ODD as error:
            raise self._damaged() from error
        return calls

    def _columns(self, name: str, parts: dict[str, Any]) -> ContigCalls:
        lines = self._bytes(parts, "long_alleles").decode().splitlines()
        long = {int(key): (ref, alt) for key, ref, alt in (line.split("\t") for line in lines)}
        if "told" in parts:
            columns = {column: self._told(parts["told"], column) for column in parts["told"]}
            return packcode.heard(columns, long, self._known(name))
        # As packs were written by stores of format 1: every column as it is.
        calls = {column: self._read(parts, column, column) for column, _ in CALLS}
        records = {column: self._read(parts, "record_" + column, column) for column, _ in RECORDS}
        records["gt"] = records["gt"].reshape(-1, 2)
        text = self._bytes(parts, "record_text")
        return ContigCalls(**calls, long_alleles=long, records=Records(**records, text=text))

    def _damaged(self) -> Broken:
        return Broken(f"{self.name} is damaged.", mend="Run `embla store verify`.")

    def _known(self, contig: str) -> Known | None:
        """What the pack's lexicon knows of a contig; None for a pack that names none."""
        lexicon: str = self.facts.get("lexicon", "")
        return self._lexicons(lexicon).contig(contig) if lexicon and self._lexicons is not None else None

    @property
    def keeps_lines(self) -> bool:
        """False for a pack from before there was a list of places whose lines are kept."""
        return "kept" in self.facts

    def kept(self, name: str) -> bytes:
        """The lines kept of one contig, as VCF text; nothing where there are none."""
        place = self.facts.get("kept", {}).get(name)
        try:
            return b"" if place is None else unsqueeze(self.data[place[0] : place[0] + place[1]])
        except (TypeError, IndexError, KeyError) as error:
            raise self._damaged() from error

    def pack(self) -> Pack:
        """The whole pack in memory."""
        known = {f.name for f in fields(Pack)} - {"contigs", "filters", "kept"}
        contigs = {name: calls for name in self.contigs if (calls := self.contig(name)) is not None}
        facts = {k: v for k, v in self.facts.items() if k in known}
        kept = {name: self.kept(name) for name in self.facts.get("kept", {})}
        return Pack(**facts, filters=self.filters, contigs=contigs, kept=kept)

    def _told(self, told: dict[str, Any], name: str) -> NDArray[Any]:
        return from_planes(self._bytes(told, name), *_shape(told[name]))

    def _bytes(self, parts: dict[str, Any], name: str) -> bytes:
        _, _, offset, size = parts[name]
        if offset < 0 or size < 0:
            raise self._damaged()
        return unsqueeze(self.data[offset : offset + size])

    def _read(self, parts: dict[str, Any], name: str, column: str) -> NDArray[Any]:
        values = from_planes(self._bytes(parts, name), *_shape(parts[name]))
        return running(values) if column in GROWING else values
