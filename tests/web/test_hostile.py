"""Whatever is asked: an answer, never a defect, and never markup that the reader's browser would run."""

from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.clients import client_of

# Text near what the parsers expect goes deeper than any text at all.
NEAR = st.text(alphabet="0123456789ACGTNacgtn:>-_., <>*chrXYMNCg\t\n=del()[]/'\"{}%", max_size=60)
ANY = st.text(max_size=80)
TEXT = NEAR | ANY


@pytest.fixture(scope="module")
def anyone(app: FastAPI) -> httpx.Client:
    return client_of(app)


@pytest.mark.parametrize(
    "path",
    ["/variant/{}", "/variant/{}.json", "/variant/{}.csv", "/gene/{}", "/gene/{}.json", "/region/{}", "/region/{}.csv"],
)
@settings(max_examples=60)
@given(text=TEXT)
def test_addresses__made_of_any_text_never_break(anyone: httpx.Client, path: str, text: str) -> None:
    answer = anyone.get(path.format(quote(text, safe="")))

    assert answer.status_code < 500, text


@pytest.mark.parametrize("path", ["/search", "/search/suggest", "/batch", "/batch.json", "/batch.csv"])
@settings(max_examples=60)
@given(text=TEXT)
def test_forms__with_any_text_never_break(anyone: httpx.Client, path: str, text: str) -> None:
    answer = anyone.post(path, data={"q": text, "list": text})

    assert answer.status_code < 500, text


@settings(max_examples=60)
@given(query=st.dictionaries(st.sampled_from("release page sort order kind part at lang asked q".split()), TEXT))
def test_queries__of_any_text_never_break(anyone: httpx.Client, query: dict[str, str]) -> None:
    # A gene's page is a region's with a name, and long.
    for path in ("/region/chr21-43772512-43772600", "/variant/chr21-43774500-G-C", "/gene/CSTB.json"):
        assert anyone.get(path, params=query).status_code < 500


@pytest.mark.parametrize("body", [b"", b"q=%ff%fe", b"q=" + b"%00" * 50, b"=&=&=", b"q" * 9000, b"--x\r\n\r\n"])
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_broken_bodies__never_break(anyone: httpx.Client, body: bytes, kind: str) -> None:
    for path in ("/search", "/batch", "/login", "/preferences", "/submissions/send"):
        assert anyone.post(path, content=body, headers={"Content-Type": kind}).status_code < 500


@pytest.mark.parametrize("cookie", ["x", "a" * 5000, "'; drop table sessions; --", "\u00e9"])
def test_strange_session_cookies__are_nobody(app: FastAPI, cookie: str) -> None:
    client = client_of(app)

    answer = client.get("/", headers={"Cookie": f"embla_session={cookie}; embla_lang=xx; embla_theme=<b>".encode()})

    assert answer.status_code == 200 and "Sign in" in answer.text and "<b>" not in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods__are_405(anyone: httpx.Client, method: str) -> None:
    assert anyone.request(method, "/how").status_code == 405


@pytest.mark.parametrize("path", ["/", "/variant/chr21-43774500-G-C.json", "/static/embla.css", "/nothing"])
def test_head__is_get_without_a_body(anyone: httpx.Client, path: str) -> None:
    head, get = anyone.head(path), anyone.get(path)

    assert head.status_code == get.status_code
    assert head.content == b"" and head.headers["content-type"] == get.headers["content-type"]
