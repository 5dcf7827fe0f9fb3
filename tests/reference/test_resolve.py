"""Any spelling of a variant comes to one allele, or to a stable reason; on real names of ClinVar, Ensembl and dbSNP."""

import csv
import gzip
import json
import random
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from embla.genome import GRCH38, Variant
from embla.reference import REASONS, ResolvedAllele, Resources, demo_reference_paths, normalise, resolve
from embla.reference.builds import GRCH37
from embla.reference.cli import app

DATA = Path(__file__).parent.parent / "data"
CSTB = "chr21-43774279-GGA-G"
CSTB_NAMES = (
    "21-43774279-GGA-G",
    "chr21:43774279:GGA:G",
    "21-43774278-GGGA-GG",
    "NC_000021.9:43774279:GA:",
    "NC_000021.9:43774279:2:",
    "NC_000021.9:43774279:GAGAGA:GAGA",
    "NC_000021.9:g.43774280_43774281delGA",
    "NC_000021.9:g.43774284_43774285del",
    "chr21:g.43774282_43774283del2",
    "chr21:g.43,774,280_43,774,281del",
    "ENST00000291568.5:c.218_219del",
    "ENST00000291568.5:c.218_219delTC",
    "ENST00000291568.5:c.214_215del",
    "ENST00000291568.5:n.393_394del",
    "ENST00000291568.5(CSTB):c.218_219del (p.Leu73ProfsTer3)",
    "NC_000021.9(ENST00000291568.5):c.218_219del",
    "ENST00000480147.1:n.582_583del",
)


@pytest.fixture(scope="module")
def loaded() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts)


def refused(text: str, loaded: Resources) -> tuple[str, str]:
    """Status and reason of a text that comes to no allele."""
    found = resolve(text, loaded)
    assert found.variant is None and found.vrs_id == "" and found.names is None
    return found.status, found.reason


@pytest.mark.parametrize("text", CSTB_NAMES)
def test_every_spelling_of_the_cstb_deletion__is_one_allele(loaded: Resources, text: str) -> None:
    found, first = resolve(text, loaded), resolve(CSTB_NAMES[0], loaded)

    assert (str(found.variant), found.status, found.submitted) == (CSTB, "resolved", text), found.detail
    assert found.vrs_id == first.vrs_id
    assert re.fullmatch(r"ga4gh:VA\.[\w-]{32}", found.vrs_id)
    assert found.names == first.names


def test_names__stand_by_transcript_with_its_version(loaded: Resources) -> None:
    told = resolve("21-43774279-GGA-G", loaded).tell()["names"]

    assert told == {
        "g": "NC_000021.9:g.43774284_43774285del",
        "ENST00000291568.5": {"c": "c.218_219del", "p": "p.(Leu73ProfsTer3)"},
        "ENST00000480147.1": {"n": "n.582_583del"},
    }


def test_an_insertion_and_a_duplication__at_either_end_of_a_repeat_are_one_allele(loaded: Resources) -> None:
    texts = (
        "NC_000021.9:g.43774280_43774281dup",
        "NC_000021.9:g.43774284_43774285dupGA",
        "NC_000021.9:g.43774279_43774280insGA",
        "NC_000021.9:g.43774285_43774286insGA",
        "NC_000021.9:43774281::GA",
        "ENST00000291568.5:c.218_219dup",
        "ENST00000291568.5:c.213_214insTC",
    )

    found = [resolve(text, loaded) for text in texts]

    assert {one.vrs_id for one in found} == {found[0].vrs_id}
    assert {str(one.variant) for one in found} == {"chr21-43774279-G-GGA"}


