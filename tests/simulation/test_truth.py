"""The truth against two others who never saw the simulator's state: the cohort store, and bcftools."""

import shutil
import subprocess
from pathlib import Path

import pytest

from embla.genome import GRCH38, Variant
from embla.genotypes import CohortStore
from embla.genotypes.adding import add_files
from embla.simulation import Nation
from tests.simulation.nations import small, table

COLUMNS = ("ac", "an", "nhet", "nhomalt", "nhemi", "nfail")
RAW = ("ac", "an", "nhet", "nhomalt", "nhemi")


@pytest.mark.parametrize(
    ("format", "callability", "seed"),
    [("gvcf", None, 1), ("vcf", "assumed", 2), ("vcf", "bed", 3), ("joint", "bed", 4)],
)
def test_truth__equals_what_the_store_counts_from_the_files(
    tmp_path: Path, format: str, callability: str | None, seed: int
) -> None:
    nation = small(tmp_path / "n", format=format, callability=callability, seed=seed, people=20, density=1_500)

    view = _stored(nation, tmp_path / "store").view()

    everybody = view.cohort()
    assert nation.truth is not None and nation.positions is not None
    found = {}
    for contig in ("chr21", "chrX", "chrY", "chrM"):
        window = view.sweep(contig, 0, GRCH38.contig(contig).length, [everybody], carried_only=False, per_base=False)
        for i in range(len(window)):
            numbers = [int(getattr(window, name)[0, i]) for name in COLUMNS]
            numbers += [int(getattr(window, f"raw_{name}")[0, i]) for name in RAW]
            found[contig, int(window.pos[i]), *window.alleles(i)] = numbers
    expected = {
        (row["contig"], int(row["pos"]), row["ref"], row["alt"]): [int(row[name]) for name in COLUMNS]
        + [int(row[f"raw_{name}"]) for name in RAW]
        for row in table(nation.truth)
    }
    assert found.keys() <= expected.keys()
    assert {key: value for key, value in expected.items() if key in found} == found
    # Keys that the store need not keep (somebody's 0/0 only) have the an of their place.
    for key in sorted(expected.keys() - found.keys())[::7]:
        (count,) = view.count(Variant(*key), everybody)
        assert [count.ac, count.an, count.raw.an] == [0, expected[key][1], expected[key][7]]
    for row in table(nation.positions)[::5]:
        at = int(row["pos"])
        here = view.sweep(row["contig"], at - 1, at, [everybody])
        assert here.per_base_an is not None and here.per_base_raw_an is not None
        assert [here.per_base_an[0, 0], here.per_base_raw_an[0, 0]] == [int(row["an"]), int(row["raw_an"])]


def test_truth__raw_counts_of_a_joint_file_equal_bcftools_fill_tags(tmp_path: Path) -> None:
    if shutil.which("bcftools") is None:
        pytest.skip("bcftools is not installed (Debian: apt-get install bcftools); fill-tags was not compared")
    nation = small(tmp_path / "n", format="joint", density=3_000)
    assert nation.truth is not None
    split = subprocess.run(
        ["bcftools", "norm", "-m-any", "-f", nation.reference, nation.genomes[0]], capture_output=True, check=True
    ).stdout
    filled = subprocess.run(
        ["bcftools", "+fill-tags", "-", "--", "-t", "AN,AC"], input=split, capture_output=True, check=True
    ).stdout
    query = subprocess.run(
        ["bcftools", "query", "-f", "%CHROM\t%POS\t%REF\t%ALT\t%INFO/AC\t%INFO/AN\n", "-"],
        input=filled, capture_output=True, check=True, text=False,
    ).stdout.decode()  # fmt: skip

    truth = {(r["contig"], r["pos"], r["ref"], r["alt"]): (r["raw_ac"], r["raw_an"]) for r in table(nation.truth)}
    compared = 0
    for line in query.splitlines():
        contig, pos, ref, alt, ac, an = line.split("\t")
        # On X, Y and M bcftools counts alleles as they are written; an MNP's component may be a site of its own.
        if contig == "chr21" and alt != "*" and len(ref) + len(alt) != 2:
            assert truth[contig, pos, ref, alt] == (ac, an)
            compared += 1
        elif contig == "chr21" and alt != "*":
            compared += truth[contig, pos, ref, alt] == (ac, an)
    assert compared > 250


def _stored(nation: Nation, path: Path) -> CohortStore:
    store = CohortStore.create(path, reference=nation.reference)
    add_files(store, [], nation.samples)
    return store
