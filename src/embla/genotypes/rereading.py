"""A store under another policy: every genome that counts is read again from the file it came from.

adj is fixed when a pack is made, and a pack does not hold what another policy asks: of a reference block it knows that
it passed, not by how much, and no call below the share of the old one. So packs alone cannot say it, and files are
asked for. Each must first give, under the old policy, the very pack that the store has: no other file slips in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from embla.errors import BadInput, Refused
from embla.genome import GRCH38
from embla.genotypes.files.packdigest import NEWEST, contig_digest, joined_digest, long_text, pack_digest
from embla.genotypes.places import Where
from embla.genotypes.reading import SampleSpec, read_genomes
from embla.genotypes.rebuilding import filled

if TYPE_CHECKING:
    from embla.genotypes.files.genomes import Genome
    from embla.genotypes.files.packfile import PackFile
    from embla.genotypes.model.pack import Callability, ContigCalls, PackFacts
    from embla.genotypes.model.policy import Policy
    from embla.genotypes.readying import Needs, ReadyHere
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import View

Progress = Callable[[int, int], None]


def reread(
    view: View, where: Where, policy: Policy, specs: Sequence[SampleSpec], progress: Progress | None = None
) -> CohortStore:
    """Make a store at `where` with every genome that counts in `view`, read from `specs` under `policy`; karyotypes and
    attributes are those of the view.

    Raises Refused where a genome has no file or a file no genome, and where the folder is not empty; BadInput for a
    file that does not give its genome. Everything is read before anything is made.
    """
    view.store.check_reference()
    rows = {row.name: row for _, segment, ordinal in view.live() for row in (segment.table.row(ordinal),)}
    missing, strange = rows.keys() - {spec.name for spec in specs}, sum(spec.name not in rows for spec in specs)
    if missing or strange:
        raise Refused(
            f"{len(missing):,} of {len(rows):,} genomes have no row in the table, {strange:,} of its rows no genome.",
            mend="Another policy is counted from the files: give each genome of `embla store stats STORE --samples`.",
        )
    wanted = [_as_there(spec, rows[spec.name]) for spec in specs]
    _check(view, wanted, rows, progress)

    def genomes(needs: Needs) -> Generator[ReadyHere]:
        reading = read_genomes(wanted, needs.begin, assembly=GRCH38, reference=view.store.reference, policy=policy)
        for done, read in enumerate(reading, len(rows)):
            if progress:
                progress(done, 2 * len(rows))
            yield read.made

    about = replace(view.store.about, policy=policy)
    return filled(where, about, None, lambda new: new.stage_genomes(genomes, known=True))


def _as_there(spec: SampleSpec, row: Genome) -> SampleSpec:
    callability = spec.callability or cast("Callability", row.callability)
    if callability == "bed" and spec.bed is None:
        raise BadInput(
            "this genome was added with a BED, and the table names none.",
            path=str(spec.path),
            mend="Write bed:PATH in its column callability.",
        )
    return replace(spec, karyotype=row.karyotype, callability=callability, attributes=dict(row.attributes))


def _check(view: View, wanted: Sequence[SampleSpec], rows: dict[str, Genome], progress: Progress | None) -> None:
    """Does each file give, under the view's policy, the pack that is there?"""
    store = view.store
    reading = read_genomes(wanted, _Digesting, assembly=GRCH38, reference=store.reference, policy=store.policy)
    for done, read in enumerate(reading):
        if progress:
            progress(done, 2 * len(rows))
        if read.made != _digest_of(store.open_pack(rows[read.spec.name].pack)):
            raise BadInput(
                "the file does not give the genome that the store has under this name.",
                path=str(read.spec.path),
                mend="Give the file (and BED) that it was added from. If this program reads it otherwise than the one "
                "that added it, make a store with `embla store create --policy` and add all files anew.",
            )


def _digest_of(pack: PackFile) -> str:
    return pack.digest if pack.digest_version == NEWEST else pack_digest(pack.pack())


class _Digesting:
    """Takes a genome for its digest alone (`reading/taking.py`)."""

    def __init__(self, _: SampleSpec, facts: PackFacts) -> None:
        self._facts = facts
        self._contigs: dict[str, str] = {}

    def contig(self, name: str, calls: ContigCalls, filters: tuple[str, ...]) -> None:
        """See `Taker`."""
        self._contigs[name] = contig_digest(name, calls, filters, long_text(calls))

    def nbytes(self) -> int:
        """See `Taker`."""
        return 0

    def done(self, kept: dict[str, bytes]) -> str:
        """The digest of its pack."""
        return joined_digest(self._facts, self._contigs, kept)

    def drop(self) -> None:
        """See `Taker`."""
