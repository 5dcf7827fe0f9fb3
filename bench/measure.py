"""Data, commands and clocks of `make bench`."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[1]
EMBLA = (sys.executable, "-m", "embla")
CALLS = (sys.executable, "-m", "bench.calls")


@dataclass(frozen=True)
class Measured:
    """Median seconds over `records` records: `seconds` of the call or loop alone, `whole` of the command around it."""

    name: str
    seconds: float
    records: int
    whole: float | None = None

    @property
    def rate(self) -> float:
        return self.records / self.seconds


@dataclass(frozen=True)
class Outcome:
    """Ours first, then the rival. `aim` is the largest share of the rival's time that we want to take; 0 is no aim."""

    what: str
    measured: tuple[Measured, ...]
    aim: float = 0.0
    left_out: str = field(default="")

    @property
    def share(self) -> float | None:
        return self.measured[0].seconds / self.measured[1].seconds if len(self.measured) > 1 else None

    @property
    def met(self) -> bool:
        return self.share is not None and self.share <= self.aim

    def to_json(self) -> dict[str, object]:
        return asdict(self) | {"share": self.share, "met": self.met}


@dataclass(frozen=True)
class Runner:
    """One contender: `run` gives seconds of the call alone, or None where only the whole command can be timed."""

    name: str
    run: Callable[[], float | None]
    before: Callable[[], object] = lambda: None


def measure_all(folder: Path, *, records: int, runs: int, levels: Sequence[int] = (1, 6)) -> Iterator[Outcome]:
    """Make the data in `folder` where they are missing, then measure."""
    run([*EMBLA, "warm"])
    nation = dense_people(folder, records)
    yield adding(folder, nation, records, runs)
    store = filled(folder, nation)
    for level in levels:
        yield annotating(folder, nation, store, runs, level)
    yield asking(store, runs)
    yield sweeping(store, runs)


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


def adding(folder: Path, nation: Path, records: int, runs: int) -> Outcome:
    """Adding a file against a loop that only reads the same fields with cyvcf2."""
    vcf, reference = one_person(folder, records)
    store = folder / "adding.store"

    def fresh() -> None:
        shutil.rmtree(store, ignore_errors=True)
        run([*EMBLA, "store", "create", store, "--reference", reference])

    what = f"Add a VCF of {records:,} records of one person: check, normalise, gate, store and count it"
    contenders = [Runner("embla store add", lambda: seconds_of([*CALLS, "add", store, vcf]), fresh)]
    rival = rivals_python()
    if rival is not None:
        script = PROJECT / "bench" / "read_with_cyvcf2.py"
        contenders.append(
            Runner("cyvcf2: only read CHROM POS REF ALT FILTER GT DP GQ AD", lambda: seconds_of([rival, script, vcf]))
        )
    measured = compare(contenders, records, runs)
    command = [*EMBLA, "store", "add", store, vcf]
    whole = statistics.median(wall(command, before=fresh) for _ in range(runs))
    ours = Measured(measured[0].name, measured[0].seconds, records, whole)
    left_out = "" if rival is not None else "cyvcf2 is not in .venv-bench"
    return Outcome(what, (ours, *measured[1:]), 1 / 3, left_out)


def filled(folder: Path, nation: Path) -> Path:
    """A store with the dense people."""
    store = folder / f"{nation.name}.store"
    if not store.exists():
        run([*EMBLA, "store", "create", store, "--reference", nation / "reference.fa.gz"])
        run([*EMBLA, "store", "add", store, "--samples", nation / "samples.tsv"])
    return store


