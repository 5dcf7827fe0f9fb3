"""Variant, gene, region, list, release pages and their twins: what they show is what the services say."""

import csv
import io
import json

import httpx
import pytest
from fastapi import FastAPI

from embla.errors import Unavailable
from embla.frequency.pages import words
from embla.frequency.pages.asking import MOST_LINES
from embla.frequency.service import open_answer, open_region
from embla.genome import Variant
from embla.genotypes import Count
from embla.reference import effects
from tests.web.clients import Reading, client_of
from tests.web.nation import WINDOW, WebNation

NOBODY_READS = "chr21-25585733-C-T"
ABSENT = "chr21-43774500-G-C"


@pytest.fixture(scope="module")
def variants(nation: WebNation) -> tuple[Count, ...]:
    return open_region(nation.house, WINDOW, page_size=1000).variants


def of_status(variants: tuple[Count, ...], status: str) -> Count:
    """The first of this status with genotypes, where there are any."""
    found = [v for v in variants if v.status == status]
    return next((v for v in found if v.nhet is not None), found[0])


def test_variant__observed_shows_the_numbers_of_the_answer(
    nation: WebNation, client: httpx.Client, danish: httpx.Client, variants: tuple[Count, ...]
) -> None:
    v = of_status(variants, "observed")
    name = words.full_name(v)
    answer = open_answer(nation.house, Variant(v.contig, v.pos, v.ref or "", v.alt or ""))

    english, text = (
        Reading(client.get(f"/variant/{name}").text).words,
        Reading(danish.get(f"/variant/{name}").text).words,
    )

    assert f"{v.ac} / {v.an}" in english
    af = f"{answer.headline.af:.3g}"
    assert af in english and af.replace(".", ",") in text and af not in text
    assert f"among {answer.covered} who are well covered" in english
    for cells in answer.groups.values():
        assert all(str(cell.an) in english for cell in cells.values())


def test_variant__absent_has_an_upper_bound_and_says_how_many_are_covered(client: httpx.Client) -> None:
    page = Reading(client.get(f"/variant/{ABSENT}").text).words

    assert "Not observed" in page and "well covered here, and none of them carries it" in page
    assert "95 % sure: rarer than 1 in" in page


def test_variant__with_nobody_close_by_shows_the_nearest(nation: WebNation, client: httpx.Client) -> None:
    known = [v.pos for v in open_region(nation.house, WINDOW, page_size=1000).variants]
    lonely = next(pos for pos in range(WINDOW.start + 1500, WINDOW.end) if min(abs(pos - at) for at in known) > 21)
    nearest = min(known, key=lambda at: abs(at - lonely))

    page = Reading(client.get(f"/variant/chr21:{lonely}").text)

    assert any(f"chr21-{nearest}-" in href for href in page.hrefs())
    assert "The nearest ones, within 1,000 bases" in page.words


def test_variant__not_callable_is_no_zero(client: httpx.Client) -> None:
    page = Reading(client.get(f"/variant/{NOBODY_READS}").text).words

    assert "Nobody can tell" in page and "this is no zero" in page
    assert "Not observed" not in page


def test_variant__not_loaded_is_no_zero(client: httpx.Client) -> None:
    page = Reading(client.get("/variant/chr21-43774500-G-<DEL>").text).words

    assert "Not looked for" in page and "this is no zero" in page


def test_variant__suppressed_is_worded_and_its_twins_hide_the_same(
    client: httpx.Client, variants: tuple[Count, ...]
) -> None:
    v = of_status(variants, "suppressed")
    name = words.full_name(v)
    page = Reading(client.get(f"/variant/{name}").text).words
    data = client.get(f"/variant/{name}.json").json()
    table = list(csv.DictReader(io.StringIO(client.get(f"/variant/{name}.csv").text)))

    assert "in fewer than 5 people" in page
    assert data["status"] == "suppressed" and data["ac"] is None and data["af"] is None
    assert all(row["ac"] == "" and row["af"] == "" for row in table)


def test_twins__have_the_numbers_of_the_page_with_a_dot(danish: httpx.Client, variants: tuple[Count, ...]) -> None:
    v = of_status(variants, "observed")
    name = words.full_name(v)

    data = danish.get(f"/variant/{name}.json").json()
    table = list(csv.DictReader(io.StringIO(danish.get(f"/variant/{name}.csv").text)))

    assert data["ac"] == v.ac == int(table[0]["ac"])
    assert data["af"] == v.af == float(table[0]["af"])
    assert data["how"]["release"] == "2026.2" == table[0]["release"]


def test_twin__of_another_spelling_answers_for_the_normal_form_and_says_so(client: httpx.Client) -> None:
    data = client.get("/variant/NC_000021.9:43774499:G:C.json").json()

    assert data["asked"] == ABSENT
    assert any("SPDI" in note for note in data["notes"])


def test_page__of_another_spelling_leads_to_the_normal_one_within_its_release(client: httpx.Client) -> None:
    answer = client.get("/variant/21:43774500:G:C?release=2026.1")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/variant/{ABSENT}?asked=")
    assert answer.headers["location"].endswith("&release=2026.1")


