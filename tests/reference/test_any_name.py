"""What is typed into one box: genomic forms as before, and names where something is loaded that knows them."""

import gzip
import json
from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.genome import Variant
from embla.reference import REASONS, Resources, demo_reference_paths, parse, read_any
from embla.reference.resources import RsNumbers
from embla.reference.transcripts import Transcripts


@pytest.fixture(scope="module")
def loaded() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts, equivalences=paths.equivalences)


@pytest.fixture(scope="module")
def of_refseq(loaded: Resources) -> Resources:
    """The slice with the transcript of CSTB under its RefSeq name, which MANE Select says is the same."""
    rows = json.loads(gzip.decompress(demo_reference_paths().transcripts.read_bytes()))["transcripts"]
    renamed = rows["ENST00000291568.5"] | {"protein": "NP_000091.1"}
    rs_numbers = RsNumbers({"rs142513484": (Variant("chr21", 25585733, "C", "T"),)})
    return Resources(loaded.reference, Transcripts({"NM_000100.4": renamed}), rs_numbers=rs_numbers)


def refused(text: str, loaded: Resources) -> BadInput:
    """How a text is refused."""
    with pytest.raises(BadInput) as caught:
        read_any(text, loaded)
    return caught.value


@pytest.mark.parametrize(
    ("text", "answer", "said"),
    [
        ("ENST00000291568.5:c.218_219del", "chr21-43774279-GGA-G", "Found by its name (c.)."),
        ("CSTB c.121G>A", "chr21-43774705-C-T", "Found by its name (c.)."),
        ("ENSP00000291568:p.(Val41Met)", "chr21-43774705-C-T", "Found by its name (p.)."),
        ("NC_000021.8:g.45194641C>G", "chr21-43774760-C-G", "Found by its name (GRCh37)."),
        ("ENST00000480147.1:n.582_583del", "chr21-43774279-GGA-G", "Found by its name (n.)."),
    ],
)
def test_a_name__is_found_and_says_how(loaded: Resources, text: str, answer: str, said: str) -> None:
    asked = read_any(text, loaded)

    assert (str(asked), asked.notes[0]) == (answer, said)


@pytest.mark.parametrize(
    "text",
    [
        "NM_000100.4:c.67-1G>C", "nm_000100.4:c.67-1g>c", "NM_000100.4:C.67-1G>C", "NM_000100.4(CSTB):c.67-1G>C",
        "nm_000100.4(cstb):c.67-1g>c", "CSTB(NM_000100.4):c.67-1G>C", "CSTB (NM_000100.4): c.67-1G>C",
        "NM_000100.4 (CSTB) c.67-1G>C", "CSTB NM_000100.4:c.67-1G>C", "CSTB NM_000100.4 c.67-1G>C",
        "CSTB:NM_000100.4:c.67-1G>C", "NM_000100.4, c.67-1G>C", "CSTB c.67-1G>C", "cstb, c.67-1g>c", "CSTB_c.67-1G>C",
        "CSTB:NM_000100.4:exon2:c.67-1G>C", "CSTB - NM_000100.4 - c.67-1G>C", "CSTB|NM_000100.4|c.67-1G>C",
        "c.67-1G>C (CSTB)", "c.67-1G>C, CSTB", "c.67-1G>C in CSTB", "NM_000100.4: c.67 -1 G > C",
        "NM_000100.4:c.67\u20131G\u2192C", "NM_000100.4:c.67-1G->C", "NM_000100.4:c.67-1G&gt;C",
        "NM_000100.4:c.67-1G&#62;C", "NM_000100.4:c.67-1G&amp;gt;C", "NM_000100.4%3Ac.67-1G%3EC",
        "NM 000100.4:c.67-1G>C", "NM-000100.4:c.67-1G>C", "NM_000100.4:c.[67-1G>C]", "(NM_000100.4:c.67-1G>C)",
        "\u2022 NM_000100.4:c.67-1G>C.", "1. NM_000100.4:c.67-1G>C", "Variant: NM_000100.4:c.67-1G>C",
        "NM_000100.4(CSTB):c.67-1G>C (p.?), het", "NM_000100.4:c.67-1G>C heterozygot", "NM_000100.4:c.67-1G>C [het]",
        " NM_000100.4:c.67-1G>C ;\n",
    ],
)  # fmt: skip
def test_one_variant__however_a_report_writes_it(of_refseq: Resources, text: str) -> None:
    assert str(read_any(text, of_refseq)) == "chr21-43774760-C-G"


@pytest.mark.parametrize(
    "text",
    [
        "cstb p.val41met", "CSTB P.VAL41MET", "CSTB p.v41m", "np_000091.1:p.(val41met)",
        "nm_000100.4(cstb):c.121g>a (p.val41met)", "NM_000100.4:c.121G>A p.v41m",
        "CSTB:NM_000100.4:exon2:c.121G>A:p.V41M", "CSTB c.121G>A/p.Val41Met", "NM_000100.4:c.121G>A|p.Val41Met",
    ],
)  # fmt: skip
def test_a_change_of_protein__in_any_case(of_refseq: Resources, text: str) -> None:
    assert str(read_any(text, of_refseq)) == "chr21-43774705-C-T"


