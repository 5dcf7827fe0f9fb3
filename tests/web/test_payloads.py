"""S4: the fixed corpus of hostile text through every open page and export that takes text."""

import csv
import io
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from embla.errors import EmblaError
from embla.platform.web import csv_response
from embla.submission.package import safe_path
from tests.web.clients import Reading, client_of
from tests.web.payloads import ALL, FORMULAS, PATHS

# Elements and attributes that our own pages never have, so one that is there came from the text.
FOREIGN = {"iframe", "video", "math", "base", "style", "object", "embed"}
PLACES = (
    "/search?q={}", "/gene/{}", "/variant/{}", "/region/{}", "/gene/CSTB?asked={}", "/batch?q={}", "/login?next={}",
    "/step-up?next={}", "/how?lang={}", "/releases/compare?before={}",
)  # fmt: skip


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


@pytest.mark.parametrize("where", PLACES)
def test_text__comes_back_as_text(anyone: httpx.Client, where: str) -> None:
    for payload in ALL:
        answer = anyone.get(where.format(quote(payload, safe="")))

        assert answer.status_code < 500, payload
        if "text/html" in answer.headers.get("content-type", ""):
            assert is_dead(answer), payload
        assert not answer.headers.get("location", "/").startswith(("//", "http", "javascript")), payload


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
