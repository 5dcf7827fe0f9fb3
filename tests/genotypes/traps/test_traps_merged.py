"""Files of single persons that were put together say nothing of what others carry: nobody may count only carriers."""

import pytest

from embla.genotypes.model.silence import silence_of

from .conftest import Nation, het, numbers

KIT = "chr1\t0\t50000\n"


def joint(nation: Nation, *, missing: str, people: int = 10, own: int = 5) -> list[str]:
    """Each of some people carries a few variants of their own, and has `missing` at those of the others."""
    names = [f"P{i}" for i in range(people)]
    records = [
        f"chr1 {1000 + 10 * (own * i + j)} A G PASS . GT:DP:GQ:AD "
        + " ".join("0/1:30:60:15,15" if name == names[i] else missing for name in names)
        for i in range(people)
        for j in range(own)
    ]
    path = nation.vcf("joint", records, samples=names)
    (nation.folder / "kit.bed").write_text(KIT)
    nation.rows = [
        {"sample": name, "path": path.name, "karyotype": "XX", "callability": "bed:kit.bed"} for name in names
    ]
    return names


@pytest.mark.parametrize("callability", ["bed:kit.bed", "assumed"])
def test_a_merge_of_single_files__is_refused_and_nothing_is_added(nation: Nation, callability: str) -> None:
    joint(nation, missing="./.:.:.:.")
    nation.rows = [row | {"callability": callability} for row in nation.rows]
    nation.create()

    assert nation.report() == 1
    assert "no genotype in 45 records, a call in 5, and none like the reference" in nation.err
    assert "--missing-to-ref" in nation.err and "joint.vcf" in nation.err
    assert numbers(nation.ask("chr1-1000-A-G")) == (0, 0, 0, 0, 0)


def test_a_merge_that_says_0_0_and_the_single_files__count_everybody(nation: Nation) -> None:
    joint(nation, missing="0/0:.:.:.")
    nation.build()

    # No GQ and DP of a 0/0: they count in raw, where everybody was called.
    assert nation.ask("chr1-1000-A-G")["raw"]["an"] == 20
    for i in range(10):
        (nation.folder / f"single{i}").mkdir()
    nation.store = nation.folder / "again"
    nation.rows = []
    for i in range(10):
        nation.person(f"S{i}", [het("chr1", 1000 + 50 * i, "A", "G")], callability="bed:kit.bed")
    nation.build()
    assert numbers(nation.ask("chr1-1000-A-G")) == (1, 20, 1, 0, 0)


def test_a_joint_file__with_gaps_and_with_genotypes_like_the_reference_is_taken(nation: Nation) -> None:
    names = joint(nation, missing="./.:.:.:.")
    text = (nation.folder / "joint.vcf").read_text().splitlines()
    looked = "\t".join(
        ["chr1", "900", ".", "A", "G", "50", "PASS", ".", "GT:DP:GQ:AD"] + ["0/0:30:60:30,0"] * len(names)
    )
    at = next(i for i, line in enumerate(text) if line.startswith("#CHROM"))
    (nation.folder / "joint.vcf").write_text("\n".join([*text[: at + 1], looked, *text[at + 1 :]]) + "\n")
    nation.build()

    assert numbers(nation.ask("chr1-900-A-G")) == (0, 20, 0, 0, 0)


@pytest.mark.parametrize(
    ("callability", "calls", "missing", "plain", "merged"),
    [
        ("bed", 40, 10, 0, True),
        ("assumed", 40, 10, 0, True),
        ("bed", 41, 10, 0, False),  # a caller that leaves a few undecided
        ("bed", 1, 9, 0, False),  # a few records of a panel
        ("bed", 0, 10, 0, True),  # who carries nothing that others do
        ("bed", 40, 4000, 1, False),  # somebody was looked at
        ("gvcf", 40, 4000, 0, False),  # blocks say what was called
    ],
)
def test_merged__goes_by_gaps_to_calls_and_not_one_genotype_like_the_reference(
    callability: str, calls: int, missing: int, plain: int, merged: bool
) -> None:
    found = silence_of(callability, "XX", {"chr1": 50_000}, ("chr1",), calls, missing, plain)
    assert found.merged is merged


def test_a_genome_given_back__has_its_gaps_and_is_taken_again(nation: Nation) -> None:
    """Of its 0/0 a store keeps those alone that are needed."""
    names = joint(nation, missing="./.:.:.:.")
    text = (nation.folder / "joint.vcf").read_text().splitlines()
    looked = [
        "\t".join(["chr1", str(pos), ".", "A", "G", "50", "PASS", ".", "GT:DP:GQ:AD"] + ["0/0:30:60:30,0"] * len(names))
        for pos in range(100, 900, 50)
    ]
    at = next(i for i, line in enumerate(text) if line.startswith("#CHROM"))
    (nation.folder / "joint.vcf").write_text("\n".join([*text[: at + 1], *looked, *text[at + 1 :]]) + "\n")
    nation.build()
    first, store = nation.ask("chr1-1000-A-G"), nation.store
    assert nation.run("store", "genome", store, "P3", "-o", nation.folder / "back.vcf.gz") == 0, nation.err

    nation.store = nation.folder / "again"
    nation.create()
    row = {"sample": "P3", "path": "back.vcf.gz", "karyotype": "XX", "callability": "bed:kit.bed"}
    assert nation.report([row]) == 0, nation.err
    assert numbers(nation.ask("chr1-1000-A-G")) == (0, 0, 0, 0, 0) and numbers(first) == (1, 2, 1, 0, 0)
    assert numbers(nation.ask("chr1-1150-A-G")) == (1, 2, 1, 0, 0)
