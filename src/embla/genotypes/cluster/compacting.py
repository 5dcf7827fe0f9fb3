"""A merged segment, encoded stretch by stretch on many machines and put together in order on one.

The stretches are those of `compaction.py`, so the frames are, too; a frame lies in the file wherever the ones before it
end. What travels between worker and driver are jobs and index rows; frames go through `work/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from embla.genome import GRCH38
from embla.genotypes.cluster.crew import Crew
from embla.genotypes.cluster.handing import Handed, delete_handed, hand_over, receive, working
from embla.genotypes.cluster.site import Site
from embla.genotypes.compaction import (
    contig_stretches,
    mapped_readers,
    ordinal_maps,
    run_ranges,
    runs_over,
    variants_between,
)
from embla.genotypes.files.writing import Bytes, EncodedContig, FrameFacts, RunFacts, encode_runs, encode_variants
from embla.storage import Storage

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import LiveSegment, View

Answer = TypeVar("Answer")
_TOGETHER: Final = 8  # stretches of about a million entries in one job


@dataclass(frozen=True)
class Stretch:
    """A job: some neighbouring stretches of one contig, of segments that merge into one of `genomes` people.

    `keys` are ranges of keys (variants); `bases` ranges of bases (runs), where None means the runs over whole contigs.
    """

    segments: tuple[int, ...]
    genomes: int
    contig: str
    keys: tuple[tuple[int, int], ...] = ()
    bases: tuple[tuple[int, int] | None, ...] = ()


def encoded_contigs(crew: Crew, view: View, group: list[LiveSegment], genomes: int) -> Iterator[EncodedContig]:
    """The contigs of a merged segment, in order; the frames of each must be read to their end before the next."""
    storage = view.store.folder
    numbers = tuple(segment.number for segment in group)
    jobs = [(c, *_jobs(group, numbers, genomes, c.name, c.length)) for c in GRCH38.contigs]
    with working(storage) as token:
        every = [job for _, variants, runs in jobs for job in (*variants, *runs)]
        answers = told(crew, crew.answers(encode, Site.of(view.store, view.manifest, token), every), len(every))
        for contig, variants, runs in jobs:
            yield (
                contig.name,
                contig.length,
                _frames(storage, islice(answers, len(variants))),
                _frames(storage, islice(answers, len(runs))),
            )


def told(crew: Crew, answers: Iterator[Answer], of: int) -> Iterator[Answer]:
    """The answers, with a word on how far it is."""
    for done, answer in enumerate(answers, 1):
        yield answer
        crew.tell("Compacting", done, of)


def _frames(storage: Storage, answers: Iterator[tuple[Handed, list[Any]]]) -> Iterator[tuple[Bytes, Any]]:
    for handed, rows in answers:
        yield from zip(receive(storage, handed), rows, strict=True)
        delete_handed(storage, [handed])


def encode(store: CohortStore, site: Site, job: Stretch) -> tuple[Handed, list[FrameFacts] | list[RunFacts]]:
    """On a worker: merge and encode a job's stretches. Index rows go back, bytes go to `work/`."""
    view = store.view(site.manifest)
    group = [segment for segment in view.segments if segment.number in job.segments]
    found = mapped_readers(group, ordinal_maps(view, group), job.contig)
    length = GRCH38.contig(job.contig).length
    frames: list[tuple[Bytes, Any]] = []
    for low, high in job.keys:
        frames += encode_variants(variants_between(found, low, high), job.genomes)
    for bases in job.bases:
        runs = runs_over(found, length, bases)
        frames += encode_runs(runs, length, job.genomes) if len(runs) else ()
    handed = hand_over(store.folder, site.token, [data for data, _ in frames])
    return handed, [facts for _, facts in frames]


def _jobs(
    group: list[LiveSegment], numbers: tuple[int, ...], genomes: int, contig: str, length: int
) -> tuple[list[Stretch], list[Stretch]]:
    """Of variants, and of runs. None for a contig that no segment has."""
    readers = [reader for segment in group if (reader := segment.contig(contig)) is not None]
    if not readers:
        return [], []
    keys = list(contig_stretches(readers))
    bases = [None, *run_ranges(length)]
    cuts = range(0, len(keys), _TOGETHER), range(0, len(bases), _TOGETHER)
    return (
        [Stretch(numbers, genomes, contig, keys=tuple(keys[at : at + _TOGETHER])) for at in cuts[0]],
        [Stretch(numbers, genomes, contig, bases=tuple(bases[at : at + _TOGETHER])) for at in cuts[1]],
    )