def annotating(folder: Path, nation: Path, store: Path, runs: int, level: int) -> Outcome:
    """Annotating against `bcftools annotate` from a sites file with the same numbers, at the same level."""
    vcf = sorted((nation / "genomes").glob("*.vcf.gz"))[0]
    out, sites = folder / "annotated.vcf.gz", folder / f"{nation.name}.sites.vcf.gz"
    records = lines_of(nation)
    what = f"Annotate {records:,} records from the store, compression level {level}"
    call = [*CALLS, "annotate", store, vcf, out, level]
    contenders = [Runner("embla store annotate", lambda: seconds_of(call))]
    bcftools = shutil.which("bcftools")
    if bcftools is not None:
        if not sites.exists():
            run([*EMBLA, "store", "export", store, "-o", sites])
            run([bcftools, "index", "-f", "-t", sites])
            run([bcftools, "index", "-f", "-t", vcf])
        names = ("AC", "AN", "AF", "NHOMALT", "NHEMI", "FAF95")
        columns = ",".join(f"INFO/EMBLA_{name}:=INFO/{name}" for name in names)
        command = [bcftools, "annotate", "-a", sites, "-c", columns, f"-Oz{level}", "-o", folder / "theirs.vcf.gz", vcf]
        contenders.append(
            Runner("bcftools annotate, from an equal sites file", lambda: seconds_of(command, whole=True))
        )
    measured = compare(contenders, records, runs)
    whole = [*EMBLA, "store", "annotate", store, vcf, "-o", out, "--level", level]
    ours = Measured(measured[0].name, measured[0].seconds, records, statistics.median(wall(whole) for _ in range(runs)))
    left_out = "" if bcftools is not None else "bcftools is not on this machine"
    return Outcome(what, (ours, *measured[1:]), 1 / 2, left_out)


def asking(store: Path, runs: int) -> Outcome:
    """One count, warm in a process."""
    contender = Runner("count of one carried variant, everybody", lambda: seconds_of([*CALLS, "points", store]))
    return Outcome("Ask for one variant", compare([contender], 1, runs))


def sweeping(store: Path, runs: int) -> Outcome:
    """Every variant of the store."""
    variants = int(said([*CALLS, "sweep", store])[1])
    contender = Runner("count of every variant, everybody", lambda: seconds_of([*CALLS, "sweep", store]))
    return Outcome("Sweep the whole store", compare([contender], variants, runs))


def compare(contenders: Sequence[Runner], records: int, runs: int) -> tuple[Measured, ...]:
    """Median seconds of each; they take turns."""
    seconds: list[list[float]] = [[] for _ in contenders]
    for _ in range(runs):
        for mine, contender in zip(seconds, contenders, strict=True):
            contender.before()
            start = time.perf_counter()
            inner = contender.run()
            mine.append(time.perf_counter() - start if inner is None else inner)
    return tuple(
        Measured(contender.name, statistics.median(mine), records)
        for contender, mine in zip(contenders, seconds, strict=True)
    )


def lines_of(nation: Path) -> int:
    """Records of the nation's first file: about a third of all."""
    import gzip

    with gzip.open(sorted((nation / "genomes").glob("*.vcf.gz"))[0], "rb") as file:
        return sum(not line.startswith(b"#") for line in file)


def rivals_python() -> Path | None:
    """The Python that has cyvcf2: `.venv-bench`, which make fills."""
    python = PROJECT / ".venv-bench" / "bin" / "python"
    return python if python.exists() else None


def seconds_of(command: Sequence[object], *, whole: bool = False) -> float | None:
    """Seconds that a command says its work took; None with `whole`, for commands that say nothing."""
    answer = said(command)
    return None if whole else float(answer[0])


def wall(command: Sequence[object], before: Callable[[], object] = lambda: None) -> float:
    """Wall time of a whole command."""
    before()
    start = time.perf_counter()
    run(command)
    return time.perf_counter() - start


def said(command: Sequence[object]) -> list[str]:
    """The words a command prints."""
    return run(command).split()


def run(command: Sequence[object]) -> str:
    """Run one command quietly; a failing one shows what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=PROJECT,
        text=True,
        check=False,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise SystemExit(f"{words} gave {done.returncode}:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
