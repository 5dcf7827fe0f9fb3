"""Genomes become a segment: what an add writes before anybody sees it.

Files first, in any order, all named by their content; the pointer swap that publishes them is `store.py`'s. What a
failed add wrote is deleted again, and what a dead one wrote is unreferenced and swept later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from embla.errors import EmblaError, NameTaken
from embla.genotypes import checking
from embla.genotypes.files.genomes import Genome, encode_genomes
from embla.genotypes.files.manifest import BlobEntry, Manifest, ManifestId, SegmentEntry, encode_tombstones
from embla.genotypes.files.packdigest import FIRST, NEWEST, pack_digest
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.files.runs import WIDE_LEVELS, Runs
from embla.genotypes.files.variants import Variants
from embla.genotypes.files.writing import EncodedContig, SegmentWriter, encode_runs, encode_variants
from embla.genotypes.model.pack import Pack
from embla.genotypes.packs import Packs, pack_file
from embla.genotypes.prints import LEAST, Print, find_alike, first_alike
from embla.storage import Storage

if TYPE_CHECKING:
    from embla.genotypes.view import View

# One add of many files writes segments of up to 64 genomes or 16 million entries: bounded memory, few tiers to climb.
GROUP: Final = 64
GROUP_ENTRIES: Final = 16_000_000
RUN_RANGE: Final = 1 << WIDE_LEVELS[1]


@dataclass(frozen=True)
class NewGenome:
    """A genome to add. `attributes` are text, numbers or true/false; they are kept beside the pack, not in it."""

    name: str
    pack: Pack
    attributes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Staged:
    """Files are written, nobody sees them. `manifest` is the new state, `base` the one it was made from.

    `added`, `unchanged`, `removed` and `duplicates` are names, for the caller's acknowledgement; `warnings` are
    sentences without names; `alike`: of new genomes that look like one person with another, both names. `changed` is
    False when there is nothing to publish.
    """

    manifest: ManifestId
    base: ManifestId
    added: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    alike: tuple[tuple[str, str], ...] = ()

    @property
    def changed(self) -> bool:
        """False when nothing happened."""
        return self.manifest != self.base


class Scratch:
    """Remembers what this staging put, so that a refusal leaves the folder as it was."""

    def __init__(self, folder: Storage, packs: Packs | None = None) -> None:
        self.folder = folder
        self.packs = packs
        self.new: list[str] = []
        self.new_keys: dict[str, bytes] = {}

    def put(self, name: str, data: bytes | Iterable[bytes]) -> None:
        """Put if absent."""
        if self.folder.put(name, data):
            self.new.append(name)

    def put_pack(self, digest: str, chunks: Iterable[bytes]) -> None:
        """Put a sealed pack if absent; `keep_keys` must follow before a manifest."""
        assert self.packs is not None
        key = self.packs.put(digest, chunks)
        if key is not None:
            self.new.append(pack_file(digest))
            self.new_keys[digest] = key

    def keep_keys(self) -> None:
        """Hold the keys of all new packs for good."""
        if self.new_keys and self.packs is not None:
            self.packs.keys.keep(self.new_keys)

    def undo(self) -> None:
        """Delete what was new."""
        for name in self.new:
            self.folder.delete(name)
        if self.new_keys and self.packs is not None:
            self.packs.keys.destroy(self.new_keys)


def attribute_text(value: object) -> str:
    """Attributes are kept as text: true/false as those words, a missing one as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Ready(Protocol):
    """A genome that was checked and encoded, here or by a worker; its calls are asked for as they are needed."""

    @property
    def name(self) -> str:
        """As the laboratory gave it."""

    @property
    def digest(self) -> str:
        """Of its pack."""

    @property
    def size(self) -> int:
        """Entries and runs."""

    @property
    def problem(self) -> EmblaError | None:
        """Why it cannot be taken; None when it can."""

    def print(self) -> Print:
        """Its genotype print."""

    def chunks(self) -> Iterable[bytes]:
        """Its pack's file."""


ReadyGenome = TypeVar("ReadyGenome", bound=Ready)


