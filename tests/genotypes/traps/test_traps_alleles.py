"""Traps about alleles: T7-T12, T33, T34 of the frequency spec."""

from pathlib import Path

import pysam

from .conftest import Nation, block, het, hom, numbers, raw


def small_reference(nation: Nation, pieces: dict[int, str], length: int = 10_000) -> None:
    """A FASTA with chr1 only: T everywhere but the given 1-based pieces."""
    bases = ["T"] * length
    for pos, text in pieces.items():
        bases[pos - 1 : pos - 1 + len(text)] = text
    path: Path = nation.folder / "ref.fa"
    path.write_text(">chr1\n" + "".join(bases) + "\n")
    pysam.faidx(str(path))
    nation.reference = path


def test_t7__one_and_two_are_each_het_and_the_person_is_in_an_once(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15"])
    nation.build()

    for alt in "GT":
        assert numbers(nation.ask(f"chr1-1000-A-{alt}")) == (1, 2, 1, 0, 0)


def test_t8__a_spanning_deletion_stays_in_an_and_is_never_listed(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A T,* PASS . GT:DP:GQ:AD 1/2:30:60:0,15,15"])
    nation.build()

    assert numbers(nation.ask("chr1-1000-A-T")) == (1, 2, 1, 0, 0)
    assert [c["alt"] for c in nation.ask_all("chr1:900-1100")] == ["T"]


def test_t9__all_alts_of_a_record_share_one_an_because_gates_come_before_splitting(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A G,T PASS . GT:DP:GQ:AD 1/2:30:60:0,2,28"])
    nation.person("B", ["chr1 1000 A G,T PASS . GT:DP:GQ:AD 0/1:30:60:15,15,0"])
    nation.build()

    g, t = nation.ask("chr1-1000-A-G"), nation.ask("chr1-1000-A-T")

    assert g["an"] == t["an"] == 2
    assert g["raw"]["an"] == t["raw"]["an"] == 4
    assert (g["ac"], t["ac"]) == (1, 0)


def test_t10__one_deletion_written_at_two_places_is_one_key(nation: Nation) -> None:
    small_reference(nation, {4990: "G" * 10, 5000: "CAAAAAAG"})
    nation.person("A", ["chr1 5000 CAA C PASS . GT:DP:GQ:AD 0/1:30:60:15,15", block("chr1", 5003, 5100)])
    nation.person("B", [block("chr1", 4900, 5001, ref="T"), "chr1 5002 AAA A PASS . GT:DP:GQ:AD 0/1:30:60:15,15"])
    nation.build()

    count = nation.ask("chr1-5000-CAA-C")

    assert numbers(count) == (2, 4, 2, 0, 0)
    assert len(nation.ask_all("chr1:4900-5100")) == 1
    shifted = nation.ask("chr1-5002-AAA-A")
    assert (shifted["pos"], shifted["ref"], shifted["alt"], shifted["ac"]) == (5000, "CAA", "C", 2)
    assert "5002" in str(shifted["notes"])


def test_t10__an_un_normalised_missing_record_takes_the_person_out_of_that_key_only(nation: Nation) -> None:
    small_reference(nation, {5000: "CAAAAAAG"})
    nation.person("A", ["chr1 5000 CAA C PASS . GT:DP:GQ:AD 0/1:30:60:15,15"])
    nation.person("B", [block("chr1", 4900, 5001, ref="T"), "chr1 5002 AAA A PASS . GT:DP:GQ:AD ./.:30:60:15,15"])
    nation.build()

    assert nation.ask("chr1-5000-CAA-C")["an"] == 2
    assert nation.ask("chr1-5000-C-G")["an"] == 4


def test_t10__a_ref_that_is_not_the_references_refuses_the_file_and_changes_nothing(nation: Nation) -> None:
    small_reference(nation, {1000: "A"})
    nation.person("A", [het("chr1", 1000, "C", "G")])
    nation.create()

    assert nation.report() == 1
    assert "A.vcf" in nation.err and "1000" in nation.err and "Traceback" not in nation.err
    assert len(nation.err.splitlines()) <= 8
    nation.rows = []
    assert nation.ask("chr1-1000-A-G")["status"] == "not_callable"


def test_t11__an_mnp_is_its_own_key_and_its_bases_are_counted_too(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 AC GT PASS . GT:DP:GQ:AD 0/1:30:60:15,15"])
    nation.person("B", [het("chr1", 1000, "A", "G"), het("chr1", 1001, "C", "T")])
    nation.build()

    assert "MNP" in nation.err
    assert numbers(nation.ask("chr1-1000-AC-GT")) == (1, 4, 1, 0, 0)
    assert numbers(nation.ask("chr1-1000-A-G")) == (2, 4, 2, 0, 0)
    assert numbers(nation.ask("chr1-1001-C-T")) == (2, 4, 2, 0, 0)


def test_t12__a_carrier_of_a_deletion_over_the_base_stays_in_an_with_the_deleted_copy(nation: Nation) -> None:
    nation.person(
        "A",
        ["chr1 1000 ACG A PASS . GT:DP:GQ:AD 0/1:30:60:15,15", "chr1 1002 G T,* PASS . GT:DP:GQ:AD 0/2:30:60:15,0,15"],
    )
    nation.person("B", [het("chr1", 1002, "G", "T")])
    nation.build()

    assert numbers(nation.ask("chr1-1002-G-T")) == (1, 4, 1, 0, 0)


def test_t33__contigs_go_by_any_name_and_others_are_skipped_counted_and_named(nation: Nation) -> None:
    nation.vcf(
        "A",
        [het("1", 1000, "A", "G"), het("1_KI270706v1_random".replace("1_", "chr1_", 1), 500, "A", "G")],
        contigs={"1": 248956422, "MT": 16569, "chr1_KI270706v1_random": 175055},
    )
    nation.rows = [{"sample": "A", "path": "A.vcf", "karyotype": "XX", "callability": "gvcf"}]
    nation.build()

    assert "chr1_KI270706v1_random" in nation.err and "1" in nation.err
    for query in ("chr1-1000-A-G", "1-1000-A-G", "NC_000001.11:g.1000A>G", "1:1,000:A:G", "NC_000001.11:999:A:G"):
        assert nation.ask(query)["ac"] == 1, query


def test_t33__a_contig_grch38_does_not_have_or_of_another_length_refuses_the_file(nation: Nation) -> None:
    nation.create()
    for name, contigs in {"wrong": {"chr1": 249250621}, "unknown": {"chr23": 1000}}.items():
        contig = next(iter(contigs))
        path = nation.vcf(name, [het(contig, 900, "A", "G")], contigs=contigs)
        assert nation.run("store", "add", nation.store, path) == 1
        assert name in nation.err and contig in nation.err


def test_t34__contradictory_duplicates_are_a_no_call_said_aloud(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G"), hom("chr1", 1000, "A", "G")])
    nation.person("B", [het("chr1", 1000, "A", "G"), het("chr1", 1000, "A", "G")])
    nation.build()

    assert "conflict" in nation.err
    count = nation.ask("chr1-1000-A-G")
    assert numbers(count) == (1, 2, 1, 0, 0)
    assert raw(count) == (1, 2, 1, 0, 0)


def test_symbolic_and_structural_alleles__answer_not_loaded_with_exit_zero(nation: Nation) -> None:
    nation.person("A", ["chr1 1000 A <DEL> PASS END=2000 GT:DP:GQ 0/1:30:60", block("chr1", 3000, 3100)])
    nation.build()

    assert "symbolic" in nation.err or "structural" in nation.err
    assert nation.ask("chr1-1000-A-<DEL>")["status"] == "not_loaded"
