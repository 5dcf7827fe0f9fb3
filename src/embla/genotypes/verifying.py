"""Is the store what it says? Every hash, every pack; and, on request, every number against one made from the packs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from embla.errors import EmblaError, NotFound
from embla.genome import GRCH38
from embla.genotypes.cluster.site import Site, each
from embla.genotypes.files.genomes import GenomeTable
from embla.genotypes.files.lexicon import FOLDER as LEXICONS
from embla.genotypes.files.lexicon import is_lexicon
from embla.genotypes.files.manifest import ManifestId
from embla.genotypes.packs import pack_file
from embla.genotypes.places import pieces_of

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import View

Progress = Callable[[str, int, int], None]  # what is looked at, done, of
_TOGETHER: Final = 16  # packs in one job


def verify(
    store: CohortStore,
    ident: ManifestId | None = None,
    *,
    recount: bool = False,
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> Iterator[str]:
    """Yield a sentence for everything that is wrong; nothing when the store is sound. Reads every byte of the state.

    `recount` also compares each genome's entries and runs, and every count, with the packs, and yields the first
    difference of each contig with its place. A `crew` shares files, packs and contigs.
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
    for file in store.folder.list(LEXICONS):
        if is_lexicon(file):
            hashed.append((file, file.rpartition("-")[2]))
        else:  # nothing reads it, so the rest may be sound
            yield f"{file} is not of this store: nobody who learns names a file so. Move it away."
    for done, problem in enumerate(each(crew, hash_problem, store, ident, hashed)):
        tell("files", done, len(hashed))
        file = hashed[done][0]
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
    asked = [(digest, digest in live) for digest in packs]
    jobs = [asked[at : at + _TOGETHER] for at in range(0, len(asked), _TOGETHER)]
    for done, problems in enumerate(each(crew, pack_problems, store, ident, jobs)):
        tell("packs", done * _TOGETHER, len(packs))
        sound = sound and not problems
        yield from problems
    if recount and sound:
        yield from _recounted(view, tell, crew)


def _recounted(view: View, tell: Progress, crew: Crew | None) -> Iterator[str]:
    from embla.genotypes.recounting import contig_problem, recount

    if crew is None:
        yield from recount(view, tell)
        return
    # The longest first, as they come: a crew is done when its longest contig is.
    contigs = [contig.name for contig in GRCH38.contigs]
    for done, problem in enumerate(each(crew, contig_problem, view.store, view.manifest, contigs)):
        tell("contigs", done, len(contigs))
        if problem:
            yield problem


def hash_problem(store: CohortStore, site: Site, job: tuple[str, str]) -> str:
    """What is wrong with a file of that digest, or ""."""
    file, digest = job
    found = sha256()
    try:
        for piece in pieces_of(store.folder, file):
            found.update(piece)
    except EmblaError:
        return f"{file} is missing."
    return "" if found.hexdigest() == digest else f"{file} does not match its hash."


def pack_problems(store: CohortStore, site: Site, job: list[tuple[str, bool]]) -> list[str]:
    """What is wrong with packs, given by digest and whether a genome needs it."""
    return [problem for digest, needed in job if (problem := _pack_problem(store, digest, needed=needed))]


def _pack_problem(store: CohortStore, digest: str, *, needed: bool) -> str:
    file = pack_file(digest)
    try:
        if not needed and store.packs.is_erased(digest):
            return ""
        opened = store.open_pack(digest)
        if opened.facts["policy"] != store.policy.digest() or opened.facts["assembly"] != store.about.assembly:
            return f"{file} was made under another counting policy or assembly than the store's."
        if opened.reference not in (None, store.about.reference_digest):
            return f"{file} was read against another reference than the store's."
        same = opened.digest == digest and opened.is_as_named()
    except NotFound:
        return f"{file} is missing." if needed else ""
    except (EmblaError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        return f"{file} cannot be read: {error}"
    return "" if same else f"{file} does not match its hash."
