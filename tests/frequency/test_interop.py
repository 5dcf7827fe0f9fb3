"""The files of `make interop`, in little: what this machine has reads them, and each check can fail."""

import gzip
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embla.frequency import cut_release
from embla.genome import Region
from embla.platform import OPERATOR
from tests.frequency.test_freezing import studied
from tools.interop import covered, nation, plink, sites, strict
from tools.interop.__main__ import READERS, by_reader, read_all
from tools.interop.differs import Differs, NotHere
from tools.interop.writing import Written, write_all

REGIONS = [Region("chr1", 0, 4000), Region("chrX", 0, 3_100_000), Region("chrY", 0, 3_100_000), Region("chrM", 0, 1000)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("interop")
    (folder / "files").mkdir()
    with studied(folder) as n:
        cut_release(n.house, OPERATOR)
        return write_all(n.house, folder / "files", REGIONS, None)


def needs(program: str, package: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: apt install {package}")


def test_sites__are_read_by_bcftools_and_tabix_as_the_store_answers(written: Written) -> None:
    needs("bcftools", "bcftools")
    needs("tabix", "tabix")

    checks = [*sites.by_bcftools(written), sites.by_tabix(written)]

    assert all(check.compared > 5 for check in checks) and len(checks) == 6


def test_sites__are_read_by_vcfanno(written: Written) -> None:
    needs("vcfanno", "vcfanno")

    assert sites.by_vcfanno(written).compared > len(written.expected["release"])


def test_freeze__is_read_by_plink2(written: Written) -> None:
    needs("plink2", "plink2")

    assert plink.by_plink2(written).compared == len(written.expected["freeze"]["variants"]) > 5


@pytest.mark.parametrize("name,wants", [("parquet", "duckdb pandas"), ("vcf_zarr", "sgkit"), ("pgen", "pgenlib")])
def test_reader__finds_everything_equal(written: Written, name: str, wants: str) -> None:
    missing = [module for module in wants.split() if importlib.util.find_spec(module) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} live in the environment of `make interop`")

    done = subprocess.run(
        [sys.executable, str(READERS / f"{name}.py"), str(written.folder)], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert all(check.compared > 0 for check in by_reader(written, sys.executable, name))


def test_strict__takes_both_sites_files(written: Written) -> None:
    for name in ("release.vcf.gz", "sites.vcf.gz"):
        assert strict.check_strictly(written.folder / name).compared > 5


@pytest.mark.parametrize(
    "before,after",
    [
        ("\tEMBLA_AN=", "\tEMBLA_XN="),
        ("\tEMBLA_AN=1", "\tEMBLA_AN=1,1"),
        ("EMBLA_STATUS=observed", "EMBLA_STATUS=obs erved"),
        ("length=248956422", "length=248956421"),
        ("\tA\tG\t", "\tA\tG,T\t"),
        ("\tA\tG\t", "\tAG\tAT\t"),
        (",Number=A,Type=Float", ",Type=Float"),
        ("##fileformat=VCFv4.3\n", ""),
        ("\tINFO\n", "\tINFO\nchr1\t3999\t.\tA\tG\t.\t.\tEMBLA_AN=2\n"),
    ],
)
def test_strict__finds_what_a_tool_would_not_take(written: Written, tmp_path: Path, before: str, after: str) -> None:
    text = gzip.decompress(written.release.read_bytes()).decode()
    assert before in text
    bent = tmp_path / "bent.vcf.gz"
    bent.write_bytes(gzip.compress(text.replace(before, after, 1).encode()))

    with pytest.raises(Differs):
        strict.check_strictly(bent)


def test_checks__a_store_that_answers_otherwise_is_found(written: Written) -> None:
    bent = json.loads(json.dumps(written.expected))
    bent["release"][0]["an"] += 1
    bent["freeze"]["calls"][0][0][0] = 2 - bent["freeze"]["calls"][0][0][0]
    wrong = Written(written.folder, bent, None)

    needs("bcftools", "bcftools")
    with pytest.raises(Differs):
        list(sites.by_bcftools(wrong))
    if shutil.which("plink2"):
        with pytest.raises(Differs):
            plink.by_plink2(wrong)


def test_readers_environment__that_lacks_a_reader_says_so_and_is_no_difference(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho \"ModuleNotFoundError: No module named 'pgenlib'\" >&2\nexit 1\n")
    bare.chmod(0o755)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NotHere, match="No module named 'pgenlib'"):
        list(by_reader(written, str(bare), "pgen"))
    assert read_all(written, str(bare)) == 0

    said = capsys.readouterr().out
    assert (
        said.count("NOT RUN") == 8 + 3 and "| bcftools | NOT RUN: it is not installed: apt install bcftools |" in said
    )
    bare.write_text("#!/bin/sh\necho 'pgenlib: 1 is not 2' >&2\nexit 1\n")
    assert read_all(written, str(bare)) == 1 and "| DIFFERS | pgen: pgenlib: 1 is not 2 |" in capsys.readouterr().out


def test_files__that_lack_a_kind_are_no_proof(written: Written) -> None:
    with pytest.raises(Differs, match="the files lack"):
        list(covered.told(written))


def test_nation__is_whole_and_the_store_has_what_was_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = nation.make_nation(tmp_path, people=24)
    try:
        (tmp_path / "files").mkdir()
        written = write_all(made.house, tmp_path / "files", nation.REGIONS, made.reference)
        said = list(covered.told(written))
        counted = [nation.by_recount(made.house), nation.by_truth(made.truth, written)]
    finally:
        made.house.database.close()

    assert "chrY" in said[0] and [one.compared >= 24 for one in counted] == [True, True]
    written.expected["sites"][0]["an"] += 2
    with pytest.raises(Differs, match="the store itself"):
        nation.by_truth(made.truth, written)
