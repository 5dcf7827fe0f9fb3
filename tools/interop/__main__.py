"""`make interop`: see the package. Exit code 1 and the first difference where something is read differently."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from embla.composition import open_home
from embla.demo.nation import build_nation
from embla.genome import GRCH38, Region
from embla.platform import read_settings
from tools.interop import plink, sites, strict
from tools.interop.differs import Differs, Equal, NotHere
from tools.interop.writing import Written, write_all

READERS = Path(__file__).parent / "readers"


def main() -> int:
    """Build a small nation, write, read, compare."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--people", type=int, default=60)
    words.add_argument("--readers", default=sys.executable, help="Python of the environment that holds the readers")
    words.add_argument("--keep", type=Path, help="a new folder to leave the files in")
    asked = words.parse_args()
    with TemporaryDirectory() as scratch:
        folder = asked.keep or Path(scratch) / "files"
        folder.mkdir()
        settings = read_settings({}, home=Path(scratch) / "home")
        build_nation(settings, people=asked.people, say=lambda line: None)
        house = open_home(read_settings({}, home=Path(scratch) / "home"))
        try:
            written = write_all(house, folder, loaded(house.store.view().segments))
        finally:
            house.database.close()
        told = {name: len(written.expected[name]) for name in ("release", "sites")}
        people = len(written.expected["freeze"]["names"])
        print(
            f"written: {told['release']:,} variants of a release, {told['sites']:,} of a store, {people} people frozen"
        )
        return read_all(written, asked.readers)


def loaded(segments: Iterable[object]) -> list[Region]:
    """Contigs that the store has anything of, in pieces that a page may list."""
    names = {name for s in segments for _, reader in s.blobs for name in reader.contigs}  # type: ignore[attr-defined]
    step = 5_000_000
    return [
        Region(c.name, start, min(start + step, c.length))
        for c in GRCH38.contigs if c.name in names
        for start in range(0, c.length, step)
    ]  # fmt: skip


def read_all(written: Written, readers: str) -> int:
    """Run every check; 0 when all that could be run were equal."""
    failed = 0
    checks: list[Callable[[], Equal | Iterable[Equal]]] = [
        lambda: sites.by_bcftools(written),
        lambda: sites.by_norm(written),
        lambda: sites.by_tabix(written),
        lambda: sites.by_vcfanno(written),
        lambda: strict.check_strictly(written.release),
        lambda: strict.check_strictly(written.folder / "sites.vcf.gz"),
        lambda: plink.by_plink2(written),
    ]
    for check in checks:
        try:
            made = check()
            for one in [made] if isinstance(made, Equal) else made:
                print(one)
        except NotHere as error:
            print(f"NOT RUN: {error}")
        except Differs as error:
            print(f"DIFFERS: {error}")
            failed += 1
    for name in ("parquet", "vcf_zarr", "pgen"):
        # Isolated: nothing of this environment may help.
        words = [readers, "-I", str(READERS / f"{name}.py"), str(written.folder)]
        failed += subprocess.run(words, check=False).returncode != 0
    print("equal" if not failed else f"{failed} checks differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