@pytest.mark.parametrize(
    "text",
    [
        "ENST00000291568.5:c.121G>A p.V41M",
        "ENST00000291568.5:c.121G>A (p.(V41M))",
        "ENST00000291568.5:C.121g>a (P.Val41Met)",
        "CSTB(ENST00000291568.5):c.121G>A",
        "NC_000021.9(CSTB):c.121G>A",
        "nc_000021.9:G.43774705c>t",
    ],
)
def test_names__letters_of_either_case_and_short_amino_acids_beside_them_say_the_same(
    loaded: Resources, text: str
) -> None:
    found = resolve(text, loaded)

    assert str(found.variant) == "chr21-43774705-C-T", found.detail
    assert not found.method.startswith("vcf")


def test_repeats__are_counted_in_the_direction_of_the_name_on_both_strands(loaded: Resources) -> None:
    told = {text: resolve(text, loaded) for text in (
        "ENST00000291568.5:c.214_219TC[2]", "ENST00000291568.5:c.214TC[2]",  # - strand: what follows lies to the left
        "NC_000021.9:g.43774280_43774285GA[2]", "NC_000021.9:g.43774280GA[2]",
    )}  # fmt: skip

    assert {str(found.variant) for found in told.values()} == {CSTB}
    assert refused("ENST00000291568.5:c.219CT[2]", loaded)[1] == "reference_mismatch"
    assert (
        resolve("ENST00000307301.11:c.768A[3]", loaded).variant
        == resolve("ENST00000307301.11:c.768_769delinsAAA", loaded).variant
    )


@pytest.mark.parametrize("text", ["NC_000021.9:g.43774280_43774281GA[2]", "ENST00000291568.5:c.214_215TC[2]"])
def test_repeats__whose_span_is_one_of_several_units_are_two_alleles_to_choose_from(
    loaded: Resources, text: str
) -> None:
    found = resolve(text, loaded)

    assert (found.status, list(map(str, found.candidates))) == ("ambiguous", ["chr21-43774279-G-GGA", CSTB])


