"""A Phenopacket v2 out of a manifest and back loses no mapped field; what no manifest holds is refused by name."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embla.cli import run
from embla.errors import BadInput
from embla.submission import Manifest, open_package
from embla.submission.model.phenopacket import NOT_MAPPED, from_phenopacket, to_phenopacket
from embla.submission.model.phenopacket_shapes import faults
from tests.submission.checked import findings_of
from tests.submission.kinds import foetal, nonhuman, tumour

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ids = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,9}\Z")
words = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=8)
codes = st.from_regex(r"\AHP:[0-9]{7}\Z")
MEASURES = ("mean_depth", "covered_20x", "q30", "het_hom", "het_balance")
FIELDS = st.sampled_from(["id", "metaData", "subject", "biosamples", "files", "proband"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=6,
)
days = st.dates().map(lambda day: day.isoformat())


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


@st.composite
def manifests(draw: st.DrawFn) -> Manifest:
    """Any manifest that the schema takes and whose samples name listed files; the rules need not be kept."""
    paths = [f"files/{n}" for n in range(draw(st.integers(1, 5)))]
    files = [
        {
            "path": path,
            "size": draw(st.integers(0, 1 << 40)),
            "sha256": f"{draw(st.integers(0, 1 << 200)):064x}",
            "format": draw(st.sampled_from(["gvcf", "vcf", "bed", "fastq", "bam", "cram", "counts", "other"])),
            "read": draw(maybe(st.sampled_from(["R1", "R2"]))),
            "flowcell": draw(maybe(ids)),
            "lane": draw(maybe(st.integers(1, 64))),
        }
        for path in paths
    ]
    numbers = iter(range(100))

    def sample() -> dict[str, Any]:
        measured = {
            n: draw(maybe(st.floats(0, 1))) for n in ("mean_depth", "covered_20x", "q30", "het_hom", "het_balance")
        }
        return {
            "id": f"s{next(numbers)}",
            "tissue": draw(st.sampled_from(["blood", "tumour", "amniotic_fluid", "other"])),
            "tissue_code": draw(maybe(codes)),
            "collected": draw(maybe(days)),
            "conservation": draw(maybe(st.sampled_from(["fresh", "frozen", "ffpe"]))),
            "material": draw(st.sampled_from(["dna", "rna"])),
            "origin": draw(st.sampled_from(["germline", "tumour", "foetal"])),
            "assay": draw(st.sampled_from(["genome", "exome", "transcriptome", "array", "other"])),
            "technology": draw(st.sampled_from(["short", "long", "array"])),
            "kit": draw(maybe(words)),
            "sequencer": draw(maybe(words)),
            "tumour_cells": draw(maybe(st.integers(0, 100))),
            "of_tumour": draw(maybe(ids)),
            "assembly": draw(maybe(st.just("GRCh38"))),
            "callability": draw(maybe(st.sampled_from(["gvcf", "bed", "assumed"]))),
            "pipeline": draw(maybe(st.fixed_dictionaries({"name": words, "version": words}))),
            "measured": {name: value for name, value in measured.items() if value is not None},
            "calls": draw(maybe(st.sampled_from(paths))),
            "bed": draw(maybe(st.sampled_from(paths))),
            "column": draw(maybe(words)),
            "files": draw(st.lists(st.sampled_from(paths), max_size=3)),
        }

    def person(number: int) -> dict[str, Any]:
        return {
            "key": draw(maybe(st.just(f"p{number}"))) if number else "p0",
            "pseudonym": draw(maybe(st.just(f"P{number:016d}"))),
            "role": draw(st.sampled_from(["index", "mother", "father", "sibling", "child", "foetus"])),
            "karyotype": draw(maybe(st.sampled_from(["XX", "XY", "X0", "XXY", "XYY", "unknown"]))),
            "gestation_days": draw(maybe(st.integers(1, 310))),
            "blood": draw(st.booleans()),
            "phenotypes": draw(
                st.lists(st.fixed_dictionaries({"code": codes, "label": words, "excluded": st.booleans()}), max_size=2)
            ),
            "diseases": draw(st.lists(st.fixed_dictionaries({"code": codes, "label": words}), max_size=2)),
            "samples": [sample() for _ in range(draw(st.integers(0, 2)))],
        }

    value = {
        "schema_version": 2,
        "package": draw(ids),
        "type": draw(st.sampled_from(["initial", "correction", "addition", "followup", "test"])),
        "corrects": draw(maybe(ids)),
        "follows": draw(maybe(ids)),
        "laboratory": "north",
        "case": {
            "id": draw(ids),
            "kind": draw(st.sampled_from(["single", "duo", "trio", "foetal", "tumour", "tumour_normal"])),
            "source": draw(st.sampled_from(["clinical", "general", "research"])),
            "study": draw(maybe(ids)),
            "patient_group": "heart",
            "opened": draw(days),
            "family": draw(maybe(ids)),
        },
        "persons": [person(n) for n in range(draw(st.integers(1, 3)))],
        "files": files,
    }
    return Manifest.model_validate_json(json.dumps(value))


@settings(max_examples=25, deadline=None)
@given(manifests())
def test_round_trip__loses_no_mapped_field(manifest: Manifest) -> None:
    made = json.loads(json.dumps(to_phenopacket(manifest, created=NOW)))

    assert list(faults(made, "Family" if "proband" in made else "Phenopacket")) == []
    back = Manifest.model_validate_json(json.dumps(from_phenopacket(made)))
    assert back == manifest


def test_round_trip__what_is_not_mapped_is_named() -> None:
    assert NOT_MAPPED == ("case.clinicians", "persons.region", "persons.consent")


@pytest.mark.parametrize("make", [foetal, tumour])
def test_commands__out_and_in_again_give_a_package_that_is_accepted_as_before(
    tmp_path: Path, make: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(tmp_path / "a")
    before = open_package(folder)
    assert run(["submission", "to-phenopacket", str(folder)]) == 0
    (tmp_path / "p.json").write_text(capsys.readouterr().out)
    (folder / "manifest.json").unlink()

    assert run(["submission", "from-phenopacket", str(tmp_path / "p.json"), str(folder)]) == 0

    assert open_package(folder).manifest == before.manifest
    assert [finding for finding in findings_of(folder) if finding.severity == "error"] == []
    assert run(["submission", "from-phenopacket", str(tmp_path / "p.json"), str(folder)]) == 1


def test_reading__a_family_of_somebody_else_by_its_pedigree_and_snake_case() -> None:
    def packet(name: str) -> dict[str, Any]:
        return {"id": name, "subject": {"id": name, "karyotypic_sex": "XX"}, "meta_data": meta}

    meta = {"created": "2026-01-01T00:00:00Z", "created_by": "x", "resources": [], "phenopacket_schema_version": "2.0"}
    persons = [
        {"individual_id": "child", "maternal_id": "mum", "paternal_id": "dad", "sex": "FEMALE"},
        {"individual_id": "mum", "maternal_id": "0", "paternal_id": "0", "sex": "FEMALE"},
    ]
    family = {
        "id": "F1", "proband": packet("child"), "relatives": [packet("mum"), packet("dad")],
        "pedigree": {"persons": persons}, "meta_data": meta,
    }  # fmt: skip

    made = from_phenopacket(family)

    assert [(one["key"], one["role"], one["karyotype"]) for one in made["persons"]] == [
        ("child", "index", "XX"), ("mum", "mother", "XX"), ("dad", "father", "XX"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda v: v.pop("metaData"), "Phenopacket.metaData is missing."),
        (lambda v: v.update(note="x"), "Phenopacket has no field note."),
        (lambda v: v["subject"].update(sex=1), "Phenopacket.subject.sex is no text."),
        (lambda v: v["subject"].update(dateOfBirth="1980-01-01T00:00:00Z"), "subject.dateOfBirth has no place"),
        (lambda v: v.update(interpretations=[{}]), "interpretations of phenopacket 1 has no place"),
        (lambda v: v["metaData"].update(phenopacketSchemaVersion="1.0"), "phenopacketSchemaVersion '1.0' is not 2."),
        (lambda v: v["biosamples"].append("x"), "Phenopacket.biosamples[1] is no object."),
    ],
)
def test_reading__what_is_no_phenopacket_or_has_no_place_is_refused_by_name(
    tmp_path: Path, spoil: Any, said: str
) -> None:
    value = to_phenopacket(open_package(tumour(tmp_path / "a")).manifest, created=NOW)
    spoil(value)

    with pytest.raises(BadInput) as told:
        from_phenopacket(value)

    assert said in told.value.message


@settings(max_examples=40)
@given(junk)
def test_reading__nothing_else_is_a_traceback(value: Any) -> None:
    with pytest.raises(BadInput):
        from_phenopacket(value)


def test_writing__what_is_not_human_has_none(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        to_phenopacket(open_package(nonhuman(tmp_path / "x")).manifest, created=NOW)
