"""Write the counts of every variant that somebody in a cohort carries: as sites VCF or BCF with its index, or as
Parquet for DuckDB and others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from embla.errors import Unavailable, UsageError
from embla.genome import GRCH38, Region
from embla.genotypes.annotating.bounds import Bounds
from embla.genotypes.annotating.output import Output
from embla.genotypes.annotating.sites import widest
from embla.genotypes.files.variants import alleles_of
from embla.genotypes.indexing import indexed, is_bcf
from embla.storage import begin_file

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.sweep import SweptWindow
    from embla.genotypes.view import Mask, View

Progress = Callable[[str, int, int], None]
_LEVEL: Final = 6
_COUNTS: Final = (
    "ac",
    "an",
    "nhet",
    "nhomalt",
    "nhemi",
    "nfail",
    "raw_ac",
    "raw_an",
    "raw_nhet",
    "raw_nhomalt",
    "raw_nhemi",
)
_VCF_NAMES: Final = (
    "AC",
    "AN",
    "NHET",
    "NHOMALT",
    "NHEMI",
    "NFAIL",
    "RAW_AC",
    "RAW_AN",
    "RAW_NHET",
    "RAW_NHOMALT",
    "RAW_NHEMI",
)
_INFO: Final = (
    ("AC", "A", "Integer", "Alleles seen, in calls that pass the gates"),
    ("AN", "1", "Integer", "Alleles called, in calls that pass the gates"),
    ("AF", "A", "Float", "AC / AN; missing where AN is 0"),
    ("NHET", "A", "Integer", "Heterozygous people"),
    ("NHOMALT", "A", "Integer", "Homozygous people"),
    ("NHEMI", "A", "Integer", "Hemizygous people"),
    ("NFAIL", "A", "Integer", "People whose call failed FILTER or FT"),
    ("FAF95", "A", "Float", "Filtering allele frequency, 95 % (Whiffin 2017)"),
    ("FAF99", "A", "Float", "Filtering allele frequency, 99 %"),
    ("RAW_AC", "A", "Integer", "Alleles seen, without gates"),
    ("RAW_AN", "1", "Integer", "Alleles called, without gates"),
    ("RAW_NHET", "A", "Integer", "Heterozygous people, without gates"),
    ("RAW_NHOMALT", "A", "Integer", "Homozygous people, without gates"),
    ("RAW_NHEMI", "A", "Integer", "Hemizygous people, without gates"),
    ("HETEROPLASMY", "A", "Float", "chrM: the highest heteroplasmy seen"),
)


def export_sites(
    view: View, out_path: Path | str, *, region: Region | None = None, cohort: Mask | None = None,
    progress: Progress | None = None, crew: Crew | None = None,
) -> int:  # fmt: skip
    """Write one row or line per variant, sorted; returns how many. The name decides: .vcf, .vcf.gz, .bcf, .parquet.

    .vcf.gz comes with a tabix index, .bcf with a CSI one. One ALT per record, left-aligned as the store keeps them.

    Counts are those of `View.count`. A variant seen only in calls that do not pass the gates has AC 0 and FILTER AC0.
    Raises UsageError for another name and for a place that cannot be written; on any error nothing is left.
    """
    out = Path(out_path)
    mask = view.checked(cohort)
    if crew is None:
        tables = _tables(view, mask, region, progress)
    else:
        from embla.genotypes.cluster.exporting import tables_of

        tables = tables_of(crew, view, mask, region, progress)
    if out.suffix == ".parquet":
        return _write_parquet(out, view, mask, tables)
    if not out.name.endswith((".vcf", ".vcf.gz", ".vcf.bgz", ".bcf")):
        raise UsageError(
            f"{out.name} is neither VCF, BCF nor Parquet.",
            mend="Name it sites.vcf.gz, sites.vcf, sites.bcf or sites.parquet.",
        )
    # Text has no index, nor has what is written to a pipe or a device.
    if out.suffix == ".vcf" or (not is_bcf(out) and out.exists() and not out.is_file() and not out.is_dir()):
        return _write_vcf(out, view, mask, tables)
    with indexed(out) as text:
        return _write_vcf(text, view, mask, tables)


@dataclass(frozen=True)
class SitesTable:
    """Variants of one stretch. `counts` in the order of _COUNTS; `heteroplasmy` in 1/10,000 on chrM, else None."""

    contig: str
    pos: NDArray[np.int64]
    ref: list[str]
    alt: list[str]
    counts: list[NDArray[np.int32]]
    faf95: NDArray[np.float64]
    faf99: NDArray[np.float64]
    heteroplasmy: NDArray[np.uint16] | None


def _tables(view: View, mask: Mask, region: Region | None, progress: Progress | None) -> Iterator[SitesTable]:
    regions = [region] if region is not None else [Region(c.name, 0, c.length) for c in GRCH38.contigs]
    total, done = sum(len(one) for one in regions), 0
    bounds95, bounds99 = Bounds(0.95), Bounds(0.99)
    step = widest(len(mask))
    for one in regions:
        loaded = any(segment.contig(one.contig) is not None for segment in view.segments)
        for start in range(one.start, one.end, step) if loaded else ():
            end = min(start + step, one.end)
            swept = view.sweep(one.contig, start, end, [mask], per_base=False)
            if len(swept):
                yield table_of(swept, bounds95, bounds99)
            if progress is not None:
                progress("Exporting", done + end - one.start, total)
        done += len(one)
        if progress is not None:
            progress("Exporting", done, total)


def table_of(swept: SweptWindow, bounds95: Bounds, bounds99: Bounds) -> SitesTable:
    counts = [np.ascontiguousarray(getattr(swept, name)[0], dtype=np.int32) for name in _COUNTS]
    pairs = [alleles_of(key, swept.texts) for key in swept.key.tolist()]
    ac, an = counts[0], counts[1]
    het = swept.max_heteroplasmy
    return SitesTable(
        swept.contig, swept.pos, [ref for ref, _ in pairs], [alt for _, alt in pairs], counts,
        bounds95.faf(ac, an), bounds99.faf(ac, an), het[0] if het is not None else None,
    )  # fmt: skip


def _write_vcf(out: Path, view: View, mask: Mask, tables: Iterator[SitesTable]) -> int:
    written = 0
    with Output(out, level=_LEVEL) as file:
        file.write(_header(view, mask).encode())
        for table in tables:
            file.write("".join(_lines(table)).encode())
            written += len(table.pos)
    return written


def _header(view: View, mask: Mask) -> str:
    lines = ["##fileformat=VCFv4.3", "##source=embla store export", f"##reference={GRCH38.name}"]
    lines += [
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##FILTER=<ID=AC0,Description="Seen only in calls that do not pass the gates">',
    ]
    lines += [f'##INFO=<ID={name},Number={n},Type={kind},Description="{text}">' for name, n, kind, text in _INFO]
    lines += [f"##contig=<ID={c.name},length={c.length},assembly={GRCH38.name}>" for c in GRCH38.contigs]
    lines.append(f'##emblaSites=<Manifest="{view.manifest.short}",Policy="{view.policy}",Genomes="{len(mask)}">')
    return "\n".join((*lines, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"))


def _lines(table: SitesTable) -> Iterator[str]:
    names = _VCF_NAMES
    het = table.heteroplasmy.tolist() if table.heteroplasmy is not None else None
    columns = [column.tolist() for column in table.counts]
    faf95, faf99 = table.faf95.tolist(), table.faf99.tolist()
    for i, (pos, ref, alt, numbers) in enumerate(
        zip(table.pos.tolist(), table.ref, table.alt, zip(*columns, strict=True), strict=True)
    ):
        ac, an = numbers[0], numbers[1]
        counted = ";".join([f"{name}={number}" for name, number in zip(names, numbers, strict=True)])
        shares = f"AF={ac / an:.6g};FAF95={faf95[i]:.6g};FAF99={faf99[i]:.6g}" if an else "AF=."
        tail = f";HETEROPLASMY={het[i] / 10_000:.4g}" if het is not None else ""
        yield f"{table.contig}\t{pos}\t.\t{ref}\t{alt}\t.\t{'PASS' if ac else 'AC0'}\t{counted};{shares}{tail}\n"


def _write_parquet(out: Path, view: View, mask: Mask, tables: Iterator[SitesTable]) -> int:
    import pyarrow as pa
    from pyarrow import parquet

    fields = [
        ("contig", pa.dictionary(pa.int8(), pa.string())),
        ("pos", pa.int32()),
        ("ref", pa.string()),
        ("alt", pa.string()),
    ]
    fields += [(name, pa.int32()) for name in _COUNTS[:2]] + [("af", pa.float64())]
    fields += [(name, pa.int32()) for name in _COUNTS[2:]]
    fields += [("faf95", pa.float64()), ("faf99", pa.float64()), ("max_heteroplasmy", pa.float64())]
    about = {"embla.manifest": view.manifest.short, "embla.policy": view.policy, "embla.genomes": str(len(mask)),
             "embla.assembly": GRCH38.name}  # fmt: skip
    schema = pa.schema(fields, metadata=about)
    if not out.parent.is_dir() or out.is_dir():
        raise UsageError(f"{out} cannot be written there.", mend="Give the name of a file in a folder that exists.")
    number, temporary = begin_file(out)
    written = 0
    try:
        with parquet.ParquetWriter(str(temporary), schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(pa.table(_arrays(table, pa), schema=schema))
                written += len(table.pos)
        mask_bits = os.umask(0)
        os.umask(mask_bits)
        temporary.chmod(0o666 & ~mask_bits)
        temporary.replace(out)
    except OSError as error:
        raise Unavailable(
            f"{out} cannot be written: {error.strerror or error}.", mend="Make room on the disk."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
        os.close(number)
    return written


def _arrays(table: SitesTable, pa: Any) -> dict[str, Any]:
    n = len(table.pos)
    names = pa.array([contig.name for contig in GRCH38.contigs])
    code = np.full(n, GRCH38.contig(table.contig).index, np.int8)
    columns: dict[str, Any] = {
        "contig": pa.DictionaryArray.from_arrays(code, names),
        "pos": table.pos.astype(np.int32),
        "ref": table.ref,
        "alt": table.alt,
        **dict(zip(_COUNTS, table.counts, strict=True)),
    }
    ac, an = table.counts[0], table.counts[1]
    nobody = an == 0
    af = np.divide(ac, an, out=np.zeros(n), where=~nobody)
    for name, values in (("af", af), ("faf95", table.faf95), ("faf99", table.faf99)):
        columns[name] = pa.array(values, mask=nobody)
    het = table.heteroplasmy
    columns["max_heteroplasmy"] = pa.nulls(n, pa.float64()) if het is None else het / 10_000
    return columns
