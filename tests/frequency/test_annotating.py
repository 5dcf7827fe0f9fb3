"""A whole VCF against a release, suppressed as on the pages, and live for a case, exact."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from embla.errors import NotPermitted, UsageError
from embla.frequency import LeaveOut, annotate_file, cut_release, open_batch
from embla.platform import ANONYMOUS, OPERATOR
from tests.frequency.nation import HEADER, Nation, Person, nation

LINES = [
    "chr1 1500 A G",
    "chr1 1510 C T,A",
    "chr1 1520 C T",
    "chr1 1530 G C",
    "chr1 9000 A G",
    "chr1 1540 A <DEL>",
    "chrM 300 C T",
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nation]:
    """20 people: 1500 in 20 (3 of them homozygous), 1510 C>T in 3, 1520 in 8 het."""
    people = []
    for i in range(20):
        calls = [f"chr1 1500 A G {'1/1' if i < 3 else '0/1'}"]
        if i < 3:
            calls.append("chr1 1510 C T 0/1")
        if i < 8:
            calls.append("chr1 1520 C T 0/1")
        if i < 6:
            calls.append("chrM 300 C T 1/1 AF=0.99")
        people.append(Person(f"p{i}", calls=calls))
    with nation(tmp_path_factory.mktemp("annotate"), *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        yield n


def annotated(n: Nation, folder: Path, **how: object) -> list[dict[str, list[str]]]:
    """INFO of each line of LINES after annotation, name -> values."""
    source, out = folder / "in.vcf", folder / "out.vcf"
    columns = "\t".join("#CHROM POS ID REF ALT QUAL FILTER INFO".split())
    records = "".join("\t".join([*line.split()[:2], ".", *line.split()[2:], ".", ".", "."]) + "\n" for line in LINES)
    source.write_text(f"{HEADER}{columns}\n{records}")
    annotate_file(n.house, source, out, **how)  # type: ignore[arg-type]
    lines = [line.split("\t") for line in out.read_text().splitlines() if not line.startswith("#")]
    return [{k: v.split(",") for k, v in (item.split("=") for item in line[7].split(";"))} for line in lines]


def test_annotate_file__from_a_release_hides_what_pages_hide(made: Nation, tmp_path: Path) -> None:
    info = annotated(made, tmp_path)

    status = [line["EMBLA_STATUS"] for line in info]
    assert status == [
        ["observed"], ["suppressed", "absent"], ["observed"], ["absent"],
        ["not_callable"], ["not_loaded"], ["observed"],
    ]  # fmt: skip
    assert [line["EMBLA_AC"] for line in info] == [["23"], [".", "0"], ["8"], ["0"], ["0"], ["."], ["6"]]
    # Three homozygotes stand behind 1500: alleles are shown, genotypes are not.
    assert info[0]["EMBLA_NHOMALT"] == ["."]
    assert info[2]["EMBLA_NHOMALT"] == ["0"]


def test_annotate_file__from_a_release_says_what_the_batch_says(made: Nation, tmp_path: Path) -> None:
    asked = [f"{c}-{p}-{r}-{a}" for c, p, r, alts in (line.split() for line in LINES) for a in alts.split(",")]
    counts = [line.headline for line in open_batch(made.house, asked)]

    info = annotated(made, tmp_path)

    for name, key in [("AC", "ac"), ("NHOMALT", "nhomalt"), ("NHEMI", "nhemi"), ("STATUS", "status")]:
        told = [value for line in info for value in line[f"EMBLA_{name}"]]
        missing = [c.status == "not_loaded" and key != "status" for c in counts]
        wanted = [
            "." if none or getattr(c, key) is None else str(getattr(c, key))
            for c, none in zip(counts, missing, strict=True)
        ]
        assert told == wanted, name


def test_annotate_file__flags_what_is_seen_in_failed_calls_alone_where_a_page_has_the_note(tmp_path: Path) -> None:
    failed = {"chr1 1500 A G": 6, "chr1 1510 C T": 3, "chr1 1520 C T": 0}  # people whose call failed its FILTER
    people = [Person(f"p{i}", calls=[f"{site} 0/1 LowQual" for site, n in failed.items() if i < n]) for i in range(20)]
    with nation(tmp_path, *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        asked = ["chr1-1500-A-G", "chr1-1510-C-T", "chr1-1520-C-T"]
        counts = [line.headline for line in open_batch(n.house, asked)]

        info = annotated(n, tmp_path)

        noted = [any("Seen only in calls that do not pass" in note for note in count.notes) for count in counts]
        assert noted == [True, False, False]
        assert [info[i]["EMBLA_STATUS"][0] for i in (0, 1, 2)] == ["absent", "suppressed", "absent"]
        assert [line.get("EMBLA_FAILED_ONLY") for line in info[:3]] == [["1"], None, None]


def test_annotate_file__live_is_exact_and_leaves_the_patient_out(made: Nation, tmp_path: Path) -> None:
    case = made.case_of["p0"]

    info = annotated(made, tmp_path, actor=made.clinician, case=case)
    without = annotated(made, tmp_path, actor=made.clinician, case=case, leave_out=LeaveOut(person=True))

    assert [info[1]["EMBLA_AC"], without[1]["EMBLA_AC"]] == [["3", "0"], ["2", "0"]]
    assert [info[0]["EMBLA_NHOMALT"], without[0]["EMBLA_NHOMALT"]] == [["3"], ["2"]]
    assert [info[0]["EMBLA_AN"], without[0]["EMBLA_AN"]] == [["40"], ["38"]]


def test_annotate_file__live_is_decided_before_the_file_is_read(made: Nation, tmp_path: Path) -> None:
    with pytest.raises(NotPermitted):
        annotate_file(made.house, tmp_path / "none.vcf", tmp_path / "out.vcf", actor=ANONYMOUS, case=made.case_of["p0"])


@pytest.mark.parametrize(
    "how",
    [
        {"case": "C1"},
        {"leave_out": LeaveOut(person=True)},
        {"case": "C1", "actor": ANONYMOUS, "release": "2026.1"},
    ],
)
def test_annotate_file__half_a_question_is_wrong_use(made: Nation, tmp_path: Path, how: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        annotate_file(made.house, tmp_path / "in.vcf", tmp_path / "out.vcf", **how)  # type: ignore[arg-type]