def test_resolve__keeps_neither_personal_numbers_nor_very_long_texts(loaded: Resources) -> None:
    before = set(loaded.known)

    assert resolve("010190-1234", loaded).reason == "personal_number"
    resolve("A" * 9_000, loaded)

    assert set(loaded.known) == before


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [
        ("ENST00000291568.5:c.121C>A", "reference_mismatch", "reference_mismatch"),
        ("NC_000021.9:g.43774705G>A", "reference_mismatch", "reference_mismatch"),
        ("21-43774705-G-A", "reference_mismatch", "reference_mismatch"),
        ("NC_000021.9:43774704:G:A", "reference_mismatch", "reference_mismatch"),
        ("ENST00000291568.5:c.218_219delAG", "reference_mismatch", "reference_mismatch"),
        ("ENST00000291568.4:c.121G>A", "failed", "transcript_not_loaded"),
        ("ENST00000291568.7:c.121G>A", "failed", "transcript_not_loaded"),
        ("NM_000100.3:c.67-1G>C", "failed", "transcript_not_loaded"),
        ("ENST00000291568:c.121G>A", "failed", "version_missing"),
        ("NC_000021.8:g.45194641C>G", "failed", "no_equivalence_loaded"),
        ("NC_000021.8:45194640:C:G", "failed", "no_equivalence_loaded"),
        ("GRCh37:21-45194641-C-G", "failed", "no_equivalence_loaded"),
        ("hg19 chr21:g.45194641C>G", "failed", "no_equivalence_loaded"),
        ("NC_000014.7:g.19993136G>A", "failed", "no_equivalence_loaded"),
        ("NC_000012.12:g.8852296C=", "failed", "reference_not_loaded"),
        ("NC_000021.9:g.1000A>T", "failed", "reference_not_loaded"),
        ("21-1000-A-T", "failed", "reference_not_loaded"),
        ("m.3243A>G", "failed", "reference_not_loaded"),
        ("NC_000021.9:g.46709990A>T", "failed", "outside_contig"),
        ("21-46709990-A-T", "failed", "outside_contig"),
        ("ENST00000291568.5:c.121=", "failed", "reference_allele"),
        ("NC_000021.9:g.43774705C=", "failed", "reference_allele"),
        ("NC_000021.9:g.43774705C>C", "failed", "reference_allele"),
        ("21-43774705-C-C", "failed", "reference_allele"),
        ("ENSP00000284967:p.(Lys315=)", "ambiguous", "several_alleles"),
        ("CSTB p.Val41=", "ambiguous", "several_alleles"),
        ("CSTB p.Val41Val", "ambiguous", "several_alleles"),
        ("CSTB p.Met1=", "failed", "protein_silent"),  # one codon alone means Met
        ("CSTB p.Leu41=", "failed", "amino_acid_mismatch"),
        ("CSTB p.(=)", "failed", "protein_silent"),
        ("CSTB p.?", "failed", "protein_unknown"),
        ("CSTB p.(Met1?)", "failed", "protein_unknown"),
        ("CSTB p.0", "failed", "protein_not_placed"),
        ("ENST00000291568.5:c.298A>G", "failed", "outside_transcript"),
        ("ENST00000291568.5:c.-500A>G", "failed", "outside_transcript"),
        ("ENST00000291568.5:c.*1900A>G", "failed", "outside_transcript"),
        ("ENST00000291568.5:c.66+99999A>G", "failed", "outside_transcript"),
        ("ENST00000291568.5:c.60+1A>G", "failed", "not_at_exon_boundary"),
        ("ENST00000480147.1:c.10A>G", "failed", "not_coding"),
        ("BRCA1:c.1A>G", "failed", "gene_not_loaded"),
        ("ENSP00000000001:p.Val41Met", "failed", "protein_not_loaded"),
        ("ENSP00000291568:p.(Ala41Met)", "failed", "amino_acid_mismatch"),
        ("ENSP00000291568:p.(Leu73ProfsTer3)", "failed", "protein_not_placed"),
        ("ENST00000291568.5(CSTB):c.121G>A (p.Val41Leu)", "failed", "names_disagree"),
        ("ENST00000291568.5(MRPL39):c.121G>A", "failed", "names_disagree"),
        ("CSTB(MRPL39):c.121G>A", "failed", "names_disagree"),
        ("NC_000022.11(ENST00000291568.5):c.121G>A", "failed", "names_disagree"),
        ("CSTB(ENST00000291568.4):c.121G>A", "failed", "transcript_not_loaded"),
        ("CSTB(NM_000100.3):c.121G>A", "failed", "transcript_not_loaded"),
        ("CSTB(ENST00000291568):c.121G>A", "failed", "version_missing"),
        ("ENST00000291568.5:c.121G>A p.V41L", "failed", "names_disagree"),
        ("rs142513484", "failed", "no_rsid_table"),
        ("VCV000008395.1", "failed", "identifier"),
        ("chr21:43774705", "failed", "not_a_variant"),
        ("NC_000021.9:g.43774705", "failed", "not_a_variant"),
        ("21-43774705-C-<DEL>", "failed", "symbolic"),
        ("NC_000021.9:g.(?_43774705)_(43774800_?)del", "failed", "uncertain_position"),
        ("ENST00000291568.5:c.(66+1_67-1)_(168+1_169-1)del", "failed", "uncertain_position"),
        ("ENST00000291568.5:c.[121G>A;122T>A]", "failed", "unsupported"),
        ("ENST00000291568.5:r.121g>a", "failed", "unsupported"),
        ("NC_000021.9:g.43774280_43774281dup2", "failed", "unsupported"),
        ("21-43774705-C-T,G", "ambiguous", "several_alleles"),
        ("MRPL39:p.Ala331Thr", "ambiguous", "several_alleles"),
        ("APP:c.1000del", "ambiguous", "several_alleles"),
        ("hello", "failed", "unreadable"),
        ("", "failed", "empty"),
        ("A" * 20_000, "failed", "too_long"),
    ],
)
def test_what_is_no_allele__says_why(loaded: Resources, text: str, status: str, reason: str) -> None:
    assert refused(text, loaded) == (status, reason)
    assert reason in REASONS
    assert resolve(text, loaded).detail


