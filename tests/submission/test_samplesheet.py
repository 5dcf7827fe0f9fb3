"""An nf-core sample sheet becomes packages that pass the check; every fault of a sheet is told at once, by its line."""

import gzip
from pathlib import Path

import pytest

from embla.genome import GRCH38
from embla.genotypes import Policy
from embla.platform import House
from embla.submission import check_package, open_package, prepare_sheet
from embla.submission.check import Reading
from embla.submission.sheet import SheetRefused
from tests.support.laboratory import SITE, write_gvcf

SAREK = "patient,sex,status,sample,lane,fastq_1,fastq_2\n"
GIVEN = {"laboratory": "north", "patient_group": "heart", "opened": "2026-01-12"}


def write_reads(folder: Path, sample: str, lane: int, flowcell: str = "HXX2CALXX") -> str:
    """Two FASTQ files; gives the columns of them."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{sample}_{lane}_{read}.fastq.gz" for read in (1, 2)]
    for name in names:
        (folder / name).write_bytes(gzip.compress(f"@A00:12:{flowcell}:{lane}:1:1:1\nACGT\n+\nFFFF\n".encode()))
    return ",".join(f"reads/{name}" for name in names)


def prepared(tmp_path: Path, rows: list[str], calls: str = "calls/{sample}.g.vcf", header: str = SAREK) -> list[Path]:
    (tmp_path / "sheet.csv").write_text(header + "\n".join(rows) + "\n")
    return list(prepare_sheet(tmp_path / "sheet.csv", tmp_path / "out", given=GIVEN, calls=calls).packages)


def test_sarek__each_patient_is_a_package_with_lanes_sex_and_status(tmp_path: Path, house: House) -> None:
    for sample, where in (("N", 0), ("T", 2), ("S", 4)):
        write_gvcf(tmp_path / "calls" / f"{sample}.g.vcf", sample, [(SITE[0], SITE[1] + where, "A", "G", "0/1")])
    rows = [
        f"pat1,XX,0,N,L001,{write_reads(tmp_path / 'reads', 'N', 1)}",
        f"pat1,XX,0,N,L002,{write_reads(tmp_path / 'reads', 'N', 2)}",
        f"pat1,XX,1,T,L001,{write_reads(tmp_path / 'reads', 'T', 1)}",
        f"pat2,XY,0,S,lane_3,{write_reads(tmp_path / 'reads', 'S', 3)}",
    ]

    cancer, single = (open_package(folder) for folder in prepared(tmp_path, rows))

    assert (cancer.manifest.case.kind, single.manifest.case.kind) == ("tumour_normal", "single")
    (patient,) = cancer.manifest.persons
    assert (patient.key, patient.karyotype) == ("pat1", "XX")
    assert [(s.id, s.origin, len(s.files)) for s in patient.samples] == [("N", "germline", 4), ("T", "tumour", 2)]
    told = [(f.read, f.flowcell, f.lane) for f in cancer.manifest.files if f.format == "fastq"]
    assert told[:4] == [("R1", "HXX2CALXX", 1), ("R2", "HXX2CALXX", 1), ("R1", "HXX2CALXX", 2), ("R2", "HXX2CALXX", 2)]
    for package in (cancer, single):
        found = check_package(package, Reading(GRCH38, None, Policy()), on=house.clock().date())
        assert [one for one in found.findings if one.severity == "error"] == []


def test_sarek__a_sheet_of_calls_needs_no_pattern(tmp_path: Path) -> None:
    write_gvcf(tmp_path / "a.g.vcf", "a", [SITE])

    (folder,) = prepared(tmp_path, ["p,NA,a,a.g.vcf"], calls="", header="patient,sex,sample,vcf\n")

    assert open_package(folder).manifest.persons[0].karyotype == "unknown"


def test_sarek__every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    write_gvcf(tmp_path / "calls" / "N.g.vcf", "N", [SITE])
    good = write_reads(tmp_path / "reads", "N", 1)
    rows = [
        f"p1,XX,0,N,L001,{good}",
        f"p1,XY,0,N,L001,{good}",  # 3: another sex, the same lane
        f"p2,male,7,M,L001,{good}",  # 4: sex, status, no calls
        "p3,XX,0,Q,L001,reads/none_1.fastq.gz,",  # 5: half a pair, not there, no calls
        ",XX,0,,L001,,",  # 6: no patient, no sample
        f"p4,XX,0,N,,{good}",  # 7: no lane, and p1's sample
    ]

    with pytest.raises(SheetRefused) as told:
        prepared(tmp_path, rows)

    lines = [fault.line for fault in told.value.faults]
    assert {line: lines.count(line) for line in set(lines)} == {3: 2, 4: 3, 5: 3, 6: 2, 7: 2}
    assert lines == sorted(lines) and all(fault.mend for fault in told.value.faults)
    assert not (tmp_path / "out").exists()


def test_sarek__calls_of_two_callers_are_not_chosen_from(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_gvcf(tmp_path / f"{name}.g.vcf", "a", [SITE])

    with pytest.raises(SheetRefused) as told:
        prepared(tmp_path, ["p,NA,a,a.g.vcf", "p,NA,a,b.g.vcf"], calls="", header="patient,sex,sample,vcf\n")

    assert [(fault.line, "other calls" in fault.found) for fault in told.value.faults] == [(3, True)]


def test_pattern__goes_with_such_a_sheet_only(tmp_path: Path) -> None:
    write_gvcf(tmp_path / "a.g.vcf", "a", [SITE])
    (tmp_path / "sheet.csv").write_text("sample,file\na,a.g.vcf\n")

    with pytest.raises(SheetRefused, match="--calls"):
        prepare_sheet(tmp_path / "sheet.csv", tmp_path / "out", given=GIVEN, calls="x/{sample}")
