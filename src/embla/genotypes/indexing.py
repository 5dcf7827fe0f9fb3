"""What makes a sites file one that other tools open by place: its index, and its form as BCF. htslib does both."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from embla.errors import Unavailable, UsageError
from embla.storage import together

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
        index = path.with_name(path.name + ".csi")
        with _index(path, index):
            pysam.bcftools.index("-f", "-c", str(path))
        return index
    if path.name.endswith(TEXT_ENDINGS):
        return index_text(path, "vcf")
    return None


def index_text(path: Path, preset: Literal["vcf", "bed"]) -> Path:
    """Write the tabix index beside a sorted bgzipped file, of preset `vcf` or `bed`."""
    import pysam

    index = path.with_name(path.name + ".tbi")
    with _index(path, index):
        pysam.tabix_index(str(path), preset=preset, force=True)
    return index


@contextmanager
def _index(path: Path, index: Path) -> Iterator[None]:
    """htslib leaves a part of an index that it could not write, and says no more than that."""
    from pysam.utils import SamtoolsError

    try:
        yield
    except (OSError, SamtoolsError) as error:
        index.unlink(missing_ok=True)
        raise Unavailable(f"The index of {path} cannot be written.", mend="Make room on the disk.") from error


@contextmanager
def indexed(out: Path) -> Iterator[Path]:
    """A name beside `out` to write bgzipped VCF to, which becomes `out`, BCF where it is named so, with its index when
    the block ends well. Both are there then, or neither."""
    if not out.parent.is_dir() or out.is_dir():
        raise UsageError(f"{out} cannot be written there.", mend="Give the name of a file in a folder that exists.")
    with together(out) as made:
        whole = made.folder / out.name
        text = whole.with_suffix(".vcf.gz") if is_bcf(out) else whole
        yield text
        if is_bcf(out):
            to_bcf(text, whole)
            text.unlink()
        index_sites(whole)
        made.settle()
        made.put(last=out.name)


def to_bcf(text: Path, out: Path) -> None:
    """Write a VCF again as BCF, record by record, its header as it is."""
    from pysam import bcftools
    from pysam.utils import SamtoolsError

    try:
        bcftools.view("--no-version", "-Ob", "-o", str(out), str(text), catch_stdout=False)
    except SamtoolsError as error:
        raise Unavailable(f"{out} cannot be written as BCF.", mend="Make room on the disk.") from error
