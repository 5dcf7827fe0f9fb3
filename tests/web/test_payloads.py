"""S4: the fixed corpus of hostile text through every open page and export that takes text."""

import csv
import io
import json
import unicodedata
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from embla.errors import EmblaError
from embla.platform.web import csv_response
from embla.platform.web.shell import own_path
from embla.platform.web.unseen import shown, told_by_number
from embla.submission.package import safe_path
from tests.web.clients import Reading, client_of
from tests.web.payloads import ALL, FORMULAS, PATHS, batches

# Elements and attributes that our own pages never have, so one that is there came from the text.
FOREIGN = {"iframe", "video", "math", "base", "style", "object", "embed"}
PLACES = (
    "/search?q={}", "/gene/{}", "/variant/{}", "/region/{}", "/gene/CSTB?asked={}", "/batch?q={}", "/login?next={}",
    "/step-up?next={}", "/how?lang={}", "/releases/compare?before={0}&after={0}&region={0}", "/gene/{}.json",
    "/gene/{}.csv", "/variant/{}.json", "/variant/{}.csv", "/region/{}.json", "/region/{}.csv", "/api/frequencies/{}",
    "/api/regions/{}", "/api/structural/{}",
    "/api/releases/{0}/compare/{0}?region={0}", "/nothing-here/{}", "/status?release={}", "/catalogue?q={}",
    "/releases?release={}",
)  # fmt: skip
ONE_BY_ONE = ("/search?q={}",)
# Unicode's categories of what has no picture: controls, formats, line and paragraph ends, halves of pairs.
UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Cs")


@pytest.fixture(scope="module")
def anyone(app: FastAPI) -> httpx.Client:
    return client_of(app)


def test_corpus__holds_what_was_promised() -> None:
    assert len(set(ALL)) == len(ALL) >= 150


def is_dead(answer: httpx.Response) -> bool:
    """No element, handler or address of the text's own is alive on the page."""
    for tag, attributes in Reading(answer.text).tags:
        if tag in FOREIGN or any(name.startswith("on") for name in attributes):
            return False
        if tag == "script" and not (attributes.get("src") or "").startswith("/static/"):
            return False
        if tag == "meta" and "http-equiv" in attributes:
            return False
        for name in ("href", "action", "src"):
            address = (attributes.get(name) or "").strip().lower()
            # A path of ours may hold the text; what leads elsewhere may not.
            if address.startswith(("javascript:", "vbscript:", "data:", "//", "http:", "https:")):
                return False
    return True


def unseen_in(text: str) -> set[str]:
    """Letters in an answer that nobody sees: controls, zero-width ones, those that turn the direction."""
    return {f"U+{ord(letter):04X}" for letter in set(text) - set("\t\n\r") if unicodedata.category(letter) in UNSEEN}


@pytest.mark.parametrize("where", PLACES)
def test_text__comes_back_as_text(anyone: httpx.Client, where: str) -> None:
    # One by one where one text is parsed in many ways; elsewhere as many at once as an address takes.
    for text in ALL if where in ONE_BY_ONE else batches(400):
        answer = anyone.get(where.format(quote(text, safe="")))

        assert answer.status_code < 500, text
        assert not unseen_in(answer.text), text
        if "text/html" in answer.headers.get("content-type", ""):
            assert is_dead(answer), text
        assert not answer.headers.get("location", "/").startswith(("//", "http", "javascript")), text


@pytest.mark.parametrize(
    "payload", [*ALL, "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example"]
)
def test_addresses__to_go_back_to_are_paths_of_ours(payload: str) -> None:
    back = own_path(payload)

    assert back == "/" or (back == payload and payload[0] == "/" and payload[1] not in "/\\" and payload.isprintable())


def test_an_unseen_letter__is_told_of_alone_as_among_others() -> None:
    every = "".join(map(chr, range(0x110000)))
    among = shown(every)

    assert [hex(ord(letter)) for letter, now in zip(every, among, strict=True) if shown(letter) != now] == []


def test_unseen_letters__are_told_of_on_pages_and_by_number_in_json() -> None:
    every = "".join(map(chr, range(0x110000)))
    unseen = {letter for letter in every if unicodedata.category(letter) in UNSEEN} - set("\t\n\r")

    changed = {letter for letter, now in zip(every, shown(every), strict=True) if now != letter}

    assert unseen <= changed
    # Beside them: letters without a picture, and those that a newer Unicode than this Python's has.
    blank = set("\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2065\u3164\uffa0")
    assert changed - unseen - {*every[0x13439:0x13440], *every[0xE0000:0xE1000]} <= blank
    told = told_by_number(json.dumps(sorted(unseen), ensure_ascii=False))
    assert json.loads(told) == sorted(unseen) and told.isascii()


@pytest.mark.parametrize("text", ["Ærø – 1\xa0234 ‑ 5 %\n", "", "a\tb", "日本"])
def test_seen_letters__stay(text: str) -> None:
    assert shown(text) == told_by_number(text) == text


def test_lists__pasted_come_back_as_text_and_their_csv_runs_nothing(anyone: httpx.Client) -> None:
    pasted = "\n".join(payload.replace("\r", "").replace("\n", "") for payload in ALL)

    page = anyone.post("/batch", data={"list": pasted})
    table = anyone.post("/batch.csv", data={"list": pasted})

    assert page.status_code < 500 and is_dead(page)
    cells = [cell for row in csv.reader(io.StringIO(table.text)) for cell in row]
    assert len(cells) > len(ALL)
    assert not [c for c in cells if c.startswith(("=", "+", "@", "\t", "\r")) or (c.startswith("-") and not _number(c))]


def _number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("payload", FORMULAS)
def test_csv__begins_no_formula(payload: str) -> None:
    body = csv_response("x", ["a"], [[payload]]).body

    assert next(csv.reader(io.StringIO(bytes(body).decode(), newline="")))
    assert list(csv.reader(io.StringIO(bytes(body).decode(), newline="")))[1][0].startswith("'")


@pytest.mark.parametrize("payload", [p for p in PATHS if ".." in p.replace("\\", "/").split("/") or p.startswith("/")])
def test_package__leads_out_of_no_folder(payload: str) -> None:
    try:
        found = safe_path(payload)
    except (EmblaError, ValueError):
        return
    assert not found
