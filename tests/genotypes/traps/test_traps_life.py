"""Traps about adding, removing and asking: T20-T24, T26, T28-T30 of the frequency spec."""

import gzip
from pathlib import Path

import pytest

from .conftest import Nation, block, het, hom, numbers


def everything(nation: Nation) -> list[tuple]:
    return [
        (c["contig"], c["pos"], c["ref"], c["alt"], *numbers(c), *c["raw"].values(), c["nfail"])
        for c in nation.ask_all("chr1:1-100000")
    ]


def holds_text(folder: Path, text: bytes) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if text in data or (data[:2] == b"\x1f\x8b" and text in gzip.decompress(data)):
                found.append(path.name)
    return found


def test_t20__the_same_file_twice_changes_nothing(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.build()
    before = everything(nation)

    assert nation.report() == 0

    assert everything(nation) == before


def test_t20__equal_calls_under_a_second_name_are_called_a_duplicate(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G"), block("chr1", 1001, 1100)])
    nation.build()
    nation.person("B", [het("chr1", 1000, "A", "G"), block("chr1", 1001, 1100)])

    code = nation.report()

    assert "duplicate" in nation.err.lower()
    assert code in (0, 1)


def test_t20__other_content_under_a_taken_name_is_refused_and_nothing_changes(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.build()
    before = everything(nation)
    nation.rows = []
    nation.person("Z", [het("chr1", 3000, "A", "G")])
    nation.person("A", [het("chr1", 2000, "A", "G")])

    assert nation.report() == 1

    assert "A" in nation.err
    assert everything(nation) == before


def test_t21__removing_a_person_below_the_gate_leaves_the_other_carrier(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.person("B", ["chr1 1000 A G PASS . GT:DP:GQ:AD 0/1:30:12:15,15"])
    nation.build()

    assert nation.run("store", "remove", nation.store, "B", "--yes", "B") == 0, nation.err

    count = nation.ask("chr1-1000-A-G")
    assert numbers(count) == (1, 2, 1, 0, 0)
    assert count["raw"]["ac"] == 1


def test_t22__removing_the_only_carrier_removes_the_row_and_after_compact_the_name(nation: Nation) -> None:
    nation.person("ONLYCARRIER", [het("chr1", 1000, "A", "G")])
    nation.person("B", [block("chr1", 900, 1100)])
    nation.build()

    assert nation.run("store", "remove", nation.store, "ONLYCARRIER", "--yes", "ONLYCARRIER") == 0, nation.err

    assert nation.ask_all("chr1:900-1100") == []
    assert nation.ask("chr1-1000-A-G")["an"] == 2
    assert nation.run("store", "compact", nation.store) == 0, nation.err
    assert nation.ask("chr1-1000-A-G")["an"] == 2
    assert holds_text(nation.store, b"ONLYCARRIER") == []


def test_t23__arrival_in_any_grouping_and_remove_then_add_again_give_equal_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = []
    for way in ("one by one", "together", "removed and back"):
        folder = tmp_path / way.replace(" ", "")
        folder.mkdir()
        nation = Nation(folder, capsys)
        nation.person("A", [het("chr1", 1000, "A", "G"), hom("chr1", 3000, "C", "T")])
        nation.person("B", [hom("chr1", 1000, "A", "G"), block("chr1", 2900, 3100)])
        nation.person("C", [block("chr1", 900, 1100), het("chr1", 3000, "C", "T", "LowQual")])
        nation.create()
        if way == "one by one":
            for row in nation.rows:
                assert nation.report([row]) == 0
        else:
            assert nation.report() == 0
        if way == "removed and back":
            assert nation.run("store", "remove", nation.store, "B", "A", "--yes", "2") == 0
            assert nation.report(nation.rows[:2]) == 0, nation.err
        answers.append(everything(nation))
        assert nation.run("store", "compact", nation.store) == 0
        answers.append(everything(nation))

    assert all(answer == answers[0] for answer in answers)


def test_t24__groups_add_up_also_where_a_group_never_saw_the_allele(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")], region="1081")
    nation.person("B", [block("chr1", 900, 1100)], region="1082")
    nation.person("C", [block("chr1", 900, 1100)], region="1082")
    nation.build()

    count = nation.ask("chr1-1000-A-G", "--by", "region")

    assert {value: numbers(group)[:2] for value, group in count["groups"].items()} == {"1081": (1, 2), "1082": (0, 4)}
    assert numbers(count)[:2] == (1, 6)


def test_t26__a_trio_counts_its_people_and_unrelated_leaves_the_child_out(nation: Nation) -> None:
    nation.person("child", [het("chr1", 1000, "A", "G")], related="true")
    nation.person("mother", [het("chr1", 1000, "A", "G")], related="false")
    nation.person("father", [block("chr1", 900, 1100)], "XY", related="false")
    nation.build()

    assert numbers(nation.ask("chr1-1000-A-G"))[:2] == (2, 6)
    assert numbers(nation.ask("chr1-1000-A-G", "--cohort", "not related"))[:2] == (1, 4)
    assert numbers(nation.ask("chr1-1000-A-G", "--exclude", "child"))[:2] == (1, 4)
    assert numbers(nation.ask("chr1-1000-A-G", "--cohort", 'karyotype == "XY"'))[:2] == (0, 2)


def test_t28__filtering_allele_frequency_has_the_published_values() -> None:
    from embla.genotypes import faf

    right = {1: 0.0, 2: 2.961e-6, 3: 6.814e-6, 5: 1.642e-5, 20: 1.105e-4, 100: 7.012e-4}
    for ac, value in right.items():
        assert faf(ac, 120_000, 0.95) == pytest.approx(value, rel=5e-4, abs=1e-12)
        assert faf(ac, 120_000, 0.99) <= faf(ac, 120_000, 0.95)


def test_t27__the_upper_bound_when_absent_is_about_three_over_an() -> None:
    from embla.genotypes import af_upper95

    assert af_upper95(120_000) == pytest.approx(2.5e-5, rel=0.01)


def test_t29__grpmax_is_the_group_with_the_highest_af_that_carries_it(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")], region="1081")
    nation.person("B", [block("chr1", 900, 1100)], region="1081")
    nation.person("C", [hom("chr1", 1000, "A", "G")], region="1082")
    nation.person("D", [block("chr1", 900, 1100)], region="1083")
    nation.build()

    count = nation.ask("chr1-1000-A-G", "--by", "region")

    assert "1082" in str(count["grpmax"])


def test_genome__gives_the_calls_back_and_they_count_the_same_again(nation: Nation, tmp_path: Path) -> None:
    nation.person(
        "A",
        [
            het("chr1", 1000, "A", "G"),
            "chr1 2000 A G,T PASS . GT:DP:GQ:AD:PS 1|2:30:60:0,15,15:2000".replace(":PS", "").replace(":2000", ""),
            hom("chrX", 50_000_000, "A", "G"),
        ],
        "XY",
    )
    nation.build()

    assert nation.run("store", "genome", nation.store, "A", "-o", tmp_path / "back.vcf") == 0, nation.err

    lines = [line.split("\t") for line in (tmp_path / "back.vcf").read_text().splitlines() if not line.startswith("#")]
    assert [(f[0], f[1], f[3], f[4], f[9].split(":")[0]) for f in lines] == [
        ("chr1", "1000", "A", "G", "0/1"),
        ("chr1", "2000", "A", "G,T", "1|2"),
        ("chrX", "50000000", "A", "G", "1/1"),
    ]


def test_verify__recounts_from_the_packs_and_finds_a_flipped_byte(nation: Nation) -> None:
    nation.person("A", [het("chr1", 1000, "A", "G")])
    nation.person("B", [hom("chr1", 1000, "A", "G")])
    nation.build()

    assert nation.run("store", "verify", nation.store, "--recount") == 0, nation.err
    victim = max((p for p in (nation.store / "segments").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.chmod(0o644)
    victim.write_bytes(bytes(data))

    assert nation.run("store", "verify", nation.store) == 1
    assert victim.name in nation.err + nation.out
