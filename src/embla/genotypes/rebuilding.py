"""A new store from the packs of an old one: segments are made anew, nothing is taken over but what was reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from embla.genotypes.pack_keys import PackKeys
from embla.genotypes.places import Where
from embla.genotypes.staging import NewGenome
from embla.genotypes.store import CohortStore

if TYPE_CHECKING:
    from embla.genotypes.view import View


def rebuild(
    view: View, where: Where, progress: Callable[[int, int], None] | None = None, *, keys: PackKeys | None = None
) -> CohortStore:
    """Make a store at `where` with every genome that counts in `view`, in its order, attributes included; `keys` holds
    its packs' keys, if not the new folder.

    Raises Refused where the folder is not empty, Broken for a damaged pack (the new folder is then left unfinished).
    """
    # A FASTA that went away does not stop a rebuild: packs are normalised already.
    new = CohortStore.create_like(where, view.store.about, keys)

    def genomes() -> Iterator[NewGenome]:
        for done, (_, segment, ordinal) in enumerate(view.live()):
            if progress:
                progress(done, len(view))
            row = segment.table.row(ordinal)
            yield NewGenome(row.name, view.store.open_pack(row.pack).pack(), dict(row.attributes))

    with new.writing():
        new.publish(new.stage_add(genomes(), known=True))
        while (merged := new.stage_compact(full=False)) is not None:
            new.publish(merged)
        new.tidy([new.current()])
    return new
