"""What makes a sites file one that other tools open by place: its index, and its form as BCF. htslib does both."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from embla.errors import Unavailable, UsageError

TEXT_ENDINGS: Final = (".vcf.gz", ".vcf.bgz")
_BCF: Final = ".bcf"


def is_bcf(path: Path) -> bool:
    """True for a name that asks for BCF."""
    return path.suffix == _BCF


def index_sites(path: Path) -> Path | None:
    """Write the index beside a sorted sites file: .tbi for bgzipped VCF, .csi for BCF; None for text and devices.

    Tabix reaches to 512 Mb on a contig, which is enough for a human one; BCF knows CSI only.
    """
    import pysam
    import pysam.bcftools

    if not path.is_file():
        return None
    if is_bcf(path):
        pysam.bcftools.index("-f", "-c", str(path))
        return path.with_name(path.name + ".csi")
    if path.name.endswith(TEXT_ENDINGS):
        pysam.tabix_index(str(path), preset="vcf", force=True)
        return path.with_name(path.name + ".tbi")
    return None


@contextmanager
def text_of_bcf(out: Path) -> Iterator[Path]:
    """A name beside `out` to write bgzipped VCF to, which becomes `out` as BCF when the block ends well."""
    if not out.parent.is_dir() or out.is_dir():
        raise UsageError(f"{out} cannot be written there.", mend="Give the name of a file in a folder that exists.")
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", suffix=".part", dir=out.parent) as folder:
        text = Path(folder) / "text.vcf.gz"
        yield text
        made = Path(folder) / "made.bcf"
        to_bcf(text, made)
        try:
            with made.open("rb") as file:
                os.fsync(file.fileno())
            made.replace(out)
        except OSError as error:
            raise Unavailable(f"{out} cannot be written: {error.strerror}.", mend="Make room on the disk.") from error


def to_bcf(text: Path, out: Path) -> None:
    """Write a VCF again as BCF, record by record, its header as it is."""
    from pysam import bcftools
    from pysam.utils import SamtoolsError

    try:
        bcftools.view("--no-version", "-Ob", "-o", str(out), str(text), catch_stdout=False)
    except SamtoolsError as error:
        raise Unavailable(f"{out} cannot be written as BCF.", mend="Make room on the disk.") from error
