"""`make interop`: see the package. Prints a table; exit code 1 where something is read differently."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tools.interop import plink, sites, strict
from tools.interop.covered import told
from tools.interop.differs import Differs, Equal, NotHere
from tools.interop.nation import REGIONS, by_recount, by_truth, make_nation
from tools.interop.writing import Written, write_all

READERS = Path(__file__).parent / "readers"
Check = Callable[[], Equal | Iterable[Equal]]
# Read again by nobody here, and why; their rules are held line by line (strict.py).
ELSEWHERE = {
    "VEP": "a Perl program that neither Debian nor PyPI has",
    "VarSeq": "sold by Golden Helix",
    "Alamut": "sold by SOPHiA Genetics",
}


def main() -> int:
    """Build a nation, write, read, compare."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=100)
    words.add_argument("--readers", default=sys.executable, help="Python of the environment that holds the readers")
    words.add_argument("--keep", type=Path, help="a new folder to leave the files in")
    asked = words.parse_args()
    with TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch) / "files"
        folder.mkdir()
        os.environ["XDG_CACHE_HOME"] = str(Path(scratch) / "cache")  # what is noted of made-up sequence goes with it
        begun = perf_counter()
        made = make_nation(Path(scratch), people=asked.people)
        reported = perf_counter()
        try:
            written = write_all(made.house, folder, REGIONS, made.reference)
            print(f"{asked.people} people reported in {reported - begun:.0f} s, files written in "
                  f"{perf_counter() - reported:.0f} s.")  # fmt: skip
            for line in told(written):
                print(line)
            print()
            own: list[Check] = [lambda: by_recount(made.house), lambda: by_truth(made.truth, written)]
            return read_all(written, asked.readers, own)
        finally:
            made.house.database.close()


def read_all(written: Written, readers: str, own: Iterable[Check] = ()) -> int:
    """Run every check and print a line of each; 0 when all that could be run were equal."""
    failed = 0
    checks: list[Check] = [
        *own,
        lambda: sites.by_bcftools(written),
        lambda: sites.by_norm(written),
        lambda: sites.by_tabix(written),
        lambda: sites.by_vcfanno(written),
        lambda: strict.check_strictly(written.release),
        lambda: strict.check_strictly(written.folder / "sites.vcf.gz"),
        lambda: plink.by_plink2(written),
        *((lambda name=name: by_reader(written, readers, name)) for name in ("parquet", "vcf_zarr", "pgen")),
    ]
    print("| tool | what it read | compared, all equal | seconds |\n|---|---|---|---|")
    for check in checks:
        try:
            made = check()
            for one in [made] if isinstance(made, Equal) else made:
                print(f"| {one.tool} | {one.what} | {one.compared:,} {one.unit} | {one.seconds:.1f} |", flush=True)
        except NotHere as error:
            print(f"| {error.tool} | NOT RUN: {error} | | |")
        except Differs as error:
            print(f"| DIFFERS | {error} | | |")
            failed += 1
    for tool, why in ELSEWHERE.items():
        print(f"| {tool} | NOT RUN: {why}; the file is held to its rules above | | |")
    print("\nequal" if not failed else f"\n{failed} checks differ")
    return 1 if failed else 0


def by_reader(written: Written, python: str, name: str) -> Iterable[Equal]:
    """A reader in the environment of its own, whose lines are checks."""
    # Isolated: nothing of this environment may help.
    words = [python, "-I", str(READERS / f"{name}.py"), str(written.folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
    for line in done.stdout.splitlines():
        tool, what, compared, unit, seconds = line.split("\t")
        yield Equal(tool, what, int(compared), float(seconds), unit)
    if "ModuleNotFoundError" in done.stderr:
        raise NotHere(name, f"{done.stderr.strip().splitlines()[-1]}; see requirements/interop.txt")
    if done.returncode != 0:
        raise Differs(f"{name}: {done.stderr.strip()[-400:]}")


if __name__ == "__main__":
    sys.exit(main())
