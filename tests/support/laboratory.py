"""What a laboratory makes: small gVCFs and packages, right by default, wrong where a test says so."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

Call = tuple[str, int, str, str, str]  # contig, pos, ref, alt, GT

HEADER = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##ALT=<ID=NON_REF,Description="Any other allele">
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##contig=<ID=chr1,length=248956422>
##contig=<ID=chr21,length=46709983>
##contig=<ID=chrX,length=156040895>
##contig=<ID=chrY,length=57227415>
"""
START, END = 5_030_001, 5_040_000
SITE: Call = ("chr21", 5_030_500, "A", "G", "0/1")


def write_gvcf(
    path: Path,
    samples: str | list[str],
    calls: Iterable[Call] = (SITE,),
    *,
    spans: Mapping[str, tuple[int, int]] | None = None,
    blocks: bool = True,
) -> Path:
    """A gVCF with one block between each two calls over `spans` (contig -> 1-based first and last)."""
    names = [samples] if isinstance(samples, str) else samples
    lines = [HEADER + "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT".split() + names)]
    ordered = sorted(calls)
    for contig, (first, last) in (spans or {"chr21": (START, END)}).items():
        at = first
        for _, pos, ref, alt, gt in [call for call in ordered if call[0] == contig]:
            if blocks and pos > at:
                lines.append(_line(contig, at, "N", "<NON_REF>", f"END={pos - 1}", "0/0", len(names)))
            lines.append(_line(contig, pos, ref, alt + (",<NON_REF>" if blocks else ""), ".", gt, len(names)))
            at = pos + len(ref)
        if blocks and at <= last:
            lines.append(_line(contig, at, "N", "<NON_REF>", f"END={last}", "0/0", len(names)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def person(key: str, role: str = "index", karyotype: str = "XX", **sample: Any) -> dict[str, Any]:
    """A person of a manifest; `sample` changes fields of the sample."""
    return {
        "key": key,
        "role": role,
        "karyotype": karyotype,
        "sample": {
            "id": f"{key}-B",
            "tissue": "blood",
            "origin": "germline",
            "assay": "genome",
            "assembly": "GRCh38",
            "callability": "gvcf",
            "pipeline": {"name": "DRAGEN", "version": "4.2"},
            "calls": f"files/{key}.g.vcf",
        }
        | sample,
    }


def manifest(name: str, persons: list[dict[str, Any]], folder: Path, **changes: Any) -> dict[str, Any]:
    """A manifest over the files in `folder`; `changes` replace top-level fields, `case` is merged."""
    kind = "trio" if len(persons) == 3 else "single"
    case = {"id": f"{name}-case", "kind": kind, "patient_group": "rare-diseases", "opened": "2026-01-12"}
    case |= changes.pop("case", {})
    files = [
        {
            "path": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "sha256": sha256(path.read_bytes()).hexdigest(),
            "format": "bed" if path.suffix == ".bed" else "gvcf",
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    ]
    made = {"schema_version": 1, "package": name, "type": "initial", "laboratory": "north", "case": case}
    return made | {"persons": persons, "files": files} | changes


def write_manifest(folder: Path, value: dict[str, Any]) -> Path:
    """Write manifest.json; returns the package folder."""
    (folder / "manifest.json").write_text(json.dumps(value, indent=1))
    return folder


def make_single(
    folder: Path, name: str = "N1", calls: Iterable[Call] = (SITE,), *, karyotype: str = "XX", **changes: Any
) -> Path:
    """A package of one person, `<name>-p`, with the calls in one gVCF."""
    key = changes.pop("key", f"{name}-p")
    sample = changes.pop("sample", {})
    write_gvcf(folder / "files" / f"{key}.g.vcf", sample.get("id", f"{key}-B"), calls)
    return write_manifest(folder, manifest(name, [person(key, karyotype=karyotype, **sample)], folder, **changes))


def make_trio(
    folder: Path, name: str = "T1", calls: Mapping[str, Iterable[Call]] | None = None, **changes: Any
) -> Path:
    """A package of index (XY), mother and father, keys `<name>-index` and so on; `calls` by role."""
    persons = []
    for role, karyotype in (("index", "XY"), ("mother", "XX"), ("father", "XY")):
        key = f"{name}-{role}"
        own = (calls or {}).get(role, [("chr21", START + 100 + len(role), "A", "G", "0/1")])
        write_gvcf(folder / "files" / f"{key}.g.vcf", f"{key}-B", own)
        persons.append(person(key, role, karyotype))
    return write_manifest(folder, manifest(name, persons, folder, **changes))


def change_manifest(folder: Path, **changes: Any) -> Path:
    """Write the manifest anew with other top-level fields."""
    value = json.loads((folder / "manifest.json").read_text())
    return write_manifest(folder, value | changes)


def _line(contig: str, pos: int, ref: str, alt: str, info: str, gt: str, columns: int) -> str:
    call = f"{gt}:30:60"
    return "\t".join([contig, str(pos), ".", ref, alt, ".", "PASS", info, "GT:DP:GQ", *[call] * columns])
