"""Files into a bare store: read, add, acknowledge; a progress bar at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embla.errors import BadInput, Broken, EmblaError, NameTaken, Refused
from embla.genome import GRCH38
from embla.genotypes.model.raw_alone import Lack, by_lack
from embla.genotypes.model.silence import LEAST_IN_ALL, LEAST_OF_CONTIG, MOST_PER_CALL, Silence
from embla.genotypes.reading import ReadReport, SampleSpec, read_genomes, read_samples_tsv, specs_for
from embla.genotypes.staging import Staged
from embla.genotypes.telling import bar

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.readying import Needs, ReadyHere
    from embla.genotypes.store import CohortStore

_NAMED: Final = 3  # of genomes that a sentence is true of alike


@dataclass(frozen=True)
class Note:
    """What is to be said of genome `number` of an add, in a sentence of its own; `alike` is true of others, too."""

    path: Path
    number: int
    alone: str
    alike: str


Seen = Callable[[SampleSpec, ReadReport], None]  # a sample that was read, and what reading left out


def add_files(
    store: CohortStore, files: Sequence[Path], samples: Path | None, crew: Crew | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Add every sample of the files, or those of a samples table, by a `crew` if given. Returns the acknowledgement and
    what to say, where what is true of many genomes alike is one sentence; the acknowledgement has one for each.

    The acknowledgement names samples; the sentences do not.
    """
    specs = read_samples_tsv(samples) if samples else specs_for(files)
    total, last, number = ReadReport(), specs[0], 0
    notes: list[Note] = []
    raw_alone: list[dict[str, Any]] = []

    def seen(spec: SampleSpec, report: ReadReport) -> None:
        nonlocal total, last, number
        total, last, number = total + report, spec, number + 1
        notes.extend(_on_silence(spec.path, number, report.silence))
        notes.extend(_on_raw_alone(spec.path, number, report.raw_alone))
        raw_alone.extend(
            {"sample": spec.name, "contigs": contigs, "of": lack.of, "missing": list(lack.fields)}
            for lack, contigs in by_lack(report.raw_alone)
        )

    try:
        staged = _add_here(store, specs, seen) if crew is None else _add_by(crew, store, specs, seen)
    except NameTaken as error:
        # The one who typed the command line knows the names; a log of the library never sees them.
        raise NameTaken(
            f"{last.path}: the store has another genome named '{last.name}', with other content.",
            mend=f"Nothing was added. Remove it first (embla store remove STORE {last.name}), or use another name.",
            index=error.facts.get("index"),
            path=str(last.path),
        ) from error
    except (Refused, Broken) as error:
        _say_where(last.path, error)
        raise
    put_off = _compacted(store, crew)
    acknowledgement = {
        "added": list(staged.added),
        "unchanged": list(staged.unchanged),
        "duplicates": list(staged.duplicates),
        "manifest": staged.manifest.short,
        "policy": store.policy.digest(),
        "said": [*total.lines(), *(note.alone for note in notes), *put_off],
        "raw_alone": raw_alone,
    }
    return acknowledgement, [*total.lines(), *gathered(notes, number), *put_off, *staged.warnings]


def gathered(notes: Sequence[Note], genomes: int) -> list[str]:
    """A sentence for each thing that was noted, of so many genomes that were read: of several alike with the number of
    them and the first three."""
    alike: dict[str, list[Note]] = {}
    for note in notes:
        alike.setdefault(note.alike, []).append(note)
    said = []
    for told, them in alike.items():
        if len(them) == 1:
            said.append(them[0].alone)
            continue
        first = ", ".join(f"{one.path} (genome {one.number})" for one in them[:_NAMED])
        more = ", ..." if len(them) > _NAMED else ""
        said.append(f"{len(them):,} of {genomes:,} genomes: {told} These are {first}{more}")
    return said


