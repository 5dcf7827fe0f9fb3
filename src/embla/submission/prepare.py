"""Writing manifests: from a folder of VCFs, or from a sample sheet for many packages at once.

A sample sheet is a table (tabs or commas) with a header line and one row per sample; `samples.tsv` of `embla store add`
and of `embla simulate` is one. What the sheet does not say comes from the defaults; what nobody says stays out and is
found by the check. Sizes and hashes are computed here, so a manifest is written after the last change to a file.
"""

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from embla.errors import Refused, UsageError
from embla.submission.identify import Identify, read_identities, with_pseudonyms
from embla.submission.model.manifest import MAX_PERSONS
from embla.submission.package import MANIFEST
from embla.submission.rules_files import sha256_of
from embla.submission.sheet import TRIO, Row, grouped, read_sheet

# Suffix -> format of a listed file. A gVCF is told from a VCF by its records, not by its name.
_FORMATS: Final = {
    ".vcf": "vcf", ".vcf.gz": "vcf", ".vcf.bgz": "vcf", ".bcf": "bcf", ".bed": "bed", ".bed.gz": "bed",
    ".fastq.gz": "fastq", ".fq.gz": "fastq", ".fastq": "fastq", ".fq": "fastq", ".bam": "bam", ".cram": "cram",
    ".crai": "index", ".bai": "index", ".counts.tsv": "counts",
    ".tbi": "index", ".csi": "index", ".gzi": "index",
}  # fmt: skip
_MEASURES: Final = ("mean_depth", "covered_20x", "q30", "het_hom", "het_balance")
Progress = Callable[[int, int], None]  # packages written, packages in all


@dataclass(frozen=True)
class Prepared:
    """Package folders with their manifests, and what the table said that no manifest holds."""

    packages: tuple[Path, ...]
    unused: tuple[str, ...] = ()


def prepare_sheet(
    sheet: Path,
    out: Path,
    *,
    defaults: Mapping[str, str] | None = None,
    given: Mapping[str, str] | None = None,
    identify: Identify | None = None,
    progress: Progress | None = None,
    calls: str = "",
) -> Prepared:
    """Write one package folder per case into `out`, its files hard-linked (copied where that cannot be).

    Rows with the same `package` are one package. Without that column the index, mother and father of a `family` are a
    trio, and everybody else a single case of that family. An nf-core sample sheet (samplesheet.py) makes one of each
    patient, `calls` says where its calls are. What the sheet does not say comes from `defaults`; what is
    `given` beats the sheet. BadInput with the sheet's line; Refused for a folder that is
    already a package. Persons with a `cpr` get their pseudonyms from `identify`; numbers and names stay in the sheet.
    """
    rows, unused = read_sheet(sheet, defaults or {}, given or {}, calls)
    rows = with_pseudonyms(sheet, rows, identify)
    groups = grouped(sheet, rows)
    packages = []
    for number, (name, members) in enumerate(groups.items(), 1):
        folder = out / _safe(name)
        if (folder / MANIFEST).exists():
            raise Refused(f"{folder} is a package already.", mend="Choose another output folder.")
        (folder / "files").mkdir(parents=True, exist_ok=True)
        paths: dict[Path, str] = {}
        for file in (file for row in members for file in row.files()):
            if file not in paths:
                paths[file] = _take_in(folder, file, set(paths.values()))
        write_manifest(folder, _manifest(folder, name, members, paths))
        packages.append(folder)
        if progress is not None:
            progress(number, len(groups))
    return Prepared(tuple(packages), tuple(unused))


