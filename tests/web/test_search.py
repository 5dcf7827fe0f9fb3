"""The search box: every form leads to its page, and what is none gets a sentence."""

import re

import httpx
import pytest

from embla.frequency.pages.retold import SHAPES
from embla.platform import translator
from embla.platform.web import Sentences
from embla.reference import REASONS, forms, parse
from embla.reference.demo import demo_reference_paths
from embla.reference.fasta import Reference
from tests.web.clients import Reading

CSTB = "/gene/CSTB"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("CSTB", CSTB),
        ("cstb", CSTB),
        ("ENSG00000160213", CSTB + "?asked=ENSG00000160213"),
        ("21-43774500-G-C", "/variant/chr21-43774500-G-C?asked=21-43774500-G-C"),
        ("chr21-43774500-G-C", "/variant/chr21-43774500-G-C"),
        ("chr21:43774500 G>C", "/variant/chr21-43774500-G-C?asked=chr21%3A43774500+G%3EC"),
        ("21:43,774,500:G:C", "/variant/chr21-43774500-G-C?asked=21%3A43%2C774%2C500%3AG%3AC"),
        ("21\u201343774500\u2013G\u2013C", "/variant/chr21-43774500-G-C?asked=21%E2%80%9343774500%E2%80%93G%E2%80%93C"),
        ("NC_000021.9:43774499:G:C", "/variant/chr21-43774500-G-C?asked=NC_000021.9%3A43774499%3AG%3AC"),
        ("21:43774500", "/region/chr21-43774480-43774520?at=43774500"),
        ("21:43,772,512-43,776,445", "/region/chr21-43772512-43776445"),
        ("", "/"),
    ],
)
def test_search__leads_to_the_page_of_what_was_pasted(client: httpx.Client, text: str, address: str) -> None:
    posted = client.post("/search", data={"q": text})
    got = client.get("/search", params={"q": text})

    assert posted.status_code == got.status_code == 303
    assert posted.headers["location"] == got.headers["location"] == address
    assert client.get(address).status_code == 200


def test_search__of_a_line_with_a_0_based_start_offers_what_it_can_be(client: httpx.Client) -> None:
    page = Reading(client.post("/search", data={"q": "21\t43774499\t43774500\tG\tC"}).text)

    assert "/variant/chr21-43774500-G-C" in page.hrefs() and "whose start is 0-based" in page.words


def test_search__of_a_name_that_only_other_transcripts_fit_leads_nowhere_by_itself(client: httpx.Client) -> None:
    page = Reading(client.post("/search", data={"q": "ATP5J c.4C>A"}).text)

    assert "/variant/chr21-25734952-G-T" in page.hrefs() and "ENST00000457143.6" in page.words


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_search__takes_every_form_that_the_reference_reads(client: httpx.Client, form) -> None:  # type: ignore[no-untyped-def]
    for text, _ in form.examples:
        answer = client.post("/search", data={"q": text})
        assert answer.status_code == 303
        assert client.get(answer.headers["location"], follow_redirects=True).status_code == 200


def test_variant_page__says_what_was_changed(client: httpx.Client) -> None:
    answer = client.get("/search", params={"q": "NC_000021.9:43774499:G:C"}, follow_redirects=True)

    assert "Read as SPDI" in answer.text


@pytest.mark.parametrize("number", ["010190-1234", "0101901234", "010190 1234"])
def test_search__refuses_a_personal_number_and_never_shows_it_again(client: httpx.Client, number: str) -> None:
    answer = client.post("/search", data={"q": number})

    assert answer.status_code == 200
    assert number not in answer.text and "1234" not in Reading(answer.text).words
    assert "This was not searched for" in answer.text
    assert client.post("/search/suggest", data={"q": number}).text.strip() == ""


@pytest.mark.parametrize("text", ["NC_000021.8:g.43774500G>C", "hg19 21:43774500 G>C", "21-43774500-A-C"])
def test_search__knows_the_wrong_build(client: httpx.Client, text: str) -> None:
    answer = client.post("/search", data={"q": text})

    assert answer.status_code == 200
    assert "GRCh37" in answer.text


def test_search__of_a_base_that_the_reference_has_not_says_which_is_there_and_what_to_ask(client: httpx.Client) -> None:
    page = Reading(client.post("/search", data={"q": "21-43774500-A-C"}).text)

    assert "The reference has another base there" in page.words and "not understood" not in page.words
    assert "the reference (GRCh38) has G here, not A." in page.words
    assert {"/variant/chr21-43774500-G-C", "/region/chr21-43774480-43774520?at=43774500"} <= set(page.hrefs())


