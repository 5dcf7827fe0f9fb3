"""A release in the shape that a GDI mini-node serves as its aggregated Beacon: Parquet by contig and 10 million bases.

    DATASET/GRCh38/allele-freq-chr3.4.parquet   POS (0-based) REF ALT VT POPULATION AF AC AC_HET AC_HOM AC_HEMI AN

As gdi-mini-node 0.9 reads it: contigs `1` to `22`, `X`, `Y`, `M`; VT is SNP, INDEL or UNKNOWN; AC_HET, AC_HOM and
AC_HEMI are alleles (two for each homozygous person), as `bcftools +fill-tags` counts them. Populations are `Total`, the
country, `M` and `F`, and `DK_M`, `DK_F`; M and F are the karyotypes XY and XX.

Each number is the one that the open door shows. What is not known is left out and never 0: a variant whose count is
hidden has no row; where one sex is hidden only the whole is there; genotype counts that are hidden are null.

Where 1 to k-1 people are neither XX nor XY, the release counts them with one of the two ("XX or other"), and that is
not F: no variant has M and F then, and `lacking_sexes` says why. They cannot be left out of both, as the whole less M
and F would be theirs alone.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from embla.disclosure import Level
from embla.errors import UsageError
from embla.frequency.releases import threshold
from embla.frequency.service import opened_parts
from embla.frequency.sites import shown_levels, totals_of
from embla.genome import GRCH38, Contig, Variant

if TYPE_CHECKING:
    from embla.disclosure import Open
    from embla.frequency.releases import Release
    from embla.genotypes import Count
    from embla.platform import House

STRETCH: Final = 10_000_000
_BATCH: Final = 100_000
_SEX: Final = (("M", "XY"), ("F", "XX"))
_DATASET: Final = re.compile(r"(?:GOE|GDI)-([A-Z]{2})-[A-Z0-9]+-[0-9]+")
Row = tuple[int, str, str, str, str, float, int, int | None, int | None, int | None, int]


def country_of(dataset: str) -> str:
    """The country that a data set's id names. Raises UsageError for an id that portal and Beacon could not join."""
    match = _DATASET.fullmatch(dataset)
    if match is None:
        raise UsageError(
            "A data set of GDI is named GOE or GDI, country, organisation and a number.",
            mend="Name the folder like GOE-DK-NGC-1.",
        )
    return match[1]


def lacking_sexes(release: "Release", late: frozenset[str]) -> str:
    """Why no variant of this release has M and F; "" where the release has both."""
    groups = release.info.people_by.get("karyotype", {})
    if not groups:
        return "M and F are not in it: the release has no table of karyotypes."
    if f"{release.source('karyotype').info.number}/karyotype" in late:
        return "M and F are not in it: the release's table of karyotypes is withheld, as somebody who left is in it."
    if any(karyotype not in groups for _, karyotype in _SEX):
        return f"M and F are not in it: few people are of another karyotype, so the release has {' and '.join(groups)}."
    return ""


def write_mininode(
    house: "House", release: "Release", late: frozenset[str], folder: Path, country: str, about: dict[str, str]
) -> tuple[int, list[str]]:
    """Write the files under `folder`; how many variants, and the files by name. `about`: what stands in each file."""
    import pyarrow as pa
    from pyarrow import parquet

    whole, small = pa.int32(), pa.string()
    fields = [
        ("POS", whole),
        ("REF", small),
        ("ALT", small),
        ("VT", small),
        ("POPULATION", small),
        ("AF", pa.float64()),
    ]
    fields += [(name, whole) for name in ("AC", "AC_HET", "AC_HOM", "AC_HEMI", "AN")]
    schema = pa.schema(fields, metadata=about)
    order = parquet.SortingColumn.from_ordering(schema, [("POS", "ascending")])
    place = folder / GRCH38.name
    place.mkdir(parents=True)
    variants, files = 0, []
    for contig in GRCH38.contigs:
        for stretch, batches in groupby(_batches(house, release, late, contig, country), itemgetter(0)):
            name = f"allele-freq-chr{contig.name.removeprefix('chr')}.{stretch}.parquet"
            files.append(f"{GRCH38.name}/{name}")
            with parquet.ParquetWriter(
                place / name, schema, compression="zstd", sorting_columns=order, write_page_index=True
            ) as writer:
                for _, n, rows in batches:
                    variants += n
                    columns = [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), schema, strict=True)]
                    writer.write_table(pa.table(columns, schema=schema))
    return variants, files


def _batches(
    house: "House", release: "Release", late: frozenset[str], contig: Contig, country: str
) -> Iterator[tuple[int, int, list[Row]]]:
    """(number of the 10 Mb stretch, variants, rows) in order of place."""
    number, n, rows = -1, 0, list[Row]()
    for swept in totals_of(release, contig.name, contig.length):
        level = shown_levels(release, swept, threshold(house, release))
        for i in np.flatnonzero((level > int(Level.HIDDEN)) & (swept.ac[0] > 0)).tolist():
            variant = Variant(contig.name, int(swept.pos[i]), *swept.alleles(i))
            made = _rows(house, release, late, variant, country)
            if not made:
                continue
            stretch = (variant.pos - 1) // STRETCH
            if rows and (stretch != number or len(rows) >= _BATCH):
                yield number, n, rows
                n, rows = 0, []
            number, n = stretch, n + 1
            rows += made
    if rows:
        yield number, n, rows


def _rows(house: "House", release: "Release", late: frozenset[str], variant: Variant, country: str) -> list[Row]:
    shown, _ = opened_parts(release, threshold(house, release), variant, (), late)
    populations = populations_of(shown, country)
    lead = (variant.pos - 1, variant.ref, variant.alt, kind_of(variant.ref, variant.alt))
    return [(*lead, label, *_numbers(count)) for label, count in populations]


def populations_of(shown: "Open", country: str) -> list[tuple[str, "Count"]]:
    """What GDI calls populations, and the count of each that may be shown; none where the total is hidden or 0."""
    if not shown.total.ac:
        return []
    populations = [("Total", shown.total), (country, shown.total)]
    cells = shown.tables.get("karyotype", {})
    sexes = [(label, cells[karyotype]) for label, karyotype in _SEX if karyotype in cells]
    if len(sexes) == len(_SEX) and not any(count.an and count.ac is None for _, count in sexes):
        populations += sexes
        populations += [(f"{country}_{label}", count) for label, count in sexes]
    return [(label, count) for label, count in populations if count.an and count.ac is not None]


def _numbers(count: "Count") -> tuple[Any, ...]:
    return count.af, count.ac, *genotype_alleles(count), count.an


def genotype_alleles(count: "Count") -> tuple[int | None, int | None, int | None]:
    """Alleles of heterozygous, homozygous and hemizygous people, as GDI counts them; None where hidden. On chrM a
    homoplasmic person has one."""
    each = 1 if count.contig == "chrM" else 2
    return count.nhet, None if count.nhomalt is None else each * count.nhomalt, count.nhemi


def kind_of(ref: str, alt: str) -> str:
    """SNP, INDEL or UNKNOWN (several bases for as many), of alleles in normal form."""
    if len(ref) != len(alt):
        return "INDEL"
    return "SNP" if len(ref) == 1 else "UNKNOWN"
