"""Traps about copies: T13-T18 of the frequency spec."""

import json

from .conftest import Nation, block, het, hom, numbers, raw

X, PAR_X, Y, PAR_Y = 50_000_000, 20_000, 10_000_000, 20_000


def test_t13__x_outside_par_counts_by_karyotype_and_het_xy_is_missing(nation: Nation) -> None:
    nation.person("F1", [het("chrX", X, "A", "G")])
    nation.person("F2", [block("chrX", X - 50, X + 50)])
    nation.person("M1", [hom("chrX", X, "A", "G")], "XY")
    nation.person("M2", [het("chrX", X, "A", "G")], "XY")
    nation.build()
    said = nation.err

    count = nation.ask(f"chrX-{X}-A-G")

    assert numbers(count) == (2, 5, 1, 0, 1)
    assert raw(count) == (2, 5, 1, 0, 1)
    assert "1" in said and "het" in said


def test_t14__par_is_two_copies_for_everybody(nation: Nation) -> None:
    nation.person("F1", [het("chrX", PAR_X, "A", "G")])
    nation.person("F2", [block("chrX", PAR_X - 50, PAR_X + 50)])
    nation.person("M1", [het("chrX", PAR_X, "A", "G")], "XY")
    nation.person("M2", [block("chrX", PAR_X - 50, PAR_X + 50)], "XY")
    nation.build()

    assert numbers(nation.ask(f"chrX-{PAR_X}-A-G")) == (2, 8, 2, 0, 0)


def test_t15__y_counts_xy_only_and_drops_calls_of_xx(nation: Nation) -> None:
    nation.person("F1", [hom("chrY", Y, "A", "G")])
    nation.person("F2", [block("chrY", Y - 50, Y + 50)])
    nation.person("M1", [hom("chrY", Y, "A", "G")], "XY")
    nation.person("M2", [block("chrY", Y - 50, Y + 50)], "XY")
    nation.build()
    said = nation.err

    count = nation.ask(f"chrY-{Y}-A-G")

    assert numbers(count) == (1, 2, 0, 0, 1)
    assert raw(count) == (1, 2, 0, 0, 1)
    assert "chrY" in said


def test_t16__y_par_records_are_dropped_and_add_says_how_many(nation: Nation) -> None:
    nation.person(
        "M1", [het("chrY", PAR_Y, "A", "G"), het("chrY", PAR_Y + 5, "A", "G"), hom("chrY", Y, "A", "G")], "XY"
    )
    nation.build()

    assert any("PAR" in line and "2" in line for line in nation.err.splitlines())
    assert nation.ask(f"chrY-{PAR_Y}-A-G")["an"] == 0
    assert nation.ask(f"chrY-{Y}-A-G")["ac"] == 1


def test_t17__mitochondria_count_by_heteroplasmy(nation: Nation) -> None:
    nation.person("F1", ["chrM 3000 A G PASS . GT:DP:GQ:AF 0/1:900:60:0.07"])
    nation.person("F2", ["chrM 3000 A G PASS . GT:DP:GQ:AF 1/1:900:60:0.99"])
    nation.person("M1", ["chrM 3000 A G PASS . GT:DP:GQ:AF 1:900:60:1.0"], "XY")
    nation.person("M2", [block("chrM", 2900, 3100, dp=900)], "XY")
    nation.build()

    count = nation.ask("chrM-3000-A-G")

    assert numbers(count) == (2, 4, 0, 2, 0)
    assert count["max_heteroplasmy"] == 1.0


def test_t17__the_thresholds_are_exact(nation: Nation) -> None:
    for name, fraction in {"A": "0.95", "B": "0.949999999", "C": "0.1", "D": "0.0999999999"}.items():
        nation.person(name, [f"chrM 3000 A G PASS . GT:DP:GQ:AF 0/1:900:60:{fraction}"])
    nation.build()

    assert numbers(nation.ask("chrM-3000-A-G")) == (3, 4, 2, 1, 0)


def test_t18__every_karyotype_has_its_copies_and_unknown_is_never_guessed(nation: Nation) -> None:
    for karyotype in ("XX", "XY", "X0", "XXY", "XYY", "unknown"):
        nation.person(
            f"P_{karyotype}",
            [
                block("chr1", 900, 1100),
                block("chrX", PAR_X - 5, PAR_X + 5),
                block("chrX", X - 50, X + 50),
                block("chrY", Y - 50, Y + 50),
            ],
            karyotype,
        )
    nation.build()

    assert nation.ask("chr1-1000-A-G")["an"] == 12
    assert nation.ask(f"chrX-{PAR_X}-A-G")["an"] == 11
    on_x, on_y = nation.ask(f"chrX-{X}-A-G"), nation.ask(f"chrY-{Y}-A-G")
    assert on_x["an"] == 2 + 1 + 1 + 2 + 1
    assert on_y["an"] == 0 + 1 + 0 + 1 + 2
    assert nation.run("store", "stats", nation.store, "--json") == 0
    assert '"unknown": 1' in nation.out or '"unknown":1' in nation.out


def test_t18__unknown_karyotype_is_in_neither_ac_nor_an_of_x(nation: Nation) -> None:
    nation.person("U", [het("chrX", X, "A", "G")], "unknown")
    nation.person("F", [het("chrX", X, "A", "G")], "XX")
    nation.build()

    assert raw(nation.ask(f"chrX-{X}-A-G")) == (1, 2, 1, 0, 0)


def test_haploid_depth__goes_by_karyotype_however_the_gt_is_written(nation: Nation) -> None:
    nation.person("M", [f"chrX {X} A G PASS . GT:DP:GQ:AD 1/1:6:60:0,6"], "XY")
    nation.person("F", [f"chrX {X} A G PASS . GT:DP:GQ:AD 1/1:6:60:0,6"], "XX")
    nation.build()

    count = nation.ask(f"chrX-{X}-A-G")

    assert numbers(count) == (1, 1, 0, 0, 1)
    assert raw(count) == (3, 3, 0, 1, 1)


def test_a_karyotype_the_calls_deny__is_told_of_by_file_and_number_and_no_name(nation: Nation) -> None:
    on_x = [hom("chrX", 5_000_000 + 100 * i, "A", "G") for i in range(120)]
    nation.person("GOOD", on_x, "XY", "assumed")
    nation.vcf("swapped", on_x, samples=["NAMED"])
    nation.rows.append({"sample": "NAMED", "path": "swapped.vcf", "karyotype": "XX", "callability": "assumed"})
    nation.create()

    assert nation.report() == 1
    path = str(nation.folder / "swapped.vcf")
    assert f"{path}: genome 2 of this add: the genome's sex chromosomes are not what was declared" in nation.err
    assert "NAMED" not in nation.err
    assert nation.run("store", "add", nation.store, "--samples", nation.folder / "samples.tsv", "--json") == 1
    told = json.loads(nation.err.splitlines()[-1])
    assert (told["error"], told["index"], told["path"]) == ("Refused", 2, path)
