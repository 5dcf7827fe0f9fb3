"""Data, commands and clocks of `make bench`."""

import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.board import folding
from benchmarks.classified import classifying
from benchmarks.commands import PROJECT, python_of, run, timed, told, wall
from benchmarks.crewed import crewing
from benchmarks.gvcf import write_gvcf
from benchmarks.log import verifying
from benchmarks.names import naming
from benchmarks.outcome import Outcome, Runner, compare
from benchmarks.pgx import calling

EMBLA = (sys.executable, "-m", "embla")
CALLS = (sys.executable, "-m", "benchmarks.calls")
MEMORY = 512  # MB that adding and annotating may take
# Level -> largest share of bcftools' time at its level, records a second.
ANNOTATING = {1: (1 / 5, 450_000), 6: (1 / 3.5, 230_000)}


def measure_all(folder: Path, *, records: int, gvcf_lines: int, runs: int) -> Iterator[Outcome]:
    """Make the data in `folder` where they are missing, then measure."""
    run([*EMBLA, "warm"])
    nation = dense_people(folder, records)
    yield adding(folder, records, runs)
    yield adding_gvcf(folder, gvcf_lines, runs)
    store = filled(folder, nation)
    for level in ANNOTATING:
        yield annotating(folder, nation, store, runs, level)
    if shutil.which("bcftools"):
        yield annotating(folder, nation, store, runs, max(ANNOTATING), cut=True)
    yield annotating_beside_afquery(folder, nation, store, runs)
    yield giving_back(folder, nation, store, min(runs, 3))
    yield asking(store, runs)
    yield from crewing(folder, 8, max(records // 10, 1), min(runs, 3))
    yield verifying(folder, records, runs)
    yield from folding(folder, records, runs)
    yield calling(runs)
    yield classifying(runs, min(100_000, records))
    yield naming(folder, runs, min(20_000, records))
    yield sweeping(store, runs)


# Data ---------------------------------------------------------------------------------------------------------------


def dense_people(folder: Path, records: int) -> Path:
    """Three people's dense VCFs, about `records` records each, callable where a BED says so."""
    nation = folder / f"nation-{records}"
    if not nation.exists():
        run([*EMBLA, "simulate", nation, "--people", 3, "--families", 0, "--karyotypes", "XX", "--format", "vcf",
             "--callability", "bed", "--records", records, "--no-truth"])  # fmt: skip
        exact = folder / f"person-{records}"
        run([*EMBLA, "simulate", exact, "--people", 1, "--format", "vcf", "--records", records, "--no-truth"])
    return nation


def one_person(folder: Path, records: int) -> tuple[Path, Path]:
    """A VCF of exactly `records` records, and the reference it stands on."""
    person = folder / f"person-{records}"
    return next((person / "genomes").glob("*.vcf.gz")), person / "reference.fa.gz"


def filled(folder: Path, nation: Path) -> Path:
    """A store with the dense people."""
    store = folder / f"{nation.name}.store"
    if not store.exists():
        run([*EMBLA, "store", "create", store, "--reference", nation / "reference.fa.gz"])
        run([*EMBLA, "store", "add", store, "--samples", nation / "samples.tsv"])
    return store


def lines_of(nation: Path) -> int:
    """Records of the nation's first file: about a third of all."""
    import gzip

    with gzip.open(first_of(nation), "rb") as file:
        return sum(not line.startswith(b"#") for line in file)


def first_of(nation: Path) -> Path:
    """The file of the nation's first person."""
    return sorted((nation / "genomes").glob("*.vcf.gz"))[0]


# What is measured ---------------------------------------------------------------------------------------------------


def adding(folder: Path, records: int, runs: int) -> Outcome:
    """Adding a file against decompressing it, and against a loop that only reads the same fields with cyvcf2."""
    vcf, reference = one_person(folder, records)
    store = folder / "adding.store"
    fresh = _emptied(store, "--reference", reference)
    contenders = [Runner("embla store add", lambda: told([*CALLS, "add", store, vcf]), fresh), *_bgzip(vcf, 2.5)]
    rival = python_of("bench")
    if rival is not None:
        command = [rival, PROJECT / "benchmarks" / "read_with_cyvcf2.py", vcf]
        contenders.append(
            Runner("cyvcf2: only read CHROM POS REF ALT FILTER GT DP GQ AD", lambda: told(command), aim=1 / 12)
        )
    ours, *rivals = compare(contenders, records, runs)
    command = [*EMBLA, "store", "add", store, vcf]
    ours = replace(ours, whole=statistics.median(wall(command, before=fresh) for _ in range(runs)))
    what = f"Add a VCF of {records:,} records of one person: check, normalise, gate, store and count it"
    left_out = "" if rival is not None else "cyvcf2 is not in .venv-bench"
    return Outcome(what, (ours, *rivals), most_memory=MEMORY, left_out=left_out)


def adding_gvcf(folder: Path, lines: int, runs: int) -> Outcome:
    """Adding a gVCF, without a reference, against decompressing it."""
    vcf = folder / f"genome-{lines}.g.vcf.gz"
    if not vcf.exists():
        write_gvcf(vcf, lines)
    store = folder / "adding.store"
    contenders = [Runner("embla store add", lambda: told([*CALLS, "add", store, vcf]), _emptied(store))]
    measured = compare([*contenders, *_bgzip(vcf, 3.0)], lines, min(runs, 3))
    return Outcome(f"Add a gVCF of {lines:,} lines", measured, most_memory=MEMORY)


def annotating(folder: Path, nation: Path, store: Path, runs: int, level: int, *, cut: bool = False) -> Outcome:
    """Annotating against `bcftools annotate` from a sites file with the same numbers, at the same level. `cut`: of the
    same records without two of their INFO fields, about 200 bytes each."""
    vcf = first_of(nation)
    out, sites = folder / "annotated.vcf.gz", folder / f"{nation.name}.sites.vcf.gz"
    share, rate = ANNOTATING[level]
    contenders = [Runner("embla store annotate", lambda: told([*CALLS, "annotate", store, vcf, out, level]))]
    bcftools = shutil.which("bcftools")
    if bcftools is not None:
        if not sites.exists():
            run([*EMBLA, "store", "export", store, "-o", sites])
            run([bcftools, "index", "-f", "-t", sites])
            run([bcftools, "index", "-f", "-t", vcf])
        if cut:
            whole, vcf = vcf, folder / f"{nation.name}.cut.vcf.gz"
            if not vcf.exists():
                run([bcftools, "annotate", "-x", "INFO/ExcessHet,INFO/MQRankSum", "-Oz", "-o", vcf, whole])
                run([bcftools, "index", "-f", "-t", vcf])
        names = ("AC", "AN", "AF", "NHOMALT", "NHEMI", "FAF95")
        columns = ",".join(f"INFO/EMBLA_{name}:=INFO/{name}" for name in names)
        command = [bcftools, "annotate", "-a", sites, "-c", columns, f"-Oz{level}", "-o", folder / "theirs.vcf.gz", vcf]
        contenders.append(Runner("bcftools annotate, from an equal sites file", lambda: timed(command), aim=share))
    records = lines_of(nation)
    ours, *rivals = compare(contenders, records, runs)
    command = [*EMBLA, "store", "annotate", store, vcf, "-o", out, "--level", level]
    ours = replace(ours, whole=statistics.median(wall(command) for _ in range(runs)))
    of = " of about 200 bytes" if cut else ""
    what = f"Annotate {records:,} records{of} from the store, compression level {level}"
    left_out = "" if bcftools else "bcftools is not installed"
    return Outcome(what, (ours, *rivals), least_rate=rate, most_memory=MEMORY, left_out=left_out)


def annotating_beside_afquery(folder: Path, nation: Path, store: Path, runs: int) -> Outcome:
    """Annotating at level 1 against afquery's annotate, from a database of the same people; whole commands, afquery's
    once: it takes minutes, and the aim is a factor of thirty."""
    vcf, out = first_of(nation), folder / "annotated.vcf.gz"
    records = lines_of(nation)
    whole = [*EMBLA, "store", "annotate", store, vcf, "-o", out]
    contenders = [Runner("embla store annotate, the whole command", lambda: timed(whole))]
    python = python_of("afquery")
    if python is not None:
        afquery = python.parent / "afquery"
        database = folder / f"{nation.name}.afquery"
        if not database.exists():
            table = folder / f"{nation.name}.afquery.tsv"
            rows = ["sample_name\tsex\ttech_name\tvcf_path\tphenotype_codes"]
            rows += [
                f"{path.name.split('.')[0]}\tfemale\twgs\t{path}\tall"
                for path in sorted((nation / "genomes").glob("*.vcf.gz"))
            ]
            table.write_text("\n".join(rows) + "\n")
            run([afquery, "create-db", "--manifest", table, "--output-dir", database, "--genome-build", "GRCh38"])
        command = [afquery, "annotate", "--db", database, "--input", vcf, "--output", folder / "afquery.vcf"]
        contenders.append(Runner("afquery annotate, the whole command", lambda: timed(command), aim=1 / 30))
    measured = (*compare(contenders[:1], records, runs), *compare(contenders[1:], records, 1))
    left_out = "" if python is not None else "afquery is not in .venv-afquery"
    return Outcome(f"Annotate {records:,} records, beside afquery", measured, left_out=left_out)


def giving_back(folder: Path, nation: Path, store: Path, runs: int) -> Outcome:
    """One of the genomes out of the store as VCF, bgzipped, beside bcftools writing the very file that was reported."""
    name = first_of(nation).name.split(".")[0]
    whole = [*EMBLA, "store", "genome", store, name, "-o", folder / "given.vcf.gz"]
    contenders = [Runner("embla store genome, the whole command", lambda: timed(whole))]
    bcftools = shutil.which("bcftools")
    if bcftools is not None:
        command = [bcftools, "view", "-Oz4", "-o", folder / "theirs.vcf.gz", first_of(nation)]
        contenders.append(Runner("bcftools view, the file as it was reported", lambda: timed(command)))
    records = lines_of(nation)
    measured = compare(contenders, records, runs)
    left_out = "" if bcftools else "bcftools is not installed"
    return Outcome(f"Give a genome of {records:,} records back as VCF", measured, left_out=left_out)


def asking(store: Path, runs: int) -> Outcome:
    """Counts of single variants, no rival."""
    contender = Runner("count of one carried variant, everybody", lambda: told([*CALLS, "points", store]))
    return Outcome("Ask for one variant", compare([contender], 1, runs))


def sweeping(store: Path, runs: int) -> Outcome:
    """Every variant of the store for everybody, no rival."""
    variants = told([*CALLS, "sweep", store]).done
    contender = Runner("count of every variant, everybody", lambda: told([*CALLS, "sweep", store]))
    return Outcome("Sweep the whole store", compare([contender], variants, runs))


def _emptied(store: Path, *options: object) -> Callable[[], None]:
    def fresh() -> None:
        shutil.rmtree(store, ignore_errors=True)
        run([*EMBLA, "store", "create", store, *options])

    return fresh


def _bgzip(vcf: Path, aim: float) -> list[Runner]:
    """`bgzip -dc FILE > /dev/null`, where the machine has it."""
    bgzip = shutil.which("bgzip")
    if bgzip is None:
        return []
    return [Runner("bgzip -dc, to nowhere", lambda: timed([bgzip, "-dc", vcf], keep=False), aim=aim)]
