"""A release as a sites file that annotation tools read: one ALT per record, left-aligned, in order, its numbers those
that the open doors show.

Four zeros, told apart as everywhere (docs/interoperability.md). A record says `absent` (read, and nobody has it in a
call that passes; k or more in another), `not_callable` (nobody was read there) or `suppressed` (some have it, in any
call, fewer than k). Of what has no
record the strip beside the file tells: inside it absent, outside not callable. Other classes of variants: not_loaded.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from embla.disclosure import Level
from embla.frequency.model.cohorts import TOTAL
from embla.frequency.nesting import caps, level_alone
from embla.frequency.releases import Release
from embla.genome import GRCH38
from embla.genotypes import Output, faf, index_text

if TYPE_CHECKING:
    from embla.genotypes import SweptWindow

_STRIDE: Final = 1 << 22
_LEVEL: Final = 6
_INFO: Final = (
    ("AC", "A", "Integer", "Alleles seen; missing where suppressed"),
    ("AN", "1", "Integer", "Alleles read"),
    ("AF", "A", "Float", "AC / AN"),
    ("NHOMALT", "A", "Integer", "Homozygous people"),
    ("NHEMI", "A", "Integer", "Hemizygous people"),
    ("FAF95", "A", "Float", "Filtering allele frequency, 95 % (Whiffin 2017)"),
    ("STATUS", "A", "String",
     "observed, absent (read; k people or more have it in calls that do not pass), not_callable (AN 0) or suppressed "
     "(1 to k-1 people have it; of several bases for as many others, maybe more)"),
)  # fmt: skip


def about_release(release: Release, below: int) -> dict[str, str]:
    """What a file of a release says about it, name by name."""
    info = release.info
    return {
        "embla_release": info.number, "embla_cut": info.cut_at.date().isoformat(),
        "embla_numbers_from": release.source(TOTAL).info.number, "embla_policy": info.policy,
        "embla_people": str(info.people), "embla_hidden_below": str(below), "embla_digest": info.digest,
    }  # fmt: skip


def release_header(release: Release, about: dict[str, str]) -> list[str]:
    """The lines of the header, without their ends. `about`: what stands on this copy."""
    info = release.info
    lines = ["##fileformat=VCFv4.3", f"##source=Embla release {info.number}", f"##reference={GRCH38.name}"]
    lines += [f"##{name}={value}" for name, value in about.items()]
    lines.append('##FILTER=<ID=PASS,Description="All filters passed">')
    lines += [f"##contig=<ID={c.name},length={c.length},assembly={GRCH38.name}>" for c in GRCH38.contigs]
    lines += [
        f'##INFO=<ID=EMBLA_{n},Number={k},Type={t},Description="{text}",Source="Embla",Version="{info.number}">'
        for n, k, t, text in _INFO
    ]
    return [*lines, "#" + "\t".join("CHROM POS ID REF ALT QUAL FILTER INFO".split())]


def write_sites(release: Release, out: Path, header: list[str], below: int) -> int:
    """Write every variant somebody in the release carries as bgzipped VCF; returns how many."""
    n = 0
    with Output(out, level=_LEVEL) as file:
        file.write(("\n".join(header) + "\n").encode())
        for contig in GRCH38.contigs:
            for swept in totals_of(release, contig.name, contig.length):
                lines = list(_lines(release, swept, below))
                file.write("".join(lines).encode())
                n += len(lines)
    return n


def write_strip(release: Release, out: Path) -> None:
    """Where anybody was read (AN above 0, adj, the total), as a bgzipped BED with its tabix index."""
    with Output(out, level=_LEVEL) as file:
        for contig in GRCH38.contigs:
            stretches = release.files.contig(contig.name).read_stretches(0)
            file.write("".join(f"{contig.name}\t{start}\t{end}\n" for start, end in stretches).encode())
    index_text(out, "bed")


def strip_name(out: Path) -> Path:
    """The name of the strip beside a sites file."""
    return out.with_name(out.name.removesuffix(".vcf.gz").removesuffix(".bcf") + ".read.bed.gz")


def totals_of(release: Release, contig: str, length: int) -> "Iterator[SweptWindow]":
    """The release's own totals of a contig, in stretches that have any."""
    for low in range(0, length, _STRIDE):
        swept = release.files.contig(contig).totals(low, min(low + _STRIDE, length))
        if len(swept):
            yield swept


def shown_levels(release: Release, swept: "SweptWindow", below: int) -> Any:
    """What of each variant's total may be shown: (v,) of `Level`."""
    return level_alone(swept, below, caps(release.files, swept, below))


def _lines(release: Release, swept: "SweptWindow", below: int) -> Iterator[str]:
    level = shown_levels(release, swept, below)
    for i in np.flatnonzero(swept.carriers[0] > 0).tolist():
        ref, alt = swept.alleles(i)
        ac, an = int(swept.ac[0, i]), int(swept.an[0, i])
        info = f"EMBLA_AN={an}"
        if an and level[i] == int(Level.HIDDEN):
            info += ";EMBLA_STATUS=suppressed"
        elif not an:
            info += ";EMBLA_STATUS=not_callable"
        else:
            info += f";EMBLA_AC={ac};EMBLA_AF={ac / an:.6g};EMBLA_FAF95={faf(ac, an):.6g}"
            if level[i] == int(Level.FULL):
                info += f";EMBLA_NHOMALT={int(swept.nhomalt[0, i])};EMBLA_NHEMI={int(swept.nhemi[0, i])}"
            info += f";EMBLA_STATUS={'observed' if ac else 'absent'}"
        yield f"{swept.contig}\t{int(swept.pos[i])}\t.\t{ref}\t{alt}\t.\t.\t{info}\n"