def stage_ready(
    scratch: Scratch,
    view: View,
    readied: Iterable[ReadyGenome],
    write: Callable[[int, list[ReadyGenome]], Callable[[], SegmentEntry]],
    *,
    known: bool = False,
) -> Staged:
    """Write packs, segments and the next manifest. `write(number, genomes)` begins a segment, whose entry its answer
    gives. `known`: a store took them before, so they are not compared with others. Raises NameTaken, Refused, Broken;
    the caller undoes the scratch."""
    manifest, base = view.content, view.manifest
    prints: list[Print] = []
    added: dict[str, str] = {}
    unchanged, duplicates, warnings, pairs = [], [], [], []
    printed: list[str] = []
    begun: list[Callable[[], SegmentEntry]] = []
    number = manifest.next_segment
    group: list[ReadyGenome] = []
    size = 0
    for index, new in enumerate(readied, 1):
        checking.check_name(new.name)
        if new.problem is not None:
            raise _of_genome(index, new.problem)
        taken = added.get(new.name) or view.pack_of(new.name)
        if taken and (taken == new.digest or _as_before(view, taken, new)):
            unchanged.append(new.name)
            continue
        if taken:
            raise NameTaken(
                f"genome {index} of this add: another genome has that name, with other content.",
                mend="Remove that one first, or give this one another name.",
                index=index,
            )
        if new.digest in added.values() or view.has_pack(new.digest):
            duplicates.append(new.name)
            warnings.append(_same_calls(index))
        elif not known:
            own = new.print()
            found = find_alike(view, own)
            if found is not None:
                segment, ordinal = view.located(found.number)
                pairs.append((new.name, segment.table.names[ordinal]))
            elif (found := first_alike(own, prints)) is not None:
                pairs.append((new.name, printed[found.number]))
            prints.append(own)
            printed.append(new.name)
            if found is None and len(own) < LEAST and _has_under_first_digest(view, new):
                duplicates.append(new.name)
                warnings.append(_same_calls(index))
            elif found is not None:
                duplicates.append(new.name)
                warnings.append(
                    f"genome {index} of this add may be a duplicate: at {found.equal} of {found.sites} places of "
                    "its print it equals a genome with another name, as one person or identical twins do; both "
                    "are counted."
                )
        scratch.put_pack(new.digest, new.chunks())
        added[new.name] = new.digest
        if group and (len(group) == GROUP or size + new.size > GROUP_ENTRIES):
            begun.append(write(number, group))
            number, group, size = number + 1, [], 0
        group.append(new)
        size += new.size
    if group:
        begun.append(write(number, group))
        number += 1
    if not added:
        return Staged(base, base, unchanged=tuple(unchanged), warnings=tuple(warnings))
    segments = (*manifest.segments, *(entry() for entry in begun))
    after = Manifest(manifest.number + 1, number, segments, manifest.tombstones, manifest.removed)
    scratch.keep_keys()
    return Staged(
        write_manifest(scratch, after),
        base,
        tuple(added),
        tuple(unchanged),
        duplicates=tuple(duplicates),
        warnings=tuple(warnings),
        files=tuple(scratch.new),
        alike=tuple(pairs),
    )


def _of_genome(index: int, problem: EmblaError) -> EmblaError:
    """A problem that says whose it is, without a name."""
    problem.message = f"genome {index} of this add: {problem.message}"
    problem.facts["index"] = index
    return problem


def _same_calls(index: int) -> str:
    return (
        f"genome {index} of this add is a duplicate: a genome with another name has exactly the same calls; both are "
        "counted."
    )


def _has_under_first_digest(view: View, new: Ready) -> bool:
    """Has a store from before there was another digest exactly these calls? Asked of genomes whose print says nothing,
    as the whole genome is put together for it."""
    if view.store.about.digests != FIRST or not view.size:
        return False
    return view.has_pack(_first_digest(view, new))


def _first_digest(view: View, new: Ready) -> str:
    own = PackFile(b"".join(new.chunks()), pack_file(new.digest), view.store.packs.lexicon)
    return pack_digest(own.pack(), FIRST)


def _as_before(view: View, taken: str, new: Ready) -> bool:
    """Is it the genome whose pack has an older version's digest? Names are taken rarely, so that pack is read."""
    try:
        old = view.store.open_pack(taken)
        if old.digest_version == NEWEST:
            return False
        return pack_digest(old.pack()) == new.digest or _first_digest(view, new) == taken
    except EmblaError:  # lost, erased or locked: not this add's matter
        return False


def stage_remove(scratch: Scratch, view: View, names: Collection[str]) -> Staged:
    """Write tombstones and the next manifest. Raises NotFound for a name that does not count."""
    old = view.content
    stones = {k: list(v) for k, v in view.store.tombstones(old).items()}
    numbers = sorted(set(view.numbers(names)))
    if not numbers:
        return Staged(view.manifest, view.manifest)
    for number in numbers:
        segment, ordinal = view.located(number)
        stones.setdefault(segment.number, []).append(ordinal)
    file, data = encode_tombstones(stones)
    scratch.put(file, data)
    after = Manifest(old.number + 1, old.next_segment, old.segments, file, old.removed + len(numbers))
    ident = write_manifest(scratch, after)
    return Staged(ident, view.manifest, removed=tuple(dict.fromkeys(names)), files=tuple(scratch.new))


def write_manifest(scratch: Scratch, manifest: Manifest) -> ManifestId:
    """Put a manifest; it is nobody's current one yet."""
    ident, data = manifest.encode()
    scratch.put(ident.file, data)
    return ident


def write_segment(
    scratch: Scratch, number: int, genomes: list[Genome], contigs: Iterable[EncodedContig]
) -> SegmentEntry:
    """Write a segment and its genome table."""
    writer = SegmentWriter(len(genomes))
    with writer.blob:
        for contig in contigs:
            writer.encoded_contig(*contig)
        digest = writer.finish()
        file = f"segments/{number:08d}-{digest}.seg"
        scratch.put(file, writer.blob.chunks())
        entry = BlobEntry(file, digest, writer.blob.size)
    table = write_table(scratch, genomes)
    return SegmentEntry(number, len(genomes), table, (entry,), writer.n_entries, writer.n_runs)


ContigData = tuple[str, int, Iterable[Variants], Iterable[Runs]]


def encoded(contigs: Iterable[ContigData], n_genomes: int) -> Iterator[EncodedContig]:
    """Contigs whose frames are encoded as they are read."""
    for name, length, chunks, runs in contigs:
        yield (
            name,
            length,
            (frame for chunk in chunks for frame in encode_variants(chunk, n_genomes)),
            (frame for piece in runs for frame in encode_runs(piece, length, n_genomes)),
        )


def write_table(scratch: Scratch, genomes: list[Genome]) -> str:
    """Put a genome table; returns its file."""
    digest, blob = encode_genomes(genomes)
    with blob:
        file = f"genomes/{digest}.gen"
        scratch.put(file, blob.chunks())
    return file
