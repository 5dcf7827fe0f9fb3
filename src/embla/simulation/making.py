"""One window after the other: sequence, sites, haplotypes, everybody's calls, their lines, and the count of them."""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from embla.genome import GRCH38, Region, copies
from embla.simulation import coverage, dialects, inheritance, spectrum
from embla.simulation.bgzf import Writer
from embla.simulation.calls import Calls, Shapes, call
from embla.simulation.coverage import Blocks, Hard
from embla.simulation.dialects import Dialect
from embla.simulation.dice import Dice, Ints
from embla.simulation.fasta import write_fasta
from embla.simulation.inheritance import ALLELE_BITS, Copies
from embla.simulation.joint import joint_text
from embla.simulation.loci import Loci, Planted, make_loci
from embla.simulation.people import GROUPS, Person, make_population
from embla.simulation.planted import PlantedSites
from embla.simulation.sequence import Bases, Window, make_window
from embla.simulation.settings import Settings
from embla.simulation.tables import TruthFile, write_pedigree, write_samples
from embla.simulation.targets import Targets
from embla.simulation.truth import Reading, Tally

if TYPE_CHECKING:
    from embla.reference import Reference

# Sites per base beside an autosome's, per mille: mtDNA differs more, Y less.
_RATE: Final = {"chrM": 2_200, "chrY": 350}
_PLACES: Final = 150
_MILLION: Final = 1_000_000
_EVERYBODY: Final = "all"


