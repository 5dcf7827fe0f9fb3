"""What is in a store, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from embla.errors import NotFound
from embla.genotypes.compaction import tier
from embla.genotypes.files.genomes import CALLABILITIES, KARYOTYPES
from embla.genotypes.packs import pack_file

if TYPE_CHECKING:
    from embla.genotypes.view import View


@dataclass(frozen=True)
class Stats:
    """Numbers of one state. `variant_rows` counts a variant once per segment that has it; `removed` genomes are masked
    and wait for compaction; `unknown_sex` genomes count nowhere on X outside PAR and on Y."""

    genomes: int
    karyotypes: dict[str, int]
    callabilities: dict[str, int]
    unknown_sex: int
    assumed: int
    removed: int
    segments: int
    tiers: dict[str, int]
    variant_rows: int
    entries: int
    runs: int
    segment_bytes: int
    pack_bytes: int
    attributes: list[str]
    assembly: str
    reference: str | None
    managed: bool
    policy: str
    manifest: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def stats(view: View) -> Stats:
    """Count what a view holds."""
    about, manifest = view.store.about, view.content
    karyotypes = Counter(KARYOTYPES[k] for k in view.karyotypes[view.alive])
    callabilities = Counter(CALLABILITIES[c] for c in view.callabilities[view.alive])
    packs = {segment.table.packs[ordinal] for _, segment, ordinal in view.live()}
    rows = sum(
        reader.facts(contig)["variants"] for s in view.segments for _, reader in s.blobs for contig in reader.contigs
    )
    return Stats(
        genomes=len(view),
        karyotypes={k: karyotypes[k] for k in KARYOTYPES if karyotypes[k]},
        callabilities={c: callabilities[c] for c in CALLABILITIES if callabilities[c]},
        unknown_sex=karyotypes["unknown"],
        assumed=callabilities["assumed"],
        removed=manifest.removed,
        segments=len(manifest.segments),
        tiers={str(t): n for t, n in sorted(Counter(tier(s.genomes) for s in manifest.segments).items())},
        variant_rows=rows,
        entries=sum(s.entries for s in manifest.segments),
        runs=sum(s.runs for s in manifest.segments),
        segment_bytes=sum(b.size for s in manifest.segments for b in s.blobs),
        pack_bytes=sum(_size(view, digest) for digest in packs),
        attributes=view.attributes,
        assembly=about.assembly,
        reference=about.reference or None,
        managed=about.managed,
        policy=view.policy,
        manifest=view.manifest.short,
    )


def _size(view: View, digest: str) -> int:
    try:
        return view.store.folder.size(pack_file(digest))
    except NotFound:
        return 0