def test_an_ambiguous_text__gives_the_candidates(loaded: Resources) -> None:
    found = resolve("MRPL39:p.Ala331Thr", loaded)

    assert len(found.candidates) == 4
    assert "chr21-25585733-C-T" in map(str, found.candidates)


def test_a_change_of_protein_that_one_codon_gives__is_that_allele(loaded: Resources) -> None:
    for text in ("ENSP00000291568:p.(Val41Met)", "CSTB p.V41M", "ENST00000291568.5:p.Val41Met"):
        assert str(resolve(text, loaded).variant) == "chr21-43774705-C-T"


def test_a_gene_and_c__are_an_allele_where_the_transcripts_agree(loaded: Resources) -> None:
    found = resolve("CSTB c.121G>A", loaded)

    assert (str(found.variant), found.method) == ("chr21-43774705-C-T", "gene_c")


def test_a_personal_number__is_neither_read_nor_repeated(loaded: Resources) -> None:
    found = resolve("0101901234", loaded)

    assert found.reason == "personal_number"
    assert not re.search(r"\d{3}", json.dumps(found.tell()))


def test_the_132_sites__have_the_names_that_two_tools_agree_on(loaded: Resources) -> None:
    rows = list(csv.DictReader((DATA / "hgvs" / "chr21_132sites_csq_and_hgvs.tsv").open(), delimiter="\t"))
    assert len(rows) == 262

    for row in rows:
        by_place = resolve("-".join((row["chrom"], row["pos"], row["ref"], row["alt"])), loaded)
        by_name = resolve(row["hgvs_c"], loaded)
        assert by_place.names is not None
        names = by_place.names.transcripts[row["transcript"]]
        assert f"{row['transcript']}:{names.c}" == row["hgvs_c"]
        assert names.p == row["hgvs_p"].split(":")[1]
        assert (by_name.variant, by_name.vrs_id) == (by_place.variant, by_place.vrs_id)


def test_the_names_of_the_vep_test_suite__resolve_as_there(loaded: Resources) -> None:
    rows = list(csv.DictReader((DATA / "hgvs" / "vep_testsuite_expected.tsv").open(), delimiter="\t"))
    assert len(rows) == 4

    for row in rows:
        found = resolve(f"{row['transcript']}:{row['hgvs_c']}", loaded)
        assert found.names is not None
        if row["genomic_grch38"]:
            assert found.names.g == row["genomic_grch38"]
        if row["hgvs_p"]:
            p = found.names.transcripts[row["transcript"]].p
            assert p == f"p.({row['hgvs_p'].removeprefix('p.')})"


def test_clinvar_variants_on_the_slice__resolve_from_each_of_their_names() -> None:
    paths = demo_reference_paths()
    table = paths.equivalences
    loaded = Resources.open(paths.fasta, paths.transcripts, equivalences=table)

    for row in csv.DictReader(table.open(), delimiter="\t"):
        names = [row["grch37_g"], row["grch38_g"], row["vcf"], *filter(None, [row["ensembl_on_slice"]])]
        found = [resolve(name, loaded) for name in names]
        assert {(one.status, str(one.variant)) for one in found} == {("resolved", f"chr{row['vcf']}")}
        assert len({one.vrs_id for one in found}) == 1
        assert found[0].method == "equivalence"


