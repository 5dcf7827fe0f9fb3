"""Build the files of a release from a view of the store: every contig swept once for all strata."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from embla.frequency.files.layout import FORMAT, WINDOW
from embla.frequency.files.release import ABOUT
from embla.frequency.files.writer import ContigWriter
from embla.genome import GRCH38, Karyotype
from embla.genotypes import an_steps
from embla.storage import Folder

if TYPE_CHECKING:
    from embla.genotypes import Mask, View

# Bases in one sweep of variants; people x bases in one stretch of AN.
_VARIANT_STRIDE: Final = 1 << 22
_PEOPLE_BASES: Final = 1 << 34
# (contig, bases done, bases in all)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Members:
    """A stratum as masks of one view: who is in it, and its people by karyotype."""

    by: str
    value: str
    mask: "Mask"
    karyotypes: dict[str, int]


def build_release(
    folder: Folder, number: str, view: "View", strata: Sequence[Members], karyotypes: dict[str, "Mask"],
    facts: dict[str, Any], progress: Progress | None = None,
) -> tuple[str, int]:  # fmt: skip
    """Write the files of release `number` and, last, `release.json`; returns its SHA-256 and how many variants it has.

    `karyotypes`: the total split by karyotype, for the number of people covered on X and Y.
    """
    files: dict[str, Any] = {}
    for contig in GRCH38.contigs:
        name = f"{contig.name}.release"
        split = karyotypes if contig.kind in ("X", "Y") else {}
        writer = ContigWriter(contig.name, contig.length, len(strata), list(split))
        cohorts = [stratum.mask for stratum in strata] + list(split.values())
        hashed = _Hashed(_contig(view, writer, cohorts, progress))
        folder.put(f"{number}/{name}", hashed)
        files[contig.name] = {
            "name": name, "sha256": hashed.digest(), "bytes": hashed.bytes, "variants": writer.variants,
            "carried": writer.carried,
        }  # fmt: skip
    about = facts | {
        "format": FORMAT,
        "number": number,
        "strata": [{"by": s.by, "value": s.value, "karyotypes": s.karyotypes} for s in strata],
        "files": files,
    }
    return _put_about(folder, number, about), sum(file["carried"] for file in files.values())


def keep_release(folder: Folder, number: str, facts: dict[str, Any]) -> str:
    """Write the one file of a release in which no number is new; returns its SHA-256."""
    return _put_about(folder, number, facts | {"format": FORMAT, "number": number, "strata": [], "files": {}})


def _put_about(folder: Folder, number: str, about: dict[str, Any]) -> str:
    raw = (json.dumps(about, indent=1, sort_keys=True) + "\n").encode()
    folder.put(f"{number}/{ABOUT}", raw)
    return sha256(raw).hexdigest()


def _contig(
    view: "View", writer: ContigWriter, cohorts: Sequence["Mask"], progress: Progress | None
) -> Iterator[bytes]:
    yield writer.start()
    length = writer.length
    if any(segment.contig(writer.contig) is not None for segment in view.segments):
        for start in range(0, length, _VARIANT_STRIDE):
            end = min(start + _VARIANT_STRIDE, length)
            strata = cohorts[: writer.strata]
            swept = view.sweep(writer.contig, start, end, strata, carried_only=False, per_base=False)
            yield from writer.add_variants(swept)
            if progress is not None:
                progress(writer.contig, start, length)
    # Runs in memory at once grow with people x bases; a small store takes long strides.
    stride = max(_PEOPLE_BASES // max(len(view), 1) // WINDOW, 8) * WINDOW
    for start in range(0, length, stride):
        yield from writer.add_steps(an_steps(view, writer.contig, start, min(start + stride, length), cohorts))
    if progress is not None:
        progress(writer.contig, length, length)
    yield from writer.finish()


def karyotype_counts(karyotypes: Sequence[str]) -> dict[str, int]:
    """People by karyotype, in the order of the karyotypes; those with nobody are left out."""
    return {k.value: n for k in Karyotype if (n := sum(1 for own in karyotypes if own == k.value))}


class _Hashed:
    """Pieces on their way to the disk, hashed and measured as they pass."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces, self.hash, self.bytes = pieces, sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.hash.update(piece)
            self.bytes += len(piece)
            yield piece

    def digest(self) -> str:
        return self.hash.hexdigest()