@pytest.mark.parametrize(
    "text", ["rs142513484", "RS142513484.", "rs 142513484", "dbSNP: rs142513484", "dbSNP rs142513484"]
)
def test_an_rs_number__that_is_loaded(of_refseq: Resources, text: str) -> None:
    assert str(read_any(text, of_refseq)) == "chr21-25585733-C-T"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("CSTB NM_000100.3:c.67-1G>C", "transcript_not_loaded"), ("MRPLX NM_000100.3:c.1A>G", "transcript_not_loaded"),
        ("AR:NM_000044.6:c.1A>G", "transcript_not_loaded"), ("c.67-1G>C", "transcript_missing"),
        ("CSTB:NM_000100.4:exon2:c.121G>A:p.V41L", "names_disagree"),
        ("NM_000100.4:c.121G>A (p.val41leu)", "names_disagree"), ("NM_000100.4:c.[67-1G>C];[121G>A]", "unsupported"),
        ("NM_000100.4:c.67-1G>C A", "unsupported"), ("CSTB c.67 1G>C", "unknown"),
        ("NM_000100.4:67-1G>C", "unsupported"),
        ("chr21(hg19):g.43774760C>G", "build"), ("chr21, hg19:g.43774760C>G", "build"),
        ("chr21 (GRCh37): g.43774760C>G", "build"), ("chr21 b37 g.43774760C>G", "build"),
        ("chr21:hg18:g.43774760C>G", "build"), ("chr21 (hg19) 43774760 C>G", "build"),
        ("chr21 chr22:g.43774760C>G", "names_disagree"), ("chr21 22:g.43774760C>G", "names_disagree"),
        ("chr21(NC_000021.8):g.43774760C>G", "unknown"), ("chr21 NC_000021.8:g.43774760C>G", "unknown"),
        ("NM_000100.4 NM_006015.6:c.121G>A", "names_disagree"),
        ("NM_000100.4(ENST00000480147.1):c.121G>A", "names_disagree"),
        ("NM_000100.4:c.121G>A p.(=)", "names_disagree"),
        ("CSTB c.67 - 68del", "unknown"), ("CSTB c.67- 68dup", "unknown"),
        ("1. 010190-1234", "personal number"), ("%30101901234 het", "personal number"),
    ],
)  # fmt: skip
def test_what_is_another_thing__is_still_not_taken_for_it(of_refseq: Resources, text: str, why: str) -> None:
    assert refused(text, of_refseq).facts["reason"] == why


def test_a_transcript_that_is_not_loaded__is_answered_with_those_that_are(loaded: Resources) -> None:
    for text in ("NM_000100.4(CSTB):c.67-1G>C", "ENST00000291568:c.121G>A", "ENST00000291568.4:c.121G>A"):
        assert refused(text, loaded).mend.startswith("Loaded: ENST00000291568.5")
    assert "Loaded" not in refused("NM_000100.4:c.67-1G>C", loaded).mend


def test_genomic_forms__are_read_as_ever(loaded: Resources) -> None:
    for text in ("chr21-25585733-C-T", "21:25585656-25607517", "21:25,585,733", "NC_000021.9:g.25585733C>T"):
        assert read_any(text, loaded) == parse(text, loaded.reference)


def test_a_name_that_comes_to_none__is_refused_with_its_reason(loaded: Resources) -> None:
    assert refused("ENST00000291568.4:c.121G>A", loaded).facts["reason"] == "transcript_not_loaded"
    assert refused("ENST00000291568.5:c.121C>A", loaded).facts["reason"] == "reference_mismatch"
    assert "reference has" in refused("ENST00000291568.5:c.121C>A", loaded).message


def test_a_name_of_several_alleles__gives_them_to_choose_from(loaded: Resources) -> None:
    error = refused("MRPL39:p.Ala331Thr", loaded)

    assert error.facts["reason"] == "choices"
    assert "chr21-25585733-C-T" in map(str, error.facts["choices"])  # type: ignore[call-overload]


def test_where_nothing_is_loaded__the_answer_is_the_one_of_the_genome_alone(loaded: Resources) -> None:
    bare = Resources(loaded.reference)
    for text, reason in (
        ("ENST00000291568.5:c.218_219del", "transcript"),
        ("rs123", "id"),
        ("NC_000021.8:g.45194641C>G", "build"),
        ("hello", "unknown"),
        ("0101901234", "personal number"),
    ):
        assert refused(text, bare).facts["reason"] == reason


def test_every_reason__stands_on_the_page_about_names() -> None:
    page = (Path(__file__).parents[2] / "docs" / "names.md").read_text()

    assert [reason for reason, meaning in REASONS.items() if f"| `{reason}` | {meaning} |" not in page] == []


def test_what_is_refused__is_not_repeated(loaded: Resources) -> None:
    for text in ("PETERSEN:c.1A>G", "ENST00000291568.5(PETERSEN):c.121G>T (p.Petersen)", "petersen p.Val41Met"):
        error = refused(text, loaded)
        assert "petersen" not in str(error).lower()