@pytest.mark.parametrize(
    "text",
    ["nm_000100.4:c.67-1g>c", "NM_000100.4:c.67-1G>C", "NM_000100.4(CSTB):c.67-1G>C", "c.67-1G>C", "rs142513484"],
)
def test_search__of_a_name_that_was_read_says_what_is_missing(client: httpx.Client, text: str) -> None:
    page = Reading(client.post("/search", data={"q": text}).text)

    assert "This was read, and it names nothing that can be shown" in page.words
    assert ("Loaded: ENST00000291568.5" in page.words) == ("CSTB" in text)


@pytest.mark.parametrize("text", [" CSTB. ", "(CSTB)", "\u201dCSTB\u201d", "cstb;"])
def test_search__takes_a_gene_with_marks_around_it(client: httpx.Client, text: str) -> None:
    assert client.post("/search", data={"q": text}).headers["location"].startswith(CSTB)


def test_search__with_several_lines_is_a_list(client: httpx.Client) -> None:
    answer = client.post("/search", data={"q": "21-43774500-G-C\n21-43774501-A-T"})

    assert "Many variants at once" in answer.text


def test_search__with_several_alts_gives_the_choice_and_picks_none(client: httpx.Client) -> None:
    answer = client.post("/search", data={"q": "21\t43774500\t.\tG\tA,C"})

    assert {"/variant/chr21-43774500-G-A", "/variant/chr21-43774500-G-C"} <= set(Reading(answer.text).hrefs())


def test_search__for_nonsense_names_the_nearest_genes(client: httpx.Client) -> None:
    page = Reading(client.post("/search", data={"q": "CSTX"}).text)

    assert "/gene/CSTB" in page.hrefs()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'\"><img src=x onerror=1>", "{{7*7}}", "%(x)s %s", "\x00", "A" * 4999]
)
def test_search__shows_hostile_text_as_text(client: httpx.Client, text: str) -> None:
    answer = client.post("/search", data={"q": text})

    assert answer.status_code == 200
    assert "<script>alert" not in answer.text and "<img src=x" not in answer.text
    assert ">49<" not in answer.text


def test_suggestions__are_options_that_say_how_many_they_are(client: httpx.Client) -> None:
    page = Reading(client.post("/search/suggest", data={"q": "cst"}, headers={"HX-Request": "true"}).text)

    options = [attributes for tag, attributes in page.tags if tag == "li"]
    assert options and all(option["role"] == "option" and option["data-href"] for option in options)
    assert "data-spoken" in options[0]
    assert client.post("/search/suggest", data={"q": "c"}).text.strip() == ""


def test_alias__leads_to_the_gene_and_says_so(client: httpx.Client) -> None:
    answer = client.get("/search", params={"q": "ATP5J"}, follow_redirects=True)

    assert answer.url.path == "/gene/ATP5PF"
    assert "is now called" in answer.text


def test_opensearch__names_this_site(client: httpx.Client) -> None:
    assert 'template="http://127.0.0.1:8000/search?q={searchTerms}"' in client.get("/opensearch.xml").text