class Maker:
    """Writes a nation into `folder`, which exists and is empty."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        reference: "Reference | None",
        planted: PlantedSites,
        *,
        with_truth: bool,
    ) -> None:
        self.settings = settings
        self.made_up = False
        self.records = self.planted = 0
        self._folder = folder
        self._reference = reference
        self._planted = planted
        self._population = make_population(settings.seed, settings.people, settings.families, settings.karyotypes)
        self._reported = self._population.reported
        founders = inheritance.founders(self._population)
        self._groups = np.repeat([GROUPS.index(person.group) for person in founders], 2)
        self._children = sum(person.mother >= 0 for person in self._population.people)
        self._truth = TruthFile(folder / "truth.tsv", folder / "positions.tsv") if with_truth else None
        self._targets = Targets(folder, settings.seed)
        self._sequence: dict[str, list[tuple[Region, Bases]]] = {}
        self._writers: dict[str, Writer] = {}
        self.files: list[str] = []

    def run(self, windows: tuple[Region, ...], progress: Callable[[int, int], None] | None) -> None:
        """Make every window, then the tables."""
        self._start_files(windows)
        for number, region in enumerate(windows):
            if progress is not None:
                progress(number, len(windows))
            window = make_window(self.settings.seed, region, self._reference)
            self._sequence.setdefault(region.contig, []).append((region, window.bases))
            self.made_up |= not window.real
            if self.settings.records is None or self.settings.people > 1 or self.records < self.settings.records:
                self._make(window)
        for writer in self._writers.values():
            writer.close()
        self._finish()
        if progress is not None:
            progress(len(windows), len(windows))

    def _dialect(self, person: Person) -> Dialect:
        if self.settings.format == "joint":
            return dialects.JOINT
        of_region = dialects.GVCF_OF_REGION if self.settings.format == "gvcf" else dialects.VCF_OF_REGION
        return (
            dialects.PLAIN_VCF
            if self.settings.format == "vcf" and self.settings.people == 1
            else of_region[person.region]
        )

    def _file(self, person: Person) -> str:
        if self.settings.format == "joint":
            return "joint.vcf.gz"
        return f"genomes/{person.name}.{'g.vcf.gz' if self.settings.format == 'gvcf' else 'vcf.gz'}"

    def _kit(self, person: Person) -> str:
        return _EVERYBODY if self.settings.format == "joint" else person.region

    def _start_files(self, windows: tuple[Region, ...]) -> None:
        (self._folder / "genomes").mkdir()
        contigs = list(dict.fromkeys(region.contig for region in windows))
        for person in self._reported:
            name = self._file(person)
            if name not in self._writers:
                names = [p.name for p in self._reported] if self.settings.format == "joint" else [person.name]
                self._writers[name] = Writer(self._folder / name, self.settings.level)
                self._writers[name].write(dialects.header(self._dialect(person), contigs, names))
                self.files.append(name)

    def _make(self, window: Window) -> None:
        settings = self.settings
        dice = Dice(settings.seed, "sites", window.contig, window.start)
        loci, haplotypes = self._inherited(window, dice)
        shapes = Shapes(window, loci)
        hard = coverage.hard_places(window, dice)
        copies_of = {kind: _copies(window, kind) for kind in {p.true_karyotype for p in self._reported}}
        made = []
        for person in self._reported:
            made.append(self._one(person, shapes, haplotypes[person.number], hard, copies_of[person.true_karyotype]))
        if settings.format == "joint":
            failed = (dice.below(40, len(loci.loci)) == 0).astype(np.int64)
            made = [(replace(calls, filter=failed), blocks) for calls, blocks in made]
            if loci.loci:
                text = joint_text(shapes, [calls for calls, _ in made], failed.tolist(), dialects.JOINT.filters)
                self._writers["joint.vcf.gz"].write(text)
            self.records += len(loci.loci)
        masks: dict[str, NDArray[np.bool_]] = {}
        if settings.claimed == "bed":
            kits = dict.fromkeys(self._kit(person) for person in self._reported)
            masks = {kit: self._targets.mask(kit, window, loci) for kit in kits}
        if self._truth is not None:
            self._truth.add(window.contig, self._count(shapes, made, masks, dice))

    def _one(
        self, person: Person, shapes: Shapes, slots: tuple[Ints, Ints], hard: Hard,
        have: NDArray[np.uint8],
    ) -> tuple[Calls, Blocks | None]:  # fmt: skip
        """Calls and blocks of one person, written unless the file is joint."""
        settings, window, dialect = self.settings, shapes.window, self._dialect(person)
        dice = Dice(settings.seed, "calls", window.contig, window.start, person.name)
        bad = coverage.stretches(len(window.bases), hard, dice)
        calls = call(shapes, have, slots, bad, person.depth, dialect.habits, dice)
        if settings.format == "joint":
            return calls, None
        if settings.records is not None and settings.people == 1:
            calls = calls.first(settings.records - self.records)
        self.records += len(calls.shape)
        blocks = None
        if settings.format == "gvcf":
            start = calls.pos - 1 - window.start
            # Some callers let a block run on under a deletion; a record wins over it.
            end = start + (1 if dialect is dialects.DRAGEN else calls.ref_length)
            blocks = coverage.blocks(
                bad, start, end, have, person.depth * (60 if window.contig == "chrM" else 1), settings.band, dice,
                empty_is_called=dialect.habits.empty_is_called, haploid_gt=dialect.habits.haploid_gt,
            )  # fmt: skip
            if window.contig == "chrM" and not dialect.habits.mt_quality:
                blocks = replace(blocks, gq=np.full_like(blocks.gq, 99))  # not written, and not asked for
        self._writers[self._file(person)].write(dialects.person_text(dialect, shapes, calls, blocks, settings.seed))
        return calls, blocks

    def _inherited(self, window: Window, dice: Dice) -> tuple[Loci, Copies]:
        """The sites of a window and everybody's alleles at them."""
        planted = self._planted.inside(window)
        rate = self.settings.density * _RATE.get(window.contig, 1_000) // 1_000
        extra = self._children + len(planted)
        if self.settings.engine == "plain":
            found = spectrum.plain(len(window.bases), self._groups, rate, extra, dice)
        else:
            recombines = window.contig not in ("chrM", "chrY")
            found = spectrum.linked(len(window.bases), self._groups, rate, extra, dice, recombines=recombines)
        sites = len(found.offset)
        carried = np.zeros(sites, dtype=bool)
        carried[found.site] = True
        carried[sites - extra :] = True
        rank = np.cumsum(carried) - 1
        loci = make_loci(window, found.offset[carried], planted, _borders(window), dice)
        self.planted += int((loci.of_site[len(loci.of_site) - len(planted) :] >= 0).sum()) if planted else 0
        site, haplotype = _plant(planted, len(loci.of_site), len(self._groups), dice)
        site = np.concatenate((rank[found.site], site))
        haplotype = np.concatenate((found.haplotype, haplotype))
        locus = loci.of_site[site]
        locus, haplotype = locus[locus >= 0], haplotype[locus >= 0]
        choices = np.array([len(one.alleles) for one in loci.loci], dtype=np.int64)
        allele = 1 + dice.below(choices[locus], len(locus)) if len(locus) else locus
        fresh = loci.of_site[len(loci.of_site) - extra : len(loci.of_site) - len(planted)]
        fresh = fresh[fresh >= 0] << ALLELE_BITS | 1
        seed, codes = self.settings.seed, locus << ALLELE_BITS | allele
        copies_of = inheritance.inherit(seed, self._population, window.contig, loci.place, codes, haplotype, fresh)
        deletions = np.array([outer << ALLELE_BITS | allele for outer, allele, _ in loci.pairs], dtype=np.int64)
        covered = np.array([inner for _, _, inner in loci.pairs], dtype=np.int64)
        return loci, {
            number: (
                inheritance.put_stars(first, deletions, covered),
                inheritance.put_stars(second, deletions, covered),
            )
            for number, (first, second) in copies_of.items()
        }

    def _count(
        self,
        shapes: Shapes,
        made: list[tuple[Calls, Blocks | None]],
        masks: dict[str, NDArray[np.bool_]],
        dice: Dice,
    ) -> Tally:
        window, claimed = shapes.window, self.settings.claimed
        places = np.unique(window.start + 1 + dice.below(len(window.bases), min(_PLACES, len(window.bases))))
        tally = Tally(shapes, places)
        copies_of = {kind: _copies(window, kind) for kind in {p.karyotype for p in self._reported}}
        for person, (calls, blocks) in zip(self._reported, made, strict=True):
            have, target = copies_of[person.karyotype], masks.get(self._kit(person))
            tally.add(Reading(have, calls, blocks, claimed, target, self._dialect(person).writes_level))
        return tally

    def _finish(self) -> None:
        self._targets.write()
        claimed = self.settings.claimed

        def callability(person: Person) -> str:
            return f"bed:{self._targets.name(self._kit(person))}" if claimed == "bed" else claimed

        write_samples(self._folder / "samples.tsv", self._population, self._file, callability)
        write_pedigree(self._folder / "families.ped", self._population)
        if self._reference is None or self.made_up:
            contigs: dict[str, Bases | list[tuple[Region, Bases]]] = {}
            for name, parts in self._sequence.items():
                whole = self._reference.array(name) if self._reference and self._reference.has(name) else None
                contigs[name] = parts if whole is None else whole
            write_fasta(self._folder / "reference.fa.gz", contigs)
        about = {
            "program": "embla simulate",
            "format_version": 1,
            **asdict(self.settings),
            "records_written": self.records,
        }
        (self._folder / "nation.json").write_text(json.dumps(about, indent=1, sort_keys=True) + "\n")


def _borders(window: Window) -> list[int]:
    return [piece.start for piece in GRCH38.pieces(window.contig)[1:] if window.start < piece.start < window.end]


def _copies(window: Window, karyotype: str) -> NDArray[np.uint8]:
    """(window,) copies that count of each base; an unknown number is 0."""
    have = np.zeros(len(window.bases), dtype=np.uint8)
    for piece in GRCH38.pieces(window.contig):
        inside = slice(max(0, piece.start - window.start), max(0, piece.end - window.start))
        have[inside] = copies(karyotype, piece.kind) or 0
    return have


def _plant(planted: list[Planted], sites: int, haplotypes: int, dice: Dice) -> tuple[Ints, Ints]:
    """Carriers of the planted sites, which are the last; at least one each."""
    site, haplotype = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for index, one in enumerate(planted, start=sites - len(planted)):
        wanted = one.frequency * haplotypes // _MILLION if one.frequency >= 0 else haplotypes // (2 + dice.one(200))
        chosen = np.sort(dice.words(haplotypes).argsort()[: max(1, wanted)])
        site.append(np.full(len(chosen), index, dtype=np.int64))
        haplotype.append(chosen.astype(np.int64))
    return np.concatenate(site), np.concatenate(haplotype)
