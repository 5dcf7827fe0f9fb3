"""A store learns which alleles its genomes share, so that the packs to come are told briefly (`files/lexicon.py`).

A lexicon is made when the store has twice the genomes that the last one was made of, from 64 on: so there are few of
them, together no larger than twice the last, and each genome is counted twice at most for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from embla.errors import NotFound, Unavailable
from embla.genome import GRCH38
from embla.genotypes.annotating.sites import widest
from embla.genotypes.files.lexicon import FOLDER, LEAST_CARRIERS, Known, LexiconWriter, classes_of, is_lexicon
from embla.genotypes.files.variants import is_hashed

if TYPE_CHECKING:
    from embla.genotypes.files.manifest import ManifestId
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import View

FROM: Final = 64


def learn(store: CohortStore, manifest: ManifestId | None = None) -> str:
    """See `CohortStore.learn`."""
    names = [name for name in store.folder.list(FOLDER) if is_lexicon(name)]
    last = int(max(names).removeprefix(FOLDER).partition("-")[0]) if names else 0
    view = store.view(manifest)
    if len(view) < max(FROM, 2 * last):
        return ""
    writer = LexiconWriter(len(view))
    with writer.blob:
        try:
            for contig in GRCH38.contigs:
                known = known_of(view, contig.name, contig.length)
                if len(known.key):
                    writer.contig(contig.name, known)
            name = writer.finish()
            # Only now the turn: a sweeper takes half-written files for a dead writer's.
            with store.writing():
                store.folder.put(name, writer.blob.chunks())
        except (NotFound, Unavailable):
            # Somebody compacted, and in a bucket this state's files are gone; or the disk is full. What was committed
            # before stays so, packs are told without, and the next compaction tries again.
            return ""
    return name


def known_of(view: View, contig: str, length: int) -> Known:
    """Alleles of a contig that at least 20 of the genomes carry; hashed ones, whose texts lie elsewhere, left out."""
    everybody = view.cohort()
    kept = [np.empty(0, np.uint64)]
    carriers = [np.empty(0, np.int32)]
    step = widest(len(view))
    for start in range(0, length, step):
        if not any(reader is not None for reader in (s.contig(contig) for s in view.segments)):
            break
        swept = view.sweep(contig, start, min(start + step, length), [everybody], per_base=False)
        often = (swept.carriers[0] >= LEAST_CARRIERS) & ~is_hashed(swept.key)
        kept.append(swept.key[often])
        carriers.append(swept.carriers[0][often])
    share = np.concatenate(carriers) / max(len(view), 1)
    return Known(np.concatenate(kept), classes_of(share))
