"""Every form that people paste, one normal form; and nothing but BadInput for the rest."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, UnknownContig
from embla.genome import Place, Region, Variant
from embla.reference import Reference, demo_reference_paths, forms, parse
from embla.reference.clean import MAX_TEXT

EXAMPLES = [(text, answer) for form in forms() for text, answer in form.examples]
BRCA1 = "chr17-43045712-T-C"


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.open(demo_reference_paths().fasta)


def reason(text: str, reference: Reference | None = None) -> str:
    """Why a text is refused."""
    with pytest.raises(BadInput) as caught:
        parse(text, reference)
    return str(caught.value.facts["reason"])


@pytest.mark.parametrize(("text", "answer"), EXAMPLES)
def test_every_example_of_the_help__is_read_as_it_says(reference: Reference, text: str, answer: str) -> None:
    assert str(parse(text, reference)) == answer


def test_forms__have_a_name_a_meaning_and_an_example() -> None:
    assert len({form.name for form in forms()}) == len(forms())
    assert all(form.meaning and form.example for form in forms())


@pytest.mark.parametrize(
    "text",
    [
        "chr17-43045712-T-C", "17-43045712-T-C", "17:43,045,712:T:C", "17:43.045.712:T:C", "chr17:43045712 T>C",
        "chr17:43045712T>C", "chr17:43045712T/C", "chr17:43045712 T/C", "17:43045712:T>C", "chr17 43045712 T C",
        "17\t43045712\tT\tC", "17_43045712_T_C", "17,43045712,T,C", "17:43045712|T|C", "NC_000017.11:43045711:T:C",
        "nc_000017.11:43045711:t:c", "CM000679.2:43045711:T:C", "NC_000017.11:g.43045712T>C",
        "NC_000017.11:g.43,045,712T>C", "NC_000017.11(BRCA1):g.43045712T>C", "NC_000017.11:g.43045712 T > C",
        "chr17:g.43045712T>C", "17:g.43045712T>C", "NC_000017.11-43045712-T-C",
        "17\t43045712\t.\tT\tC", "17\t43045712\trs80357906\tT\tC\t50\tPASS\tAC=1;AN=2\tGT:DP\t0/1:30",
        "17 43045712 rs80357906 T C 50 PASS .", "chr17\t43045712\t.\tT\tC,<NON_REF>\t.\t.\t.",
        "17\t43045712\t.\tT\tC,*",
        "17–43045712–T–C", "17—43045712—T—C", "17−43045712−T−C", "chr17:43045712 T→C", "chr17:43045712 T&gt;C",
        "chr17:43 045 712 T>C", "chr17:43\u202f045\u202f712\u00a0T>C", "chr17:43'045'712 T>C", "chr17:43’045’712 T>C",
        "\u200bchr17\u200b-43045712\u2060-T-C\ufeff", "  chr17-43045712-T-C  \n", "\"chr17-43045712-T-C\"",
        "'chr17-43045712-T-C'", "“chr17-43045712-T-C”", "chr17-43045712-T-C.", "chr17-43045712-T-C,",
        "CHR17-43045712-t-c",
        "Chr17:43045712 t>c", "chr 17:43045712 T>C", "Chromosome 17: 43,045,712 T>C", "chromosome17:43045712T>C",
        "GRCh38:17:43045712:T:C", "hg38 chr17:43045712 T>C", "hg38-17-43045712-T-C", "chr17-43045712-T-C (GRCh38)",
        "17-43045712-T-C [hg38]", "GRCh38.p14 chr17:43045712T>C", "17-43045712-T-C hg38", "１７-43045712-T-C",
        "17:٤٣٠٤٥٧١٢:T:C", "chr17 : 43045712 : T : C", "17 - 43045712 - T - C", "#comment\nchr17-43045712-T-C\n",
        "##fileformat=VCFv4.2\n#CHROM\tPOS\n17\t43045712\t.\tT\tC\t.\t.\t.\n", "17-43045712-T-C\r\n",
    ],
)  # fmt: skip
def test_parse__reads_every_spelling_of_one_variant(text: str) -> None:
    asked = parse(text)

    assert isinstance(asked, Variant)
    assert str(asked) == BRCA1


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("17:43044295-43125364", "chr17:43044295-43125364"),
        ("chr17:43,044,295-43,125,364", "chr17:43044295-43125364"),
        ("17:43.044.295–43.125.364", "chr17:43044295-43125364"),
        ("17:43 044 295 - 43 125 364", "chr17:43044295-43125364"),
        ("17-43044295-43125364", "chr17:43044295-43125364"),
        ("17:43044295..43125364", "chr17:43044295-43125364"),
        ("17:43044295_43125364", "chr17:43044295-43125364"),
        ("17:43044295-43125364:-1", "chr17:43044295-43125364"),
        ("17 43044295 43125364", "chr17:43044295-43125364"),
        ("chr17 43044295-43125364", "chr17:43044295-43125364"),
        ("NC_000017.11:g.43044295_43125364", "chr17:43044295-43125364"),
        ("chr17\t43044294\t43125364", "chr17:43044295-43125364"),
        ("chr17\t43044294\t43125364\tBRCA1\t0\t-", "chr17:43044295-43125364"),
        ("Chromosome 17: 43,044,295-43,125,364", "chr17:43044295-43125364"),
        ("chr17:100-100", "chr17:100-100"),
        ("chr17", "chr17:1-83257441"),
        ("chrMT", "chrM:1-16569"),
        ("CM000679.2", "chr17:1-83257441"),
        ("17:43045712", "chr17:43045712"),
        ("17-43045712", "chr17:43045712"),
        ("chr17 43045712", "chr17:43045712"),
        ("chr17:g.43045712", "chr17:43045712"),
        ("17:43,045,712", "chr17:43045712"),
        ("17:43 045 712", "chr17:43045712"),
        ("NC_012920.1:m.3243", "chrM:3243"),
        ("X:2,781,479", "chrX:2781479"),
    ],
)  # fmt: skip
def test_parse__reads_places_and_regions(text: str, answer: str) -> None:
    assert str(parse(text)) == answer


@pytest.mark.parametrize(
    ("text", "alt"),
    [
        ("chr1-1000-A-<DEL>", "<DEL>"), ("1:1000:A:<del>", "<DEL>"),
        ("1\t1000\t.\tA\t<DUP:TANDEM>\t.\tPASS\tEND=2000", "<DUP:TANDEM>"),
        ("1\t1000\t.\tA\tA[chr2:500[\t.\t.\t.", "A[chr2:500["), ("1\t1000\t.\tA\t]chr2:500]A\t.\t.\t.", "]chr2:500]A"),
    ],
)  # fmt: skip
def test_parse__reads_symbolic_alts(text: str, alt: str) -> None:
    asked = parse(text)

    assert isinstance(asked, Variant)
    assert (asked.contig, asked.pos, asked.ref, asked.alt) == ("chr1", 1000, "A", alt)
    assert asked.is_symbolic


# 25,585,656 TTTAAATTTTAGAAAGTT on chr21; and (CAG)4 at 25,025,088
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("NC_000021.9:g.25585661_25585662del", "chr21-25585660-ATT-A"),
        ("NC_000021.9:g.25585662_25585663del", "chr21-25585660-ATT-A"),
        ("NC_000021.9:g.25585661_25585662delTT", "chr21-25585660-ATT-A"),
        ("NC_000021.9:g.25585661_25585662del2", "chr21-25585660-ATT-A"),
        ("NC_000021.9:g.25585663del", "chr21-25585660-AT-A"),
        ("NC_000021.9:g.25585663dup", "chr21-25585660-A-AT"),
        ("NC_000021.9:g.25585663dupT", "chr21-25585660-A-AT"),
        ("NC_000021.9:g.25585661_25585662dup", "chr21-25585660-A-ATT"),
        ("NC_000021.9:g.25585663_25585664insT", "chr21-25585660-A-AT"),
        ("NC_000021.9:g.25585660_25585661insG", "chr21-25585660-A-AG"),
        ("NC_000021.9:g.25585660_25585662delinsGC", "chr21-25585660-ATT-GC"),
        ("NC_000021.9:g.25585660_25585661delinsGC", "chr21-25585660-AT-GC"),
        ("NC_000021.9:g.25585660delAinsGC", "chr21-25585660-A-GC"),
        ("NC_000021.9:g.25585660_25585661AT>GC", "chr21-25585660-AT-GC"),
        ("NC_000021.9:g.25585659_25585660inv", "chr21-25585659-TA-TA"),
        ("NC_000021.9:g.25585658_25585660inv", "chr21-25585658-ATA-TAT"),
        ("NC_000021.9:g.25025088_25025099CAG[5]", "chr21-25025087-C-CCAG"),
        ("NC_000021.9:g.25025088_25025099CAG[2]", "chr21-25025087-CCAGCAG-C"),
        ("NC_000021.9:g.25025088CAG[5]", "chr21-25025087-C-CCAG"),
        ("NC_000021.9:25585660:TT:", "chr21-25585660-ATT-A"),
        ("NC_000021.9:25585660:2:", "chr21-25585660-ATT-A"),
        ("NC_000021.9:25585660::TT", "chr21-25585660-A-ATT"),
        ("NC_000021.9:25585660:TTT:TTTTT", "chr21-25585660-A-ATT"),
        ("NC_000021.9:25585660:3:TTTTT", "chr21-25585660-A-ATT"),
        ("chr21-25585660-ATT-A", "chr21-25585660-ATT-A"),
        ("chr21-25585661-TTT-T", "chr21-25585660-ATT-A"),
        ("chr21:25585733 C>T", "chr21-25585733-C-T"),
    ],
)  # fmt: skip
def test_parse__brings_indels_of_every_form_to_one_normal_form(reference: Reference, text: str, answer: str) -> None:
    if answer == "chr21-25585659-TA-TA":  # its own reverse complement: nothing changes
        assert reason(text, reference) == "no variant"
        return
    assert str(parse(text, reference)) == answer


def test_parse__of_what_it_writes_is_the_same_again(reference: Reference) -> None:
    for text, _ in EXAMPLES:
        asked = parse(text, reference)

        assert parse(str(asked), reference) == asked


def test_notes__say_what_was_changed(reference: Reference) -> None:
    asked = parse("NC_000021.9:25585661:TT:", reference)

    assert asked.notes == (
        "NC_000021.9 is chr21 of GRCh38.",
        "Read as SPDI, whose position is 0-based: 25,585,661 there is base 25,585,662 in VCF.",
        "Left-aligned from chr21-25585661-TTT-T.",
    )


def test_notes__are_empty_where_nothing_was_changed(reference: Reference) -> None:
    for text in ("chr21-25585733-C-T", "chr21:25585733", "chr21:25585656-25607517"):
        assert parse(text, reference).notes == ()


def test_notes__say_that_ref_is_unchecked(reference: Reference) -> None:
    assert parse("chr17-43045712-T-C").notes == ("REF is unchecked: no reference is loaded.",)
    assert parse("chr21-100-A-C", reference).notes == (
        "REF is unchecked: the reference has no known base at chr21:100.",
    )


def test_notes__say_that_a_bed_line_starts_at_0() -> None:
    assert "0-based" in parse("chr17\t99\t200").notes[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"), ("   \t \n", "empty"), ("\u200b\ufeff", "empty"), ("#CHROM\tPOS", "empty"), ('"', "empty"),
        ("...", "unknown"),
        ("chr1-1-A-C\nchr1-2-A-C", "lines"), ("x" * (MAX_TEXT + 1), "length"), ("chr1-1-A-" + "C" * 6000, "length"),
        ("NC_000017.10:g.43045712T>C", "build"), ("NC_000017.10:43045711:T:C", "build"), ("CM000679.1:100", "build"),
        ("hg19 chr17:43045712 T>C", "build"), ("GRCh37:17:43045712:T:C", "build"), ("17-43045712-T-C (hg19)", "build"),
        ("b37-17-43045712-T-C", "build"), ("T2T-CHM13 chr17:43045712", "build"), ("hs1:chr17:43045712", "build"),
        ("NC_060941.1:g.100A>C", "build"), ("17-43045712-T-C hg19", "build"), ("NCBI36 17:100", "build"),
        ("NC_000017:g.43045712T>C", "contig"), ("chr23-100-A-C", "contig"), ("25:100", "contig"),
        ("chr1_KI270706v1_random:100", "contig"),
        ("NC_000025.1:g.100A>C", "contig"), ("GL000192.1:100", "contig"), ("chrFoo", "unknown"),
        ("chr21-46709984-A-C", "outside"), ("chr21-0-A-C", "outside"), ("chr21:0", "outside"),
        ("chr21:46709984", "outside"),
        ("chr21:1-46709984", "outside"), ("chr21:0-5", "outside"), ("chrM-16569-GA-G", "outside"),
        ("NC_000021.9:g.46709984del", "outside"),
        ("NC_000021.9:46709983:A:C", "outside"), ("chr1-999999999999-A-C", "outside"), ("chr21\t5\t5", "region"),
        ("chr21:200-100", "region"), ("NC_000021.9:g.200_100del", "region"), ("17:43045712-43045711", "region"),
        ("17 43045712 rs1 T A,C", "choices"), ("chr17-43045712-T-A,C", "choices"),
        ("17\t43045712\t.\tT\t.\t.\t.", "no variant"), ("17\t43045712\t.\tT\t<NON_REF>", "no variant"),
        ("17-43045712-T-T", "no variant"),
        ("17\t43045712\t.\tT\t*", "no variant"), ("NC_000017.11:g.43045712=", "no variant"),
        ("NC_000017.11:g.43045712T=", "no variant"),
        ("NC_000017.11:43045711:T:T", "no variant"), ("NC_000017.11:43045711::", "no variant"),
        ("17-43045712--A", "empty allele"), ("17-43045712-A--", "empty allele"), ("17:43045712:A:", "empty allele"),
        ("17:43045712::A", "empty allele"),
        ("17\t43045712\t.\tR\tA", "bases"), ("NC_000017.11:g.100_101insN[5]", "syntax"),
        ("NC_000017.11:g.100ins", "syntax"),
        ("NC_000017.11:g.100_102insA", "syntax"), ("NC_000017.11:g.100insA", "syntax"),
        ("NC_000017.11:g.(100_200)del", "syntax"),
        ("NC_000017.11:g.100_101delA", "syntax"), ("NC_000017.11:g.100_104del3", "syntax"),
        ("NC_000017.11:g.100_101A>C", "syntax"),
        ("NC_000017.11:m.100A>C", "syntax"), ("NC_000017.11:g.100_101dupACinsT", "syntax"),
        ("NC_000017.11:g.100_101delins", "syntax"),
        ("NC_000017.11:g.100_101ins5", "syntax"), ("NC_000017.11:g.?", "syntax"), ("NC_000017.11:g.", "unknown"),
        ("NC_000017.11:g.100del", "needs reference"), ("NC_000017.11:g.100delA", "needs reference"),
        ("NC_000017.11:g.100dup", "needs reference"),
        ("NC_000017.11:99:A:", "needs reference"), ("NC_000017.11:99:1:C", "needs reference"),
        ("NC_000017.11:g.100_101insA", "needs reference"),
        ("rs80357906", "id"), ("CA003469", "id"), ("VCV000055577.1", "id"),
        ("ga4gh:VA.F5ZXw4jWqDEIbHsKPmJLZVYQf", "id"), ("ClinVar 55577", "id"),
        ("NM_007294.4:c.5503C>T", "transcript"), ("BRCA1:c.5503C>T", "transcript"), ("c.5503C>T", "transcript"),
        ("p.Arg1835Ter", "transcript"),
        ("ENST00000357654.9:c.5503C>T", "transcript"), ("NP_009225.1:p.(Arg1835Ter)", "transcript"),
        ("NR_000001.1:n.5A>C", "transcript"),
        ("BRCA1", "unknown"), ("17", "unknown"), ("X", "unknown"), ("hello world", "unknown"),
        ("g.100A>C", "unknown"), ("17:", "unknown"),
        ("17:100 200", "unknown"), ("17 100 A C G", "unknown"), ("chr17-abc-A-C", "unknown"),
        ("BRCA1:100", "unknown"), ("17:1e6", "unknown"),
        ("'; DROP TABLE variants; --", "unknown"), ("<script>alert(1)</script>", "unknown"), ("{{7*7}}", "unknown"),
        ("17:-5", "unknown"),
    ],
)  # fmt: skip
def test_parse__refuses_the_rest_and_says_why(text: str, why: str) -> None:
    assert reason(text) == why


def test_several_alts__come_back_as_choices_and_are_never_picked_from() -> None:
    with pytest.raises(BadInput) as caught:
        parse("17\t43045712\t.\tT\tA,C,<NON_REF>,*")

    assert caught.value.facts["choices"] == (Variant("chr17", 43045712, "T", "A"), Variant("chr17", 43045712, "T", "C"))
    assert "chr17-43045712-T-A, chr17-43045712-T-C" in str(caught.value)


def test_repeats__whose_span_is_one_of_several_units_come_back_as_choices(reference: Reference) -> None:
    with pytest.raises(BadInput) as caught:
        parse("NC_000021.9:g.25025088_25025090CAG[3]", reference)

    assert list(map(str, caught.value.facts["choices"])) == ["chr21-25025087-C-CCAGCAG", "chr21-25025087-CCAG-C"]


def test_parse__says_what_the_reference_has_where_ref_differs(reference: Reference) -> None:
    with pytest.raises(
        BadInput, match=r"chr21:25585733: the reference \(GRCh38\) has C here, not A\..*GRCh37"
    ) as caught:
        parse("chr21-25585733-A-G", reference)

    assert caught.value.facts["reason"] == "reference"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("21-25585733-A-T", ["chr21-25585733-C-T", "chr21:25585733"]),
        ("NC_000021.9:g.25585733A>T", ["chr21-25585733-C-T", "chr21:25585733"]),
        ("21-25585733-T-C", ["chr21-25585733-C-T", "chr21:25585733"]),
        ("21-25585733-G-A", ["chr21-25585733-C-T", "chr21-25585733-C-A", "chr21:25585733"]),
        ("21-25585733-A-<DEL>", ["chr21-25585733-C-<DEL>", "chr21:25585733"]),
        ("21-25585661-" + "C" * 30 + "-C", []),
    ],
)
def test_a_base_that_the_reference_has_not__comes_with_what_may_be_meant(
    reference: Reference, text: str, meant: list[str]
) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, reference)

    assert list(map(str, caught.value.facts["choices"])) == meant
    assert all(one in caught.value.mend for one in meant)


def test_builds__may_be_named_twice_where_they_agree_with_ours(reference: Reference) -> None:
    for text in ("GRCh38/hg38 21:25585733 C>T", "GRCh38 21:25585733 C>T (hg38)", "hg38 GRCh38 21-25585733-C-T"):
        assert str(parse(text, reference)) == "chr21-25585733-C-T"
    for text in ("GRCh38/hg19 21:25585733 C>T", "hg19 21:25585733 C>T (GRCh38)"):
        assert reason(text, reference) == "build"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("chr21:25585733-25585733 C>T", "chr21-25585733-C-T"), ("21:25585660-25585662:ATT:A", "chr21-25585660-ATT-A"),
        ("chr21:25,585,734-25,587,733 del", "chr21-25585733-C-<DEL>-25587733"),
        ("chr21:25585734-25587733DUP", "chr21-25585733-C-<DUP>-25587733"),
        ("chr21:25585734..25587733 inversion", "chr21-25585733-C-<INV>-25587733"),
        ("chr21:25585733 C-->T", "chr21-25585733-C-T"), ("- chr21-25585733-C-T", "chr21-25585733-C-T"),
        ("[chr21-25585733-C-T]", "chr21-25585733-C-T"), ("chr21:25585733 C>T (hom)", "chr21-25585733-C-T"),
        ("MT-TL1 m.3243A>G", "chrM-3243-A-G"),
    ],
)  # fmt: skip
def test_parse__reads_what_other_programs_and_reports_write(reference: Reference, text: str, answer: str) -> None:
    assert str(parse(text, reference)) == answer


def test_the_number_of_a_note__is_no_digit_of_a_position(reference: Reference) -> None:
    assert str(parse("chr21:\uff12\uff15585733", reference)) == "chr21:25585733"
    for text in ("chr21:2558573\u2075", "chr21:2558573\u2464", "chr21:2558573\u2085-C-T", "21:2558573\u00b3 C>T"):
        assert reason(text, reference) == "unknown"


def test_an_event_of_a_few_bases__is_read_as_those_bases(reference: Reference) -> None:
    for text in ("chr21:25585661-25585662del", "chr21 25585661..25585662 DEL", "chr21:g.25585661_25585662del"):
        assert str(parse(text, reference)) == "chr21-25585660-ATT-A"
    assert str(parse("chr21-25585661-25585662-DEL", reference)) == "chr21-25585660-A-<DEL>-25585662"
    assert reason("chr21:25585661-25585662del") == "needs reference"
    assert reason("chr21-25585734-2558773-DEL", reference) == "syntax"


def test_a_last_base_that_does_not_fit_ref__is_refused(reference: Reference) -> None:
    assert reason("chr21:25585733-25585735 C>T", reference) == "syntax"


def test_parse__refuses_repeats_the_reference_does_not_have(reference: Reference) -> None:
    assert reason("NC_000021.9:g.25585661_25585663CAG[5]", reference) == "reference"


@pytest.mark.parametrize(
    "text",
    [
        "010190-1234", "0101901234", "010190 1234", "010190 - 1234", "01.01.90-1234", "01-01-1990-1234", "010190–1234",
        "311299-0001", "610190-1234", "910190-1234", "CPR: 010190-1234", "cpr 010190-1234 BRCA1", "patient 0101901234",
        "010190-3ZV4",
        "17-43045712-T-C 010190-1234", "０１０１９０-1234", "01\u200b0190\u00ad-1234", "010190&nbsp;1234",
        "010190-1234\t17\t100", "(010190-1234)",
    ],
)  # fmt: skip
def test_personal_numbers__are_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)

    assert caught.value.facts == {"reason": "personal number"}
    assert "1234" not in str(caught.value) and "0101" not in str(caught.value)
    assert "CPR" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "17-43045712-T-C", "1:101090-1012345", "1:10,109,012", "17-101090-ACGT-A", "chr1:1012345-1234567",
        "1-10101-A-C",
        "21\t25585733\trs0101901234\tC\tT\t.\t.\tCPR=0101901234",
    ],
)  # fmt: skip
def test_personal_numbers__are_not_seen_in_variants(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "text", ["Inger Jensen", "Jensen:c5", "Inger-1000-A-C", "Jensen-5", "Inger Jensen 17:100", "Jensen:100-200"]
)
def test_messages__never_repeat_words_that_may_be_a_name(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text)

    assert "jensen" not in str(caught.value).lower() and "inger" not in str(caught.value).lower()


def check_refused_well(text: str, reference: Reference | None) -> None:
    try:
        asked = parse(text, reference)
    except BadInput as error:
        assert "reason" in error.facts
        assert len(str(error)) < 700
        assert "\n" not in str(error) and str(error).isprintable()
        return
    assert isinstance(asked, Variant | Region | Place)
    assert parse(str(asked), reference) == asked


@given(st.text(max_size=200))
def test_any_text__is_read_or_refused(reference: Reference, text: str) -> None:
    check_refused_well(text, reference)


PIECES = st.sampled_from(
    [
        "chr", "17", "21", "X", "MT", "NC_000021.9", "NC_000017.10", "25585733", "43,045,712", "1", "0",
        "99999999999", "-", ":", ">",
        "/", "_", " ", "\t", ",", ".", "A", "C", "TT", "ACGTN", "<DEL>", "*", "g.", "m.", "c.", "del", "ins", "dup",
        "inv", "delins",
        "[", "]", "5", "=", "rs1", "(", ")", "hg38", "hg19", "GRCh38", "–", "\u00a0", "\u200b", "\n", "?", "N", "e",
        "²", "¼", "٣",
    ]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_any_mixture_of_pieces__is_read_or_refused(reference: Reference, text: str) -> None:
    check_refused_well(text, reference)


@given(
    st.sampled_from(EXAMPLES).map(lambda example: example[0]),
    st.lists(st.tuples(st.integers(0, 60), st.characters()), max_size=4),
)
def test_any_slip_of_the_finger__is_read_or_refused(
    reference: Reference, text: str, slips: list[tuple[int, str]]
) -> None:
    for at, character in slips:
        text = text[:at] + character + text[at + 1 :]
    check_refused_well(text, reference)


@pytest.mark.parametrize(
    "text",
    [
        " " * MAX_TEXT, "1" * MAX_TEXT, "1," * (MAX_TEXT // 2), "A" * MAX_TEXT, "chr1-1-A-" + "A," * 4000,
        ":" * MAX_TEXT, "-" * MAX_TEXT,
        "1 " * (MAX_TEXT // 2), "chr1:1" + " 000" * 2000, "17:1-" + "1,000" * 1000, "NC_000021.9:g.1" + "del" * 3000,
        "<" * MAX_TEXT,
        "chr1-1-" + "A" * 4999 + "-" + "A" * 4990, "a.b_" * 2000, "ﷺ" * 2000, "\u0300" * MAX_TEXT,
        "[" * 5000 + "]" * 4000,
    ],
)  # fmt: skip
def test_long_and_hostile_text__is_answered_at_once(reference: Reference, text: str) -> None:
    check_refused_well(text, reference)


def test_random_variants_of_the_slice__read_alike_in_every_form(reference: Reference) -> None:
    rng = random.Random(7)
    for _ in range(300):
        pos = rng.randrange(25_000_000, 25_580_000)
        ref = reference.fetch("chr21", pos - 1, pos - 1 + rng.randint(1, 4))
        alt = "".join(rng.choices("ACGT", k=rng.randint(1, 4)))
        if "N" in ref or ref == alt:
            continue
        spellings = (
            f"chr21-{pos}-{ref}-{alt}",
            f"21:{pos:,}:{ref}:{alt}",
            f"NC_000021.9:{pos - 1}:{ref}:{alt}",
            f"NC_000021.9:{pos - 1}:{len(ref)}:{alt}",
            f"NC_000021.9:g.{pos}_{pos + len(ref) - 1}delins{alt}",
            f"21\t{pos}\t.\t{ref}\t{alt}\t.\t.\t.",
        )

        assert len({parse(text, reference) for text in spellings}) == 1


def test_unknown_contigs__keep_their_own_error() -> None:
    with pytest.raises(UnknownContig, match="chr17 of GRCh37"):
        parse("NC_000017.10:g.43045712T>C")


@pytest.mark.parametrize(
    ("grch37", "grch38", "vcf"),
    [
        # ClinVar variations 8395, 55960 and 18087 (public domain), as biocommons/hgvs tests/data/clinvar.gz names them
        ("NC_000021.8:g.45194641C>G", "NC_000021.9:g.43774760C>G", "chr21-43774760-C-G"),
        ("NC_000021.8:g.45194161_45194162delGA", "NC_000021.9:g.43774280_43774281delGA", "chr21-43774279-GGA-G"),
        ("NC_000021.8:g.27264168C>G", "NC_000021.9:g.25891856C>G", "chr21-25891856-C-G"),
    ],
)
def test_real_clinvar_names__are_read_in_grch38_and_refused_in_grch37(
    reference: Reference, grch37: str, grch38: str, vcf: str
) -> None:
    assert str(parse(grch38, reference)) == vcf
    assert reason(grch37, reference) == "build"