def _compacted(store: CohortStore, crew: Crew | None) -> list[str]:
    """Merge what is due; or say why that is put off: the genomes are in, and nothing may take that back."""
    try:
        store.compact(full=False, crew=crew)
    except EmblaError as error:
        return [f"The genomes are in and count. Compaction is put off until the next add or compaction: {error}"]
    return []


def _say_where(path: Path, error: EmblaError) -> None:
    """What the store has against a genome of this add names the file it came from."""
    if "index" in error.facts:
        error.message = f"{path}: {error.message}"
        error.facts["path"] = str(path)


def _on_silence(path: Path, number: int, silence: Silence | None) -> list[Note]:
    """What to say where a file has no record. Raises BadInput where no genome can be the file's."""
    if silence is None:
        return []
    if silence.impossible:
        told = "all of it would count as reference" if silence.callability == "assumed" else "it says nothing"
        if silence.callability == "bed":
            told = f"the {silence.called:,} bases of its BED would all count as reference"
        raise BadInput(
            f"genome {number} of this add has no record on 1-22, X, Y, M: {told}.",
            path=str(path),
            mend="Did the caller fail? Give the file with its calls, or leave the sample out. Of a panel that found "
            f"nothing, declare the BED (callability bed:PATH), below {LEAST_IN_ALL:,} bases.",
            index=number,
        )
    if silence.empty:
        everywhere = f"everywhere in its BED ({silence.called:,} bases)."
        alone = f"{path} has no record: genome {number} of this add counts as reference {everywhere}"
        return [Note(path, number, alone, f"the file has no record, so that it counts as reference {everywhere}")]
    if silence.merged:
        raise BadInput(
            f"genome {number} of this add has no genotype in {silence.missing:,} records, a call in {silence.calls:,}, "
            "and none like the reference: files of single persons were put together, and say nothing of what others "
            "carry.",
            path=str(path),
            mend="Give each person's own file. Where all were called in the BED, bcftools merge --missing-to-ref says "
            "so.",
            index=number,
        )
    if silence.sparse:
        raise BadInput(
            f"genome {number} of this add has {silence.calls:,} calls in the {silence.looked:,} bases of its BED on "
            f"1-22 and X, fewer than one in {MOST_PER_CALL:,}: nobody is so like the reference, and the rest would "
            "count as reference.",
            path=str(path),
            mend="Was the file cut or filtered? Are the calls somatic? Give all calls, or the BED of what was called.",
            index=number,
        )
    if silence.contigs:
        where = (
            f"no record on {', '.join(silence.contigs)}, though its BED covers {LEAST_OF_CONTIG:,} bases or more there"
        )
        alone = f"{path} has {where}: genome {number} of this add counts as reference in them."
        return [Note(path, number, alone, f"{where}: it counts as reference in them.")]
    return []


def _on_raw_alone(path: Path, number: int, raw_alone: Mapping[str, Lack]) -> list[Note]:
    """What to say of a genome that counts in raw alone on some contigs."""
    told = (lack.told(contigs) for lack, contigs in by_lack(raw_alone))
    return [
        Note(path, number, f"{path} (genome {number} of this add): {found} {mend}", f"{found} {mend}")
        for found, mend in told
    ]


def _add_here(store: CohortStore, specs: Sequence[SampleSpec], seen: Seen) -> Staged:
    with bar() as progress:

        def genomes(needs: Needs) -> Generator[ReadyHere]:
            for read in read_genomes(
                specs,
                needs.begin,
                assembly=GRCH38,
                reference=store.reference,
                policy=store.policy,
                progress=progress and (lambda path, done, size: progress(path.name, done, size)),
            ):
                try:
                    seen(read.spec, read.report)
                except BadInput:
                    read.made.blob.close()
                    raise
                yield read.made

        return store.add_genomes(genomes)


def _add_by(crew: Crew, store: CohortStore, specs: Sequence[SampleSpec], seen: Seen) -> Staged:
    from embla.genotypes.cluster.adding import stage_files

    return store.change(partial(stage_files, crew=crew, specs=specs, seen=seen))
