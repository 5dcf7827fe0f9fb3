"""Opens what was decided about: files out of the vault, calls out of the cohort store, plain or sealed for a key.

Every function takes the decision, and the giver below proves it in the log, with an entry of its own where a file is
opened, before anything is read. A part is made here out of a whole thing: nobody above sees what was not asked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from embla.errors import BadInput, NotFound
from embla.federation.delivery.binary import bcf_of
from embla.federation.delivery.deciding import Granted, decide
from embla.federation.delivery.model.part import Kind, Part, Thing
from embla.federation.slicing import cram, select
from embla.federation.slicing.indexes import Index, read_index
from embla.federation.slicing.records import read_header
from embla.federation.slicing.regions import Stretch
from embla.federation.slicing.source import END_OF_FILE, Source, Stream
from embla.genome import GRCH38, Region
from embla.genotypes import bgzipped
from embla.platform import append_event
from embla.policy import Action, prove
from embla.registry import CALLS, find_genome, read_calls
from embla.submission import SentFile, index_beside, sent_genome
from embla.vault import READS, Vault, holders, seal

if TYPE_CHECKING:
    from embla.platform import Actor, House
    from embla.policy import Decision

# Without an index a region costs reading everything: this much at most.
READ_THROUGH: Final = 256 << 20
_PIECE: Final = 1 << 20
_KINDS: Final = {"calls": "genome", "file": "file"}
_COMPRESSED: Final = ("BAM", "BCF", "VCF")
_ENDS: Final = {"CRAM": cram.END_OF_FILE, "VCFTEXT": b""}


@dataclass(frozen=True)
class Kept:
    """A file as it is told of. `format` as its laboratory has it; `genomes` whose data it holds."""

    id: str
    size: int
    kept_at: datetime
    path: str
    format: str
    genomes: tuple[str, ...]


def end_of(form: str) -> bytes:
    """What marks that a file of this form is whole."""
    return _ENDS.get(form, END_OF_FILE)


def told(house: "House", digest: str, decision: "Decision", genomes: tuple[str, ...]) -> Kept:
    """What is known of a file that was decided about. NotFound where it is not kept any more."""
    prove(house.database, decision, READS, [f"file:{digest}"], room="delivery")
    file = Vault(house).find(digest)
    sent = _sent(house, digest, genomes[0]) if genomes else None
    if file is None or sent is None:
        raise NotFound("This file is not kept any more.", mend="Ask the laboratory for it.")
    return Kept(digest, file.size, file.stored_at, sent.path, sent.format, genomes)


def files_of(house: "House", genome: str, decision: "Decision") -> list[SentFile]:
    """The files of a genome that was decided about."""
    prove(house.database, decision, CALLS, [f"genome:{genome}"], room="delivery")
    with house.database.reading() as connection:
        row = find_genome(connection, genome)
        if row is None or row.state != "accepted":
            raise NotFound("This genome is not in the database any more.", mend="Look it up in the case again.")
        sent = sent_genome(connection, row)
    return list(sent.files) if sent is not None else []


def accepted_at(house: "House", genome: str, decision: "Decision") -> datetime:
    """Since when a genome that was decided about is in the database."""
    prove(house.database, decision, CALLS, [f"genome:{genome}"], room="delivery")
    with house.database.reading() as connection:
        row = find_genome(connection, genome)
        assert row is not None  # a genome's row is never deleted
        return row.accepted


def opened(house: "House", digest: str, decision: "Decision") -> Source:
    """The plain bytes of a file, by ranges; in the log when this returns."""
    vault = Vault(house)
    if not vault.holds(digest):
        raise NotFound("This file is not kept any more.", mend="Ask the laboratory for it.")
    return vault.open(digest, decision)


def plain_part(house: "House", actor: "Actor", thing: Thing, part: Part, granted: Granted) -> Iterator[bytes]:
    """The bytes of a part."""
    if thing.kind == "calls":
        return _of_calls(house, thing.id, part, granted.decision)
    source = opened(house, thing.id, granted.decision)
    if part.kind == "raw":
        return _raw(source, part.start, part.end)
    if part.form == "CRAM":
        crai = crai_of(house, actor, thing.id, granted) if part.regions is not None else None
        found = cram_ranges(source, part.regions, crai)
        return chain.from_iterable(_raw(source, start, end) for start, end in found)
    index = _index(house, actor, thing.id, source, granted) if part.regions is not None else None
    return _of_records(source, part, index)


def sealed_part(house: "House", actor: "Actor", thing: Thing, part: Part, granted: Granted) -> Iterator[bytes]:
    """The same as one Crypt4GH file for the environment that was decided about.

    Pieces of a file as it lies keep their encrypted segments, under a header of their own with an edit list; what is
    made for the question (records of regions, calls) is sealed with a key of its own.
    """
    assert granted.environment is not None
    key = granted.environment.key
    subject = f"{_KINDS[thing.kind]}:{thing.id}"
    prove(house.database, granted.decision, [Action.SEND_PERSON_DATA], [subject], room="delivery")
    _note_sealed(house, thing, granted)
    if thing.kind == "file" and (part.kind == "raw" or part.form == "CRAM"):
        vault = Vault(house)
        ranges = [(part.start, part.end)]
        if part.kind != "raw":
            source = opened(house, thing.id, granted.decision)
            crai = crai_of(house, actor, thing.id, granted) if part.regions is not None else None
            ranges = [(0, source.size)] if part.regions is None else cram_ranges(source, part.regions, crai, whole=True)
        return vault.sealed(thing.id, key, granted.decision, ranges)
    return seal(plain_part(house, actor, thing, part, granted), key)


def cram_ranges(
    source: Source, regions: Sequence[Stretch] | None, crai: bytes | None, *, whole: bool = False
) -> list[tuple[int, int]]:
    """Bytes of a CRAM that hold the reads of regions; `whole`: with the header before and the end behind them."""
    header = cram.read_cram_header(source)
    if regions is None:
        return [(0 if whole else header.past, source.size)]
    if crai is None and source.size > READ_THROUGH:
        raise _NO_INDEX
    found = cram.ranges_of(source, header, regions, crai)
    end = source.size - len(cram.END_OF_FILE)
    if not whole or source.read(end, len(cram.END_OF_FILE)) != cram.END_OF_FILE:
        return ([(0, header.past)] if whole else []) + found
    joined = [(0, header.past)]
    for start, past in [*found, (end, source.size)]:
        joined = [*joined[:-1], (joined[-1][0], past)] if joined[-1][1] == start else [*joined, (start, past)]
    return joined


def _of_records(source: Source, part: Part, index: Index | None) -> Iterator[bytes]:
    stream = Stream(source)
    header = read_header(stream)
    pieces: Iterable[bytes] = ()
    if part.kind != "body":
        pieces = [header.data]
    if part.kind != "header":
        if part.regions is None:
            body = select.everything(source)
        elif (index is None or not stream.bgzf) and source.size > READ_THROUGH:
            raise _NO_INDEX
        else:
            body = select.touching(source, part.regions, index, after=part.after)
        pieces = chain(pieces, body)
    return _packed(pieces, part)


def _of_calls(house: "House", genome: str, part: Part, decision: "Decision") -> Iterator[bytes]:
    """Calls as VCF or BCF; the header of the store's text comes once."""
    if part.form == "BCF":
        kind: Kind = "header" if part.kind == "header" else "whole"
        text = _call_lines(house, genome, replace(part, kind=kind), decision)
        binary = bcf_of(text, header=part.kind != "body", body=part.kind != "header")
        return bgzipped(binary, end=part.kind == "whole")
    return _packed(_call_lines(house, genome, part, decision), part)


