"""Packages of every kind, right by default, in the newest version; what a house refuses of them and counts."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from embla.platform import OPERATOR, House
from embla.registry import counted_genomes
from embla.submission import PackageRefused, receive
from tests.submission.receiving import TODAY
from tests.support.laboratory import SITE, START, Call, write_gvcf, write_manifest

OTHER = ("chr21", 5_030_700, "C", "T", "0/1")
_FORMATS = {".vcf": "gvcf", ".fastq": "fastq", ".bam": "bam", ".cram": "cram", ".bed": "bed"}


def sample2(name: str, *, calls: bool = True, **changes: Any) -> dict[str, Any]:
    """A sample whose calls, where it has some, lie in files/NAME.g.vcf."""
    made: dict[str, Any] = {"id": name, "origin": "germline", "assay": "genome"}
    if calls:
        made |= {
            "assembly": "GRCh38",
            "callability": "gvcf",
            "pipeline": {"name": "DRAGEN", "version": "4.2"},
            "calls": f"files/{name}.g.vcf",
        }
    return made | changes


def person2(key: str, role: str, *samples: dict[str, Any], karyotype: str | None = "XX") -> dict[str, Any]:
    """A person with samples."""
    made: dict[str, Any] = {"key": key, "role": role, "samples": list(samples)}
    return made | ({"karyotype": karyotype} if karyotype else {})


def write_package(
    folder: Path,
    name: str,
    kind: str,
    persons: list[dict[str, Any]],
    *,
    case: dict[str, Any] | None = None,
    written: bool = False,
    **changes: Any,
) -> Path:
    """A package over the files in `folder`; files of calls that are not there are written, unless `written`."""
    for number, person in enumerate(persons):
        for place, sample in enumerate(person["samples"]):
            if "calls" in sample and not written:
                own: Call = ("chr21", START + 100 + 10 * number + place, "A", "G", "0/1")
                blocks = sample["callability"] == "gvcf"
                write_gvcf(folder / sample["calls"], sample["id"], [SITE, own], blocks=blocks)
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    files = []
    for path in paths:
        form = _FORMATS.get(path.suffix, "other")
        listed: dict[str, Any] = {
            "path": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "sha256": sha256(path.read_bytes()).hexdigest(),
            "format": form,
        }
        if form == "fastq":
            listed |= {"read": "R1" if "_R1" in path.name else "R2", "flowcell": "FC1", "lane": 1}
        files.append(listed)
    about = {"id": f"{name}-case", "kind": kind, "patient_group": "rare-diseases", "opened": "2026-01-12"}
    made = {
        "schema_version": 2, "package": name, "type": "initial", "laboratory": "north", "case": about | (case or {}),
        "persons": persons, "files": files,
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    return write_manifest(folder, made | changes)


def foetal(folder: Path, *, mother: bool = False, karyotype: str | None = "XY", name: str = "F1") -> Path:
    """A pregnant person, with or without a sample of her own, and her foetus."""
    own = [sample2(f"{name}-M")] if mother else []
    unborn = sample2(f"{name}-F", origin="foetal", tissue="amniotic_fluid")
    persons = [
        person2(f"{name}-mother", "mother", *own),
        person2(f"{name}-foetus", "foetus", unborn, karyotype=karyotype) | {"gestation_days": 100},
    ]
    return write_package(folder, name, "foetal", persons)


def duo(folder: Path) -> Path:
    """A patient and the mother."""
    persons = [person2("d1", "index", sample2("d1-B")), person2("d2", "mother", sample2("d2-B"))]
    return write_package(folder, "D1", "duo", persons)


def tumour(
    folder: Path,
    *,
    name: str = "T1",
    dna: bool = True,
    normal: bool = False,
    rna: bool = False,
    depth: float | None = 95.0,
    case: str | None = None,
    **changes: Any,
) -> Path:
    """A tumour, with its normal sample and its RNA where asked for. Depths are declared: no file of a tumour tells."""
    samples = []
    measured = {"measured": {"mean_depth": depth}} if depth is not None else {}
    if dna:
        samples.append(sample2("t1-T", origin="tumour", tissue="tumour", callability="assumed", **measured))
    if normal:
        samples.append(sample2("t1-N"))
    if rna:
        paths = [write_fastq(folder / "files" / f"t1_R{n}.fastq", seed=n) for n in (1, 2)]
        files = [f"files/{path.name}" for path in paths]
        samples.append(
            sample2("t1-R", calls=False, origin="tumour", material="rna", assay="transcriptome", of_tumour="t1-T")
            | {"files": files}
        )
    person = person2("t1", "index", *samples)
    kind = "tumour_normal" if normal else "tumour"
    about = {"id": case} if case else {}
    return write_package(folder, name, kind, [person], case=about, **changes)


def nonhuman(folder: Path) -> Path:
    """A bacterium's reads."""
    path = write_fastq(folder / "files" / "ecoli.fastq")
    specimen = {
        "id": "x1", "taxon": 562, "organism": "Escherichia coli", "host_reads_removed": True,
        "files": [f"files/{path.name}"],
    }  # fmt: skip
    return write_package(folder, "X1", "nonhuman", [], specimens=[specimen])


def write_fastq(path: Path, *, reads: int = 20, good: float = 1.0, seed: int = 0) -> Path:
    """Reads of 100 bases, the first share of each with Q40 and the rest with Q10."""
    path.parent.mkdir(parents=True, exist_ok=True)
    n = int(100 * good)
    path.write_text("".join(f"@r{seed}.{i}\n{'A' * 100}\n+\n{'I' * n}{'+' * (100 - n)}\n" for i in range(reads)))
    return path


def write_bam(path: Path, sample: str) -> Path:
    """An empty BAM whose read group is of this sample."""
    import pysam

    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"HD": {"VN": "1.6"}, "SQ": [{"SN": "chr21", "LN": 46709983}], "RG": [{"ID": "1", "SM": sample}]}
    pysam.AlignmentFile(str(path), "wb", header=header).close()
    return path


def change(folder: Path, how: Callable[[dict[str, Any]], object]) -> Path:
    """Write the manifest anew after a change."""
    value = json.loads((folder / "manifest.json").read_text())
    how(value)
    return write_manifest(folder, value)


def refused(house: House, folder: Path) -> list[str]:
    with pytest.raises(PackageRefused) as told:
        receive(house, OPERATOR, folder)
    return [finding.rule for finding in told.value.findings if finding.severity == "error"]


def counted(house: House) -> list[str]:
    with house.database.reading() as connection:
        return [one.accession for one in counted_genomes(connection, on=TODAY)]