def test_old_release__stays_addressable_and_is_marked(client: httpx.Client) -> None:
    old = client.get(f"/variant/{ABSENT}.json?release=2026.1").json()
    new = client.get(f"/variant/{ABSENT}.json").json()
    page = Reading(client.get("/gene/CSTB?release=2026.1").text)

    assert old["how"]["release"] == "2026.1" and old["people"] < new["people"]
    assert "An old release" in page.words
    inner = [href for href in page.hrefs() if href.startswith("/variant/")]
    assert inner and all("release=2026.1" in href for href in inner)


@pytest.mark.parametrize("path", ["/variant/chr21-43774500-G-C", "/gene/CSTB", "/region/chr21-43772512-43773000"])
def test_release__that_does_not_exist_is_404_everywhere(client: httpx.Client, path: str) -> None:
    for suffix in ("", ".json", ".csv"):
        assert client.get(f"{path}{suffix}?release=1999.9").status_code == 404


def test_sort__orders_rows_by_link_and_hidden_ones_go_last(client: httpx.Client, variants: tuple[Count, ...]) -> None:
    with_groups = (v for v in variants if v.status == "observed" and (v.ac or 0) > 40)
    for v in with_groups:
        page = Reading(client.get(f"/variant/{words.full_name(v)}?sort=an&order=down").text)
        if any(a.get("aria-sort") == "descending" for _, a in page.tags):
            break
    else:
        pytest.fail("no variant with a table of groups")

    up = Reading(client.get(f"/variant/{words.full_name(v)}?sort=an&order=up").text)
    assert any(a.get("aria-sort") == "ascending" for _, a in up.tags)
    assert up.words != page.words


def test_variant_page__for_one_base_lists_what_is_there(client: httpx.Client, variants: tuple[Count, ...]) -> None:
    v = of_status(variants, "observed")
    page = Reading(client.get(f"/variant/chr21:{v.pos}").text)

    assert "People differ at this base" in page.words
    assert f"/variant/{words.full_name(v)}" in page.hrefs()


def test_ref_that_is_not_the_references__is_422_with_the_build_in_mind(client: httpx.Client) -> None:
    answer = client.get("/variant/chr21-43774500-A-C")

    assert answer.status_code == 422 and "GRCh37" in answer.text


def test_list__answers_line_by_line_and_says_why_not(client: httpx.Client, variants: tuple[Count, ...]) -> None:
    v = of_status(variants, "observed")
    text = f"{words.full_name(v)}\n\nnonsense\n{ABSENT}\n21:43772512-43776445"

    page = Reading(client.post("/batch", data={"list": text}).text)
    table = list(csv.DictReader(io.StringIO(client.post("/batch.csv", data={"list": text}).text)))
    data = client.post("/batch.json", data={"list": text}).json()

    assert "4 lines read" in page.words and "2 were not understood" in page.words
    assert [row["line"] for row in table] == ["1", "3", "4", "5"]
    assert int(table[0]["ac"]) == v.ac and table[1]["error"] and table[2]["status"] == "absent"
    assert [line["line"] for line in data] == [1, 3, 4, 5]


def test_list__longer_than_fits_says_which_lines_were_left(client: httpx.Client) -> None:
    text = "\n".join([ABSENT] * (MOST_LINES + 3))

    data = client.post("/batch.json", data={"list": text}).json()

    assert [bool(line["error"]) for line in data] == [False] * MOST_LINES + [True] * 3


def test_list_csv__guards_pasted_formulas(client: httpx.Client) -> None:
    table = client.post("/batch.csv", data={"list": "=HYPERLINK(1)\n+1\n@x"}).text

    assert "'=HYPERLINK" in table and "'+1" in table and "'@x" in table


def test_list__refuses_a_personal_number_without_repeating_it(client: httpx.Client) -> None:
    answer = client.post("/batch.json", data={"list": "010190-1234"}).json()

    assert "CPR" in answer[0]["error"]
    page = client.post("/batch", data={"list": f"{ABSENT}\n010190-1234"})
    assert "010190-1234" not in page.text


def test_releases__tell_all_that_makes_them_checkable(client: httpx.Client) -> None:
    known = client.get("/releases.json").json()
    page = Reading(client.get("/releases").text).words

    assert [info["number"] for info in known] == ["2026.2", "2026.1"]
    assert all(info["digest"] in page and info["policy"][:16] in page for info in known)


def test_home__has_five_examples_that_all_lead_to_pages(client: httpx.Client) -> None:
    page = client.get("/")
    start = page.text.index('class="examples"')
    examples = Reading(page.text[start : page.text.index("</ul>", start)]).hrefs()

    assert len(examples) == 5
    statuses = [client.get(href, follow_redirects=True).status_code for href in examples]
    assert statuses == [200] * 5


