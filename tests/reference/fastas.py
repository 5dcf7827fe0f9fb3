"""Small FASTA files for tests: made-up sequence, plain or bgzipped."""

from pathlib import Path

import pysam

from embla.reference import Reference


def write_fasta(path: Path, contigs: dict[str, str], *, width: int = 60) -> Path:
    """Write sequences under their names; bgzipped when the name ends in .gz."""
    lines = []
    for name, bases in contigs.items():
        lines.append(f">{name} made up")
        lines += [bases[at : at + width] for at in range(0, len(bases), width)]
    text = ("\n".join(lines) + "\n").encode()
    if path.suffix == ".gz":
        with pysam.BGZFile(str(path), "wb") as file:
            file.write(text)
    else:
        path.write_bytes(text)
    return path


def small_reference(folder: Path, contigs: dict[str, str]) -> Reference:
    """Open made-up sequence, whose contigs need not have GRCh38's lengths."""
    return Reference.open(write_fasta(folder / "small.fa", contigs), any_length=True)
