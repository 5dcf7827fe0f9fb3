"""Write everything that leaves for other tools, and beside it what the store's own doors answer."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pysam

from embla.frequency import Releases, hand_over, hand_over_mininode, make_freeze, open_answer, open_region
from embla.genome import GRCH38, Region, Variant, copies
from embla.genotypes import Count, View, export_sites
from embla.identity import project_pseudonyms
from embla.platform import OPERATOR, House
from embla.policy import About, Action, permit
from embla.registry import Partner, add_agreement, counted_genomes

PROJECT = "interop"
PARTNER = "interop-partner"
DATASET = "GOE-DK-INTEROP-1"


@dataclass(frozen=True)
class Written:
    """The files, and the answers to compare with: `expected` is also in `expected.json`, for other environments."""

    folder: Path
    expected: dict[str, Any]
    reference: Path | None

    @property
    def release(self) -> Path:
        return self.folder / "release.vcf.gz"


def write_all(house: House, folder: Path, regions: Sequence[Region], reference: Path | None) -> Written:
    """A release as VCF, BCF and Parquet, a store's sites, both freezes, and a patient to annotate. `reference` is the
    FASTA that the genomes were called against."""
    signed = house.clock().date() - timedelta(days=1)
    for flow in ("files", "research"):
        partner = Partner(PARTNER, "Reads it again", "DK")
        add_agreement(house, OPERATOR, partner, flow=flow, reference="interop", drafted=signed, signed=signed)
    for name in ("release.vcf.gz", "release.bcf"):
        hand_over(house, OPERATOR, PARTNER, folder / name, variants=50)
    hand_over_mininode(house, OPERATOR, PARTNER, folder / DATASET, variants=50)
    with house.database.reading() as connection:
        view = house.view(connection)
        accession = {g.person: g.accession for g in counted_genomes(connection, on=house.clock().date())}
    for name in ("sites.vcf.gz", "sites.bcf", "sites.parquet"):
        export_sites(view, folder / name)
    make_freeze(house, OPERATOR, PROJECT, PARTNER, folder / "plink2", kind="plink2")
    if find_spec("zarr"):
        make_freeze(house, OPERATOR, PROJECT, PARTNER, folder / "vcf-zarr", kind="vcf-zarr")
    expected = {
        "sexes": {"XX", "XY"} <= Releases(house).get().info.people_by.get("karyotype", {}).keys(),
        "release": [_released(house, v) for region in regions for v in _listed(house, region)],
        "sites": [_exact(c) for region in regions for c in view.count(region)],
        "freeze": _frozen(house, view, folder / "plink2", accession, regions),
        "dataset": DATASET,
    }
    (folder / "expected.json").write_text(json.dumps(expected))
    _patient(folder / "patient.vcf.gz", expected["release"])
    return Written(folder, expected, reference)


def _listed(house: House, region: Region) -> Iterator[Variant]:
    page = pages = 1
    while page <= pages:
        found = open_region(house, region, page=page, page_size=1000)
        pages, page = found.pages, page + 1
        yield from (Variant(c.contig, c.pos, c.ref or "", c.alt or "") for c in found.variants)


def _released(house: House, variant: Variant) -> dict[str, Any]:
    """What the open door shows of one variant."""
    answer = open_answer(house, variant)
    sexes = answer.groups.get("karyotype", {})
    told = _exact(answer.headline)
    told["sexes"] = {label: _exact(sexes[k]) for label, k in (("M", "XY"), ("F", "XX")) if k in sexes}
    return told


def _exact(count: Count) -> dict[str, Any]:
    names = "contig pos ref alt status ac an af nhet nhomalt nhemi".split()
    return {name: getattr(count, name) for name in names}


def _frozen(
    house: House, view: View, folder: Path, accession: dict[str, str], regions: Sequence[Region]
) -> dict[str, Any]:
    """Each member's own numbers at each variant, in the order of the freeze's names."""
    persons = list(accession)
    decision = permit(
        house.database, OPERATOR, Action.GIVE_PROJECT_PSEUDONYM, purpose="research", clock=house.clock,
        about=About(project=PROJECT),
    )  # fmt: skip
    given = dict(zip(project_pseudonyms(house, decision, PROJECT, persons), persons, strict=True))
    names = [line.split("\t")[0] for line in (folder / "samples.tsv").read_text().splitlines()[1:]]
    masks = [view.cohort(names=[accession[given[name]]]) for name in names]
    karyotypes = [next(iter(view.groups("karyotype", mask))) for mask in masks]
    variants, rows = [], []
    for region in regions:
        # Each person is a cohort of one: the road of counting, and not that of `genotype_blocks`, which freezes take.
        swept = view.sweep(region.contig, region.start, region.end, masks, per_base=False)
        for i in np.flatnonzero(swept.ac.any(axis=0)).tolist():
            pos = int(swept.pos[i])
            kind = GRCH38.piece_at(region.contig, pos).kind
            variants.append([region.contig, pos, *swept.alleles(i), kind])
            own = zip(swept.ac[:, i].tolist(), swept.an[:, i].tolist(), karyotypes, strict=True)
            rows.append([[ac, an, copies(k, kind) or 0] for ac, an, k in own])
    return {"names": names, "karyotypes": karyotypes, "variants": variants, "calls": rows}


def _patient(path: Path, released: list[dict[str, Any]]) -> None:
    """Every variant of the release, and other ALTs at every tenth, which the release does not have."""
    known = {(r["contig"], r["pos"], r["ref"], r["alt"]) for r in released}
    rows = set(known)
    for contig, pos, ref, _ in sorted(known)[::10]:
        rows |= {(contig, pos, ref, alt) for alt in ("A", "C", "G", "T") if alt != ref[0] and len(ref) == 1}
    order = {c.name: i for i, c in enumerate(GRCH38.contigs)}
    with pysam.BGZFile(str(path), "w", None) as file:
        head = ["##fileformat=VCFv4.3", *(f"##contig=<ID={c.name},length={c.length}>" for c in GRCH38.contigs)]
        file.write(("\n".join([*head, "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"]) + "\n").encode())
        for contig, pos, ref, alt in sorted(rows, key=lambda r: (order[r[0]], *r[1:])):
            file.write(f"{contig}\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.\n".encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
