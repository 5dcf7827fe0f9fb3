"""An older store brought to this program's format, in place. What it counts does not change, nor who is in it.

Format 2 keeps people of large segments in bit planes, and chooses windows of callability by stretch. Older segments
stay readable; a bare store's large ones are written anew and its plain packs sealed. A managed store's pointer and keys
are its owner's: its segments change when they are next compacted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from embla.errors import WrongFormat
from embla.genotypes.about import ABOUT, FORMAT, About, read_about
from embla.genotypes.files import segment
from embla.genotypes.places import Where
from embla.genotypes.store import CohortStore
from embla.genotypes.view import LiveSegment

OLDEST: Final = 1


@dataclass(frozen=True)
class Upgraded:
    """From which format, and how many segments were written anew."""

    before: int
    segments: int

    @property
    def changed(self) -> bool:
        """False when the store had this program's format already."""
        return self.before != FORMAT


def upgrade(where: Where) -> Upgraded:
    """Raises NotFound where no store is, WrongFormat for one of a newer program. A crash on the way leaves the old
    format with the same numbers; run it again."""
    folder, raw = read_about(where)
    before = raw.get("format")
    if before == FORMAT:
        return Upgraded(FORMAT, 0)
    if not isinstance(before, int) or not OLDEST <= before < FORMAT:
        raise WrongFormat(
            f"store format {before}, this program knows {OLDEST} to {FORMAT}.", mend="Use the Embla that made it."
        )
    about = About.of({**raw, "format": FORMAT})
    store = CohortStore(folder, about)
    with store.writing():
        renewed = 0 if about.managed else _renew(store)
        # Last: from here on an older program refuses the store.
        folder.swap(ABOUT, folder.get(ABOUT), about.encode())
    return Upgraded(before, renewed)


def _renew(store: CohortStore) -> int:
    view = store.view()
    store.packs.seal_plain({s.table.packs[ordinal] for _, s, ordinal in view.live()})
    numbers = [s.number for s in view.segments if len(s.table) >= segment.PLANES_FROM and _in_lists(s)]
    staged = store.stage_compact(only=numbers) if numbers else None
    if staged is not None:
        store.publish(staged)
        store.tidy()
    return len(numbers)


def _in_lists(live: LiveSegment) -> bool:
    contigs = (blob.contig(name) for _, blob in live.blobs for name in blob.contigs if name != "chrM")
    return any(contig is not None and len(contig.first_key) and not contig.in_planes for contig in contigs)
