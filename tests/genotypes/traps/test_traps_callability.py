"""Traps about the denominator: T1-T6, T25, T27 of the frequency spec, each with its right answer."""

from .conftest import Nation, block, het, numbers, raw


def test_t1__blocks_low_blocks_and_gaps_give_the_denominator_each_its_own(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.person("B", [block("chr1", 900, 1100)])
    nation.person("C", [block("chr1", 900, 1100, dp=2, gq=3)])
    nation.person("D", [block("chr1", 2000, 2100)])
    nation.build()

    count = nation.ask("chr1-1000-A-G")

    assert raw(count) == (1, 6, 1, 0, 0)
    assert numbers(count) == (1, 4, 1, 0, 0)
    assert count["status"] == "observed"


def test_t2__the_symbolic_allele_of_a_gvcf_record_is_not_a_variant(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A G,<NON_REF> PASS . GT:DP:GQ:AD 0/1:30:60:15,15,0", block("chr1", 1001, 1100)])
    nation.build()

    assert numbers(nation.ask("chr1-1000-A-G")) == (1, 2, 1, 0, 0)
    assert [c["alt"] for c in nation.ask_all("chr1:900-1100")] == ["G"]


def test_t3__deepvariant_and_bcftools_blocks_are_blocks(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A G,<*> PASS . GT:DP:GQ:AD 0/1:30:60:15,15,0"])
    nation.person("B", [block("chr1", 900, 1100, alt="<*>")])
    nation.person("C", [block("chr1", 900, 1100, alt=".")])
    nation.build()

    assert numbers(nation.ask("chr1-1000-A-G")) == (1, 6, 1, 0, 0)


def test_t4__an_explicit_missing_call_adds_nothing(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.person("B", ["chr1 1000 A G PASS . GT:DP:GQ:AD ./.:30:60:30,0"], callability="assumed")
    nation.person("C", ["chr1 1000 A G PASS . GT:DP:GQ:AD ./.:30:60:30,0", block("chr1", 1001, 1100)])
    nation.build()

    count = nation.ask("chr1-1000-A-G")

    assert raw(count) == (1, 2, 1, 0, 0)
    assert numbers(count) == (1, 2, 1, 0, 0)


def test_t5__a_half_call_is_one_allele_of_one_and_never_het_or_hom(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A G PASS . GT:DP:GQ:AD ./1:30:60:0,30"])
    nation.build()

    count = nation.ask("chr1-1000-A-G")

    assert numbers(count) == (1, 1, 0, 0, 0)
    assert raw(count) == (1, 1, 0, 0, 0)


def test_t6__a_failed_call_leaves_adj_stays_raw_and_is_counted_as_failed(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G", "LowQual")])
    nation.person("B", ["chr1 1000 A G PASS . GT:DP:GQ:AD:FT 0/1:30:60:15,15:LowGQ"])
    nation.person("C", [het("chr1", 1000, "A", "G")])
    nation.person("D", [block("chr1", 900, 1100)])
    nation.build()

    count = nation.ask("chr1-1000-A-G")

    assert numbers(count) == (1, 4, 1, 0, 0)
    assert raw(count) == (3, 8, 3, 0, 0)
    assert count["nfail"] == 2


def test_t6__a_failed_reference_call_of_a_joint_file_leaves_adj_too(nation: Nation) -> None:
    nation.vcf(
        "joint",
        ["chr1 1000 A G LowQual . GT:DP:GQ:AD 0/1:30:60:15,15 0/0:30:60:30,0 ./.:0:0:0,0"],
        samples=["A", "B", "C"],
    )
    nation.create()
    rows = [{"sample": s, "path": "joint.vcf", "karyotype": "XX", "callability": "gvcf"} for s in "ABC"]
    assert nation.report(rows) == 0, nation.err

    count = nation.ask("chr1-1000-A-G")

    assert numbers(count) == (0, 0, 0, 0, 0)
    assert raw(count) == (1, 4, 1, 0, 0)
    assert count["nfail"] == 2
    assert count["af"] is None


def test_t25__outside_the_bed_and_shallow_inside_both_give_nothing(nation: Nation) -> None:
    (nation.folder / "kit.bed").write_text("chr1\t999\t1100\n")
    for name, records in {
        "A": [het("chr1", 1000, "A", "G"), het("chr1", 5000, "A", "G")],
        "B": ["chr1 1000 A G PASS . GT:DP:GQ:AD 0/1:3:60:1,2"],
        "C": [],
    }.items():
        nation.person(name, records, callability="bed:kit.bed")
    nation.build()

    assert "1" in nation.err and "BED" in nation.err

    inside, outside = nation.ask("chr1-1000-A-G"), nation.ask("chr1-5000-A-G")

    assert numbers(inside) == (1, 4, 1, 0, 0)
    assert raw(inside) == (2, 6, 2, 0, 0)
    assert numbers(outside) == (0, 0, 0, 0, 0) and raw(outside) == (0, 0, 0, 0, 0)
    assert outside["status"] == "not_callable"


def test_assumed_callability__counts_in_raw_and_in_neither_side_of_adj(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")], callability="assumed")
    nation.person("B", [het("chr2", 1000, "A", "G")], callability="assumed")
    nation.person("C", [block("chr1", 900, 1100)])
    nation.build()

    count = nation.ask("chr1-1000-A-G")

    assert raw(count) == (1, 6, 1, 0, 0)
    assert numbers(count) == (0, 2, 0, 0, 0)
    assert count["status"] in ("absent", "observed")


def test_t27__absent_with_people_and_not_callable_are_different_zeros(nation: Nation) -> None:
    nation.person("A", [block("chr1", 900, 1100)])
    nation.build()

    absent, uncovered = nation.ask("chr1-1000-A-G"), nation.ask("chr1-9000-A-G")

    assert (absent["status"], absent["af"], absent["an"]) == ("absent", 0.0, 2)
    assert 0 < absent["af_upper95"] <= 1
    assert (uncovered["status"], uncovered["af"], uncovered["an"]) == ("not_callable", None, 0)
    assert nation.ask("chr3-9000-A-G")["status"] == "not_callable"


def test_place__without_variants_gives_one_object_with_null_alleles(nation: Nation) -> None:
    nation.person("A", [block("chr1", 900, 1100), het("chr1", 1200, "A", "G")])
    nation.build()

    place = nation.ask("chr1:1000")

    assert (place["ref"], place["alt"], place["an"], place["raw"]["an"], place["status"]) == (
        None,
        None,
        2,
        2,
        "absent",
    )
    assert nation.ask("chr1:1200")["alt"] == "G"
    assert nation.ask_all("chr1:900-1000") == []


def test_deletion__rules_its_whole_ref_and_a_missing_own_record_takes_the_person_out(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 ACGT A LowQual . GT:DP:GQ:AD 0/1:30:60:15,15", block("chr1", 1001, 1100)])
    nation.person("B", [block("chr1", 900, 1100)])
    nation.build()

    under = nation.ask("chr1-1002-G-T")

    assert (under["an"], under["raw"]["an"]) == (2, 4)
