"""A client without a network, and what tests read out of a page."""

import re
import warnings
from html.parser import HTMLParser

import httpx
from fastapi import FastAPI

with warnings.catch_warnings():
    # Starlette 1.x would rather have httpx2, which the rest of the tests do not need.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient


def client_of(app: FastAPI, language: str = "en", **options: object) -> httpx.Client:
    """A browser-like client; it keeps cookies and follows no redirect. Errors of the server come out as answers."""
    headers = {"Accept-Language": language, "Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    client = TestClient(
        app, base_url="http://127.0.0.1:8000", follow_redirects=False, raise_server_exceptions=False, headers=headers
    )
    return client  # type: ignore[return-value]


def token_in(page: str) -> str:
    """The CSRF token of the first form that has one."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "no form with a token on this page"
    return found[1]


class Reading(HTMLParser):
    """What a page says: `text` as seen, `foreign` the text marked as English, tags with attributes."""

    VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            quiet = (self._open[-1][1] if self._open else False) or tag in ("script", "style", "code", "pre")
            if tag != "html" and "lang" in dict(attrs):
                quiet = True
            self._open.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        if data.strip() and not (self._open and self._open[-1][1]):
            self.text.append(" ".join(data.split()))

    @property
    def words(self) -> str:
        """All text in one line."""
        return " ".join(self.text)

    def hrefs(self) -> list[str]:
        """Where links on this page lead."""
        return [attrs["href"] or "" for tag, attrs in self.tags if tag == "a" and "href" in attrs]
