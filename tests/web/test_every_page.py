"""What holds for every page, in both languages: it answers, it is whole, it is in one language, nothing is inline."""

import gettext
import re

import httpx
import pytest

from embla.platform import LOCALE
from tests.web.clients import Reading

OPEN_PAGES = (
    "/", "/how", "/releases", "/batch", "/api", "/status", "/login", "/preferences", "/accessibility", "/privacy",
    "/catalogue", "/catalogue?q=brca", "/catalogue/GDI-DK-EMBLA-1", "/catalogue/GDI-DK-EMBLA-1?sex=F",
    "/gene/CSTB", "/region/chr21-43772512-43776445", "/region/chr21-43000000-44000000", "/search?q=hello",
    "/search?q=NM_000100.4:c.10G>A", "/variant/chr21-43774500", "/nothing-here",
)  # fmt: skip


@pytest.fixture(params=["en", "da"])
def reader(request: pytest.FixtureRequest) -> httpx.Client:
    name = "client" if request.param == "en" else "danish"
    client: httpx.Client = request.getfixturevalue(name)
    return client


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_page__is_whole_and_has_no_leftovers(reader: httpx.Client, path: str) -> None:
    answer = reader.get(path, follow_redirects=True)

    assert answer.status_code == (404 if path == "/nothing-here" else 200)
    page = Reading(answer.text)
    html = dict(page.tags)["html"]
    assert html["lang"] == reader.headers["Accept-Language"] == answer.headers["Content-Language"]
    assert sum(tag == "h1" for tag, _ in page.tags) == 1
    assert not re.search(r"<built-in|\{\{|\{%|object at 0x|None|Undefined|%\(", page.words)


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_page__has_nothing_inline_and_nothing_from_elsewhere(client: httpx.Client, path: str) -> None:
    page = Reading(client.get(path, follow_redirects=True).text)

    for tag, attributes in page.tags:
        assert tag != "style"
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
        assert tag != "script" or attributes.get("src", "").startswith("/static/")  # type: ignore[union-attr]
        for name in ("src", "href", "action"):
            if name in attributes and tag != "a":
                assert (attributes[name] or "").startswith("/")


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_page__has_unique_ids_and_labels_that_point_somewhere(client: httpx.Client, path: str) -> None:
    page = Reading(client.get(path, follow_redirects=True).text)

    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            for target in (attributes.get(name) or "").split():
                assert target in ids


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_danish_page__has_no_sentence_left_in_english(danish: httpx.Client, path: str) -> None:
    seen = Reading(danish.get(path, follow_redirects=True).text)

    for english in _translated():
        assert english not in seen.text


def test_page__says_where_its_other_language_is(client: httpx.Client) -> None:
    page = Reading(client.get("/gene/CSTB?release=2026.1&page=1").text)

    alternates = {a["hreflang"]: a["href"] for tag, a in page.tags if tag == "link" and "hreflang" in a}
    assert set(alternates) == {"en", "da"}
    assert "release=2026.1" in (alternates["da"] or "") and "lang=da" in (alternates["da"] or "")


def test_every_link_of_every_open_page__leads_somewhere(client: httpx.Client) -> None:
    seen: set[str] = set()
    waiting = ["/", "/gene/CSTB", "/how", "/releases"]
    while waiting and len(seen) < 120:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["Content-Type"]:
            targets = [href.split("#")[0] for href in Reading(answer.text).hrefs()]
            waiting += [href for href in targets if href.startswith("/") and href not in seen]
    assert len(seen) > 60


def _translated() -> list[str]:
    """Messages that read otherwise in Danish, and are long enough not to stand in a sentence by chance."""
    catalogue = gettext.translation("embla", str(LOCALE), ["da"])
    table: dict[object, str] = catalogue._catalog  # type: ignore[attr-defined]
    return [
        key for key, value in table.items() if isinstance(key, str) and len(key) > 9 and key != value and "%" not in key
    ]