def test_the_names_of_clinvar__end_with_the_reason_that_is_theirs(loaded: Resources) -> None:
    names = re.findall(
        r"N[CMR]_\d+\.\d+:[gcnm]\.[^\s;,)]+",
        gzip.decompress((DATA / "hgvs" / "clinvar_g37_g38_c.tsv.gz").read_bytes()).decode(),
    )
    assert len(names) > 15_000
    resolved = 0

    for name in names[::4]:
        found, contig = resolve(name, loaded), name.split(":")[0]
        if not contig.startswith("NC_"):
            assert (found.status, found.reason) == ("failed", "transcript_not_loaded"), name
        elif GRCH38.find(contig) is None:
            assert (found.status, found.reason) == ("failed", "no_equivalence_loaded"), name
        elif found.status == "resolved":
            resolved += 1
            assert contig == "NC_000021.9"
        else:
            assert (found.status, found.reason) == ("failed", "reference_not_loaded"), name
    assert resolved <= 4
    assert GRCH37.find("NC_000021.8")


def _random_variants(loaded: Resources, many: int, seed: int) -> list[Variant]:
    """Alleles of every kind in and beside exons and anywhere in the slice's two windows."""
    rng = random.Random(seed)
    assert loaded.reference is not None and loaded.transcripts is not None
    exons = [block for model in loaded.transcripts for block in model.blocks]
    found: list[Variant] = []
    while len(found) < many:
        if rng.random() < 0.7:
            block = rng.choice(exons)
            start = rng.randrange(block.start - 8, block.end + 8)
        else:
            start = rng.choice((rng.randrange(24_990_000, 26_020_000), rng.randrange(43_760_000, 43_890_000)))
        there = loaded.reference.fetch("chr21", start, start + 8)
        size = rng.randrange(1, 7)
        new = "".join(rng.choice("ACGT") for _ in range(size))
        ref, alt = rng.choice(
            (
                (there[0], new[0]),
                (there[: size + 1], there[0]),
                (there[0], there[0] + new),
                (there[0], there[: size + 1]),
                (there[:size], new),
            )
        )
        if ref != alt and "N" not in there:
            found.append(normalise(Variant("chr21", start + 1, ref, alt), loaded.reference).variant)
    return found


def _comes_back(variant: Variant, loaded: Resources) -> int:
    """How many names of the variant there are; each must lead back to it, or say why it is none."""
    there = resolve(str(variant), loaded)
    if there.status == "failed":
        assert there.reason == "reference_not_loaded"
        return 0
    assert there.variant == variant and there.names is not None
    names = [there.names.g]
    for transcript, one in there.names.transcripts.items():
        if one.reason:
            assert one.reason in ("beyond_transcript", "alignment_gap") and not one.c and not one.n
        else:
            names.append(f"{transcript}:{one.c or one.n}")
            assert one.n or one.p or one.p_reason
    for name in names:
        back: ResolvedAllele = resolve(name, loaded)
        assert (back.status, back.variant, back.vrs_id) == ("resolved", variant, there.vrs_id), (name, back.detail)
    return len(names)


def test_random_variants__go_to_every_transcript_and_come_back(loaded: Resources) -> None:
    assert sum(_comes_back(variant, loaded) for variant in _random_variants(loaded, 200, seed=7)) > 400


@pytest.mark.deep
def test_20_000_random_variants__go_to_every_transcript_and_come_back(loaded: Resources) -> None:
    assert sum(_comes_back(variant, loaded) for variant in _random_variants(loaded, 20_000, seed=38)) > 40_000


def test_the_command__answers_each_text_in_order_and_exits_0(loaded: Resources, tmp_path: Path) -> None:
    cdot = tmp_path / "plain.json"
    cdot.write_bytes(gzip.decompress(demo_reference_paths().transcripts.read_bytes()))
    texts = ["ENST00000291568.5:c.121G>A", "", "nonsense", "21-43774279-GGA-G"]

    run = CliRunner().invoke(
        app,
        ["resolve", "--stdin", "--json", "--reference", str(demo_reference_paths().fasta), "--transcripts", str(cdot)],
        input="\n".join(texts) + "\n",
    )

    assert run.exit_code == 0, run.output
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    assert [row["submitted"] for row in rows] == texts
    assert [row["status"] for row in rows] == ["resolved", "failed", "failed", "resolved"]
    assert {*rows[0]} >= {"submitted", "status", "variant", "vrs_id", "names", "method", "reason"}
    assert all(row["reason"] for row in rows if row["status"] != "resolved")