def _call_lines(house: "House", genome: str, part: Part, decision: "Decision") -> Iterator[bytes]:
    wanted: list[Region | None] = [None]
    if part.regions is not None:
        wanted = [Region(r.contig, r.start, r.end) for r in part.regions]
    if part.kind == "header" or not wanted:
        # Of one base alone: its text begins as every other does.
        wanted = [Region(GRCH38.contigs[0].name, 0, 1)]
    only_header = part.kind == "header" or part.regions == ()
    after = part.after
    for number, region in enumerate(wanted):
        before = wanted[number - 1] if number else None
        if before is not None and region is not None:
            after = before.end if before.contig == region.contig else 0
        header, body = _split(read_calls(house, genome, decision, region))
        if part.kind != "body" and number == 0:
            yield header
        if not only_header:
            yield from _from(body, after) if after else body


def _split(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The header of a VCF, and the rest."""
    held = b""
    for piece in pieces:
        held += piece
        at = held.find(b"\n#CHROM")
        end = held.find(b"\n", at + 1) + 1 if at >= 0 else 0
        if end:
            return held[:end], chain([held[end:]], pieces)
    return held, iter(())


def _from(pieces: Iterator[bytes], after: int) -> Iterator[bytes]:
    """Lines that begin at or behind a base (0-based); what begins before it was given already."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        yield b"".join(line + b"\n" for line in whole if int(line.split(b"\t", 2)[1]) > after)


def _packed(pieces: Iterable[bytes], part: Part) -> Iterator[bytes]:
    """Records as the form has them, with the mark of a whole file behind a whole one only."""
    if part.form == "VCFTEXT":
        return (piece for piece in pieces if piece)
    return bgzipped(pieces, end=part.kind == "whole")


def _raw(source: Source, start: int, end: int) -> Iterator[bytes]:
    last = min(end, source.size)
    return (source.read(at, min(_PIECE, last - at)) for at in range(start, last, _PIECE))


def _sent(house: "House", digest: str, genome: str) -> SentFile | None:
    with house.database.reading() as connection:
        row = find_genome(connection, genome)
        sent = sent_genome(connection, row) if row is not None else None
    return next((file for file in sent.files if file.sha256 == digest), None) if sent is not None else None


def _beside(house: "House", actor: "Actor", digest: str, granted: Granted) -> Source | None:
    """The index that was sent with a file, where it is of nobody whom the file is not of; it is asked for alike."""
    with house.database.reading() as connection:
        row = find_genome(connection, granted.genomes[0])
        found = index_beside(connection, row, digest) if row is not None else None
        if found is None or not set(holders(connection, found)) <= set(granted.genomes):
            return None
    key = granted.environment.fingerprint if granted.environment is not None else ""
    return opened(house, found, decide(house, actor, Thing("file", found), key).decision)


def _index(house: "House", actor: "Actor", digest: str, source: Source, granted: Granted) -> Index | None:
    if not Stream(source).bgzf:
        return None
    found = _beside(house, actor, digest, granted)
    return read_index(found) if found is not None else None


def crai_of(house: "House", actor: "Actor", digest: str, granted: Granted) -> bytes | None:
    """The index that was sent with a CRAM file that was decided about."""
    found = _beside(house, actor, digest, granted)
    return cram.read_crai(found) if found is not None else None


def _note_sealed(house: "House", thing: Thing, granted: Granted) -> None:
    """Whose key it was made for, before the first byte."""
    environment, decision = granted.environment, granted.decision
    assert environment is not None
    body = {
        "environment": environment.environment, "partner": environment.partner, "key": environment.fingerprint,
        "data_set": granted.dataset, "decision": decision.event, "purpose": decision.purpose,
    }  # fmt: skip
    with house.database.transaction() as connection:
        append_event(
            connection, at=house.clock(), actor=decision.actor, kind="person-data-sealed", subject=decision.subject,
            body=body,
        )  # fmt: skip


_NO_INDEX: Final = BadInput(
    "is large and came without an index, so no region of it can be given.", mend="Ask for all of it."
)
