"""Genomes become a segment: what an add writes before anybody sees it.

Files first, in any order, all named by their content; the pointer swap that publishes them is `store.py`'s. What a
failed add wrote is deleted again, and what a dead one wrote is unreferenced and swept later.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from embla.errors import NameTaken
from embla.genome import GRCH38
from embla.genotypes import checking
from embla.genotypes.files.genomes import Genome, encode_genomes
from embla.genotypes.files.manifest import BlobEntry, Manifest, ManifestId, SegmentEntry
from embla.genotypes.files.packfile import encode_pack
from embla.genotypes.files.runs import WIDE_LEVELS, Runs
from embla.genotypes.files.segment import SegmentWriter
from embla.genotypes.files.variants import Variants
from embla.genotypes.merging import Part, gather
from embla.genotypes.model import codes
from embla.genotypes.model.pack import ContigCalls, Pack
from embla.genotypes.packs import Packs, pack_file
from embla.genotypes.prints import Alike, Print, first_alike, print_of
from embla.storage import Storage

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
    sentences without names. `changed` is False when there is nothing to publish.
    """

    manifest: ManifestId
    base: ManifestId
    added: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class _Light:
    """What a segment needs of a pack; the records stay on disk."""

    genome: Genome
    contigs: dict[str, tuple[Part, Runs]]

    @property
    def size(self) -> int:
        return sum(len(part.key) + len(runs) for part, runs in self.contigs.values())


def attribute_text(value: object) -> str:
    """Attributes are kept as text: true/false as those words, a missing one as ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def stage_packs(
    scratch: Scratch,
    manifest: Manifest,
    base: ManifestId,
    news: Iterable[NewGenome],
    *,
    assembly: str,
    policy: str,
    pack_of: Callable[[str], str | None],
    is_live: Callable[[str], bool],
    alike: Callable[[Print], Alike | None] | None,
) -> Staged:
    """Write packs, segments and the next manifest. `pack_of(name)` is a live name's digest; `is_live(digest)` says
    whether a live genome has that content, `alike(print)` whether one is the same person. Without `alike` genomes are
    taken as a store took them before. Raises NameTaken, Refused, Broken; the caller undoes the scratch."""
    prints: list[Print] = []
    added: dict[str, str] = {}
    unchanged, duplicates, warnings = [], [], []
    segments, number = list(manifest.segments), manifest.next_segment
    group: list[_Light] = []
    size = 0
    for index, new in enumerate(news, 1):
        checking.check_name(new.name)
        checking.check_pack(new.pack, assembly, policy)
        if alike is not None:
            checking.check_karyotype(new.pack)
        digest, blob = encode_pack(new.pack)
        with blob:
            taken = added.get(new.name) or pack_of(new.name)
            if taken == digest:
                unchanged.append(new.name)
                continue
            if taken:
                raise NameTaken(
                    f"genome {index} of this add: another genome has that name, with other content.",
                    mend="Remove that one first, or give this one another name.",
                    index=index,
                )
            if digest in added.values() or is_live(digest):
                duplicates.append(new.name)
                warnings.append(
                    f"genome {index} of this add is a duplicate: a genome with another name has exactly the same "
                    "calls; both are counted."
                )
            elif alike is not None:
                own = print_of(new.pack)
                found = alike(own) or first_alike(own, prints)
                prints.append(own)
                if found is not None:
                    duplicates.append(new.name)
                    warnings.append(
                        f"genome {index} of this add may be a duplicate: at {found.equal} of {found.sites} places of "
                        "its print it equals a genome with another name, as one person or identical twins do; both "
                        "are counted."
                    )
            scratch.put_pack(digest, blob.chunks())
        added[new.name] = digest
        light = _lighten(new, digest)
        if group and (len(group) == GROUP or size + light.size > GROUP_ENTRIES):
            segments.append(write_segment(scratch, number, [g.genome for g in group], _contigs_of(group)))
            number, group, size = number + 1, [], 0
        group.append(light)
        size += light.size
    if group:
        segments.append(write_segment(scratch, number, [g.genome for g in group], _contigs_of(group)))
        number += 1
    if not added:
        return Staged(base, base, unchanged=tuple(unchanged), warnings=tuple(warnings))
    after = Manifest(manifest.number + 1, number, tuple(segments), manifest.tombstones, manifest.removed)
    scratch.keep_keys()
    return Staged(
        write_manifest(scratch, after),
        base,
        tuple(added),
        tuple(unchanged),
        duplicates=tuple(duplicates),
        warnings=tuple(warnings),
        files=tuple(scratch.new),
    )


def write_manifest(scratch: Scratch, manifest: Manifest) -> ManifestId:
    """Put a manifest; it is nobody's current one yet."""
    ident, data = manifest.encode()
    scratch.put(ident.file, data)
    return ident


