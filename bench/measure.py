"""Data, commands and clocks of `make bench`."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

PROJECT = Path(__file__).parents[1]
EMBLA = (sys.executable, "-m", "embla")


@dataclass(frozen=True)
class Measured:
    """Seconds of one command over `records` records."""

    name: str
    seconds: float
    records: int

    @property
    def rate(self) -> float:
        return self.records / self.seconds


@dataclass(frozen=True)
class Outcome:
    """Ours first, then the rival. `aim` is the largest share of the rival's time that we want to take."""

    what: str
    measured: tuple[Measured, ...]
    aim: float
    left_out: str = field(default="")

    @property
    def share(self) -> float | None:
        return self.measured[0].seconds / self.measured[1].seconds if len(self.measured) > 1 else None

    @property
    def met(self) -> bool:
        return self.share is not None and self.share <= self.aim

    def to_json(self) -> dict[str, object]:
        return asdict(self) | {"share": self.share, "met": self.met}


def measure_all(folder: Path, *, records: int, runs: int) -> Iterator[Outcome]:
    """Make the data in `folder` where they are missing, then measure adding and annotating."""
    vcf, reference = one_person(folder, records)
    run([*EMBLA, "warm"])
    yield adding(folder, vcf, reference, records, runs)
    yield annotating(folder, vcf, reference, records, runs)


def one_person(folder: Path, records: int) -> tuple[Path, Path]:
    """A dense VCF of one person, and the reference it stands on."""
    nation = folder / f"person-{records}"
    if not nation.exists():
        run([*EMBLA, "simulate", nation, "--people", 1, "--format", "vcf", "--records", records, "--no-truth"])
    return next((nation / "genomes").glob("*.vcf.gz")), nation / "reference.fa.gz"


def adding(folder: Path, vcf: Path, reference: Path, records: int, runs: int) -> Outcome:
    """`embla store add` against a loop that only reads the same fields with cyvcf2."""
    store = folder / "adding.store"

    def fresh() -> None:
        shutil.rmtree(store, ignore_errors=True)
        run([*EMBLA, "store", "create", store, "--reference", reference])

    ours = best([*EMBLA, "store", "add", store, vcf], runs, before=fresh)
    rival = rivals_python()
    measured = (Measured("embla store add", ours, records),)
    if rival is None:
        return Outcome("Add a one-person VCF", measured, 1 / 3, left_out="cyvcf2 is not in .venv-bench")
    theirs = best([rival, PROJECT / "bench" / "read_with_cyvcf2.py", vcf], runs)
    return Outcome(
        "Add a one-person VCF: read, normalise, gate, store and count; the rival only reads the fields",
        (*measured, Measured("cyvcf2: CHROM POS REF ALT FILTER GT DP GQ AD", theirs, records)),
        1 / 3,
    )


def annotating(folder: Path, vcf: Path, reference: Path, records: int, runs: int) -> Outcome:
    """`embla store annotate` against `bcftools annotate` from a sites file with the same numbers."""
    store, sites = folder / "annotating.store", folder / "sites.vcf.gz"
    shutil.rmtree(store, ignore_errors=True)
    run([*EMBLA, "store", "create", store, "--reference", reference])
    run([*EMBLA, "store", "add", store, vcf])
    ours = best([*EMBLA, "store", "annotate", store, vcf, "-o", folder / "ours.vcf.gz"], runs)
    measured = (Measured("embla store annotate", ours, records),)
    bcftools = shutil.which("bcftools")
    if bcftools is None:
        return Outcome("Annotate a VCF from the store", measured, 1 / 2, left_out="bcftools is not on this machine")
    run([*EMBLA, "store", "export", store, "-o", sites])
    run([bcftools, "index", "-f", "-t", sites])
    run([bcftools, "index", "-f", "-t", vcf])
    columns = "INFO/EMBLA_AC:=INFO/AC,INFO/EMBLA_AN:=INFO/AN,INFO/EMBLA_AF:=INFO/AF"
    command = [bcftools, "annotate", "-a", sites, "-c", columns, "-O", "z", "-o", folder / "theirs.vcf.gz", vcf]
    return Outcome(
        "Annotate a VCF with AC, AN and AF (ours adds homozygotes, FAF and status)",
        (*measured, Measured("bcftools annotate, from an equal sites file", best(command, runs), records)),
        1 / 2,
    )


def rivals_python() -> Path | None:
    """The Python that has cyvcf2: `.venv-bench`, which make fills."""
    python = PROJECT / ".venv-bench" / "bin" / "python"
    return python if python.exists() else None


def best(command: Sequence[object], runs: int, before: Callable[[], None] = lambda: None) -> float:
    """Least wall time of a command in seconds; `before` runs outside the clock."""
    seconds = []
    for _ in range(runs):
        before()
        start = time.perf_counter()
        run(command)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def run(command: Sequence[object]) -> None:
    """Run one command quietly; a failing one shows what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise SystemExit(f"{words} gave {done.returncode}:\n{done.stderr.strip()[-2000:]}")
