"""Releases side by side, and what a release may not contain."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from embla.errors import BadInput
from embla.pgx import load_release, release
from embla.pgx.loading import check_reference
from tests.pgx.files import rows_of, vcf


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Definitions of two genes, as files."""
    with zipfile.ZipFile(str(files("embla.pgx").joinpath("data", "2025-11-05-00-25.zip"))) as archive:
        for name in ("CYP3A5_translation.json", "UGT1A1_translation.json"):
            archive.extract(name, tmp_path / "release")
    return tmp_path / "release"


def change(folder: Path, name: str, how: Callable[[Any], None]) -> None:
    path = folder / f"{name}_translation.json"
    data = json.loads(path.read_text())
    how(data)
    path.write_text(json.dumps(data))


def test_release__the_carried_one_has_twenty_genes_and_a_hash() -> None:
    used = release()

    assert (used.id, len(used.genes), len(used.digest)) == ("2025-11-05-00-25", 20, 64)
    assert sum(len(gene.sites) for gene in used.genes.values()) == 1201
    assert sum(len(gene.alleles) for gene in used.genes.values()) == 1317


def test_trap_22__two_releases_stand_side_by_side(folder: Path, tmp_path: Path) -> None:
    def newer(data: Any) -> None:
        data["version"] = "2026-01-01"

    for name in ("CYP3A5", "UGT1A1"):
        change(folder, name, newer)
    other = load_release(folder)
    path = vcf(tmp_path / "a.vcf", rows_of("CYP3A5"))

    from embla.pgx.service import call_file, genes_of, tell_call

    told = [
        tell_call("S1", next(iter(call_file(path, used, genes_of(used, ["CYP3A5"])))).calls["CYP3A5"], used)
        for used in (release(), other)
    ]
    assert [one["definition_release"] for one in told] == ["2025-11-05-00-25", "2026-01-01"]
    assert told[0]["definition_sha256"] != told[1]["definition_sha256"]
    assert told[0]["diplotypes"] == told[1]["diplotypes"] == ["*1/*1"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda data: data.update(formatVersion="3"), "formatVersion"),
        (lambda data: data.update(genomeBuild="GRCh37"), "GRCh38"),
        (lambda data: data["variants"][0].update(position=10**9), "not on the chromosome"),
        (lambda data: data["variants"][0].update(ref="X"), "spelled in bases"),
        (lambda data: data["namedAlleles"][1]["alleles"].append("A"), "cells"),
        (lambda data: data["namedAlleles"][1].update(alleles=["G"] * len(data["variants"])), "the position does not"),
        (lambda data: data["namedAlleles"][0].update(reference=False), "reference allele"),
        (lambda data: data["namedAlleles"][0]["alleles"].__setitem__(0, None), "without a base"),
        (lambda data: data.pop("variants"), "missing"),
        (lambda data: data.update(version="another"), "2 releases"),
    ],
)
def test_release__one_that_contradicts_itself_is_refused(folder: Path, wrong: Callable[[Any], None], says: str) -> None:
    change(folder, "CYP3A5", wrong)

    with pytest.raises(BadInput, match=says):
        load_release(folder)


def test_release__what_is_no_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK no")

    for path in (tmp_path / "a.zip", tmp_path / "none"):
        with pytest.raises(BadInput):
            load_release(path)


def test_reference__a_base_that_is_not_the_definitions_is_named(tmp_path: Path) -> None:
    used, known = release(), release().genes["VKORC1"]
    near = replace(used, genes={"VKORC1": replace(known, sites=(replace(known.sites[0], pos=5),))})
    path = tmp_path / "ref.fa"

    path.write_text(">chr16\nAAAACAAAA\n")
    assert check_reference(near, path) == 1
    assert check_reference(used, path) == 0
    other = tmp_path / "other.fa"
    other.write_text(">chr16\nAAAATAAAA\n")
    with pytest.raises(BadInput, match="VKORC1 rs9923231 is C"):
        check_reference(near, other)
