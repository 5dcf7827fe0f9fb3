"""nf-core sample sheets: one row per lane or file, as the pipelines sarek and raredisease take them, read as our rows.

Source of the columns: nf-core/sarek 3, docs/usage.md (patient, sex, status, sample, lane, fastq_1, fastq_2, bam, bai,
cram, crai, table, vcf); sex is XX, XY or NA, status 0 normal and 1 tumour. All rows of a patient are one package. The
calls are the column `vcf`, or the files that a pattern with {sample} and {patient} names.
"""

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from embla.submission.sheet import Fault, Row

_FASTQ: Final = ("fastq_1", "fastq_2")
_RAW: Final = (*_FASTQ, "bam", "cram")
_BESIDE: Final = {"bai": "bam", "crai": "cram", "table": "table", "variantcaller": "vcf"}
COLUMNS: Final = frozenset({"patient", "sex", "status", "sample", "lane", "vcf", *_RAW, *_BESIDE})
_SEX: Final = {"XX": "XX", "XY": "XY", "NA": "unknown", "": "unknown", "2": "XX", "1": "XY", "0": "unknown"}
_ORIGIN: Final = {"0": "germline", "1": "tumour", "": "germline"}
# The first line of a read, as Illumina names it: @INSTRUMENT:RUN:FLOWCELL:LANE:...
_READ: Final = re.compile(rb"@[^:\s]+:\d+:([A-Za-z0-9-]{3,40}):(\d{1,2}):")


def is_samplesheet(names: Sequence[str]) -> bool:
    """Do these columns make it one?"""
    return {"patient", "sample"} <= set(names) and "file" not in names and bool(set(names) & {*_RAW, "vcf"})


def read_samplesheet(
    folder: Path, table: Sequence[tuple[int, Mapping[str, str]]], calls: str, own: Mapping[str, str]
) -> tuple[list[Row], list[Fault]]:
    """Rows of the sheet's samples, and everything that is wrong with it. `calls`: the pattern, "" for none; `own`: what
    defaults and options say of every sample."""
    faults: list[Fault] = []
    samples: dict[tuple[str, str], list[tuple[int, Mapping[str, str]]]] = {}
    for line, said in table:
        found = list(_faults(folder, line, said))
        faults += found
        if said.get("patient") and said.get("sample"):
            samples.setdefault((said["patient"], said["sample"]), []).append((line, said))
    faults += _disagreements(samples)
    rows = []
    for (patient, sample), lines in samples.items():
        row, found = _row(folder, patient, sample, lines, calls, own)
        faults += found
        if row is not None:
            rows.append(row)
    return rows, sorted(faults)


def _faults(folder: Path, line: int, said: Mapping[str, str]) -> "list[Fault]":
    found = []
    for name in ("patient", "sample"):
        if not said.get(name):
            found.append(Fault(line, f"the row has no {name}.", "Give it."))
    if said.get("sex", "") not in _SEX:
        found.append(Fault(line, f"sex '{said['sex'][:20]}' is not one of XX, XY, NA.", "Write one of these."))
    if said.get("status", "") not in _ORIGIN:
        found.append(Fault(line, f"status '{said['status'][:20]}' is neither 0 nor 1.", "Write 0 normal, 1 tumour."))
    if bool(said.get("fastq_1")) != bool(said.get("fastq_2")):
        found.append(Fault(line, "one of fastq_1 and fastq_2 is missing.", "Give both files of the pair."))
    if said.get("fastq_1") and not said.get("lane"):
        found.append(Fault(line, "the row has reads and no lane.", "Give each pair of FASTQ files its lane."))
    for name in (*_RAW, "vcf"):
        if said.get(name) and not (folder / said[name]).is_file():
            found.append(
                Fault(line, f"there is no file {said[name]}.", "Paths are absolute, or relative to the sheet.")
            )
    return found