def prepare_folder(
    folder: Path,
    *,
    defaults: Mapping[str, str] | None = None,
    roles: Mapping[str, str] | None = None,
    karyotypes: Mapping[str, str] | None = None,
    identities: Path | None = None,
    identify: Identify | None = None,
    force: bool = False,
) -> Path:
    """Write manifest.json for the files that lie in a folder; returns its path. `identities` is a table beside it that
    names persons by CPR number.

    One sample is a single case, three are a trio once `roles` says who is who (sample name -> index, mother, father).
    """
    from embla.genotypes import specs_for

    if (folder / MANIFEST).exists() and not force:
        raise Refused(f"{folder} has a {MANIFEST}.", mend="Give --force to write it anew.")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST]
    calls = [path for path in files if _format(path) in ("vcf", "bcf")]
    if not calls:
        raise UsageError(f"{folder} has no VCF, gVCF or BCF.", mend="Put the files in, then run init.")
    specs = specs_for(calls)
    if len(specs) > MAX_PERSONS:
        raise UsageError(
            f"{folder} has {len(specs)} samples; a package holds one case of at most {MAX_PERSONS} persons.",
            mend="Write a sample sheet instead: one row per sample.",
        )
    unknown = sorted({*(roles or {}), *(karyotypes or {})} - {spec.name for spec in specs})
    if unknown:
        raise UsageError(f"No sample is called '{unknown[0]}'.", mend=f"Here: {', '.join(s.name for s in specs)}.")
    if len(specs) > 1 and any(spec.name not in (roles or {}) for spec in specs):
        names = ", ".join(spec.name for spec in specs)
        mend = "Give --role SAMPLE=index, =mother and =father (or =foetus) for each."
        raise UsageError(f"Who is who of {names}?", mend=mend)
    bed = next((path for path in files if _format(path) == "bed"), None)
    if identities is not None and identities.resolve().is_relative_to(folder.resolve()):
        raise UsageError("The table of identities lies in the package.", mend="Move it out: packages are sent whole.")
    persons = read_identities(identities) if identities is not None else {}
    rows = []
    for spec in specs:
        said = dict(defaults or {}) | persons.get(spec.name, {})
        said["role"] = (roles or {}).get(spec.name, "index")
        said["karyotype"] = (karyotypes or {}).get(spec.name, said.get("karyotype", "unknown"))
        rows.append(Row(0, spec.name, spec.path, bed, said))
    rows = with_pseudonyms(identities or folder, rows, identify)
    paths = {path: path.relative_to(folder).as_posix() for path in files}
    name = (defaults or {}).get("package") or _safe(folder.resolve().name)
    return write_manifest(folder, _manifest(folder, name, rows, paths))


def _manifest(folder: Path, name: str, rows: Sequence[Row], paths: Mapping[Path, str]) -> dict[str, Any]:
    index = next((row for row in rows if row.role == "index"), rows[0])
    case = {
        "id": index.get("case", _safe(name)),
        "kind": index.get("kind") or _kind(rows),
        "source": index.get("source") or None,
        "study": index.get("study") or None,
        "patient_group": index.get("patient_group", "?"),
        "opened": index.get("opened", "?"),
        "family": index.get("family") or None,
        "clinicians": [word for word in re.split(r"[;,\s]+", index.get("clinicians")) if word],
    }
    persons: dict[str, dict[str, Any]] = {}
    for row in rows:
        person = persons.setdefault(_whose(row), _person(row))
        person["samples"].append(_sample(folder, row, paths))
    if case["kind"] == "foetal" and not any(person["role"] == "mother" for person in persons.values()):
        # She needs no sample; whoever writes one row for the foetus names her as its person.
        persons = {"mother": _pregnant(index)} | persons
    gvcfs = {
        one.get("calls") for person in persons.values() for one in person["samples"] if one.get("callability") == "gvcf"
    }
    told = {place: said for row in rows for place, said in row.told.items()}
    files = [
        _given(
            {
                "path": path,
                "size": (folder / path).stat().st_size,
                "sha256": sha256_of(folder / path),
                "format": "gvcf" if path in gvcfs else _format(Path(path)),
                **(told.get(place) or _read_of(Path(path))),
            }
        )
        for place, path in paths.items()
    ]
    made = {"schema_version": 2, "package": _safe(name), "type": index.get("type", "initial")}
    said = {"corrects": index.get("corrects") or None, "follows": index.get("follows") or None}
    who = {"laboratory": index.get("laboratory", "?"), "case": _given(case), "persons": list(persons.values())}
    return made | _given(said) | who | {"files": files}


def _kind(rows: Sequence[Row]) -> str:
    """What the rows look like; the sheet may say otherwise."""
    origins, roles = {row.get("origin") for row in rows}, [row.role for row in rows]
    if "foetus" in roles:
        return "foetal"
    if "tumour" in origins:
        dna = {row.get("origin", "germline") for row in rows if row.get("material", "dna") == "dna"}
        return "tumour_normal" if "germline" in dna else "tumour"
    people = {_whose(row) for row in rows}
    return "trio" if set(roles) == TRIO else "duo" if len(people) == 2 else "single"


def _whose(row: Row) -> str:
    """What joins the rows of one person. A foetus' row names the pregnant person, and is not hers."""
    return row.sample if row.role == "foetus" else row.get("person") or row.get("pseudonym") or row.sample


def _pregnant(row: Row) -> dict[str, Any]:
    """The person whom a foetus' row names by key or by number."""
    named = {"key": row.get("person") or None, "pseudonym": row.get("pseudonym") or None}
    person = {"role": "mother", "karyotype": "unknown", "region": row.get("region") or None}
    return _given(named | person) | {"samples": []}


def _read_of(path: Path) -> dict[str, Any]:
    """Read, flow cell and lane as Illumina names FASTQ files (sample_FLOWCELL_L001_R1_001.fastq.gz); nothing else."""
    if _format(path) != "fastq":
        return {}
    read = re.search(r"_(R[12])(?:[_.]|$)", path.name)
    lane = re.search(r"_L(\d{3})_", path.name)
    flowcell = re.search(r"_([A-Z0-9]{9})_L\d{3}_", path.name)
    return {
        "read": read[1] if read else None,
        "lane": int(lane[1]) if lane else None,
        "flowcell": flowcell[1] if flowcell else None,
    }


