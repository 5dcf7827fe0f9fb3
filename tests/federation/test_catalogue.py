"""The FAIR Data Point: crawled as a harvester does, valid against GDI's shapes, of which each refuses its mutants."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyshacl import validate
from rdflib import RDF, SH, BNode, Graph, Literal, Namespace, URIRef

from embla.app import create_app
from embla.datasets import draft_data_set, people_in, publish_data_set, shown_data_set, withdraw_data_set
from embla.federation.operating import check_node, preview_of, status_of
from embla.federation.purse import SHARES, Purse
from embla.platform import OPERATOR, House
from embla.registry import patient_groups
from tests.datasets.test_service import said
from tests.federation.schemas import DATA
from tests.web.clients import client_of, token_in
from tests.web.nation import GROUPS, shared

DCT, DCAT = Namespace("http://purl.org/dc/terms/"), Namespace("http://www.w3.org/ns/dcat#")
OTHER = "GOE-DK-EMBLA-7"
# One of GDI's files uses a prefix that it does not declare.
FOAF = "@prefix foaf: <http://xmlns.com/foaf/0.1/> .\n@prefix : <urn:shape:> .\n"


def _shapes(*files: Path) -> Graph:
    graph = Graph()
    for file in files:
        graph.parse(data=FOAF + file.read_text("utf-8"), format="turtle")
    return graph


SHAPES = _shapes(*sorted((DATA / "gdi-metadata-shacl").glob("*.ttl")), *sorted((DATA / "fdp-shacl").glob("*.ttl")))
DCAT_AP = _shapes(DATA / "dcat-ap" / "shapes.ttl")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = shared(tmp_path_factory).house
    house = replace(made, settings=replace(made.settings, node_contact="mailto:data@example.org", demo=True))
    draft_data_set(house, OPERATOR, said(keywords=["genome"]))
    publish_data_set(house, OPERATOR, OTHER)
    yield house
    house.database.close()


@pytest.fixture(scope="module")
def client(home: House) -> httpx.Client:
    return client_of(create_app(replace(home.settings, demo=False), home))


def crawled(client: httpx.Client) -> Graph:
    """Everything that is reached from the root, as one graph; every address of ours must answer."""
    whole, todo, seen = Graph(), ["/fairdp"], set[str]()
    while todo:
        path = todo.pop()
        seen.add(path)
        answer = client.get(path, headers={"Accept": "text/turtle"})
        assert answer.status_code == 200, path
        assert answer.headers["access-control-allow-origin"] == "*"
        part = Graph().parse(data=answer.text, format="turtle")
        whole += part
        for there in part.objects():
            address = httpx.URL(str(there)) if isinstance(there, URIRef) and "/fairdp/" in str(there) else None
            if address and "#" not in str(there) and address.path not in seen | set(todo):
                todo.append(address.path)
    return whole


@pytest.fixture(scope="module")
def whole(client: httpx.Client) -> Graph:
    return crawled(client)


def valid(graph: Graph, shapes: Graph = SHAPES) -> tuple[bool, str]:
    conforms, _, text = validate(graph, shacl_graph=shapes, inference="none", advanced=False)
    return bool(conforms), text


def test_catalogue__is_valid_by_gdis_shapes_and_those_of_dcat_ap(whole: Graph) -> None:
    assert {str(o) for o in whole.objects(None, DCT.identifier)} == {"GDI-DK-EMBLA-1", OTHER}
    # GDI's standards are described in its own shapes file.
    ok, told = valid(whole)
    assert ok, told
    ok, told = valid(whole, DCAT_AP)
    assert ok, told


def held(graph: Graph, target: URIRef) -> URIRef | BNode:
    return next(iter(sorted(graph.subjects(RDF.type, target), key=str)))


def mutants() -> list[tuple[str, URIRef, URIRef, URIRef, Any]]:
    """(name, class, path, constraint, its value) of every constraint that a property shape of a target has."""
    found = []
    for shape, target in SHAPES.subject_objects(SH.targetClass):
        for held_to in SHAPES.objects(shape, SH.property):
            path = SHAPES.value(held_to, SH.path)
            for kind, value in SHAPES.predicate_objects(held_to):
                if kind in (SH.minCount, SH.maxCount, SH.nodeKind, SH.datatype, SH["in"], SH.pattern, SH.uniqueLang,
                            SH["class"], SH.hasValue):  # fmt: skip
                    name = "-".join(str(part).rsplit("/", 1)[-1].rsplit("#", 1)[-1] for part in (target, path, kind))
                    found.append((name, target, path, kind, value))
    return sorted({one[0]: one for one in found}.values(), key=lambda one: one[0])


# Which statements a graph of one resource needs, so that a mutant is judged in milliseconds.
def around(graph: Graph, subject: Any) -> Graph:
    part, todo = Graph(), [subject]
    while todo:
        one = todo.pop()
        for triple in graph.triples((one, None, None)):
            part.add(triple)
            if isinstance(triple[2], BNode):
                todo.append(triple[2])
    return part


def changed(graph: Graph, subject: Any, path: URIRef, kind: URIRef, value: Any) -> None:
    """Make one statement of `subject` wrong in the way that the constraint forbids."""
    values = list(graph.objects(subject, path))
    if kind == SH.minCount:
        graph.remove((subject, path, None))
    elif kind == SH.maxCount:
        first = values[0] if values else URIRef("http://example.org/1")
        others = [Literal("one", lang="en"), Literal("two", lang="da")] if isinstance(first, Literal) else [
            URIRef("http://example.org/1"), URIRef("http://example.org/2")]  # fmt: skip
        for other in others:
            graph.add((subject, path, other))
    elif kind == SH.uniqueLang:
        graph.add((subject, path, Literal("one", lang="en")))
        graph.add((subject, path, Literal("two", lang="en")))
    else:
        graph.remove((subject, path, None))
        bad: Any = Literal("neither", lang="en" if kind == SH.datatype else None)
        if value == SH.Literal or kind in (SH["in"], SH["class"], SH.hasValue):
            bad = URIRef("http://example.org/none")
        if kind == SH.pattern:
            text = isinstance(values[0] if values else None, Literal)
            bad = Literal("GDI-1") if text else URIRef("urn:none")
        graph.add((subject, path, bad))


TARGETS = sorted({one[1] for one in mutants()}, key=str)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target).rsplit("/", 1)[-1].rsplit("#", 1)[-1])
def test_shapes__refuse_a_mutant_of_every_constraint(whole: Graph, target: URIRef) -> None:
    """All mutants of a class are judged at once: copies of what the catalogue has, each wrong in one way."""
    judged, expected = Graph(), {}
    for number, (name, of, path, kind, value) in enumerate(mutants()):
        if of == target:
            subject = held(whole, target) if (None, RDF.type, target) in whole else BNode()
            part = around(whole, subject)
            part.add((subject, RDF.type, target))
            changed(part, subject, path, kind, value)
            mutant = URIRef(f"urn:mutant:{number}")
            expected[mutant] = (name, path)
            for s, p, o in part:
                judged.add((mutant if s == subject else s, p, o))

    _, results, _ = validate(judged, shacl_graph=SHAPES, inference="none")

    refused = {
        (results.value(r, SH.focusNode), results.value(r, SH.resultPath))
        for r in results.subjects(RDF.type, SH.ValidationResult)
    }
    assert expected and [name for mutant, (name, path) in expected.items() if (mutant, path) not in refused] == []


def test_mutants__cover_every_property_shape_that_forbids_something() -> None:
    forbids = {
        SH.minCount,
        SH.maxCount,
        SH.nodeKind,
        SH.datatype,
        SH["in"],
        SH.pattern,
        SH.uniqueLang,
        SH["class"],
        SH.hasValue,
    }
    shaped = {
        (target, SHAPES.value(one, SH.path))
        for shape, target in SHAPES.subject_objects(SH.targetClass)
        for one in SHAPES.objects(shape, SH.property)
        if forbids & set(SHAPES.predicates(one))
    }
    assert shaped == {(target, path) for _, target, path, _, _ in mutants()} and len(shaped) > 60


def test_node__of_a_nested_agent_without_a_name_is_refused(whole: Graph) -> None:
    """`sh:node`: a data set is not valid whose publisher, creator or body of access is not."""
    for predicate in (DCT.publisher, DCT.creator, URIRef("http://healthdataportal.eu/ns/health#hdab")):
        part = around(whole, held(whole, DCAT.Dataset))
        agent = next(iter(part.objects(held(whole, DCAT.Dataset), predicate)))
        part.remove((agent, URIRef("http://xmlns.com/foaf/0.1/name"), None))
        assert not valid(part)[0], predicate


def test_form__is_turtle_or_json_ld_by_accept_and_both_say_the_same(client: httpx.Client) -> None:
    path = f"/fairdp/dataset/{OTHER}"
    turtle = client.get(path, headers={"Accept": "application/rdf+xml, text/turtle;q=0.9, */*;q=0.1"})
    ld = client.get(path, headers={"Accept": "text/turtle;q=0.2, application/ld+json"})
    strange = client.get(path, headers={"Accept": "image/png"})

    assert [one.headers["content-type"].split(";")[0] for one in (turtle, ld, strange)] == [
        "text/turtle", "application/ld+json", "text/turtle",
    ]  # fmt: skip
    one, other = Graph().parse(data=turtle.text, format="turtle"), Graph().parse(data=ld.text, format="json-ld")
    assert len(one) == len(other) and set(one.predicates()) == set(other.predicates())
    assert json.loads(ld.text) and ld.headers["vary"] == "Accept"


@pytest.mark.parametrize("path", ["/fairdp/", "/fairdp/catalog/main/", f"/fairdp/dataset/{OTHER}/"])
def test_slash__at_the_end_leads_to_the_resource(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 308 and answer.headers["location"] == path.rstrip("/")


def test_slash__behind_letters_of_any_alphabet_leads_on_too(client: httpx.Client) -> None:
    answer = client.get("/fairdp/dataset/%E6%97%A5/")
    assert answer.status_code == 308 and answer.headers["location"] == "/fairdp/dataset/%E6%97%A5"


def test_licence__for_everybody_stands_on_open_data_sets_alone(whole: Graph) -> None:
    licensed = {str(one).rsplit("/", 1)[-1] for one in whole.subjects(DCT.license)}
    assert "GDI-DK-EMBLA-1" in licensed and OTHER not in licensed


def counted(client: httpx.Client, **asked: str) -> httpx.Response:
    """The count of the form's button; over HTTPS, as a node that is no demo keeps its cookies for that."""
    address = f"https://127.0.0.1:8000/catalogue/{OTHER}"
    token = token_in(client.get(address).text)
    return client.post(address, data={"csrf": token, **asked})


