"""Several nodes at once: exact sums, one node down, late, or hostile; what is hidden stays hidden and is said."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from embla import cli
from embla.app import create_app
from embla.errors import UsageError
from embla.federation.network import asking
from embla.federation.network.asking import ask_network, peers_of
from embla.federation.network.model import Told, once_each, read_answer, summed
from embla.federation.network.reaching import Line, Seats
from embla.frequency import Listing, open_answer, open_region
from embla.genome import Variant
from embla.platform import OPERATOR, House, issue_token
from tests.federation.beacons import MODEL, ROOT
from tests.federation.schemas import check
from tests.web.clients import client_of, token_in
from tests.web.nation import WINDOW, WebNation

VARIANT = Variant("chr21", 43_774_500, "G", "C")
HOST = "node.example"
READER = "account:somebody"


def with_peers(house: House, *peers: str, seconds: int = 5) -> House:
    settings = replace(house.settings, node_peers=",".join(peers), node_peer_seconds=seconds)
    return replace(house, settings=settings)


@contextmanager
def node(house: House, name: str) -> Iterator[str]:
    """Another node on loopback, over HTTP as it is."""
    settings = replace(house.settings, node_id=name, requests_per_minute=0, anonymous_per_minute=0)
    app = create_app(settings, replace(house, settings=settings))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{ROOT}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def stranger(status: int, body: bytes, *, drip: bool = False, seen: list[bytes] | None = None) -> Iterator[str]:
    """A program that answers anything with this; `seen`: what it was asked."""
    seen = [] if seen is None else seen

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            if drip:
                for _ in range(200):
                    try:
                        self.wfile.write(b"H")
                    except OSError:
                        return
                    time.sleep(0.05)
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def closed_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}/beacon"


def said(*sets: dict[str, Any], beacon: str = "se.node", exists: bool = True) -> dict[str, Any]:
    return {
        "meta": {"beaconId": beacon}, "responseSummary": {"exists": exists}, "response": {"resultSets": list(sets)},
    }  # fmt: skip


def result_set(
    name: str = "GDI-SE-X-1", *, key: str = "frequencies", ref: str = "G", before: str = "", **cell: Any
) -> dict[str, Any]:  # fmt: skip
    total = {"population": "Total", "alleleFrequency": 0.1, "alleleCount": 10, "alleleNumber": 100} | cell
    record = {
        "variation": {
            "referenceBases": before + ref, "alternateBases": f"{before}C",
            "location": {"interval": {"start": {"value": VARIANT.pos - 1 - len(before)}}},
        },
        "frequencyInPopulations": [{key: [total, {"population": "SE", "alleleCount": 1, "alleleNumber": 2}]}],
    }  # fmt: skip
    return {"id": name, "setType": "dataset", "exists": True, "results": [record]}


def shown_of(house: House) -> Variant:
    return next(one.variant for one in Listing.open(house).overlapping(WINDOW.contig, WINDOW.start, WINDOW.end))


def test_two_nodes_and_one_that_is_down__sum_exactly_and_say_who_is_missing(nation: WebNation) -> None:
    with node(nation.house, "se.other") as other:
        down = closed_port()
        house = with_peers(nation.house, other, down)
        variant = shown_of(house)
        count = open_answer(house, variant).headline

        found = ask_network(house, READER, str(variant))

    assert [(one.node, one.state) for one in found.answers] == [
        ("dk.embla.beacon", "told"), ("se.other.beacon", "told"), (down.split("/")[2], "silent"),
    ]  # fmt: skip
    assert (found.total.ac, found.total.an, found.total.nodes) == (2 * (count.ac or 0), 2 * (count.an or 0), 2)
    assert found.total.af == (count.ac or 0) / (count.an or 1)
    assert found.partial and found.answers[2].why == "cannot be reached"


def test_what_a_node_hides__is_in_no_sum_is_not_zero_and_is_said(nation: WebNation) -> None:
    hidden = next(c for c in open_region(nation.house, WINDOW, page_size=1000).variants if c.status == "suppressed")
    text = f"{hidden.contig}-{hidden.pos}-{hidden.ref}-{hidden.alt}"
    start = {"location": {"interval": {"start": {"value": hidden.pos - 1}}}}
    told = result_set(alleleCount=7, alleleNumber=90)
    told["results"][0]["variation"] = start | {"referenceBases": hidden.ref, "alternateBases": hidden.alt}
    with stranger(200, json.dumps(said(told)).encode()) as other:
        found = ask_network(with_peers(nation.house, other), READER, text)

    assert [one.state for one in found.answers] == ["untold", "told"] and found.untold == ["dk.embla.beacon"]
    assert (found.total.ac, found.total.an, found.total.nodes) == (7, 90, 1) and not found.partial


@pytest.mark.parametrize(("status", "body", "why"), [
    (429, b"{}", "its budget is spent"), (401, b"{}", "asks who we are"), (302, b"", "status 302"),
    (500, b"<html>", "status 500"), (200, b"<html>", "form"), (200, b"[" * 100_000, "form"),
    (200, b"[]", "form"), (200, b'{"meta": 5}', "form"), (200, b"1" * (2 << 20), "too large"),
])  # fmt: skip
def test_hostile_answer__is_named_and_harms_nothing(nation: WebNation, status: int, body: bytes, why: str) -> None:
    with stranger(status, body) as other:
        found = ask_network(with_peers(nation.house, other), READER, str(shown_of(nation.house)))

    assert found.answers[1].state in ("silent", "unclear") and found.answers[1].why == why
    assert found.partial and found.total.nodes == 1


def test_late_node__is_not_waited_for_even_when_it_sends_letter_by_letter(nation: WebNation) -> None:
    with stranger(200, b"{}", drip=True) as other:
        seats = Seats(1)
        house = with_peers(nation.house, other, seconds=1)
        found = ask_network(house, READER, str(shown_of(nation.house)), seats=seats)
        assert (found.answers[1].state, found.answers[1].why) == ("silent", "late")
        wait_until(lambda: seats.free == 1, seconds=5)


@pytest.mark.parametrize(("answer", "state", "numbers"), [
    (said(result_set()), "told", (10, 100)),
    (said(result_set(key="populations")), "told", (10, 100)),
    (said(result_set("A"), result_set("B", alleleNumber=200)), "told", (10, 200)),
    (said(result_set("A"), result_set("A")), "unclear", None),
    (said(exists=False), "untold", None),
    (said(exists=True), "unclear", None),
    (said(result_set(ref="T")), "unclear", None),
    (said(result_set(alleleCount=101)), "unclear", None),
    (said(result_set(alleleCount=True)), "unclear", None),
    (said(result_set(alleleCount=10.0)), "unclear", None),
    (said(result_set(alleleCount=-1)), "unclear", None),
    (said(result_set(alleleNumber=None)), "unclear", None),
    (said(result_set(alleleCountHomozygous=11)), "unclear", None),
    (said(result_set(population="Everybody")), "unclear", None),
    (said(result_set(before="A" * 100)), "told", (10, 100)),
    (said(result_set(before="A" * 10_000)), "unclear", None),
    (said({"id": "A", "results": [{}, {}]}), "unclear", None),
    (said({"id": "A", "results": "x"}), "unclear", None),
])  # fmt: skip
def test_answer__counts_only_where_it_is_whole_numbers_of_the_asked_allele(
    answer: Any, state: str, numbers: tuple[int, int] | None
) -> None:
    found = read_answer(answer, VARIANT, "https://node.example/b", HOST)

    assert found.state == state
    assert (found.ac, found.an) == (numbers or (None, None))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["meta", "beaconId", "response", "resultSets", "results", "responseSummary", "exists", "id",
                         "variation", "frequencyInPopulations", "frequencies", "population", "alleleCount"]),
        inner, max_size=4,
    ), max_leaves=12,
)  # fmt: skip


@given(_JSON)
def test_any_json__is_read_without_a_fault(answer: Any) -> None:
    assert read_answer(answer, VARIANT, "", HOST).state in ("told", "untold", "unclear")


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(50, 1 << 39), st.booleans()), max_size=6))
def test_sum__is_that_of_integers_and_leaves_out_what_one_node_has_not_told(cells: list[tuple[int, int, bool]]) -> None:
    told = [
        Told(str(n), "", "told", "D", ac, an, {"het": ac if knows else None, "hom": 0, "hemi": 0})
        for n, (ac, an, knows) in enumerate(cells)
    ]
    whole = summed([*told, Told("x", "", "silent"), Told("y", "", "untold")])

    assert (whole.ac, whole.an) == (sum(c[0] for c in cells), sum(c[1] for c in cells))
    assert whole.genotypes["het"] == (whole.ac if cells and all(c[2] for c in cells) else None)


def test_node_under_two_addresses__counts_once() -> None:
    one = read_answer(said(result_set()), VARIANT, "https://a.example", "a.example")

    found = once_each([one, replace(one, address="https://b.example"), Told("c", "https://c", "silent")])

    assert [each.state for each in found] == ["told", "again", "silent"] and summed(found).an == 100


def test_node_that_takes_the_name_of_another__silences_nobody_unseen() -> None:
    ours = Told("dk.embla.beacon", "", "told", "D", 10, 100)
    honest = Told("se.node", "https://a.example", "told", "S", 5, 50)
    thief = Told("se.node", "https://b.example", "told", "S", 0, 9_999)
    posing = replace(thief, node="dk.embla.beacon")

    assert [one.state for one in once_each([ours, honest, thief])] == ["told", "unclear", "unclear"]
    assert [one.state for one in once_each([ours, honest, posing])] == ["told", "told", "unclear"]


def test_settings__name_beacons_by_https_alone(nation: WebNation) -> None:
    assert peers_of(with_peers(nation.house, " https://a.example/v2/ ", "https://a.example/v2", "")) == (
        "https://a.example/v2",
    )
    for wrong in ("http://a.example/v2", "ftp://a", "a.example"):
        with pytest.raises(UsageError):
            peers_of(with_peers(nation.house, wrong))


def test_beacon_of_beacons__has_a_result_set_for_each_node_and_is_for_accounts(nation: WebNation) -> None:
    with node(nation.house, "se.other") as other:
        house = with_peers(nation.house, other, closed_port())
        client = client_of(create_app(house.settings, house))
        variant = shown_of(house)
        query = {"requestParameters": {"genomicAlleleShortForm": str(variant)}}
        refused = client.post("/beacon/network/v2/g_variants", content=b"{", headers={"Accept": "application/json"})
        with house.database.transaction() as connection:
            token = issue_token(connection, "doctor", label="n", by=OPERATOR, at=house.clock())
        client.headers["Authorization"] = f"Bearer {token}"
        told = client.post("/beacon/network/v2/g_variants", json={"meta": {}, "query": query})
        wide = client.post("/beacon/network/v2/g_variants", json={"query": {"requestParameters": {
            "referenceName": "21", "start": 5, "end": 10}}})  # fmt: skip

    assert refused.status_code == 401 and "error" in refused.json()
    assert told.status_code == 200, told.text
    check("framework/json/responses/beaconResultsetsResponse.json", told.json())
    sets = told.json()["response"]["resultSets"]
    assert [one["beaconId"] for one in sets] == ["dk.embla.beacon", "se.other.beacon"]
    for one in sets:
        check(f"{MODEL}/genomicVariations/defaultSchema.json", one["results"][0])
    info = told.json()["info"]
    assert info["partial"] and info["sum"]["nodes"] == 2 and info["warnings"]
    assert wide.status_code == 400


@pytest.mark.parametrize("path", ["", "/", "/info", "/service-info", "/configuration", "/entry_types", "/map",
                                  "/filtering_terms"])  # fmt: skip
def test_beacon_of_beacons__says_what_it_is_in_the_official_form(nation: WebNation, path: str) -> None:
    from tests.federation.beacons import INFORMING, RESPONSES

    answer = client_of(create_app(nation.house.settings, nation.house)).get(f"/beacon/network/v2{path}")

    assert answer.status_code == 200
    check(f"{RESPONSES}/{INFORMING[path]}.json", answer.json())


def test_page__shows_each_node_and_the_sum_and_what_is_missing(nation: WebNation) -> None:
    with node(nation.house, "se.other") as other:
        house = with_peers(nation.house, other, closed_port())
        client = client_of(create_app(house.settings, house))
        assert client.get("/network").status_code in (302, 303, 401)
        sign_in(client)
        page, empty, wrong = (asked_on_page(client, text) for text in (str(shown_of(house)), "", "nonsense"))

    assert "se.other.beacon" in page.text and "2 nodes" in page.text and "Not every node answered" in page.text
    assert empty.status_code == 200 and wrong.status_code == 400


def test_link_to_the_page__fills_the_question_in_and_asks_nobody(nation: WebNation) -> None:
    asked: list[bytes] = []
    with stranger(200, json.dumps(said(result_set())).encode(), seen=asked) as other:
        house = with_peers(nation.house, other)
        client = client_of(create_app(house.settings, house))
        sign_in(client)
        variant = str(shown_of(house))

        linked = client.get(f"/network?variant={variant}")
        forged = client.post("/network", data={"variant": variant})

        assert asked == [] and "<table" not in linked.text
        assert f'value="{variant}"' in linked.text and 'method="post"' in linked.text
        assert forged.status_code == 403
        assert asked_on_page(client, variant).status_code == 200 and len(asked) == 1


def test_threads__are_bounded_for_all_readers_and_who_waits_too_long_is_told_and_pays_nothing(
    nation: WebNation, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = Seats(4, turn=0.2)
    monkeypatch.setattr(asking, "_SEATS", seats)
    with stranger(200, b"{}", drip=True) as one, stranger(200, b"{}", drip=True) as two:
        house = with_peers(nation.house, one, two, seconds=2)
        paid: list[str] = []
        monkeypatch.setattr(asking, "_own", lambda *_: paid.append("") or Told("dk", "", "untold"))
        client = client_of(create_app(house.settings, house))
        sign_in(client)
        variant = str(shown_of(house))
        readers = [threading.Thread(target=ask_network, args=(house, READER, variant)) for _ in range(2)]
        for reader in readers:
            reader.start()
        wait_until(lambda: seats.free == 0)

        busy = asked_on_page(client, variant)
        door = client.post("/beacon/network/v2/g_variants", json={"query": {"requestParameters": {
            "genomicAlleleShortForm": variant}}})  # fmt: skip

        assert (busy.status_code, door.status_code) == (503, 503) and "no turn" in busy.text
        assert len(paid) == 2 and len(seats._pool._threads) == 4
        for reader in readers:
            reader.join()
        wait_until(lambda: seats.free == 4)
        again = ask_network(house, READER, variant)
    assert [each.why for each in again.answers[1:]] == ["late", "late"]


def test_line__that_is_encrypted_letter_by_letter_is_cut_in_time() -> None:
    """A handshake's messages renew the time of each reading, as heads do."""
    listener = socket.create_server(("127.0.0.1", 0))
    seats = Seats(1)

    def slow() -> None:
        with suppress(OSError):
            link, _ = listener.accept()
            with link:
                link.sendall(b"\x16\x03\x03\x3f\xff")  # a record of 16 kB is to come
                for _ in range(400):
                    link.sendall(b"\x02")
                    time.sleep(0.02)

    def reach(line: Line) -> str:
        try:
            line.post(f"https://127.0.0.1:{listener.getsockname()[1]}/b", b"{}")
        except TimeoutError:
            return "late"
        return "answered"

    threading.Thread(target=slow, daemon=True).start()
    with listener:
        with seats.taken(1) as taken:
            before = time.monotonic()
            assert taken.ask([reach], 0.5, time.monotonic) in ([None], ["late"])
        wait_until(lambda: seats.free == 1, seconds=2)
        assert time.monotonic() - before < 3