def _person(row: Row) -> dict[str, Any]:
    foetus = row.role == "foetus"
    person = {
        "key": row.get("person") or (None if row.get("pseudonym") else _safe(row.sample)),
        "pseudonym": row.get("pseudonym") or None,
        "role": row.role,
        "karyotype": row.get("karyotype") or (None if foetus else "unknown"),
        "gestation_days": _whole(row.get("gestation_days")),
        "region": row.get("region") or None,
        "blood": False if row.get("blood") == "false" else None,
    }
    if foetus:
        person |= {"key": _safe(row.sample), "pseudonym": None, "region": None}
    return _given(person) | {"samples": []}


def _sample(folder: Path, row: Row, paths: Mapping[Path, str]) -> dict[str, Any]:
    file, raw = row.file, list(row.raw)
    if _format(file) not in ("vcf", "bcf"):
        raw, calls = [file, *raw], None
    else:
        calls = paths[file]
    sample: dict[str, Any] = {
        "id": _safe(row.sample),
        "tissue": row.get("tissue", "blood"),
        "collected": row.get("collected") or None,
        "material": row.get("material") or None,
        "origin": row.get("origin") or ("foetal" if row.role == "foetus" else "germline"),
        "assay": row.get("assay") or ("transcriptome" if row.get("material") == "rna" else "genome"),
        "technology": row.get("technology") or None,
        "kit": row.get("kit") or None,
        "sequencer": row.get("sequencer") or None,
        "tumour_cells": _whole(row.get("tumour_cells")),
        "of_tumour": row.get("of_tumour") or None,
        "measured": _given({name: _number(row.get(name)) for name in _MEASURES}),
        "calls": calls,
        "column": row.get("column") or (row.sample if calls and _safe(row.sample) != row.sample else None),
        "files": [paths[path] for path in raw],
        **{name: paths[path] for name, path in row.called.items()},
    }
    if not sample["measured"]:
        del sample["measured"]
    if calls is not None:
        callability = row.get("callability").partition(":")[0]
        if callability in ("", "auto"):
            callability = "bed" if row.bed is not None else _callability(file)
        pipeline = row.get("pipeline") or _source(file) or "unknown"
        program, _, version = pipeline.partition(" ")
        sample |= {
            "assembly": "GRCh38",
            "callability": callability,
            "pipeline": {"name": program, "version": row.get("pipeline_version") or version or "unknown"},
            "bed": paths[row.bed] if row.bed is not None and callability == "bed" else None,
        }
    return _given(sample)


def _take_in(folder: Path, file: Path, taken: set[str]) -> str:
    """Link a file into the package's files/, under a name of its own. Gives the path in the package."""
    name, number = _safe(file.name), 1
    while f"files/{name}" in taken:
        number += 1
        name = f"{number}-{_safe(file.name)}"
    place = folder / "files" / name
    try:
        os.link(file.resolve(), place)
    except OSError:
        shutil.copyfile(file, place)
    return f"files/{name}"


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write manifest.json, whole or not at all; returns its path."""
    import json

    temporary = folder / f".{MANIFEST}.new"
    temporary.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    os.replace(temporary, folder / MANIFEST)
    return folder / MANIFEST


def _format(path: Path) -> str:
    name = path.name.lower()
    return next((kind for suffix, kind in _FORMATS.items() if name.endswith(suffix)), "other")


def _callability(file: Path) -> str:
    """gvcf when one of the first records is a block, else assumed."""

    def look(opened: Any) -> str:
        for record, _ in zip(opened, range(200), strict=False):
            if not record.alts or set(record.alts) <= {"<NON_REF>", "<*>", "."}:
                return "gvcf"
        return "assumed"

    return _peek(file, look, "assumed")


def _source(file: Path) -> str:
    """What the header's ##source says, letters and digits only."""

    def look(opened: Any) -> str:
        return next((record.value or "" for record in opened.header.records if record.key == "source"), "")

    return re.sub(r"[^\w .+-]", "", _peek(file, look, ""))[:100].strip()


def _peek(file: Path, look: Callable[[Any], str], default: str) -> str:
    """What `look` sees in the file as htslib reads it, `default` where it cannot: the check says what is wrong."""
    import pysam

    # htslib tells on stderr that there is no index; nobody asked for one.
    before = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(file)) as opened:
            return look(opened)
    except (OSError, ValueError):
        return default
    finally:
        pysam.set_verbosity(before)


def _safe(name: str) -> str:
    """A name as ids and paths may hold it."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-")[:64] or "sample"


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None and value != []}