@pytest.mark.parametrize(
    "path", ["dataset/GDI-DK-NONE-1", "dataset/..%2f..%2fetc", "catalog/x", "profile/x", "service/x", "nothing/main"]
)
def test_what_is_not_there__is_404(client: httpx.Client, path: str) -> None:
    assert client.get(f"/fairdp/{path}").status_code == 404


def test_hostile_words__of_a_data_set_stay_words(client: httpx.Client, home: House) -> None:
    bad = 'x" . <urn:a> <urn:b> <urn:c> . \\ \n"""@en <script>'
    draft_data_set(home, OPERATOR, said(id="GDI-DK-EVIL-1", title={"en": bad}, keywords=[bad]))
    publish_data_set(home, OPERATOR, "GDI-DK-EVIL-1")
    for accept, form in (("text/turtle", "turtle"), ("application/ld+json", "json-ld")):
        text = client.get("/fairdp/dataset/GDI-DK-EVIL-1", headers={"Accept": accept}).text
        graph = Graph().parse(data=text, format=form)
        assert Literal(bad, lang="en") in set(graph.objects()) and URIRef("urn:a") not in set(graph.subjects())

    withdraw_data_set(home, OPERATOR, "GDI-DK-EVIL-1", "It was a test.")
    gone = client.get("/fairdp/dataset/GDI-DK-EVIL-1")
    graph = Graph().parse(data=gone.text, format="turtle")
    assert gone.status_code == 410 and any(str(o).endswith("/WITHDRAWN") for o in graph.objects())
    assert "GDI-DK-EVIL-1" not in client.get("/fairdp/catalog/main").text


