"""Releases and guidance from files: those the package carries, or a folder or zip that an agency gives."""

import gzip
import hashlib
import json
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput
from embla.pgx.model.definition import Release
from embla.pgx.model.medication import Inhibitor
from embla.pgx.model.parsing import read_diplotypes, read_exemptions, read_functions, read_gene
from embla.reference import Reference

CURRENT: Final = "2025-11-05-00-25"
_MAX_FILE: Final = 64 << 20
_MAX_FILES: Final = 1000
_ODD_NAMES: Final = {"Telti/Kobe": "Telti, Kobe"}
_MEND: Final = "Give the folder or zip of one ClinPGx release."


def carried() -> tuple[str, ...]:
    """The releases that the package carries, newest first."""
    names = (path.name for path in files("embla.pgx").joinpath("data").iterdir())
    return tuple(sorted((n[:-4] for n in names if n[:1] == "2" and n.endswith(".zip")), reverse=True))


@cache
def release(name: str = CURRENT) -> Release:
    """A release that the package carries, by its id."""
    if name not in carried():
        raise BadInput(f"release {name[:40]!r} is not carried.", mend=f"Carried: {', '.join(carried())}.")
    return load_release(Path(str(files("embla.pgx").joinpath("data", f"{name}.zip"))))


def load_release(path: Path) -> Release:
    """Read a release from a folder or a zip. Its id is the ClinPGx version, its digest that of all it holds.

    A folder without `phenotype/` takes functions and phenotypes from the carried release.
    """
    digest = hashlib.sha256()
    genes, versions = {}, set()
    priorities: dict[str, Any] = {}
    tier1: dict[str, Any] = {}
    functions, diplotypes, ages = {}, {}, {}
    for name, data in sorted(members(path)):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
        if name.endswith("_translation.json"):
            parsed = _json(data, f"{path}/{name}")
            gene = read_gene(parsed, f"{path}/{name}")
            genes[gene.name] = gene
            versions.add(str(parsed.get("version", "")))
        elif name == "exemptions.json":
            priorities, tier1 = read_exemptions(_json(data, f"{path}/{name}"))
        elif name.endswith(".alleles.json"):
            gene_name, table, version = read_functions(_json(data, f"{path}/{name}"))
            functions[gene_name], ages[gene_name] = table, version
        elif name.endswith(".diplotypes.tsv.gz"):
            gene_name = name.removeprefix("phenotype/").split(".")[0].replace("_", "-")
            diplotypes[gene_name] = read_diplotypes(gzip.decompress(data).decode(), _ODD_NAMES)
    if not genes or len(versions) != 1:
        raise BadInput(
            f"{len(genes)} definitions of {len(versions)} releases, where one release is read.",
            path=str(path),
            mend=_MEND,
        )
    if not functions:
        base = release()
        functions, diplotypes, ages = base.functions, base.diplotypes, base.function_releases
        priorities, tier1 = priorities or base.priorities, tier1 or base.tier1
    return Release(versions.pop(), digest.hexdigest(), genes, functions, diplotypes, ages, priorities, tier1)


def check_reference(used: Release, path: Path) -> int:
    """Compare each site's REF with a FASTA; how many were compared. A contig it lacks, and N, decide nothing."""
    compared, reference = 0, Reference.open(path)
    for gene in used.genes.values():
        for site in gene.sites:
            there = reference.fetch(gene.contig, site.pos - 1, site.pos - 1 + len(site.ref))
            if len(there) != len(site.ref) or set(there) - set("ACGT"):
                continue
            compared += 1
            if there != site.ref:
                raise BadInput(
                    f"REF of {gene.name} {site.name} is {site.ref}, where the reference has {there}.",
                    path=str(path),
                    place=f"{gene.contig}:{site.pos}",
                    mend="Give definitions and reference of the same build.",
                )
    return compared


@cache
def drug_codes() -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """Drug -> (RxNorm or None, ATC codes)."""
    text = files("embla.pgx").joinpath("data", "drug_codes.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return {name: (rxnorm or None, tuple(atc.split(",")) if atc else ()) for name, rxnorm, atc in rows}


@cache
def drugs_by_code() -> dict[str, frozenset[str]]:
    """ATC code (7 characters) or RxNorm id -> drugs of the guidelines, products of several substances included."""
    found: dict[str, set[str]] = {}
    for drug, (rxnorm, atc) in drug_codes().items():
        for code in (*atc, *([rxnorm] if rxnorm else [])):
            found.setdefault(code, set()).add(drug)
    for atc_code, drug in _table("drug_combinations.tsv"):
        found.setdefault(atc_code, set()).add(drug)
    return {code: frozenset(drugs) for code, drugs in found.items()}


@cache
def inhibitors() -> tuple[Inhibitor, ...]:
    """Strong and moderate inhibitors of enzymes, with their source."""
    return tuple(Inhibitor(*row) for row in _table("inhibitors.tsv"))


def _table(name: str) -> list[list[str]]:
    text = files("embla.pgx").joinpath("data", name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


def guideline_files() -> Iterator[tuple[str, Any]]:
    """Every guideline that the package carries: (source and release of its file, parsed JSON)."""
    folder = files("embla.pgx").joinpath("data")
    for path in sorted(folder.iterdir(), key=lambda one: one.name):
        if path.name.startswith("guidance-"):
            for _, data in sorted(members(Path(str(path)))):
                yield path.name.removeprefix("guidance-").removesuffix(".zip"), json.loads(data)


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of a folder or zip, bounded in number and size."""
    if path.is_dir():
        found = [one for one in path.rglob("*") if one.is_file()]
        if len(found) > _MAX_FILES or any(one.stat().st_size > _MAX_FILE for one in found):
            raise BadInput("more or larger files than a release has.", path=str(path), mend=_MEND)
        yield from ((one.relative_to(path).as_posix(), one.read_bytes()) for one in found)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            if len(infos) > _MAX_FILES or any(info.file_size > _MAX_FILE for info in infos):
                raise BadInput("more or larger files than a release has.", path=str(path), mend=_MEND)
            for info in infos:
                if not info.is_dir():
                    yield info.filename, archive.read(info)
    except (OSError, zipfile.BadZipFile) as error:
        raise BadInput(
            f"it cannot be read as a folder or zip ({type(error).__name__}).", path=str(path), mend=_MEND
        ) from None


def _json(data: bytes, path: str) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        raise BadInput("this is not JSON.", path=path, mend=_MEND) from None
