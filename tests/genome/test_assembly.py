"""GRCh38 under every name, and which build a header speaks of."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest

from embla.errors import BadInput, UnknownContig
from embla.genome import GRCH38
from embla.genome.contig import NAMES, builds, other_lengths

# UCSC hg38.chrom.sizes and NCBI GCF_000001405.40 assembly report, typed apart from the table under test
PUBLISHED = {
    "chr1": (248_956_422, "NC_000001.11", "CM000663.2"),
    "chr17": (83_257_441, "NC_000017.11", "CM000679.2"),
    "chr21": (46_709_983, "NC_000021.9", "CM000683.2"),
    "chrX": (156_040_895, "NC_000023.11", "CM000685.2"),
    "chrY": (57_227_415, "NC_000024.10", "CM000686.2"),
    "chrM": (16_569, "NC_012920.1", "J01415.2"),
}


def header(build: str, *, style: str = "chr") -> dict[str, int | None]:
    return {
        name if style == "chr" else name.removeprefix("chr"): length for name, (length, _, _) in builds()[build].items()
    }


def test_contigs__are_the_25_in_order() -> None:
    assert tuple(contig.name for contig in GRCH38.contigs) == NAMES
    assert [contig.index for contig in GRCH38.contigs] == list(range(25))
    assert [contig.kind for contig in GRCH38.contigs[21:]] == ["autosome", "X", "Y", "M"]


def test_contigs__add_up_to_the_size_of_the_primary_assembly() -> None:
    # GRCh38 chromosomes 1-22, X, Y: 3,088,269,832 bases (NCBI assembly report); chrM is apart
    assert sum(contig.length for contig in GRCH38.contigs[:24]) == 3_088_269_832


def test_other_builds__add_up_to_their_published_sizes() -> None:
    total = {build: sum(row[0] for name, row in rows.items() if name != "chrM") for build, rows in builds().items()}

    assert total["GRCh37"] == 3_095_677_412
    assert total["NCBI36"] == 3_080_419_480
    assert total["T2T-CHM13"] == 3_117_275_501


@pytest.mark.parametrize("name", PUBLISHED)
def test_contig__has_the_published_length_and_accessions(name: str) -> None:
    length, refseq, genbank = PUBLISHED[name]

    contig = GRCH38.contig(name)

    assert (contig.length, contig.accession) == (length, refseq)
    assert genbank in contig.aliases


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("1", "chr1"), ("chr1", "chr1"), ("Chr1", "chr1"), ("CHR1", "chr1"), ("x", "chrX"), ("chrx", "chrX"),
        ("NC_000021.9", "chr21"), ("nc_000021.9", "chr21"), ("CM000683.2", "chr21"), ("M", "chrM"), ("MT", "chrM"),
        ("mt", "chrM"), ("chrMT", "chrM"), ("NC_012920.1", "chrM"), ("J01415.2", "chrM"), ("NC_000024.10", "chrY"),
    ],
)  # fmt: skip
def test_contig__is_found_under_every_spelling(spelling: str, name: str) -> None:
    assert GRCH38.contig(spelling).name == name


@pytest.mark.parametrize(
    "name", ["chr23", "0", "", "chr", "chr01", "25", "W", "chr1 ", "NC_000025.1", "\x00", "chr1\n"]
)
def test_contig__refuses_what_is_no_contig(name: str) -> None:
    assert GRCH38.find(name) is None
    with pytest.raises(UnknownContig, match=r"Known: chr1-chr22, chrX, chrY, chrM\."):
        GRCH38.contig(name)


@pytest.mark.parametrize(
    ("name", "build"),
    [("NC_000017.10", "GRCh37"), ("CM000679.1", "GRCh37"), ("NC_000017.9", "NCBI36"), ("NC_060941.1", "T2T-CHM13")],
)
def test_contig__names_the_build_of_another_builds_accession(name: str, build: str) -> None:
    with pytest.raises(UnknownContig, match=rf"chr17 of {build}; this database is GRCh38, where it is NC_000017\.11"):
        GRCH38.contig(name)


def test_contig__asks_for_the_version_of_an_accession() -> None:
    with pytest.raises(UnknownContig, match="has no version"):
        GRCH38.contig("NC_000017")


def test_contig__keeps_a_hostile_name_short_and_printable() -> None:
    with pytest.raises(UnknownContig) as caught:
        GRCH38.contig("\x1b[31m" + "A" * 100_000)

    assert len(str(caught.value)) < 200
    assert "\x1b" not in str(caught.value)


def test_other_contigs__are_the_170_of_the_analysis_set_without_alts() -> None:
    names = other_lengths()

    assert len(names) == 42 + 127 + 1
    # NCBI GCA_000001405.15: the primary assembly unit is 3,099,734,149 bases
    nuclear = sum(contig.length for contig in GRCH38.contigs if contig.kind != "M")
    assert nuclear + sum(length for name, length in names.items() if name != "chrEBV") == 3_099_734_149
    assert names["chrEBV"] == 171_823


@pytest.mark.parametrize(
    ("name", "length"),
    [
        ("chr1_KI270706v1_random", 175_055), ("KI270706.1", 175_055), ("chrUn_GL000218v1", 161_147),
        ("GL000194.1", 191_469), ("GL000009.2", 201_709), ("chrEBV", 171_823), ("chr1_KI270762v1_alt", None),
        ("chr5_GL339449v2_alt", None), ("chrUn_KN707606v1_decoy", None), ("chrUn_JTFH01000001v1_decoy", None),
        ("HLA-A*01:01:01:01", None), ("HLA-DRB1*15:03:01:01", None), ("HLA-C*04:09N", None),
        ("chr1_KN196472v1_fix", None),
        ("KI270938.1", None), ("GL383545.1", None), ("CHR_HSCHR6_MHC_COX_CTG1", None), ("HPV16", None),
        ("NT_187361.1", None),
        ("NW_009646201.1", None),
    ],
)  # fmt: skip
def test_other_contigs__are_known_by_name_and_where_possible_by_length(name: str, length: int | None) -> None:
    assert GRCH38.is_other(name)
    assert GRCH38.other_length(name) == length
    with pytest.raises(UnknownContig, match="outside 1-22, X, Y, M"):
        GRCH38.contig(name)


@pytest.mark.parametrize(
    "name", ["GL000192.1", "hs37d5", "chr6_cox_hap2", "chrUn_gl000211", "chr1", "MT", "contig_1", "HLA-", "chrUn_"]
)
def test_other_contigs__are_not_those_of_other_builds(name: str) -> None:
    assert not GRCH38.is_other(name)


@pytest.mark.parametrize("build", ["GRCh38", "GRCh37", "NCBI36", "T2T-CHM13"])
@pytest.mark.parametrize("style", ["chr", "bare"])
def test_recognise__names_every_build_by_its_lengths(build: str, style: str) -> None:
    assert GRCH38.recognise(header(build, style=style)) == build


@pytest.mark.parametrize("build", ["GRCh38", "GRCh37", "NCBI36", "T2T-CHM13"])
def test_recognise__needs_one_contig_only(build: str) -> None:
    for name, length in header(build).items():
        if name != "chrM":
            assert GRCH38.recognise({name: length}) == build, name


def test_recognise__knows_accessions_without_lengths() -> None:
    assert GRCH38.recognise({"NC_000017.10": None}) == "GRCh37"
    assert GRCH38.recognise({"NC_000017.11": None}) == "GRCh38"


@pytest.mark.parametrize("contigs", [{}, {"chr1": None}, {"chrM": 16_569}, {"chr1": 1_000}, {"contig_1": 248_956_422}])
def test_recognise__says_none_where_nothing_speaks(contigs: dict[str, int | None]) -> None:
    assert GRCH38.recognise(contigs) is None


def test_recognise__takes_the_mitochondrion_of_ucsc_hg19_for_grch37() -> None:
    assert GRCH38.recognise({"chrM": 16_571}) == "GRCh37"


def test_check_header__passes_grch38_with_its_other_contigs_and_without_lengths() -> None:
    GRCH38.check_header(
        header("GRCh38") | other_lengths() | {"HLA-A*01:01:01:01": 3_503, "chr1_KI270762v1_alt": 354_444}
    )
    GRCH38.check_header({"1": None, "MT": None})
    GRCH38.check_header({})


def test_check_header__refuses_grch37_and_says_so_with_both_lengths() -> None:
    with pytest.raises(BadInput) as caught:
        GRCH38.check_header(header("GRCh37", style="bare"), path="a.vcf.gz")

    text = str(caught.value)
    assert text.startswith("a.vcf.gz: contig 1 has 249,250,621 bases, not the 248,956,422 of GRCh38.")
    assert "This is a GRCh37 file. Lift it over to GRCh38" in text
    assert caught.value.facts["build"] == "GRCh37"


def test_check_header__refuses_one_wrong_length_among_right_ones() -> None:
    with pytest.raises(
        BadInput, match=r"contig chr21 has 46,709,984 bases, not the 46,709,983 of GRCh38\. Check which"
    ):
        GRCH38.check_header(header("GRCh38") | {"chr21": 46_709_984})


def test_check_header__refuses_a_contig_that_grch38_does_not_have() -> None:
    with pytest.raises(UnknownContig, match="names contig 'GL000192.1', which GRCh38 does not have"):
        GRCH38.check_header(header("GRCh38") | {"GL000192.1": 547_496})


def test_check_header__refuses_another_length_of_an_analysis_set_contig() -> None:
    with pytest.raises(BadInput, match="not the 175,055 of GRCh38"):
        GRCH38.check_header({"chr1_KI270706v1_random": 175_056})


def test_check_header__refuses_the_other_mitochondrion() -> None:
    with pytest.raises(BadInput, match="chrM has 16,571 bases, not the 16,569"):
        GRCH38.check_header(header("GRCh38") | {"chrM": 16_571})


def test_assembly__can_travel_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(GRCH38))

    assert again == GRCH38
    assert again.contig("MT") == GRCH38.contig("chrM")


def test_assembly__is_safe_between_threads() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: GRCH38.piece_at("chrX", 10_001).kind, range(200))) == {"par_x"}
