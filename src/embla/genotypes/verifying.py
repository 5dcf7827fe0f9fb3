"""Is the store what it says? Every hash, every pack; and, on request, every number against one made from the packs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

from embla.errors import EmblaError, NotFound
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.files.packfile import pack_digest
from embla.genotypes.packs import pack_file
from embla.genotypes.places import pieces_of

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore

Progress = Callable[[str, int, int], None]  # what is looked at, done, of


def verify(
    store: CohortStore, ident: ManifestId | None = None, *, recount: bool = False, progress: Progress | None = None
) -> Iterator[str]:
    """Yield a sentence for everything that is wrong; nothing when the store is sound. Reads every byte of the state.

    `recount` also compares each genome's entries and runs, and every count, with the packs, and yields the first
    difference of each contig with its place.
    """
    tell = progress or (lambda what, done, of: None)
    try:
        ident = ident or store.current()
        manifest = store.manifest(ident)
    except EmblaError as error:
        yield f"manifest: {error}"
        return
    sound = True
    packs: dict[str, None] = {}
    hashed = [(blob.file, blob.digest) for s in manifest.segments for blob in s.blobs]
    hashed += [(s.table, s.table.removeprefix("genomes/").removesuffix(".gen")) for s in manifest.segments]
    if manifest.tombstones:
        hashed.append((manifest.tombstones, manifest.tombstones.removeprefix("tombstones/").removesuffix(".json")))
    for done, (file, digest) in enumerate(hashed):
        tell("files", done, len(hashed))
        problem = _hash_problem(store, file, digest)
        if problem:
            sound = False
            yield problem
        elif file.startswith("genomes/"):
            packs |= dict.fromkeys(GenomeTable(store.folder.open(file), file).packs)
    if not sound:
        return
    try:
        view = store.view(ident)
    except EmblaError as error:
        yield f"state {ident.short}: {error}"
        return
    live = {segment.table.packs[ordinal] for _, segment, ordinal in view.live()}
    for done, digest in enumerate(packs):
        tell("packs", done, len(packs))
        problem = _pack_problem(store, digest, needed=digest in live)
        if problem:
            sound = False
            yield problem
    if recount and sound:
        from embla.genotypes.recounting import recount as count_again

        yield from count_again(view, tell)


def _hash_problem(store: CohortStore, file: str, digest: str) -> str:
    found = sha256()
    try:
        for piece in pieces_of(store.folder, file):
            found.update(piece)
    except EmblaError:
        return f"{file} is missing."
    return "" if found.hexdigest() == digest else f"{file} does not match its hash."


def _pack_problem(store: CohortStore, digest: str, *, needed: bool) -> str:
    file = pack_file(digest)
    try:
        if not needed and store.packs.is_erased(digest):
            return ""
        opened = store.open_pack(digest)
        same = opened.digest == digest and pack_digest(opened.pack()) == digest
    except NotFound:
        return f"{file} is missing." if needed else ""
    except (EmblaError, ValueError, TypeError) as error:
        return f"{file} cannot be read: {error}"
    return "" if same else f"{file} does not match its hash."
