"""Gene and region pages: drawn, listed, ordered, narrowed, paged; and their twins."""

import csv
import io
import re

import httpx
import pytest

from embla.frequency.pages import asking, words
from embla.frequency.pages.asking import ON_PAGE
from embla.frequency.pages.drawings import WIDTH
from embla.frequency.service import open_region
from embla.genome import Region
from tests.web.clients import Reading
from tests.web.nation import WebNation


def test_gene__shows_exons_variants_and_a_page_at_a_time(nation: WebNation, client: httpx.Client) -> None:
    answer = client.get("/gene/CSTB")
    page = Reading(answer.text)
    gene = nation.house.genes.by_name("CSTB")  # type: ignore[union-attr]
    total = open_region(nation.house, gene.region, page_size=1000).total  # type: ignore[union-attr]

    assert f"{total} variants" in page.words
    rows = [href for href in page.hrefs() if href.startswith("/variant/")]
    assert answer.text.count('class="exon"') == len(gene.main_transcript.cds)  # type: ignore[union-attr]
    assert len(set(rows)) == ON_PAGE and answer.text.count('class="pick"') == total
    second = client.get("/gene/CSTB?page=2")
    assert second.status_code == 200 and "Page 2 of 2" in second.text
    assert client.get("/gene/CSTB?page=3").status_code == 404
    assert client.get("/gene/CSTB?page=x").status_code == 200


def names_in(page: httpx.Response) -> list[str]:
    """The variants of the table, in its order."""
    table = page.text[page.text.index('id="list"') :]
    return [href.split("?")[0].rsplit("/", 1)[1] for href in Reading(table).hrefs() if href.startswith("/variant/")]


def test_gene_table__is_ordered_by_frequency_on_request_with_hidden_ones_last(
    nation: WebNation, client: httpx.Client
) -> None:
    gene = nation.house.genes.by_name("CSTB")  # type: ignore[union-attr]
    known = open_region(nation.house, gene.region, page_size=1000).variants  # type: ignore[union-attr]
    shown = sorted((v for v in known if v.af is not None), key=lambda v: -(v.af or 0))
    expected = [words.full_name(v) for v in (*shown, *(v for v in known if v.af is None))]

    first, second = (client.get(f"/gene/CSTB?sort=af&order=down&page={page}") for page in (1, 2))

    assert names_in(first) + names_in(second) == expected


@pytest.mark.parametrize("kind", words.KINDS)
def test_gene_table__is_narrowed_to_a_kind(nation: WebNation, client: httpx.Client, kind: str) -> None:
    gene = nation.house.genes.by_name("CSTB")  # type: ignore[union-attr]
    known = open_region(nation.house, gene.region, page_size=1000).variants  # type: ignore[union-attr]
    expected = [words.full_name(v) for v in known if words.kind_of(v.ref, v.alt) == kind]

    page = client.get(f"/gene/CSTB?kind={kind}")

    assert names_in(page) == expected[:ON_PAGE]
    assert f"{len(expected)} of {len(known)} variants" in page.text


def test_gene_table__is_narrowed_to_coding_and_splice(client: httpx.Client) -> None:
    page = client.get("/gene/CSTB?part=coding")

    cells = re.findall(r"<td>((?:exon|intron)[^<]*)</td>", page.text)
    assert cells and all("coding" in cell or "splice" in cell for cell in cells)


def test_gene__with_more_variants_than_fit_at_once_lists_them_by_position(
    nation: WebNation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_AT_ONCE", 50)
    gene = nation.house.genes.by_name("CSTB")  # type: ignore[union-attr]
    known = open_region(nation.house, gene.region, page_size=1000).variants  # type: ignore[union-attr]

    pages = [client.get(f"/gene/CSTB?sort=af&page={number}") for number in (1, 2)]
    table = list(csv.DictReader(io.StringIO(client.get("/gene/CSTB.csv").text)))

    assert names_in(pages[0]) + names_in(pages[1]) == [words.full_name(v) for v in known]
    assert pages[0].text.count('class="pick"') == 50 and "too many to draw" in pages[0].text
    assert len(table) == len(known)


def test_gene_table__that_nothing_matches_says_so_and_leads_back(client: httpx.Client) -> None:
    page = client.get("/region/chr21-43772538-43772540?kind=del")

    assert "No variant here is of the kind you chose" in page.text


def test_gene_csv__has_every_variant_once(nation: WebNation, client: httpx.Client) -> None:
    gene = nation.house.genes.by_name("CSTB")  # type: ignore[union-attr]
    expected = open_region(nation.house, gene.region, page_size=1000)  # type: ignore[union-attr]

    table = list(csv.DictReader(io.StringIO(client.get("/gene/CSTB.csv").text)))

    assert [(int(row["pos"]), row["ref"], row["alt"]) for row in table] == [
        (v.pos, v.ref, v.alt) for v in expected.variants
    ]


def test_gene__that_is_not_there_is_404_with_a_sentence(client: httpx.Client) -> None:
    answer = client.get("/gene/NOSUCHGENE")

    assert answer.status_code == 404 and "No gene of this name" in answer.text


def test_region__too_large_for_a_list_gives_narrower_links(client: httpx.Client) -> None:
    page = Reading(client.get("/region/21:43000000-44000000", follow_redirects=True).text)

    parts = [href for href in page.hrefs() if href.startswith("/region/") and "?" not in href]
    assert len(parts) == 5
    assert "/gene/CSTB" in page.hrefs()
    assert client.get("/region/21:43000000-44000000.json").status_code == 422
    assert client.get(parts[0]).status_code == 200


def test_region__where_nobody_varies_says_why_it_is_empty(client: httpx.Client) -> None:
    assert "Nobody among the" in Reading(client.get("/region/chr21-25000000-25000100").text).words


def test_region__spelled_otherwise_leads_to_the_normal_address(client: httpx.Client) -> None:
    assert client.get("/region/21:43,772,512-43,776,445").headers["location"] == "/region/chr21-43772512-43776445"


@pytest.mark.parametrize(
    "path", ["/region/nonsense", "/region/chr21-5-2", "/variant/", "/variant/x.json", "/variant/chr21-0-A-T"]
)
def test_wrong_address__is_a_sentence_and_never_a_defect(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_region_json__pages_add_up(client: httpx.Client) -> None:
    first = client.get("/region/chr21-43765000-43790000.json").json()
    pages = [client.get(f"/region/chr21-43765000-43790000.json?page={n}").json() for n in range(1, first["pages"] + 1)]

    assert sum(len(page["variants"]) for page in pages) == first["total"]
    assert Region("chr21", 43_764_999, 43_790_000) is not None


def test_axis__keeps_every_number_inside_the_drawing(client: httpx.Client) -> None:
    page = client.get("/region/chr21:43700000-43800000", follow_redirects=True).text
    told = re.findall(r'<text x="([0-9.]+)" y="[0-9.]+" text-anchor="(middle|end)">([0-9,]{10})</text>', page)

    assert told[-1][2] == "43,800,000" and len(told) == 6
    for x, anchor, number in told:
        # Digits are at most 8 units wide at the size of labels.
        width = 8.0 * len(number)
        assert 0 <= float(x) - (width if anchor == "end" else width / 2)
        assert float(x) + (0 if anchor == "end" else width / 2) <= WIDTH
