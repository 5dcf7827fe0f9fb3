"""What a treating clinician gets: the genomes of a case or of an emergency, their quality, calls and files.

Each function decides and logs first (`embla.policy.permit`), for each genome whose data it opens, and returns an
iterator only then; so the entry is in the log before the first byte, also when the reader hangs up at once.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from embla.care import store
from embla.errors import BadInput, NotFound
from embla.genome import Region
from embla.policy import About, Action, Decision, permit
from embla.reference import parse
from embla.registry import (
    Genome,
    case_of,
    find_environment_key,
    find_genome,
    find_person,
    genomes_of_case,
    genomes_of_person,
    person_exists,
    read_calls,
    read_quality,
)
from embla.submission import SentFile, SentGenome, read_sent, seal_sent, sent_genome

if TYPE_CHECKING:
    from embla.genotypes import Quality
    from embla.platform import Actor, House

_ACCESSION: Final = re.compile(r"EMBG[0-9]{11}")
_CASE: Final = re.compile(r"C[0-9A-Z]{16}")


@dataclass(frozen=True)
class Given:
    """One genome as its doctor sees it. `event`: the log entry of this look."""

    genome: Genome
    quality: "Quality"
    sent: SentGenome | None
    event: int

    def to_json(self) -> dict[str, Any]:
        """Plain values; nothing that names a person but the accession."""
        shown = (
            "accession",
            "sample",
            "laboratory",
            "assay",
            "karyotype",
            "callability",
            "pipeline",
            "pipeline_version",
        )
        return {
            **{name: getattr(self.genome, name) for name in shown},
            "accepted": self.genome.accepted.isoformat(),
            "quality": self.quality.to_json(),
            "sent": self.sent.to_json() if self.sent else None,
            "event": self.event,
        }


def person_asked(house: "House", text: str) -> str | None:
    """The pseudonym behind a pseudonym, an accession or `LABORATORY:KEY`; None where there is none."""
    text = text.strip()[:200]
    laboratory, colon, key = text.partition(":")
    with house.database.reading() as connection:
        if colon:
            return find_person(connection, laboratory.strip(), key.strip())
        genome = find_genome(connection, text) if _ACCESSION.fullmatch(text) else None
        if genome is not None:
            return genome.person
        return text if person_exists(connection, text) else None


def genomes_for(
    house: "House", actor: "Actor", *, case: str | None = None, emergency: str | None = None
) -> list[Given]:
    """Every genome of a case (relatives reported with it, too) or of the person of one's emergency, with quality."""
    found, person = _reachable(house, actor, case, emergency)
    if not found:
        # The refusal, or that there was nothing to see, is in the log like any look.
        permit(
            house.database, actor, Action.READ_QC, purpose="care", clock=house.clock,
            about=About(case=_id(case, _CASE), person=person or (None if case else "unknown")),
        )  # fmt: skip
    return [quality_of(house, actor, genome.accession, case=case) for genome in found]


def quality_of(house: "House", actor: "Actor", genome: str, *, case: str | None = None) -> Given:
    """One genome: what it is, how well it was read, what was sent."""
    decision = _permit(house, actor, Action.READ_QC, genome, case)
    quality = read_quality(house, genome, decision)
    with house.database.reading() as connection:
        row = find_genome(connection, genome)
        assert row is not None  # a genome's row is never deleted
        return Given(row, quality, sent_genome(connection, row), decision.event or 0)


def calls(
    house: "House", actor: "Actor", genome: str, *, case: str | None = None, where: str = ""
) -> tuple[Iterator[bytes], Decision]:
    """The calls as VCF text; `where` is a region, a place or a gene's symbol, "" for everything."""
    region = region_of(house, where)
    decision = _permit(house, actor, Action.READ_CALLS, genome, case)
    return _begun(read_calls(house, genome, decision, region)), decision


def sent_file(
    house: "House", actor: "Actor", genome: str, path: str, *, case: str | None = None, start: int = 0,
    end: int | None = None,
) -> tuple[SentFile, Iterator[bytes]]:  # fmt: skip
    """A file as it was sent, or its bytes `start` to `end` (0-based, end not included).

    A joint file holds relatives' calls: each of them must be within reach too, and each gets an entry in the log.
    """
    named = _file_named(house, genome, path)
    digest = named.sha256 if named is not None else "unknown"
    decision = _permit(house, actor, Action.READ_FILE, genome, case, file=digest)
    file = _all_within_reach(house, actor, named, case)
    if not 0 <= start <= file.size or (end is not None and end < start):
        raise BadInput("these bytes lie outside the file.", mend=f"It has {file.size} bytes.", reason="range")
    return file, _begun(read_sent(house, file, decision, start, end))


