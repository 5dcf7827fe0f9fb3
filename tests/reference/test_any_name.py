"""What is typed into one box: genomic forms as before, and names where something is loaded that knows them."""

from pathlib import Path

import pytest

from embla.errors import BadInput
from embla.reference import REASONS, Resources, demo_reference_paths, parse, read_any


@pytest.fixture(scope="module")
def loaded() -> Resources:
    paths = demo_reference_paths()
    return Resources.open(paths.fasta, paths.transcripts, equivalences=paths.equivalences)


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
