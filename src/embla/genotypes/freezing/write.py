"""Write a freeze: genotypes of chosen people under other names, whole or not at all. Person-level: the caller decides.

A freeze is a folder. It holds the genotypes, `samples.tsv` (name and karyotype) and `freeze.json`, which says what it
is and lists every file with its hash. Memory is bounded: blocks of variants go through one at a time.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from embla.errors import Unavailable, UsageError
from embla.genome import Region
from embla.genotypes.files.genomes import KARYOTYPES
from embla.genotypes.freezing.plink import PlinkWriter
from embla.genotypes.freezing.vcf_zarr import VcfZarrWriter
from embla.genotypes.matrix import CallBlock, genotype_blocks

if TYPE_CHECKING:
    from embla.genotypes.view import View

ABOUT: Final = "freeze.json"
SAMPLES: Final = "samples.tsv"
FORMATS: Final = ("vcf-zarr", "plink2")
_MOST: Final = 1_000
_BYTES: Final = 1 << 25


class Writer(Protocol):
    """One format."""

    def add(self, block: CallBlock) -> None:
        """The next variants."""

    def close(self) -> None:
        """Nothing follows."""


@dataclass(frozen=True)
class Frozen:
    """What was written. `digest`: of `freeze.json`, which holds every other file's."""

    format: str
    people: int
    variants: int
    bytes: int
    digest: str


def write_freeze(
    view: "View", members: Mapping[str, str], out: Path, *, kind: str, about: Mapping[str, Any],
    region: Region | None = None,
) -> Frozen:  # fmt: skip
    """Write a new folder `out`. `members`: sample of the view -> name in the freeze, in which order people come.

    Variants are those that a member carries in a call that passes the gates. Raises UsageError for a folder that exists
    or an unknown format, NotFound for a sample that is not there.
    """
    if kind not in FORMATS:
        raise UsageError(f"A freeze is one of: {', '.join(FORMATS)}.")
    if out.exists() or not out.parent.is_dir():
        raise UsageError("The folder must be new and lie in one that exists.", mend="Give another name.")
    order = sorted(members, key=lambda sample: members[sample])
    people = np.array(view.numbers(order), dtype=np.int64)
    names = [members[sample] for sample in order]
    karyotypes = [KARYOTYPES[code] for code in view.karyotypes[people].tolist()]
    with TemporaryDirectory(prefix=f".{out.name}.", suffix=".part", dir=out.parent) as temporary:
        folder = Path(temporary) / "made"
        folder.mkdir(mode=0o700)  # genotypes: nobody else on the machine
        try:
            writer: Writer
            if kind == "plink2":
                writer = PlinkWriter(folder, names, karyotypes)
            else:
                writer = VcfZarrWriter(folder / "genotypes.vcz", names, about, _size(len(names)))
            variants = 0
            for block in genotype_blocks(view, people, _size(len(names)), region):
                writer.add(block)
                variants += len(block)
            writer.close()
            rows = [f"{name}\t{karyotype}\n" for name, karyotype in zip(names, karyotypes, strict=True)]
            (folder / SAMPLES).write_text("sample\tkaryotype\n" + "".join(rows), "utf-8")
            files = dict(_hashes(folder))
            told = {"format": kind, "people": len(names), "variants": variants, **about, "files": files}
            (folder / ABOUT).write_text(json.dumps(told, indent=1) + "\n", "utf-8")
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            digest = sha256((folder / ABOUT).read_bytes()).hexdigest()
            folder.replace(out)
        except OSError as error:
            raise Unavailable(
                f"{out} cannot be written: {error.strerror or error}.", mend="Make room on the disk."
            ) from error
    return Frozen(kind, len(names), variants, size, digest)


def check_freeze(folder: Path) -> str:
    """The digest of a freeze on the disk, "" where a file is missing, new or not what its hash says."""
    told = json.loads((folder / ABOUT).read_text("utf-8"))
    if dict(_hashes(folder)) != told["files"]:
        return ""
    return sha256((folder / ABOUT).read_bytes()).hexdigest()


def _size(people: int) -> int:
    """Variants in a block: 1,000, or fewer where there are many people."""
    return max(1, min(_MOST, _BYTES // (2 * max(people, 1))))


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    names: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != ABOUT)
    for path in names:
        with path.open("rb") as file:
            yield str(path.relative_to(folder)), file_digest(file, "sha256").hexdigest()
