"""Carriers and others are judged by the same evidence: what a caller does not write makes nobody like the reference."""

import json

import pytest

from embla.genotypes import CohortStore, Policy

from .conftest import Nation, block, numbers, raw

WHOLE_M = "chrM\t0\t16569\n"


def bed(nation: Nation, text: str) -> str:
    (nation.folder / "kit.bed").write_text(text)
    return "bed:kit.bed"


def ref_call(gt: str = "0/0", cell: str = "61:15:11,3,0") -> list[str]:
    """A block of DeepVariant, and a candidate that it judged (google/deepvariant#582)."""
    return [
        "chr21 25000000 A <*> . END=25000099 GT:GQ:MIN_DP 0/0:50:15",
        f"chr21 25000100 G C,<*> RefCall . GT:GQ:DP:AD {gt}:{cell}",
    ]


def test_a_reference_call_of_deepvariant__is_a_genome_like_the_reference(nation: Nation) -> None:
    for i in range(9):
        nation.person(f"R{i}", ref_call())
    nation.person("C", [ref_call()[0], "chr21 25000100 G C,<*> PASS . GT:GQ:DP:AD 0/1:40:30:15,15,0"])
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert numbers(answer) == raw(answer) == (1, 20, 1, 0, 0) and answer["nfail"] == 0
    assert numbers(nation.ask("chr21-25000100-G-T")) == (0, 20, 0, 0, 0)


@pytest.mark.parametrize(
    ("gt", "cell", "adj", "in_raw", "failed"),
    [
        ("0/0", "19:15:11,3,0", (0, 0), (0, 2), 0),  # not sure of itself
        ("0/0", "61:9:8,1,0", (0, 0), (0, 2), 0),
        ("./.", "61:15:11,3,0", (0, 0), (0, 0), 0),
        ("0/1", "61:30:15,15,0", (0, 0), (1, 2), 1),  # says what it denies: failed
        ("1/1", "61:30:0,30,0", (0, 0), (2, 2), 1),
        ("0/2", "61:30:15,0,15", (0, 0), (0, 2), 1),
    ],
)
def test_a_reference_call__must_be_sure_and_carry_nothing(
    nation: Nation, gt: str, cell: str, adj: tuple[int, int], in_raw: tuple[int, int], failed: int
) -> None:
    nation.person("P", ref_call(gt, cell))
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == (adj, in_raw, failed)


@pytest.mark.parametrize("words", ["RefCall;LowQual", "refcall", "LowQual"])
def test_other_filters__fail_a_genome_like_the_reference_too(nation: Nation, words: str) -> None:
    first, second = ref_call()
    nation.person("P", [first, second.replace("RefCall", words)])
    nation.build()

    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == ((0, 0), (0, 2), 1)


def mutect(pos: int, gt: str, ad: str, share: str, dp: int = 4000, flt: str = "PASS") -> str:
    return f"chrM {pos} A G {flt} . GT:AD:AF:DP:SB {gt}:{ad}:{share}:{dp}:1,1,1,1"


def test_mtdna__has_no_gq_and_is_judged_by_depth_and_filter(nation: Nation) -> None:
    kit = bed(nation, WHOLE_M)
    for i in range(6):
        nation.person(f"C{i}", [mutect(3243, "0/1", "2200,1800", "0.45")], callability=kit)
    for i in range(94):
        nation.person(f"R{i}", [mutect(8860, "1/1", "1,3999", "0.999")], callability=kit)
    nation.build()

    assert numbers(nation.ask("chrM-3243-A-G")) == (6, 100, 6, 0, 0)
    assert numbers(nation.ask("chrM-8860-A-G")) == (94, 100, 0, 94, 0)


def test_mtdna__depth_and_filter_stay_and_a_gq_that_is_there_is_asked(nation: Nation) -> None:
    kit = bed(nation, WHOLE_M)
    nation.person("DEEP", [mutect(8860, "0/1", "0,5", "1.0", 5)], callability=kit)
    nation.person("SHALLOW", [mutect(8860, "0/1", "0,4", "1.0", 4)], callability=kit)
    nation.person("FAILED", [mutect(8860, "0/1", "0,50", "1.0", 50, "weak_evidence")], callability=kit)
    nation.person("UNSURE", ["chrM 8860 A G PASS . GT:GQ:DP:AF 0/1:19:50:1.0"], callability=kit)
    nation.person("SURE", ["chrM 8860 A G PASS . GT:GQ:DP:AF 0/1:20:50:1.0"], callability=kit)
    nation.person("BLOCK", ["chrM 1 A <NON_REF> . END=16569 GT:DP:MIN_DP 0/0:50:50"])
    nation.person("DRY", ["chrM 1 A <NON_REF> . END=16569 GT:DP:MIN_DP 0/0:4:4"])
    nation.person("LOW", ["chrM 1 A <NON_REF> . END=16569 GT:GQ:DP:MIN_DP 0/0:3:50:50"])
    nation.build()

    answer = nation.ask("chrM-8860-A-G")
    assert (numbers(answer)[:2], raw(answer)[:2], answer["nfail"]) == ((2, 3), (5, 8), 1)


def test_a_store_of_earlier_rules__is_read_and_takes_no_more_until_its_files_are_read_anew(nation: Nation) -> None:
    nation.person("C", [ref_call()[0], "chr21 25000100 G C,<*> PASS . GT:GQ:DP:AD 0/1:40:30:15,15,0"])
    nation.person("R", ref_call())
    nation.create()
    about = nation.store / "store.json"
    said = json.loads(about.read_text())
    said["policy"]["version"] = 1
    about.write_text(json.dumps(said))
    earlier = Policy.version
    try:
        Policy.version = 1  # the program that made it
        assert nation.report() == 0, nation.err
    finally:
        Policy.version = earlier
    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], answer["nfail"]) == ((1, 2), 1)

    nation.person("LATE", [block("chr21", 25_000_000, 25_000_200)])
    assert nation.report() == 1 and "version 1 of the rules, this program adds by version 2" in nation.err
    assert "embla store rebuild STORE NEW --samples TABLE" in nation.err
    assert nation.ask("chr21-25000100-G-C") == answer

    nation.rows.pop()
    table = nation.folder / "samples.tsv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(line for line in lines if not line.startswith("LATE")) + "\n")
    new = nation.folder / "new"
    assert nation.run("store", "rebuild", nation.store, new, "--samples", table) == 0, nation.err
    assert CohortStore.open(new).policy == Policy()
    nation.store = new
    answer = nation.ask("chr21-25000100-G-C")
    assert (numbers(answer)[:2], answer["nfail"]) == ((1, 4), 0)
    assert nation.run("store", "verify", new, "--recount") == 0, nation.err
    assert nation.run("store", "rebuild", new, nation.folder / "again", "--samples", table) == 2
