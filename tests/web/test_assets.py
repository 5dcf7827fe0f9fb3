"""Static files, the weight of the first page, CSV cells, templates."""

import re
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from embla.platform.web.static import FOLDER, vendored
from embla.platform.web.twins import guarded
from tests.web.clients import Reading


def test_vendored_files__are_what_the_manifest_says() -> None:
    for item in vendored():
        path = FOLDER / "vendor" / item["file"]
        assert sha256(path.read_bytes()).hexdigest() == item["sha256"]
        assert (path.parent / "LICENSE").exists()
    listed = {item["file"] for item in vendored()}
    there = {p.relative_to(FOLDER / "vendor").as_posix() for p in (FOLDER / "vendor").rglob("*") if p.is_file()}
    assert {name for name in there if not name.endswith(("LICENSE", "manifest.json"))} == listed


def test_static__is_kept_for_ever_under_its_hash_only(client: httpx.Client, app: FastAPI) -> None:
    assets = app.state.shell.assets
    assert "immutable" in client.get(assets.url("embla.css")).headers["cache-control"]
    assert client.get("/static/embla.css").headers["cache-control"] == "no-cache"
    assert client.get("/static/vendor/htmx/2.0.11/htmx.min.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize(
    "name", ["../shell.py", "..%2fshell.py", "%2e%2e/shell.py", "vendor/manifest.json", "nope.css"]
)
def test_static__serves_nothing_else(client: httpx.Client, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_style__names_only_files_that_are_there() -> None:
    style = (FOLDER / "embla.css").read_text()

    for target in re.findall(r'url\("([^"]+)"\)', style):
        assert (FOLDER / target).exists()


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1"])
def test_csv__no_text_cell_is_a_formula(cell: str) -> None:
    assert str(guarded(cell)).startswith("'")


def test_csv__numbers_stay_numbers() -> None:
    assert guarded(-0.5) == -0.5
    assert guarded(None) == ""


def test_first_page__is_light(client: httpx.Client) -> None:
    page = client.get("/")
    weight = len(page.content)
    for tag, attributes in Reading(page.text).tags:
        target = attributes.get("src") or (attributes.get("href") if tag == "link" else None) or ""
        if target.startswith("/static/"):
            weight += len(client.get(target).content)
    assert weight < 150_000


def test_templates__have_no_safe_filter_and_every_form_that_changes_something_has_a_token() -> None:
    root = Path(FOLDER).parents[2]
    for path in root.rglob("templates/**/*.html"):
        text = path.read_text()
        assert "|safe" not in text and "| safe" not in text, path
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.DOTALL):
            # Search box and list change nothing and read nothing of a person.
            assert (
                "csrf()" in form or 'name="csrf"' in form or 'action="/search"' in form or 'action="/batch"' in form
            ), path