def wait_until(true: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def asked_on_page(client: httpx.Client, variant: str) -> httpx.Response:
    form = {"variant": variant, "csrf": token_in(client.get("/network").text)}
    return client.post("/network", data=form)


def sign_in(client: httpx.Client) -> None:
    page = client.get("/login")
    client.post("/login", data={"account": "doctor", "csrf": token_in(page.text)})


def test_command__tells_each_node_and_the_sum_and_fails_where_one_is_missing(
    nation: WebNation, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(nation.house.home))
    variant = str(shown_of(nation.house))

    assert cli.run(["node", "ask", variant, "--json"]) == 0
    monkeypatch.setenv("EMBLA_NODE_PEERS", closed_port())
    assert cli.run(["node", "ask", variant, "--json"]) == 1

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line.get("state") for line in lines] == ["told", None, "told", "silent", None]
    assert lines[1]["alleleCount"] == lines[0]["alleleCount"] and not lines[1]["partial"] and lines[4]["partial"]


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
)
def test_door__that_another_sites_link_opens_asks_nobody(nation: WebNation, headers: dict[str, str]) -> None:
    asked: list[Any] = []
    with stranger(200, json.dumps(said(result_set())).encode(), seen=asked) as other:
        house = with_peers(nation.house, other)
        client = client_of(create_app(house.settings, house))
        sign_in(client)
        question = {"genomicAlleleShortForm": str(shown_of(house))}

        own = client.get("/beacon/network/v2/g_variants", params=question, headers={"Sec-Fetch-Site": "none"})
        before = len(asked)
        theirs = client.get("/beacon/network/v2/g_variants", params=question, headers=headers)

    assert own.status_code == 200 and before == 1
    assert theirs.status_code == 403 and len(asked) == before