def _disagreements(samples: Mapping[tuple[str, str], list[tuple[int, Mapping[str, str]]]]) -> "list[Fault]":
    found, sexes, owners = [], dict[str, str](), dict[str, str]()
    for (patient, sample), lines in samples.items():
        if owners.setdefault(sample, patient) != patient:
            found.append(Fault(lines[0][0], f"sample '{sample[:40]}' is of two patients.", "Give each its own name."))
        lanes: set[str] = set()
        calls = next((said["vcf"] for _, said in lines if said.get("vcf")), "")
        for line, said in lines:
            if said.get("vcf") and said["vcf"] != calls:
                found.append(Fault(line, "the sample has other calls above.", "Keep the rows of one variant caller."))
            sex = _SEX.get(said.get("sex", ""), "unknown")
            if sexes.setdefault(patient, sex) != sex:
                found.append(Fault(line, "the patient's sex is another one than above.", "Write it the same."))
            if said.get("status", "") != lines[0][1].get("status", ""):
                found.append(Fault(line, "the sample's status is another one than above.", "Write it the same."))
            if said.get("fastq_1"):
                lane = said.get("lane", "")
                if lane in lanes:
                    found.append(Fault(line, f"lane '{lane[:20]}' of this sample is there twice.", "Number the lanes."))
                lanes.add(lane)
    return found


def _row(
    folder: Path, patient: str, sample: str, lines: list[tuple[int, Mapping[str, str]]], calls: str,
    own: Mapping[str, str],
) -> "tuple[Row | None, list[Fault]]":  # fmt: skip
    line, first = lines[0]
    raw, told = list[Path](), dict[Path, dict[str, Any]]()
    for _, said in lines:
        for name in _RAW:
            path = folder / said[name] if said.get(name) else None
            if path is None or not path.is_file():
                continue
            raw.append(path)
            if name in _FASTQ:
                told[path] = {"read": f"R{name[-1]}"} | _lane(path, said.get("lane", ""))
    wanted = next((said["vcf"] for _, said in lines if said.get("vcf")), "")
    rna = own.get("material") == "rna"
    if not wanted and calls:
        wanted = calls.replace("{sample}", sample).replace("{patient}", patient)
        if not (folder / wanted).is_file() and not rna:
            mend = "Has the pipeline ended? Paths are absolute, or relative to the sheet."
            return None, [Fault(line, f"there are no calls of this sample at {wanted}.", mend)]
    if not wanted and not rna:
        mend = "Give a column vcf, or --calls with a pattern, as results/{sample}.g.vcf.gz."
        return None, [Fault(line, f"sample '{sample[:40]}' has no file of calls.", mend)]
    files = ([folder / wanted] if wanted and (folder / wanted).is_file() else []) + raw
    if not files:
        return None, []  # told already: no file of the row is there
    values = {
        "sample": sample, "person": patient, "package": patient, "role": "index",
        "karyotype": _SEX.get(first.get("sex", ""), "unknown"),
        "origin": _ORIGIN.get(first.get("status", ""), "germline"),
    }  # fmt: skip
    if values["origin"] == "tumour":
        values["tissue"] = "tumour"
    return Row(line, sample, files[0], None, {**values, **own}, tuple(files[1:]), told), []


def _lane(path: Path, lane: str) -> dict[str, Any]:
    """Flow cell and lane as the reads name them; else the number in the sheet's lane, and the sheet's lane as the flow
    cell's name, so that pairs stay pairs."""
    try:
        opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
        with opened as file:
            found = _READ.match(file.readline(300))
    except (OSError, EOFError, zlib.error):
        found = None
    if found and 1 <= int(found[2]) <= 64:
        return {"flowcell": found[1].decode(), "lane": int(found[2])}
    digits = re.search(r"(\d{1,2})$", lane)
    number = int(digits[1]) if digits else 1
    name = re.sub(r"[^A-Za-z0-9._-]", "-", lane).strip("._-")[:60]
    return {"flowcell": f"lane-{name}" if name else None, "lane": number if 1 <= number <= 64 else 1}