def _lighten(new: NewGenome, digest: str) -> _Light:
    pack = new.pack
    attributes = {str(k): attribute_text(v) for k, v in new.attributes.items()}
    genome = Genome(new.name, digest, str(pack.karyotype), pack.callability, attributes)
    contigs = {}
    for contig in GRCH38.contigs:
        calls = pack.contigs.get(contig.name)
        contigs[contig.name] = (part_of_calls(calls), runs_of_calls(calls, pack.callability, contig.length))
    return _Light(genome, contigs)


def part_of_calls(calls: ContigCalls | None, ordinal: int = 0) -> Part:
    """A pack's entries on one contig, under an ordinal."""
    if calls is None:
        empty = np.empty(0, np.uint16)
        return Part(np.empty(0, np.uint64), empty, empty, empty, {})
    return Part(
        calls.key.astype(np.uint64, copy=False),
        np.full(len(calls.key), ordinal, np.uint16),
        calls.entry.astype(np.uint16, copy=False),
        calls.heteroplasmy.astype(np.uint16, copy=False),
        dict(calls.long_alleles),
    )


def runs_of_calls(calls: ContigCalls | None, callability: str, length: int, ordinal: int = 0) -> Runs:
    """A pack's runs on one contig; a contig it lacks is not called at all, or assumed whole (see model/pack.py)."""
    if calls is None:
        if callability == "assumed":
            return Runs.none()
        one = np.array([ordinal], np.uint16)
        whole = np.array([length], np.uint32)
        return Runs(one, np.zeros(1, np.uint32), whole, np.array([codes.STATE_NOTHING], np.uint8))
    said = calls.run_state != codes.STATE_FULL
    return Runs(
        np.full(int(said.sum()), ordinal, np.uint16),
        calls.run_start[said].astype(np.uint32, copy=False),
        calls.run_end[said].astype(np.uint32, copy=False),
        calls.run_state[said].astype(np.uint8, copy=False),
    )


ContigData = tuple[str, int, Iterable[Variants], Iterable[Runs]]


def _contigs_of(group: list[_Light]) -> Iterator[ContigData]:
    for contig in GRCH38.contigs:
        parts, runs = [], []
        for ordinal, light in enumerate(group):
            part, own = light.contigs[contig.name]
            number = np.uint16(ordinal)
            parts.append(Part(part.key, part.ordinal + number, part.entry, part.heteroplasmy, part.texts))
            runs.append(Runs(own.ordinal + number, own.start, own.end, own.state))
        joined = Runs.joined(runs)
        yield contig.name, contig.length, [gather(parts)], ([joined] if len(joined) else [])


def write_segment(scratch: Scratch, number: int, genomes: list[Genome], contigs: Iterable[ContigData]) -> SegmentEntry:
    """Write a segment and its genome table. Contigs where nobody has an entry or a run are left out."""
    writer = SegmentWriter(len(genomes))
    with writer.blob:
        for name, length, variants, runs in contigs:
            writer.contig(name, length, variants, runs)
        digest = writer.finish()
        file = f"segments/{number:08d}-{digest}.seg"
        scratch.put(file, writer.blob.chunks())
        entry = BlobEntry(file, digest, writer.blob.size)
    table = write_table(scratch, genomes)
    return SegmentEntry(number, len(genomes), table, (entry,), writer.n_entries, writer.n_runs)


def write_table(scratch: Scratch, genomes: list[Genome]) -> str:
    """Put a genome table; returns its file."""
    digest, blob = encode_genomes(genomes)
    with blob:
        file = f"genomes/{digest}.gen"
        scratch.put(file, blob.chunks())
    return file
