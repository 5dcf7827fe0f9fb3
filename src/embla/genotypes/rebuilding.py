"""A new store from the packs of an old one: segments are made anew, nothing is taken over but what was reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from embla.genotypes.pack_keys import PackKeys
from embla.genotypes.places import Where
from embla.genotypes.staging import NewGenome, Staged
from embla.genotypes.store import CohortStore

if TYPE_CHECKING:
    from embla.genotypes.about import About
    from embla.genotypes.view import View


def rebuild(
    view: View, where: Where, progress: Callable[[int, int], None] | None = None, *, keys: PackKeys | None = None
) -> CohortStore:
    """Make a store at `where` with every genome that counts in `view`, in its order, attributes included; `keys` holds
    its packs' keys, if not the new folder.

    Raises Refused where the folder is not empty, unless with a rebuild that died; Broken for a damaged pack (the new
    store is then left unfinished, and opens for nobody).
    """

    def genomes() -> Iterator[NewGenome]:
        for done, (_, segment, ordinal) in enumerate(view.live()):
            if progress:
                progress(done, len(view))
            row = segment.table.row(ordinal)
            yield NewGenome(row.name, view.store.open_pack(row.pack).pack(), dict(row.attributes))

    # A FASTA that went away does not stop a rebuild: packs are normalised already.
    return filled(where, view.store.about, keys, lambda new: new.stage_add(genomes(), known=True))


def filled(where: Where, about: About, keys: PackKeys | None, fill: Callable[[CohortStore], Staged]) -> CohortStore:
    """Make a store at `where` that counts as `about` says, with the genomes that `fill` stages.

    Until all of them are in, its `store.json` says that it is unfinished and nobody may open it. Where that died, the
    same call begins anew in the same place.
    """
    new = CohortStore.create_like(where, replace(about, unfinished=True), keys)
    with new.writing():
        new.start_afresh()
        new.publish(fill(new))
        while (merged := new.stage_compact(full=False)) is not None:
            new.publish(merged)
        new.tidy([new.current()])
        new.finish()
    return new