def sealed_file(
    house: "House", actor: "Actor", genome: str, path: str, reader: bytes, *, case: str | None = None,
    body: bool = False,
) -> Iterator[bytes]:  # fmt: skip
    """A Crypt4GH header under which `reader` (a public key) opens the file, and with `body` the encrypted file too.

    Sealed only for the registered key of a treating partner's secure environment inside the zone, by the same rule as
    every other delivery; a refusal is in the log with the key's SHA-256.
    """
    named = _file_named(house, genome, path)
    digest = named.sha256 if named is not None else "unknown"
    key = sha256(reader).hexdigest()
    decision = _permit(house, actor, Action.SEND_PERSON_DATA, genome, case, file=digest, key=key)
    file = _all_within_reach(house, actor, named, case, Action.SEND_PERSON_DATA, key)
    return _begun(seal_sent(house, file, decision, reader, body=body))


def _file_named(house: "House", genome: str, path: str) -> SentFile | None:
    """A file of a genome by the name it was sent under."""
    row = _genome(house, genome)
    with house.database.reading() as connection:
        sent = sent_genome(connection, row) if row is not None else None
    return next((f for f in sent.files if f.path == path), None) if sent is not None else None


def _all_within_reach(
    house: "House", actor: "Actor", file: SentFile | None, case: str | None, action: Action = Action.READ_FILE,
    key: str = "",
) -> SentFile:  # fmt: skip
    """The file, once everybody else whose data it holds is within reach too. NotFound where there is none."""
    if file is None:
        raise NotFound("No file of this genome has that name.", mend="The genome's list of files has the names.")
    for other in file.shared:
        _permit(house, actor, action, other, case, file=file.sha256, key=key)
    return file


def region_of(house: "House", where: str) -> Region | None:
    """What a clinician asks for: a region, a place, a variant's bases or a gene's symbol. None for everything."""
    where = where.strip()[:200]
    if not where:
        return None
    gene = house.genes.by_name(where) if house.genes is not None else None
    if gene is not None:
        return gene.region
    asked = parse(where, house.reference)
    return asked if isinstance(asked, Region) else asked.region


def _reachable(
    house: "House", actor: "Actor", case: str | None, emergency: str | None
) -> tuple[Sequence[Genome], str | None]:
    """Genomes that a case or an emergency is about, and whose they are; nothing where there is none."""
    with house.database.reading() as connection:
        if case is not None:
            known = case_of(connection, case)
            if known is None:
                return (), None
            ours = {g.accession: g for g in genomes_of_case(connection, case)}
            ours |= {g.accession: g for g in genomes_of_person(connection, known.person)}
            return [ours[name] for name in sorted(ours)], known.person
        own = store.find(connection, emergency or "")
        if own is None or own.account != actor.id:
            return (), None
        return genomes_of_person(connection, own.person), own.person


def _permit(
    house: "House", actor: "Actor", action: Action, genome: str, case: str | None, *, file: str | None = None,
    key: str = "",
) -> Decision:  # fmt: skip
    """`key`: SHA-256 of the key that something is to be sealed for."""
    row = _genome(house, genome)
    with house.database.reading() as connection:
        environment = find_environment_key(connection, key) if key else None
    partner = environment.partner if environment is not None else None
    about = About(
        genome=_id(genome, _ACCESSION),
        case=_id(case, _CASE),
        person=row.person if row is not None else None,
        file=file,
        environment=key or None,
        destination=partner,
        recipient=partner,
    )
    return permit(house.database, actor, action, purpose="care", clock=house.clock, about=about)


def _genome(house: "House", genome: str) -> Genome | None:
    with house.database.reading() as connection:
        return find_genome(connection, genome)


def _id(text: str | None, shape: re.Pattern[str]) -> str | None:
    """An id fit for the log: what was typed may be anything, a personal number too."""
    return None if text is None else text if shape.fullmatch(text) else "unknown"


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same pieces, the first of them read now: a fault must be an answer, not a broken stream."""
    first = next(pieces, b"")

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()


__all__ = ["Given", "calls", "genomes_for", "person_asked", "quality_of", "region_of", "sent_file"]
