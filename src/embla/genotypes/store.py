"""The cohort store: a folder, or a prefix in a bucket, of immutable files and one pointer.

    store.json          what the store is: format, assembly, reference, policy, managed
    CURRENT             number and SHA-256 of the manifest that counts (in a managed store only a copy, see below)
    LOCK                writers and the sweeper take turns here; in a bucket LEASE: see turns.py
    manifests/ segments/ genomes/ packs/ tombstones/     each file named by its content, written once
    lexicons/           alleles that many carry, by which packs name them: see learning.py
    keys/               of a bare store: the key of each pack; a managed store's keys are with its owner

Every change is staged (files written, nobody sees them) and then published by one pointer swap. The owner of a managed
store keeps the pointer in its own database: it calls `stage_*` inside `writing()`, commits the new `ManifestId` there,
passes it to `view()`, and calls `publish` afterwards so that `stats` and `verify` know which state to look at.
The reasons are in docs/decisions/0002-cohort-store-layout.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Final, TypeVar

from embla.errors import Broken, Conflict, EmblaError, NotFound, Refused, UsageError, WrongFormat
from embla.genotypes import staging
from embla.genotypes.about import ABOUT, FORMAT, About, open_reference, read_about
from embla.genotypes.beginning import begin, is_free
from embla.genotypes.files.manifest import Manifest, ManifestId, Tombstones, decode_tombstones
from embla.genotypes.files.packdigest import NEWEST
from embla.genotypes.files.packfile import PackFile
from embla.genotypes.model.policy import Policy
from embla.genotypes.pack_keys import KeyFolder, LockedKeys, PackKeys
from embla.genotypes.packs import Packs
from embla.genotypes.places import Where, blocks_from, open_place
from embla.genotypes.readying import Needs, ReadyHere, made_ready, stage_here
from embla.genotypes.staging import NewGenome, Scratch, Staged
from embla.genotypes.states import OpenStates
from embla.genotypes.turns import CURRENT, FolderTurns, LeaseTurns, Turns, read_pointer
from embla.genotypes.view import View
from embla.storage import Blocks, Bucket, Storage

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.reference import Reference

Change = TypeVar("Change")
_TRIES: Final = 5


class CohortStore:
    """A cohort store in a folder or a bucket. Open it once and share it between threads; views are cheap."""

    def __init__(
        self,
        folder: Storage,
        about: About,
        keys: PackKeys | None = None,
        *,
        turns: Turns | None = None,
        blocks: Blocks | None = None,
    ) -> None:
        """Use `create` or `open`. `blocks` is the cache of a store in a bucket, `turns` how its writers wait."""
        self.folder = folder
        self.about = about
        self.opening = token_hex(8)  # workers keep a store open for as long as its driver does
        cache = (blocks or blocks_from(os.environ, folder.where)) if isinstance(folder, Bucket) else None
        keys = keys or (LockedKeys() if about.keys == "owner" else KeyFolder(folder))
        self.packs = Packs(folder, keys, cache)
        self.states = OpenStates(folder, cache)
        self._guard = threading.RLock()  # held by a writer as long as it writes; readers never wait for it
        self._depth = 0
        self._turns = turns or (LeaseTurns(folder) if isinstance(folder, Bucket) else FolderTurns(folder))

    # Making and opening

    @classmethod
    def create(
        cls,
        where: Where,
        assembly: str = "GRCh38",
        reference: str | Path | Reference | None = None,
        policy: Policy | None = None,
        managed: bool = False,
        keys: PackKeys | None = None,
    ) -> CohortStore:
        """Make an empty store; `keys` is who holds its packs' keys, if not its own folder. Raises Refused where
        anything is already; BadInput for a FASTA that cannot be used."""
        if assembly != "GRCh38":
            raise UsageError(f"assembly '{assembly}' is not known.", mend="Known: GRCh38.")
        opened = open_reference(reference) if isinstance(reference, str | Path) else reference
        path, digest = (str(Path(opened.path).resolve()), opened.digest()) if opened else ("", "")
        return cls.create_like(where, About(assembly, policy or Policy(), path, digest, managed), keys)

    @classmethod
    def create_like(cls, where: Where, about: About, keys: PackKeys | None = None) -> CohortStore:
        """Make an empty store that counts as another does; its reference is that one's, also where the FASTA is not at
        hand. Raises as `create`. One that is to be `unfinished` may be there already; see `rebuilding.filled`."""
        folder = open_place(where)
        if about.managed and isinstance(folder, Bucket):
            raise UsageError("a managed store lies in a folder.", mend="Make a bare one in the bucket.")
        own = replace(about, keys="owner" if keys is not None else "folder", format=FORMAT, digests=NEWEST)
        store = cls(folder, own, keys)
        if not is_free(folder):
            if own.unfinished and folder.exists(ABOUT) and folder.get(ABOUT) == own.encode():
                return store  # that of a rebuild that died
            raise Refused(f"{folder.where} is not empty.", mend="Give a new folder, or a prefix that nothing has.")
        if not begin(folder, own):
            raise Refused(f"another store was made at {folder.where} just now.", mend="Give another place.")
        return store

    @classmethod
    def open(
        cls,
        where: Where,
        keys: PackKeys | None = None,
        *,
        turns: Turns | None = None,
        blocks: Blocks | None = None,
    ) -> CohortStore:
        """Open a store; without `keys` the packs of one whose owner holds them stay closed. Raises NotFound where none
        is, WrongFormat for another version."""
        folder, raw = read_about(where)
        if raw.get("format") != FORMAT:
            newer = isinstance(raw.get("format"), int) and raw["format"] > FORMAT
            raise WrongFormat(
                f"store format {raw.get('format')}, this program reads {FORMAT}.",
                mend="Use a newer Embla." if newer else f"Run `embla store upgrade {folder.where}`.",
            )
        about = About.of(raw)
        if about.unfinished:
            raise Refused(
                f"the store at {folder.where} is being rebuilt, or its rebuild died: it lacks genomes.",
                mend="Wait for it; or run the same `embla store rebuild` again, or delete the folder.",
            )
        return cls(folder, about, keys, turns=turns, blocks=blocks)

    @property
    def policy(self) -> Policy:
        """The counting policy its packs were gated under."""
        return self.about.policy

    @property
    def path(self) -> Path:
        """Its folder. Raises UsageError for a store in a bucket, which has none."""
        if isinstance(self.folder, Bucket):
            raise UsageError("a store in a bucket has no folder.", mend="Use a store in a folder.")
        return self.folder.path

    @property
    def where(self) -> str:
        """The address it is opened by: a path, or s3://bucket/prefix."""
        return self.folder.where

    @cached_property
    def reference(self) -> Reference | None:
        """The FASTA it was created with; None where there is none. A FASTA that went away is not an error here: see
        `reference_problem`."""
        return self._reference_and_problem[0]

    @property
    def reference_problem(self) -> str:
        """A sentence when the FASTA of `store.json` cannot be used (variants are then not left-aligned), else ""."""
        return self._reference_and_problem[1]

    @cached_property
    def _reference_and_problem(self) -> tuple[Reference | None, str]:
        if not self.about.reference:
            return None, ""
        try:
            reference = open_reference(self.about.reference)
            if reference.digest() != self.about.reference_digest:
                return (
                    None,
                    f"The reference {self.about.reference} is not the one the store was made with; it is not used.",
                )
            return reference, ""
        except EmblaError as error:
            return None, f"The store's reference cannot be used, so variants are not left-aligned: {error}"

    # Reading

    def current(self) -> ManifestId:
        """The state that CURRENT names."""
        try:
            return read_pointer(self.folder.get(CURRENT))[0]
        except NotFound:
            raise Broken(
                "the store has no CURRENT file.", mend="Restore it from a backup, or rebuild from packs."
            ) from None

    def view(self, manifest: ManifestId | None = None) -> View:
        """Open one state, the current one if none is given. Raises Broken for damage, NotFound for one swept away."""
        for attempt in range(_TRIES):
            ident = manifest or self.current()
            try:
                return self.states.find(ident) or self.states.open(self, ident)
            except NotFound:
                # Somebody compacted between our reading the pointer and opening the files: look again.
                if manifest is not None or attempt == _TRIES - 1 or self.current() == ident:
                    if manifest is None:
                        raise Broken(
                            "a file of the current state is missing.", mend="Run `embla store verify STORE`."
                        ) from None
                    raise
        raise Conflict("the store changes faster than it can be opened; try again.")

    def manifest(self, ident: ManifestId) -> Manifest:
        """The content of a manifest."""
        return Manifest.decode(self.folder.get(ident.file), ident)

    def tombstones(self, manifest: Manifest) -> Tombstones:
        """Segment number -> removed ordinals."""
        if not manifest.tombstones:
            return {}
        return decode_tombstones(self.folder.get(manifest.tombstones), manifest.tombstones)

    def open_pack(self, digest: str, held: Mapping[str, bytes] | None = None) -> PackFile:
        """A pack by its digest; with keys held already, see `View.keys_of`. Raises NotFound, and Broken when its key is
        gone."""
        return self.packs.open(digest, held)

    # Writing

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the turn: one writer or sweeper at a time, in all processes. May be nested in one thread."""
        with self._guard:
            if self._depth == 0:
                self._turns.take()
            self._depth += 1
            try:
                if self._depth == 1:
                    self._check_same()
                yield
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._turns.give_back()

    def _check_same(self) -> None:
        """Who waited for the turn may find another store under its path. Raises Refused."""
        if About.of(read_about(self.folder)[1]).digest() != self.about.digest():
            raise Refused(
                f"another store lies at {self.where} than was opened.", mend="Nothing was changed. Try again."
            )

    def check_turn(self) -> None:
        """Raises Conflict when this writer's turn was lost: to be asked before anything is deleted."""
        self._turns.check()

    def stage_add(self, news: Iterable[NewGenome], base: ManifestId | None = None, *, known: bool = False) -> Staged:
        """Write genomes and the next manifest; nobody sees them until `publish`. `known`: a store took them before, so
        they are not compared with each other again, nor their karyotype with their calls.

        All or nothing: NameTaken (other content under a live name), Refused or Broken leave the folder as it was. The
        same content under the same name changes nothing; under another name it is counted, with a warning.
        """

        def genomes(needs: Needs) -> Generator[ReadyHere]:
            for new in news:
                made = made_ready(new, needs)
                del new  # a whole genome, and the next one comes
                yield made

        return self.stage_genomes(genomes, base, known=known)

    def stage_genomes(
        self,
        genomes: Callable[[Needs], Generator[ReadyHere]],
        base: ManifestId | None = None,
        *,
        known: bool = False,
    ) -> Staged:
        """`stage_add` of genomes that are made ready to this store's needs as they are read."""
        return self.stage(partial(stage_here, genomes=genomes, about=self.about, known=known), base)

    def stage_remove(self, names: Collection[str], base: ManifestId | None = None) -> Staged:
        """Mask genomes from the next state on. Raises NotFound when one is not there; then nothing changes."""
        return self.stage(partial(staging.stage_remove, names=names), base)

    def stage_compact(
        self,
        base: ManifestId | None = None,
        *,
        full: bool = True,
        only: Collection[int] = (),
        crew: Crew | None = None,
    ) -> Staged | None:
        """Merge segments. `full`: every segment with a removed genome is rewritten without it, and small segments are
        put together. Not full: only tiers with eight segments. `only`: just these segments, each written anew by
        itself. `crew`: workers who encode. None when there is nothing to do."""
        from embla.genotypes.compaction import stage_compact

        return self.stage(partial(stage_compact, full=full, only=only, crew=crew), base)

    def stage(self, how: Callable[[Scratch, View], Change], base: ManifestId | None = None) -> Change:
        """Let `how` write files and the next manifest on top of a state. What it put is deleted when it raises."""
        with self._scratch() as scratch:
            return how(scratch, self.view(base))

    def publish(self, staged: Staged) -> ManifestId:
        """Make a staged state the current one. Raises Conflict when another writer was first.

        For a managed store this only notes, for `stats` and `verify`, what its owner has committed. In both the keys of
        removed genomes are destroyed now; after a crash in between, `tidy` does it.
        """
        with self.writing():
            if not staged.changed:
                return staged.manifest
            if not self._turns.move(None if self.about.managed else staged.base, staged.manifest):
                raise Conflict("another writer changed the store first.", mend="Stage the change again.")
            if staged.removed:
                self._erase(staged)
            return staged.manifest

    def _erase(self, staged: Staged) -> None:
        """Destroy the keys of the genomes a published change removed, where no other genome has the same content."""
        before, after = self.view(staged.base), self.view(staged.manifest)
        rows = [before.located(number) for number in before.numbers(staged.removed)]
        digests = {segment.table.pack(ordinal) for segment, ordinal in rows}
        self.packs.keys.destroy([digest for digest in digests if not after.has_pack(digest)])

    def add(self, news: Iterable[NewGenome]) -> Staged:
        """Stage and publish. A bare store only, as are `remove` and `compact`; see `stage_add` for what it raises."""
        self._bare("stage_add")
        with self.writing():
            return self._published(self.stage_add(news))

    def add_genomes(self, genomes: Callable[[Needs], Generator[ReadyHere]]) -> Staged:
        """Stage and publish genomes that are made ready as they are read."""
        self._bare("stage_genomes")
        self.check_rules()
        with self.writing():
            return self._published(self.stage_genomes(genomes))

    def remove(self, names: Collection[str]) -> Staged:
        """Stage and publish a removal."""
        self._bare("stage_remove")
        with self.writing():
            return self._published(self.stage_remove(names))

    def change(self, how: Callable[[Scratch, View], Staged]) -> Staged:
        """Stage what `how` writes, and publish. A bare store only."""
        self._bare("stage")
        with self.writing():
            return self._published(self.stage(how))

    def _published(self, staged: Staged) -> Staged:
        self.publish(staged)
        return staged

    def compact(self, *, full: bool = True, crew: Crew | None = None) -> ManifestId:
        """Stage and publish compactions until there is nothing to merge, and sweep. Returns the state.

        Not `full`: only tiers with eight segments merge, and where none has, nothing at all is looked at, so that this
        may follow every add.
        """
        self._bare("stage_compact")
        with self.writing():
            due = full
            while (staged := self.stage_compact(full=full, crew=crew)) is not None:
                self.publish(staged)
                full, due = False, True
            if due:
                self.tidy()
        if due:
            self.learn()
        return self.current()

    def learn(self, manifest: ManifestId | None = None) -> str:
        """Make a lexicon for the packs to come, where the store has twice the genomes that the last was made of; gives
        its file's name, "" where none was due. Changes no state; may take as long as a merge, and nobody waits."""
        from embla.genotypes.learning import learn

        return learn(self, manifest)

    def destroy_orphan_keys(self, manifest: ManifestId) -> int:
        """Destroy keys that no genome of this state needs; returns how many. The sweep does it, too."""
        from embla.genotypes.tidying import destroy_orphan_keys

        with self.writing():
            return destroy_orphan_keys(self, manifest)

    def hand_keys_over(self) -> int:
        """Keys that an older Embla left in the folder of a managed store go to its owner; returns how many. Once more,
        or after a crash, is no harm: a key is deleted here only when the owner holds it."""
        with self.writing():
            folder = KeyFolder(self.folder)
            digests = folder.digests()
            found = {digest: key for digest in digests if (key := folder.find(digest)) is not None}
            self.packs.keys.keep(found)
            self.give_keys_to_owner()
            folder.destroy(digests)
            return len(found)

    def give_keys_to_owner(self) -> None:
        """Note that the owner who opened this store holds the keys, so that without him no pack opens."""
        self.about = replace(self.about, keys="owner")
        self.folder.swap(ABOUT, self.folder.get(ABOUT), self.about.encode())

    def tidy(self, keep: Iterable[ManifestId] = ()) -> list[str]:
        """Delete every file that the current state and those in `keep` do not need: what dead writers left, old states,
        packs of removed genomes that were compacted away. The owner of a managed store must pass the state its database
        names, as CURRENT is only a copy there. Returns what was deleted."""
        from embla.genotypes.tidying import tidy

        keep = list(keep)
        if self.about.managed and not keep:
            raise UsageError(
                "a managed store is swept by its owner, who knows which state counts.", mend="Pass `keep`."
            )
        with self.writing():
            deleted = tidy(self, self.current(), keep)
            self.states.forget(deleted)
            return deleted

    def start_afresh(self) -> None:
        """Go back to nothing: the store is unfinished, and what is in it is of a rebuild that died, from a state that
        may be another by now. Raises Refused where it was finished meanwhile."""
        with self.writing():
            if not About.of(read_about(self.folder)[1]).unfinished:
                raise Refused(f"another store was made at {self.where} just now.", mend="Give another place.")
            scratch = Scratch(self.folder)
            empty = staging.write_manifest(scratch, Manifest())
            if self.current() != empty:
                self._turns.move(None, empty)
            self.tidy([empty])

    def finish(self) -> None:
        """It has its genomes: from here on it is a store as any other."""
        with self.writing():
            self.about = replace(self.about, unfinished=False)
            self.folder.swap(ABOUT, self.folder.get(ABOUT), self.about.encode())

    def check_rules(self) -> None:
        """Raises Refused where files would be read by other rules, or against another reference, than the store's
        genomes were: they count apart."""
        self.check_reference()
        own, ours = self.policy.version, Policy.version
        if own == ours:
            return
        mend = "Use a newer Embla."
        if own < ours:
            mend = (
                "Report the genomes' packages into a new home; read decision 0059 before that cuts a release."
                if self.about.managed
                else "Read the genomes' files anew: embla store rebuild STORE NEW --samples TABLE."
            )
        raise Refused(
            f"this store counts by version {own} of the rules, this program adds by version {ours}.", mend=mend
        )

    def check_reference(self) -> None:
        """Raises Refused where the reference that the store names is not at hand, so that no file can be read as its
        genomes were."""
        if self.reference_problem:
            raise Refused(
                f"{self.reference_problem} Nothing is read against another or against none, as one indel would be two.",
                mend=f"Put the FASTA back as {self.about.reference}.",
            )

    def _bare(self, instead: str) -> None:
        if self.about.managed:
            raise UsageError(
                "this store is managed: its pointer is in its owner's database.",
                mend=f"Use `{instead}` and commit the manifest there.",
            )

    @contextmanager
    def _scratch(self) -> Iterator[Scratch]:
        with self.writing():
            scratch = Scratch(self.folder, self.packs)
            try:
                yield scratch
            except BaseException:
                # What was staged in a turn that was lost may be another's by now; the sweeper knows.
                with suppress(Conflict):
                    self.check_turn()
                    scratch.undo()
                raise
