"""What cannot be what it says is refused whole, in a sentence, and the store is as before."""

import gzip
from pathlib import Path

import pysam
import pytest

from .conftest import Nation, block, het

OK = het("chr1", 500, "A", "G")

BAD_RECORDS = {
    "position is not a number": "chr1 10x0 A G PASS . GT:DP:GQ 0/1:30:60",
    "position zero": "chr1 0 A G PASS . GT:DP:GQ 0/1:30:60",
    "position beyond the contig": "chr1 300000000 A G PASS . GT:DP:GQ 0/1:30:60",
    "end before pos": "chr1 1000 A <NON_REF> . END=900 GT:DP:GQ 0/0:30:60",
    "end beyond the contig": "chr1 1000 A <NON_REF> . END=900000000 GT:DP:GQ 0/0:30:60",
    "letters that are no bases": "chr1 1000 A Q PASS . GT:DP:GQ 0/1:30:60",
    "a ref that is no bases": "chr1 1000 5 G PASS . GT:DP:GQ 0/1:30:60",
    "no GT": "chr1 1000 A G PASS . DP:GQ 30:60",
    "GT beyond the ALTs": "chr1 1000 A G PASS . GT:DP:GQ 0/2:30:60",
    "GT that is no number": "chr1 1000 A G PASS . GT:DP:GQ 0/x:30:60",
    "too many columns": "chr1 1000 A G PASS . GT:DP:GQ 0/1:30:60 0/1:30:60",
    "too few columns": "chr1 1000 A G PASS . GT:DP:GQ",
    "unsorted": "chr1 400 A G PASS . GT:DP:GQ 0/1:30:60",
    "unknown contig": "chr23 1000 A G PASS . GT:DP:GQ 0/1:30:60",
}


def refused(nation: Nation, path: Path, before: list, *, says: tuple[str, ...] = ()) -> None:
    assert nation.run("store", "add", nation.store, path) == 1, nation.out
    assert path.name in nation.err
    assert "Traceback" not in nation.err and 0 < len(nation.err.splitlines()) <= 8, nation.err
    for word in says:
        assert word in nation.err, nation.err
    assert nation.ask_all("chr1:1-2000000") == before
    assert nation.run("store", "verify", nation.store, "--recount") == 0, nation.err


@pytest.fixture
def filled(nation: Nation) -> tuple[Nation, list]:
    nation.person("first", [het("chr1", 700, "A", "G"), block("chr1", 701, 2000)])
    nation.build()
    return nation, nation.ask_all("chr1:1-2000000")


@pytest.mark.parametrize("why", BAD_RECORDS)
def test_a_record_that_cannot_be_refuses_the_file__with_its_line(filled: tuple[Nation, list], why: str) -> None:
    nation, before = filled
    good = nation.vcf("bad", [OK]).read_text()
    header_lines = len(good.splitlines()) - 1
    path = nation.folder / "bad.vcf"
    fields = BAD_RECORDS[why].split()
    path.write_text(good + "\t".join([*fields[:2], ".", *fields[2:4], "50", *fields[4:]]) + "\n")

    refused(nation, path, before, says=(str(header_lines + 2),) if why != "unknown contig" else ("chr23",))


def test_not_vcf_empty_binary_and_missing_files_are_refused(filled: tuple[Nation, list]) -> None:
    nation, before = filled
    contents = {
        "empty.vcf": b"",
        "text.vcf": b"hello\nworld\n",
        "binary.vcf": bytes(range(256)) * 40,
        "headless.vcf": OK.replace(" ", "\t").encode() + b"\n",
        "headeronly.vcf": b"##fileformat=VCFv4.2\n",
        "json.vcf.gz": gzip.compress(b'{"a": 1}\n'),
    }
    for name, data in contents.items():
        path = nation.folder / name
        path.write_bytes(data)
        refused(nation, path, before)
    refused(nation, nation.folder / "nowhere.vcf", before)
    refused(nation, nation.folder, before)


@pytest.mark.parametrize("kind", ["bgzip", "gzip"])
def test_truncated_files_are_refused(filled: tuple[Nation, list], kind: str) -> None:
    nation, before = filled
    plain = nation.vcf("long", [het("chr1", pos, "A", "G") for pos in range(1000, 200_000, 7)])
    path = nation.folder / "cut.vcf.gz"
    if kind == "bgzip":
        pysam.tabix_compress(str(plain), str(path), force=True)
    else:
        path.write_bytes(gzip.compress(plain.read_bytes()))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    refused(nation, path, before, says=("truncated",))


def test_a_grch37_file_is_recognised_by_its_header(filled: tuple[Nation, list]) -> None:
    nation, before = filled
    path = nation.vcf("old", [OK], contigs={"chr1": 249250621, "chr2": 243199373})

    refused(nation, path, before, says=("GRCh37",))


def test_samples_tsv_errors_name_the_table_and_the_line(filled: tuple[Nation, list]) -> None:
    nation, before = filled
    nation.vcf("p", [OK])
    good = {"sample": "p", "path": "p.vcf", "karyotype": "XX", "callability": "gvcf"}
    for change in (
        {"karyotype": "XZ"},
        {"callability": "maybe"},
        {"callability": "bed:nowhere.bed"},
        {"path": "nowhere.vcf"},
        {"sample": "someone_else"},
        {"sample": ""},
    ):
        code = nation.report([{**good, **change}])
        assert code == 1, change
        assert "samples.tsv" in nation.err or "nowhere" in nation.err or "p.vcf" in nation.err, nation.err
        assert "Traceback" not in nation.err and len(nation.err.splitlines()) <= 8
    assert nation.report([good, good]) == 1
    assert "samples.tsv" in nation.err and "3" in nation.err
    assert nation.ask_all("chr1:1-2000000") == before


def test_one_bad_file_among_good_ones_adds_none(filled: tuple[Nation, list]) -> None:
    nation, before = filled
    good = nation.vcf("good", [OK])
    bad = nation.vcf("bad", ["chr1 1000 A G PASS . GT:DP:GQ 0/9:30:60"])

    assert nation.run("store", "add", nation.store, good, bad) == 1
    assert nation.ask_all("chr1:1-2000000") == before
    assert nation.run("store", "genome", nation.store, "good", "-o", nation.folder / "x.vcf") == 1


def test_queries_that_make_no_sense_are_refused_in_a_sentence(filled: tuple[Nation, list]) -> None:
    nation, _ = filled
    for query in (
        "nonsense",
        "chr99-1-A-G",
        "chr1-0-A-G",
        "chr1-999999999-A-G",
        "chr1-100-A-",
        "chr1:200-100",
        "🧬",
        "1" * 5000,
    ):
        assert nation.run("store", "count", nation.store, query) in (1, 2), query
        assert nation.err and "Traceback" not in nation.err and len(nation.err.splitlines()) <= 8
    assert nation.run("store", "count", nation.store, "chr1-700-A-G", "--cohort", "nosuch == 1") in (1, 2)
    assert "nosuch" in nation.err
    assert nation.run("store", "count", nation.store, "chr1-700-A-G", "--cohort", "__import__('os')") in (1, 2)
    assert nation.run("store", "count", nation.folder / "nostore", "chr1-700-A-G") == 1
