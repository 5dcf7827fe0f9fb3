"""`simulate`: a whole nation into a new folder, or nothing at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from embla.errors import Refused, UsageError
from embla.genome import Region
from embla.simulation.making import Maker
from embla.simulation.planted import PlantedSites
from embla.simulation.sequence import DEFAULT_REGIONS, LONGEST_WINDOW, plan, regions_with_sequence
from embla.simulation.settings import HUMAN, Settings, dense

if TYPE_CHECKING:
    from embla.reference import Reference

Progress = Callable[[int, int], None]

# People times bases that are held in memory at once.
_AT_ONCE = 300 * LONGEST_WINDOW
_SHORTEST_WINDOW = 50_000


@dataclass(frozen=True, slots=True)
class Nation:
    """The files of a nation. `reference` is the one to count with: the given one, or one written beside the rest where
    sequence had to be made up. `records` is how many records all files hold, blocks not counted; `planted` how many of
    the `asked` sites are in it: the others lie outside the sequence or touch one another."""

    folder: Path
    samples: Path
    truth: Path | None
    positions: Path | None
    pedigree: Path
    reference: Path
    genomes: tuple[Path, ...]
    people: int
    records: int
    planted: int = 0
    asked: int = 0


def simulate(
    out: Path | str, *, seed: int = 1, people: int = 100, reference: Path | str | None = None,
    regions: Iterable[Region] | None = None, format: str = "gvcf", families: int | None = None, engine: str = "plain",
    sites: Path | str | None = None, karyotypes: dict[str, int] | None = None, callability: str | None = None,
    density: int = HUMAN, level: int = 4, records: int | None = None, truth: bool = True,
    progress: Progress | None = None,
) -> Nation:  # fmt: skip
    """Write a synthetic nation into the new folder `out`.

    `people` genomes are written, as one file per person (`format` gvcf or vcf) or one for all (joint). `regions`
    default to the stretches of `reference` that hold bases, or to a set that touches every rule of ploidy. `sites` is
    a VCF of variants to plant where the reference has bases. `callability` is what samples.tsv claims: gvcf for gvcf;
    assumed (the default) or bed for vcf and joint. `density` is in per mille of a human population's sites per base.
    `records` makes dense files of about that many records (exactly as many for one person). `progress` is told how
    many windows are done, of how many.

    Refused: a folder that is not empty. UsageError, BadInput: what cannot be made. On any error nothing is left behind.
    """
    given = _open(reference)
    band = Settings.band_of(records)
    if records is not None:
        if regions is not None or given is not None:
            raise UsageError("--records chooses its own regions.", mend="Leave out --regions and --reference.")
        regions, density = dense(records)
    settings = Settings(seed, people, format, families, engine, karyotypes, callability, density, band, level, records)
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused(f"{out} is not an empty folder.", mend="Give a new folder, or empty this one.")
    planted = PlantedSites.read(Path(sites)) if sites is not None else PlantedSites({})
    if regions is None:
        regions = regions_with_sequence(given) if given is not None else DEFAULT_REGIONS
    windows = plan(regions, max(_SHORTEST_WINDOW, min(LONGEST_WINDOW, _AT_ONCE // people)))
    if not windows:
        raise UsageError("there is no sequence to simulate.", mend="Give --regions, or a reference with bases.")
    out.parent.mkdir(parents=True, exist_ok=True)
    building = Path(mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        maker = Maker(building, settings, given, planted, with_truth=truth)
        maker.run(windows, progress)
        building.chmod(0o755)
        if out.exists():
            out.rmdir()
        building.rename(out)
    except BaseException:
        rmtree(building, ignore_errors=True)
        raise
    return Nation(
        folder=out,
        samples=out / "samples.tsv",
        truth=out / "truth.tsv" if truth else None,
        positions=out / "positions.tsv" if truth else None,
        pedigree=out / "families.ped",
        reference=out / "reference.fa.gz" if given is None or maker.made_up else given.path,
        genomes=tuple(out / name for name in maker.files),
        people=people,
        records=maker.records,
        planted=maker.planted,
        asked=sum(map(len, planted.by_contig.values())),
    )


def _open(reference: Path | str | None) -> "Reference | None":
    if reference is None:
        return None
    from embla.reference import Reference

    return Reference.open(Path(reference))
