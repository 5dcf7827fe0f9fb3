"""Files to packs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from embla.genome import Assembly
from embla.genotypes.model.pack import Pack
from embla.genotypes.model.policy import Policy
from embla.genotypes.reading.report import ReadReport
from embla.genotypes.reading.samples import SampleSpec
from embla.reference import Reference

Progress = Callable[[Path, int, int], None]  # file, bytes of it read, bytes of it in all


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
    """Read each sample of each file."""
    from embla.genotypes.reading.plain import plain_packs

    yield from plain_packs(specs, assembly=assembly, reference=reference, policy=policy)