def test_home__without_any_release_says_so(tmp_path, nation: WebNation) -> None:  # type: ignore[no-untyped-def]
    from dataclasses import replace

    from embla.app import create_app
    from embla.composition import open_home

    settings = replace(nation.house.settings, home=tmp_path / "new")
    app: FastAPI = create_app(settings, open_home(settings))
    client = client_of(app)

    assert "No release has been cut yet" in client.get("/").text
    assert client.get("/gene/CSTB").status_code == 404
    assert client.get("/releases").status_code == 200
    assert client.get("/api").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_every_number__leads_to_how_it_was_counted(client: httpx.Client, variants: tuple[Count, ...]) -> None:
    page = Reading(client.get(f"/variant/{words.full_name(of_status(variants, 'observed'))}").text)
    how = Reading(client.get("/how").text)

    anchors = {href.split("#")[1] for href in page.hrefs() if href.startswith("/how#")}
    assert {"af", "an", "covered", "faf", "genotypes", "policy"} <= anchors
    ids = {attributes.get("id") for _, attributes in how.tags}
    assert anchors <= ids


def test_how__shows_the_policy_that_stands_beside_the_answers(client: httpx.Client) -> None:
    digest = client.get(f"/variant/{ABSENT}.json").json()["policy"]

    assert digest in client.get("/how").text


def test_openapi__is_ours_alone_and_describes_what_the_page_tells(client: httpx.Client) -> None:
    schema = json.loads(client.get("/openapi.json").text)

    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
    page = Reading(client.get("/api").text)
    code = client.get("/api").text
    assert all(path in code for path in schema["paths"])
    assert "/variant/{text}.json" in schema["paths"]
    assert page.tags


@pytest.mark.parametrize(
    ("ref", "alt", "kind"),
    [
        ("A", "G", "snv"),
        ("A", "AT", "ins"),
        ("AT", "A", "del"),
        ("AC", "GT", "other"),
        ("ATG", "GC", "other"),
        ("A", "<DEL>", "other"),
        (None, None, "other"),
    ],
)
def test_kind_of__each_kind(ref: str | None, alt: str | None, kind: str) -> None:
    assert words.kind_of(ref, alt) == kind


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded machine may take its time to start what works consequences out."""
    monkeypatch.setattr(effects._BESIDE, "seconds", 60)


def test_variant__says_what_it_does_to_each_transcript_beside_its_names(patient: None, client: httpx.Client) -> None:
    name = "chr21-43774279-GGA-G"

    page = Reading(client.get(f"/variant/{name}").text)
    told = client.get(f"/variant/{name}.json").json()

    assert "ENST00000291568.5 c.218_219del p.(Leu73ProfsTer3) shift of the reading frame" in page.words
    assert "/how#consequences" in page.hrefs()
    assert {(one["transcript"], one["kind"]) for one in told["consequences"]} == {
        ("ENST00000291568.5", "frameshift")
    } | {(one["transcript"], one["kind"]) for one in told["consequences"] if one["kind"] == "non_coding"}
    assert (told["consequences_reason"], told["names"]["ENST00000291568.5"]["c"]) == (None, "c.218_219del")


def test_variant__says_why_no_consequence_is_known(
    nation: WebNation, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Reading(client.get("/variant/chr1-1500-A-G").text).words
    assert "the bases of this place are not loaded" in page
    assert client.get("/variant/chr1-1500-A-G.json").json()["consequences_reason"] == "reference_not_loaded"

    def away(question: object) -> object:
        raise Unavailable("away")

    monkeypatch.setattr(effects._BESIDE, "ask", away)
    shown = client.get("/variant/chr21-43774709-C-A")
    assert shown.status_code == 200 and "could not be worked out just now" in Reading(shown.text).words
    nation.house.__dict__.pop("effects", None)
    assert "Of some variants: What it does to transcripts could not" in Reading(client.get("/gene/CSTB").text).words
    nation.house.__dict__.pop("effects", None)


def test_gene__tells_what_each_variant_does_to_the_drawn_transcript(patient: None, client: httpx.Client) -> None:
    page = Reading(client.get("/gene/CSTB?part=coding").text).words
    told = client.get("/gene/CSTB.json").json()

    kinds = {one["kind"] for effect in told["consequences"].values() for one in effect["consequences"]}
    assert kinds & {"missense", "synonymous", "splice_region"}
    assert "another amino acid" in page or "the same amino acid" in page or "near a splice site" in page
    assert set(told["consequences"]) == {f"{v['contig']}-{v['pos']}-{v['ref']}-{v['alt']}" for v in told["variants"]}


def test_batch__of_somebody_signed_in_has_an_address_to_come_back_to(signed_in) -> None:  # type: ignore[no-untyped-def]
    doctor, other = signed_in("doctor"), signed_in("board")

    led = doctor.post("/batch", data={"list": f"{ABSENT}\r\nnonsense\r\n"})
    address = led.headers["location"]
    page, theirs = doctor.get(address).text, other.get(address).text

    assert led.status_code == 303 and ABSENT not in address
    assert "2 lines read." in page and ABSENT in page and "nonsense" in page
    assert ABSENT not in theirs and "lines read" not in theirs
    refused = doctor.post("/batch", data={"list": f"{ABSENT}\n010190-1234"})
    assert refused.status_code == 200 and "010190-1234" not in refused.text
