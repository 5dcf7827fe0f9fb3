"""Files to genomes: one pass over each file, contig by contig, for all of its samples that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from embla.errors import UsageError
from embla.genome import Assembly, Karyotype
from embla.genotypes.model.pack import Pack
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading.report import ReadReport
from embla.genotypes.reading.samples import SampleSpec
from embla.reference import Reference

if TYPE_CHECKING:
    from embla.genotypes.reading.taking import Begin

T = TypeVar("T")
Progress = Callable[[Path, int, int], None]  # file, bytes of it read, bytes of it in all


@dataclass(frozen=True)
class Read(Generic[T]):
    """One sample, what was made of it, and what reading it left out."""

    spec: SampleSpec
    made: T
    report: ReadReport


@dataclass(frozen=True)
class ReadPack:
    """One sample as a pack, with what reading it left out."""

    spec: SampleSpec
    pack: Pack
    report: ReadReport


def read_packs(
    specs: Sequence[SampleSpec],
    *,
    assembly: Assembly,
    reference: Reference | None,
    policy: Policy,
    progress: Progress | None = None,
) -> Iterator[ReadPack]:
    """Read each sample into a pack in memory; see `read_genomes`. It says which reference that was, where `digest()` of
    that was asked for before."""
    from embla.genotypes.reading.taking import Gathering

    against = reference.digested if reference is not None else ""
    for read in read_genomes(
        specs, Gathering, assembly=assembly, reference=reference, policy=policy, progress=progress
    ):
        yield ReadPack(read.spec, replace(read.made, reference=against), read.report)


def read_genomes(
    specs: Sequence[SampleSpec],
    begin: Begin[T],
    *,
    assembly: Assembly,
    reference: Reference | None,
    policy: Policy,
    progress: Progress | None = None,
) -> Iterator[Read[T]]:
    """Read each sample and hand its contigs to who takes them, file by file in the order they are first named.

    A file that several specs name is read once (more often only where its samples would not fit into memory together).
    Raises BadInput where a file cannot be what it says; what was yielded before must then not be used either.
    """
    for path, wanted in by_file(specs).items():
        from embla.genotypes.reading.file import FileReading

        reading = FileReading(path, wanted, assembly, reference, policy, progress, begin)
        for spec, made, report in reading.genomes():
            yield Read(spec, made, report)


def by_file(specs: Sequence[SampleSpec]) -> dict[Path, list[SampleSpec]]:
    """The samples wanted of each file, in the order in which files are first named. Raises UsageError for a name that
    is there twice, and for words that are not known."""
    names = [spec.name for spec in specs]
    if len(set(names)) != len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise UsageError(f"sample {twice!r} is named twice.", mend="Give each sample once.")
    for spec in specs:
        if spec.karyotype not in list(Karyotype) or spec.callability not in (None, "gvcf", "bed", "assumed"):
            raise UsageError(
                f"karyotype {spec.karyotype!r} or callability {spec.callability!r} is not known.",
                mend=f"Karyotype is one of {', '.join(Karyotype)}; callability gvcf, bed, assumed or None.",
            )
    by_path: dict[Path, list[SampleSpec]] = {}
    for spec in specs:
        by_path.setdefault(Path(spec.path), []).append(spec)
    return by_path
