"""Exported sites: every number is the one that `View.count` gives."""

import os
from pathlib import Path
from typing import IO

import pyarrow.parquet
import pysam
import pysam.bcftools
import pysam.utils
import pytest

from embla.errors import Unavailable, UsageError
from embla.genome import Region, Variant
from embla.genotypes import CohortStore, View, export_sites
from embla.genotypes.adding import add_files
from embla.genotypes.annotating import output
from embla.simulation import simulate


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> View:
    folder = tmp_path_factory.mktemp("export")
    regions = (Region("chr21", 25_800_000, 25_810_000), Region("chrX", 2_775_000, 2_785_000), Region("chrM", 0, 16_569))
    nation = simulate(folder / "nation", seed=5, people=14, regions=regions, density=4_000)
    store = CohortStore.create(folder / "store", reference=nation.reference)
    add_files(store, [], nation.samples)
    return store.view()


def test_export__vcf_and_parquet_hold_every_carried_variant_with_the_counts_of_the_view(
    view: View, tmp_path: Path
) -> None:
    lines = export_sites(view, tmp_path / "sites.vcf.gz")
    rows = export_sites(view, tmp_path / "sites.parquet")

    table = pyarrow.parquet.read_table(tmp_path / "sites.parquet").to_pylist()
    with pysam.VariantFile(str(tmp_path / "sites.vcf.gz")) as file:
        records = list(file)
        assert list(file.header.contigs) == [f"chr{n}" for n in (*range(1, 23), "X", "Y", "M")]
    assert lines == rows == len(table) == len(records) > 150
    for row, record in zip(table, records, strict=True):
        (count,) = view.count(Variant(row["contig"], row["pos"], row["ref"], row["alt"]))
        assert count.raw is not None
        assert (record.chrom, record.pos, record.ref, record.alts) == (
            row["contig"],
            row["pos"],
            row["ref"],
            (row["alt"],),
        )
        for name in ("ac", "an", "nhet", "nhomalt", "nhemi", "nfail"):
            value = record.info[name.upper()]
            assert row[name] == getattr(count, name) == (value[0] if isinstance(value, tuple) else value)
        for name in ("ac", "an", "nhet", "nhomalt", "nhemi"):
            value = record.info[f"RAW_{name.upper()}"]
            assert row[f"raw_{name}"] == getattr(count.raw, name) == (value[0] if isinstance(value, tuple) else value)
        assert row["af"] == count.af
        assert row["faf95"] == count.faf95
        assert row["faf99"] == count.faf99
        assert row["max_heteroplasmy"] == count.max_heteroplasmy
        assert (record.filter.keys() == ["AC0"]) == (count.ac == 0)
        if count.af is not None:
            assert record.info["AF"][0] == pytest.approx(count.af, rel=1e-5)


def test_export__a_region_and_a_cohort_give_what_the_region_query_lists(view: View, tmp_path: Path) -> None:
    region = Region("chrX", 2_776_000, 2_783_000)
    some = view.cohort('karyotype == "XY"')

    export_sites(view, tmp_path / "some.vcf", region=region, cohort=some)

    expected = [
        f"{c.contig}\t{c.pos}\t.\t{c.ref}\t{c.alt}\t.\t{'PASS' if c.ac else 'AC0'}\tAC={c.ac};AN={c.an}"
        for c in view.count(region, some)
    ]
    text = (tmp_path / "some.vcf").read_text()
    found = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(expected) > 10
    assert [line.split(";NHET")[0] for line in found] == expected
    assert f'Genomes="{len(some)}"' in text


def test_export__an_empty_store_gives_a_file_without_rows(tmp_path: Path) -> None:
    view = CohortStore.create(tmp_path / "store").view()

    assert export_sites(view, tmp_path / "none.vcf.gz") == 0
    assert export_sites(view, tmp_path / "none.parquet") == 0
    assert pyarrow.parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_export__progress_ends_at_the_end(view: View, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []

    export_sites(view, tmp_path / "o.vcf", region=Region("chrM", 0, 16_569), progress=lambda *t: seen.append(t))

    assert seen[-1] == ("Exporting", 16_569, 16_569)


@pytest.mark.parametrize("name", ["sites.txt", "no/sites.vcf.gz", "no/sites.parquet", ""])
def test_export__what_cannot_be_written_is_refused_and_leaves_nothing(view: View, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        export_sites(view, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_export__bcf_and_vcf_come_with_an_index_and_say_the_same(view: View, tmp_path: Path) -> None:
    for name in ("sites.vcf.gz", "sites.bcf"):
        export_sites(view, tmp_path / name)

    texts = [bcftools(tmp_path / name, "chrX:2776000-2783000") for name in ("sites.vcf.gz", "sites.bcf")]
    assert texts[0].splitlines() == texts[1].splitlines()
    assert texts[0].count("\n") > 10
    assert {file.name for file in tmp_path.iterdir()} == {
        "sites.vcf.gz", "sites.vcf.gz.tbi", "sites.bcf", "sites.bcf.csi"
    }  # fmt: skip


def test_export__bcf_is_there_whole_or_not_at_all(view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise pysam.utils.SamtoolsError("disk full")

    monkeypatch.setattr(pysam.bcftools, "view", full)
    with pytest.raises(Unavailable):
        export_sites(view, tmp_path / "sites.bcf", region=Region("chrM", 0, 16_569))
    with pytest.raises(UsageError):
        export_sites(view, tmp_path / "missing" / "sites.bcf")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["sites.vcf.gz", "sites.vcf", "sites.bcf"])
def test_export__on_a_full_disk_leaves_nothing_and_says_which_file(
    view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(number: int, mode: str) -> IO[bytes]:
        os.close(number)
        return open("/dev/full", mode)

    monkeypatch.setattr(output.os, "fdopen", full)
    with pytest.raises(Unavailable, match=rf"{tmp_path}/sites.* cannot be written: No space left") as failed:
        export_sites(view, tmp_path / name, region=Region("chrM", 0, 16_569))

    assert failed.value.mend and ".part" not in str(failed.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["sites.vcf.gz", "sites.bcf"])
def test_export__an_index_that_does_not_fit_leaves_no_file_without_one(
    view: View, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).write_bytes(b"from before")

    def part(*arguments: str, **more: object) -> None:
        path = next(one for one in arguments if one.endswith(name))
        Path(path + (".csi" if name.endswith("bcf") else ".tbi")).write_bytes(b"half")
        raise OSError("building of index failed") if name.endswith("gz") else pysam.utils.SamtoolsError("no space")

    monkeypatch.setattr(pysam, "tabix_index", part)
    monkeypatch.setattr(pysam.bcftools, "index", part)
    with pytest.raises(Unavailable, match=rf"The index of {tmp_path / name} cannot be written") as failed:
        export_sites(view, tmp_path / name, region=Region("chrM", 0, 16_569))

    assert failed.value.mend and [one.name for one in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"from before"


def bcftools(path: Path, region: str) -> str:
    """Records of a region as htslib's own tool finds them by the index."""
    return str(pysam.bcftools.view("-H", str(path), region))