# What is told in the words of the reader of genomic forms, see reference/any_name.py.
NOT_TOLD = (
    "unreadable", "unsupported", "identifier", "empty", "unknown_contig", "no_equivalence_loaded", "no_rsid_table",
    "personal_number", "reference_mismatch",
)  # fmt: skip
WRONG = (
    "ENST00000291568.4:c.1A>G", "ENST00000291568.5:c.121C>A", "ENST00000291568.5:c.999A>G", "MRPL39:p.Ala331Thr",
    "ENST00000291568.5:c.60+1A>G", "ENSP00000291568:p.(Ala41Met)", "ENST00000291568.5(MRPL39):c.121G>A",
    "ENST00000291568.5(PETERSEN):c.121G>A", "NC_000021.8:g.45194641C>G",
    "hello", "rs123", "CA123", "VCV000012", "NM_000100.4:c.10G>A", "p.Arg4Ter", "21:5:9", "21-0-A-T", "chr99-1-A-T",
    "21-99999999-A-T", "21-43774500-A-C", "21-43774500-G-G", "21-43774500-G-", "21:43776445-43772512",
    "NC_000021.8:g.1A>T", "hg19 21:5 A>T", "21:g.43774500G=", "21\t43774500\t.\tG\tA,C", "21\t43774500\t.\tG\t*",
    "21\t43774500\t.\tG\t.", "m.5A>G x", "NC_000021.9:g.43774500_43774502delAAAA", "NC_000021.9:g.5delins",
    "NC_000021.9:g.43774500_43774505insA", "NC_000021.9:g.43774500ins", "21-43774500-" + "G" * 6000 + "-A",
    "c.67-1G>C", "ENST00000291568:c.121G>A", "NM_000100.4(CSTB):c.67-1G>C", "21-43774500-C-G", "21:5-7 A>T",
    "ATP5J c.4C>A", "ATP5J c.4del", "JAM2 c.4C>A", "ENST00000291568.5:c.66_67delinsTT", "ENST00000291568.5:c.66_67insA",
    "ENST00000291568.5:c.66_67del2", "ENST00000291568.5:c.60_200del", "ENST00000352957.8:c.100_700del",
    "ENST00000291568.5:c.67\u201368del", "ENST00000291568.5:c.70\u201372del", "chr21(MRPL39):g.43774705C>T",
    "chr21(BRCA1):g.43774705C>T", "ENST00000291568.5:c.67-1G>C (p.Val41Met)", "21\t43774499\t43774500\tG\tC",
    "21\t43774499\t43774500\tG\tC,T", "ATP5J c.326C>T", "NC_000021.8:g.45194161_45194162delTT",
    "ENST00000291568.5:c.[121G>A;122T>A]", "KI270706.1:5 A>T", "NC_000021:g.5A>T", "X" * 10001, "010190-1234",
)  # fmt: skip


def test_every_reason_why_a_name_is_no_allele__is_a_sentence_that_pages_can_tell() -> None:
    told = {sentence for reason, sentence in REASONS.items() if reason not in NOT_TOLD}

    assert told <= set(SHAPES)


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("ENST00000291568.5:c.218_219del", "chr21-43774279-GGA-G"),
        ("CSTB c.121G>A", "chr21-43774705-C-T"),
        ("NC_000021.8:g.45194641C>G", "chr21-43774760-C-G"),
    ],
)
def test_search__finds_a_variant_by_its_other_names(client: httpx.Client, text: str, variant: str) -> None:
    answer = client.post("/search", data={"q": text}, follow_redirects=True)

    assert answer.url.path == f"/variant/{variant}"
    assert "ga4gh:VA." in answer.text
    assert 'id="names-title"' in answer.text and "ENST00000291568.5" in answer.text


@pytest.mark.parametrize("text", WRONG)
def test_refusals_and_notes__are_all_told_in_danish(danish: httpx.Client, text: str) -> None:
    answer = danish.post("/search", data={"q": text}, follow_redirects=True)

    assert answer.status_code in (200, 422)
    # The one thing that may stay English is marked, and there is none of it.
    foreign = [tag for tag, attributes in Reading(answer.text).tags if tag == "span" and attributes.get("lang") == "en"]
    assert not foreign, answer.text


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.name)
def test_notes_of_every_form__have_a_danish_shape(app, form) -> None:  # type: ignore[no-untyped-def]
    sentences: Sentences = app.state.shell.sentences
    reference = Reference.open(demo_reference_paths().fasta)

    for text, _ in form.examples:
        for note in parse(text, reference).notes:
            assert 'lang="en"' not in sentences.told(note, "da", translator("da")), note


def test_batch__tells_what_is_wrong_with_each_line_in_danish(client: httpx.Client) -> None:
    lines = [
        "chr99-1-A-G", "hello", "rs123", "chr21:99999999999", "NM_000546.6:c.215C>G", "c.121G>A", "chr21-5030500-A-A",
        "chr21\t43774499\t43774500\tG\tC",
    ]  # fmt: skip

    page = client.post("/batch", data={"list": "\n".join(lines)}, headers={"Accept-Language": "da"})

    assert page.status_code == 200
    assert re.findall(r'<span lang="en">(.*?)</span>', page.text) == []
    assert "rs123" in page.text and "Skriv det som" in page.text


def test_sentences__in_a_row_are_told_only_where_each_has_a_shape() -> None:
    sentences, danish = Sentences(("There is no {place}.", "Check the path.", "Add space.")), translator("da")

    assert sentences.plain("There is no x. Check the path.", danish) == "Der er ingen x. Efterse stien."
    assert sentences.plain("Add space. There is no x. Check the path.", danish).startswith("Tilføj plads. Der er")
    for sentence in ("Check the path. Look elsewhere.", "Look elsewhere. Check the path.", "", "Check the path. "):
        assert sentences.plain(sentence, danish) == sentence