def test_page__tells_a_data_set_and_how_many_people_in_both_languages(client: httpx.Client, home: House) -> None:
    page = counted(client, sex="F").text
    assert "DUO:0000006" in page and "About " in page and "Rounded down to" in page
    danish = client.get(f"/catalogue/{OTHER}", headers={"Accept-Language": "da"}).text
    assert "Europas genom" in danish and "Vilkår for brug" in danish
    assert client.get("/catalogue/GDI-DK-NO-1").status_code == 404
    assert counted(client, sex="Z").status_code == 400


def test_search__of_a_gene_finds_data_sets_variables_and_the_gene(client: httpx.Client) -> None:
    page = client.get("/catalogue?q=CSTB").text
    assert 'href="/gene/CSTB"' in page
    assert "Patient group" in client.get("/catalogue?q=BRCA").text
    assert OTHER in client.get("/catalogue?q=genome+europe").text
    evil = client.get("/catalogue", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in evil


def test_feasibility__is_of_the_release_and_not_of_the_day(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    data, later = shown_data_set(home, OTHER).data, home.clock() + timedelta(days=1)
    before = people_in(home, data)
    monkeypatch.setattr("embla.registry.counted_genomes", lambda *_, **__: [])
    monkeypatch.setattr("embla.datasets.feasibility._TABLES", {})
    assert people_in(replace(home, clock=lambda: later), data) == before
    assert before


def test_feasibility__comes_out_of_the_readers_budget(home: House) -> None:
    strict = replace(home, settings=replace(home.settings, demo=False, query_budget_open=20))
    door = client_of(create_app(strict.settings, strict))
    made_up = [counted(door, region=code).status_code for code in ("x1", "x2", "x3")]
    assert made_up == [400] * 3 and Purse.of(strict, "").spent() == 0
    with home.database.reading() as connection:
        empty = [one.code for one in patient_groups(connection) if one.code not in GROUPS]
    answers = [counted(door, patient_group=code) for code in empty]
    assert (answers[0].status_code, answers[-1].status_code) == (200, 429)
    assert "Nobody, or too few" in answers[0].text and "more than a reader may learn" in answers[-1].text
    assert Purse.of(strict, "").spent() == pytest.approx(0.02 / SHARES), "one block has spent its own share"


def test_feasibility__is_not_asked_by_a_link_nor_by_a_form_of_another_site(home: House) -> None:
    strict = replace(home, settings=replace(home.settings, demo=False, query_budget_open=1_000))
    door, before = client_of(create_app(strict.settings, strict)), Purse.of(strict, "").spent()
    # Whatever a link, a prefetch or a crawler asks, the criteria of an old link among it: the form, filled in.
    for ask in (door.get, door.head):
        assert ask(f"/catalogue/{OTHER}?count=1&sex=F").status_code == 200
    page = door.get(f"/catalogue/{OTHER}?count=1&sex=F").text
    assert 'method="post"' in page and '<option value="F" selected>' in page
    assert "Rounded down" not in page and "too few or too many" not in page

    foreign = door.post(f"/catalogue/{OTHER}", data={"sex": "F"})
    answer = counted(door, sex="F")

    assert foreign.status_code == 403 and "Rounded down" not in foreign.text
    assert answer.headers["cache-control"] == "no-store" and f'href="/catalogue/{OTHER}?lang=da"' in answer.text
    assert Purse.of(strict, "").spent() > before, "the button does spend"


def test_operator__sees_how_the_node_stands_what_is_missing_and_what_a_release_tells(home: House) -> None:
    status = status_of(home)
    assert OTHER in status["data_sets"] and status["release"]
    checks = {one.name: one.ok for one in check_node(home)}
    assert checks["catalogue"] and checks["contact"] and not checks["organisation"]
    told = list(preview_of(home))
    (contig,) = (one for one in told if one.get("contig") == "chr21")
    assert contig["carried"] == contig["told"] + contig["hidden"] and contig["hidden"] > 0
    strict = replace(home, settings=replace(home.settings, demo=False))
    assert list(preview_of(strict))[-1]["power_at_5_percent_false_positives"] < 0.15
