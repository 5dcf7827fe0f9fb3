"""A stored genome says what its file says: packs keep every line at the listed places."""

import random
from pathlib import Path

import pytest

from embla.genome import GRCH38
from embla.genotypes import Policy, SampleSpec, read_packs, specs_for
from embla.genotypes.files.packdigest import pack_digest
from embla.genotypes.files.packfile import PackFile, encode_pack
from embla.genotypes.reading.keeping import kept_places
from embla.pgx import call_file, release
from embla.pgx.bed import read_listed
from embla.pgx.loading import carried
from embla.pgx.model.lines import Places
from embla.pgx.reading import lines_by_site, read_kept
from embla.pgx.service import call_lines, genes_of
from tests.pgx.files import called, gene, line, names, rows_of, vcf

GVCFS = sorted((Path(__file__).parents[1] / "data" / "gvcf").glob("*.g.vcf.gz"))
GENES = genes_of(release(), None)


def same_as_file(spec: SampleSpec, bed: Path | None = None) -> None:
    pack = next(iter(read_packs([spec], assembly=GRCH38, reference=None, policy=Policy()))).pack
    with encode_pack(pack)[1] as blob:
        stored = PackFile(b"".join(blob.chunks()), "packs/x")
    kept = {contig: stored.kept(contig) for contig in pack.kept}
    lines, listed = read_kept(kept, spec.name, Places(GENES))
    covered = read_listed(bed) if bed else None
    calls = next(one for one in call_file(spec.path, release(), GENES, covered=covered) if one.sample == spec.column)

    for known in GENES:
        assert call_lines(release(), known, lines, None, listed) == calls.calls[known.name], known.name
    assert stored.digest == pack_digest(pack) == pack_digest(stored.pack())


def sorted_rows(*names_: str, told: dict[str, str]) -> list[str]:
    rows = [
        row
        for name in names_
        for row in rows_of(name, {k: v for k, v in told.items() if k in {s.name for s in gene(name).sites}})
    ]
    order = {contig.name: n for n, contig in enumerate(GRCH38.contigs)}
    return sorted(rows, key=lambda row: (order[row.split("\t")[0]], int(row.split("\t")[1])))


@pytest.mark.parametrize("name", carried())
def test_kept_places__hold_every_site_of_every_release_that_is_carried(name: str) -> None:
    for known in release(name).genes.values():
        places = kept_places()[known.contig]
        for site in known.sites:
            assert ((places.starts <= site.pos) & (places.ends >= site.last)).any(), (known.name, site.name)


@pytest.mark.skipif(not GVCFS, reason="the gVCF extracts are not there")
@pytest.mark.parametrize("path", GVCFS[::5], ids=lambda path: path.name.split(".")[0])
def test_stored__a_gvcf_says_out_of_its_pack_what_the_file_says(path: Path) -> None:
    same_as_file(specs_for([path])[0])


def test_stored__a_bare_vcf_keeps_its_reference_lines_of_each_sample(tmp_path: Path) -> None:
    rng = random.Random(8)
    genotypes = ("0/0:30:99:.", "0/1:30:99:.", "0|1:30:99:7", "1|1:25:60:7", "0/0:9:99:.", "./.:30:99:.", "0/.:30:50:.")
    rows = sorted_rows("CYP2C19", "CYP2C9", "TPMT", "UGT1A1", "DPYD", told={})
    rows = [
        "\t".join([*row.split("\t")[:6], rng.choice(["PASS", "PASS", "Low"]), ".", "GT:DP:GQ:PS",
                   *rng.choices(genotypes, weights=(9, 3, 1, 1, 1, 1, 1), k=2)])
        for row in rows
    ]  # fmt: skip
    path = vcf(tmp_path / "a.vcf", rows, samples="S1\tS2")

    for spec in specs_for([path]):
        same_as_file(spec)


def test_stored__what_a_kit_lists_as_callable_is_kept(tmp_path: Path) -> None:
    site = next(one for one in gene("CYP2C9").sites if one.rsid == "rs1057910")
    bed = tmp_path / "kit.bed"
    bed.write_text(f"chr10\t94935000\t{site.pos - 1}\nchr10\t{site.pos}\t94990000\nchr22\t42126000\t42127000\n")
    path = vcf(tmp_path / "a.vcf", sorted_rows("CYP2C19", told={"rs3758581": "1/1"}))

    same_as_file(SampleSpec("S1", path, callability="bed", bed=bed, column="S1"), bed)


def test_stored__a_long_deletion_far_in_front_is_kept(tmp_path: Path) -> None:
    rows = [line("chr10", 94700000, "N", "<DEL>", "0/1").replace("\t.\tGT", "\tSVTYPE=DEL;END=94950000\tGT")]
    rows += sorted_rows("CYP2C19", told={"rs3758581": "1/1"})

    same_as_file(specs_for([vcf(tmp_path / "a.vcf", rows)])[0])
    assert called(tmp_path / "a.vcf", "CYP2C19").status == "refused"


def test_phase__pgt_and_pid_of_gatk_are_phase(tmp_path: Path) -> None:
    def tpmt(first: str, second: str) -> list[str]:
        rows = rows_of("TPMT", {"rs1800460": "0/1", "rs1142345": "0/1"})
        for site, more in (("rs1800460", first), ("rs1142345", second)):
            pos = str(next(one for one in gene("TPMT").sites if one.name == site).pos)
            rows = [row[: row.rindex("GT")] + f"GT:PGT:PID\t0/1:{more}" if f"\t{pos}\t" in row else row for row in rows]
        return names(called(vcf(tmp_path / "a.vcf", rows), "TPMT"))

    assert tpmt("0|1:7_A_C", "0|1:7_A_C") == ["*1/*3A"]
    assert tpmt("0|1:7_A_C", "1|0:7_A_C") == ["*3B/*3C"]
    assert tpmt("0|1:7_A_C", "0|1:9_A_C") == tpmt(".:.", ".:.") == ["*1/*3A", "*3B/*3C"]


def test_reading__a_line_without_gt_says_nothing_of_its_position(tmp_path: Path) -> None:
    rows = [row if "\t94842866\t" not in row else line("chr10", 94842866, "A", "G", "30", keys="DP")
            for row in rows_of("CYP2C19")]  # fmt: skip

    call = called(vcf(tmp_path / "a.vcf", rows), "CYP2C19")

    assert (call.status, call.total - call.assessed) == ("ambiguous", 1)
    assert "rs3758581 (no genotype)" in " ".join(call.reasons)


def test_lines__of_a_block_without_an_end_are_told_at_the_site_they_begin_at() -> None:
    known = gene("CYP2C19")
    site = known.sites[3]
    text = f"chr10\t{site.pos}\t.\t{site.ref[0]}\t<NON_REF>\t.\t.\tEND=.\tGT:DP\t0/0:30\n"

    told = lines_by_site(text.encode(), known)

    assert told[3] == [f"{site.pos} {site.ref[0]}><NON_REF> . GT=0/0 DP=30"]