@pytest.mark.parametrize("name", ["21", "chr21", "NC_000021.9"])
def test_a_plain_fasta__may_call_its_contig_by_any_name(tmp_path: Path, name: str, loaded: Resources) -> None:
    assert loaded.reference is not None
    fasta = tmp_path / "plain.fa"
    bases = "N" * 1_000 + "ACGTTTGCA" + "N" * 1_000  # a contig may be cut short
    fasta.write_text(f">{name}\n{bases}\n")

    found = resolve("21-1005-T-A", Resources.open(fasta))

    assert found.status == "resolved", found.detail
    assert found.names is not None and found.names.g == "NC_000021.9:g.1005T>A"
    assert resolve("ENST00000291568.5:c.121G>A", Resources.open(fasta)).reason == "transcript_not_loaded"


def test_names__are_those_of_hgvs_but_for_its_own_ways_beside_introns(loaded: Resources) -> None:
    """names_by_hgvs.tsv.gz: hgvs 1.5.7 with cdot 0.2.33, 7,649 names of 2,600 random alleles."""
    text = gzip.decompress((DATA / "hgvs" / "names_by_hgvs.tsv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))[::12]
    proteins = same = 0

    for row in rows:
        found = resolve(row["variant"], loaded)
        assert found.names is not None and found.names.g == row["g"]
        names = found.names.transcripts[row["transcript"]]
        ours = names.c or names.n or ""
        if ours != row["name"]:
            # hgvs does not move an allele in introns of the - strand, nor over the end of an exon: still one allele
            assert re.search(r"\d[+-]\d", ours + row["name"]) or ours.startswith("c.-"), row
            assert resolve(f"{row['transcript']}:{row['name']}", loaded).variant == found.variant
            continue
        same += 1
        if row["p"].startswith("!"):  # hgvs refuses coding sequences that are cut
            assert names.p is None and names.p_reason == "incomplete_cds"
        elif row["p"] and "Met1?" not in row["p"] and "Ter109Ter" not in row["p"]:
            proteins += 1
            assert names.p == row["p"], row
    assert (len(rows), same > 0.9 * len(rows), proteins > 0.5 * len(rows)) == (638, True, True)


def test_text_of_any_kind__is_answered_and_never_raises(loaded: Resources) -> None:
    rng = random.Random(3)
    pieces = [
        *CSTB_NAMES,
        "rs1",
        "c.",
        "(",
        ")",
        "_",
        "*",
        "?",
        "p.(",
        "del",
        "ins",
        "dup",
        ":",
        " ",
        "1e9",
        "\x00",
        "²",
        "=",
        "é",
    ]

    for _ in range(1_500):
        parts = [rng.choice(pieces) for _ in range(rng.randrange(1, 4))]
        text = "".join(part[rng.randrange(len(part)) :] for part in parts)
        found = resolve(text, loaded)
        assert found.submitted == text or found.reason == "personal_number"
        assert (found.status == "resolved") == (found.reason == "") == (found.variant is not None)
        assert found.status == "resolved" or found.reason in REASONS
        json.dumps(found.tell())


def test_valid_and_rejected_forms_of_the_hgvs_grammar__are_read_or_refused_with_a_reason(loaded: Resources) -> None:
    for name in ("gauntlet", "reject"):
        for line in (DATA / "hgvs" / name).read_text().splitlines():
            for text in re.findall(r"\b[A-Z]{2}_\d+\.\d+:[cgmnpr]\.\S+", line):
                status, reason = refused(text, loaded)
                assert (status, reason in REASONS) == ("failed", True)
