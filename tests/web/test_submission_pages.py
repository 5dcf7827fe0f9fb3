"""A laboratory's pages: its own packages alone, every error at once, an acknowledgement that stays the same."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from embla.platform import translator
from embla.platform.web import Sentences
from embla.submission.model.finding import RULES
from embla.submission.pages import _unpack
from embla.submission.retold import SHAPES
from embla.submission.tables import submissions
from tests.web.clients import Reading, token_in
from tests.web.nation import WebNation


@pytest.fixture
def north(signed_in) -> httpx.Client:  # type: ignore[no-untyped-def]
    client: httpx.Client = signed_in("lab-north")
    return client


def files_of(package: Path, prefix: str = "") -> Iterator[tuple[str, tuple[str, bytes]]]:
    for path in sorted(package.iterdir()):
        yield "files", (prefix + path.name, path.read_bytes())


def send(client: httpx.Client, package: Path, prefix: str = "") -> httpx.Response:
    token = token_in(client.get("/submissions/send").text)
    return client.post("/submissions/send", data={"csrf": token}, files=list(files_of(package, prefix)))


def test_list__shows_this_laboratorys_packages_and_no_others(nation: WebNation, north: httpx.Client) -> None:
    with nation.house.database.reading() as connection:
        rows = connection.execute(select(submissions.c.id, submissions.c.laboratory)).all()

    shown = {
        href.rsplit("/", 1)[1]
        for href in Reading(north.get("/submissions").text).hrefs()
        if href.startswith("/submissions/")
    }

    assert {row.id for row in rows if row.laboratory == "north"} <= shown
    assert not shown & {row.id for row in rows if row.laboratory != "north"}


def test_submission__of_another_laboratory_is_not_found(nation: WebNation, north: httpx.Client) -> None:
    with nation.house.database.reading() as connection:
        other = (
            connection.execute(select(submissions.c.id).where(submissions.c.laboratory == "south")).scalars().first()
        )

    for suffix in ("", ".json", ".csv"):
        assert north.get(f"/submissions/{other}{suffix}").status_code == 404


def test_sending__a_good_package_is_acknowledged_and_the_same_again_changes_nothing(
    nation: WebNation, north: httpx.Client
) -> None:
    first = send(north, nation.good)
    assert first.status_code == 303
    page = north.get(first.headers["location"])
    again = send(north, nation.good, prefix="my-folder/")

    assert again.headers["location"] == first.headers["location"]
    assert "Acknowledgement" in page.text and "EMBG" in page.text
    assert page.headers["cache-control"] == "no-store"
    data = north.get(first.headers["location"] + ".json").json()
    assert data["state"] == "accepted" and data["acknowledgement"]["genomes"]
    assert not list((nation.house.home / "incoming").iterdir())


def test_sending__a_bad_package_shows_every_error_with_its_line_and_mend(
    nation: WebNation, north: httpx.Client
) -> None:
    answer = send(north, nation.refused)

    assert answer.status_code == 422
    page = Reading(answer.text)
    assert "group.known" in answer.text and "files.size" in answer.text
    assert "line" in page.words and "no-such-group" in page.words
    assert not list((nation.house.home / "incoming").iterdir())
    refused = Reading(north.get("/submissions?state=refused").text)
    one = next(href for href in refused.hrefs() if href.startswith("/submissions/S"))
    assert "Nothing of this package was kept" in north.get(one).text
    table = list(csv.DictReader(io.StringIO(north.get(one + ".csv").text)))
    assert {"group.known", "files.size"} <= {row["rule"] for row in table} and all(row["mend"] for row in table)


def test_sending__in_danish_shows_the_findings_in_danish(nation: WebNation, signed_in) -> None:  # type: ignore[no-untyped-def]
    answer = send(signed_in("lab-north", "da"), nation.refused)

    assert '<span lang="en">' not in answer.text


def test_sending__nothing_or_a_package_without_manifest_is_a_finding(north: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "x.vcf").write_bytes(b"x")

    answer = send(north, tmp_path)

    assert answer.status_code == 422 and "manifest.missing" in answer.text
    assert str(tmp_path) not in answer.text and "incoming" not in answer.text


def test_sending__for_another_laboratory_is_refused(nation: WebNation, signed_in) -> None:  # type: ignore[no-untyped-def]
    answer = send(signed_in("lab-south"), nation.good)

    assert answer.status_code in (403, 422)


def test_sending__without_a_token_is_refused(nation: WebNation, north: httpx.Client) -> None:
    assert north.post("/submissions/send", files=list(files_of(nation.good))).status_code == 403


class _Upload:
    def __init__(self, name: str) -> None:
        self.filename = name
        self.file = io.BytesIO(b"x")


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/passwd",
        "..\\evil",
        "a/../../evil",
        ".hidden",
        "a/b/../c",
        "con\x00",
        "manifest.json/..",
        "C:\\x",
        " ",
    ],
)
def test_unpack__never_writes_outside_its_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    _unpack([_Upload(name), _Upload("manifest.json")], folder)  # type: ignore[list-item]

    outside = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(folder)]
    assert not outside
    assert (folder / "manifest.json").exists()


def test_unpack__takes_the_chosen_folders_own_name_off(tmp_path: Path) -> None:
    _unpack([_Upload("pk/manifest.json"), _Upload("pk/files/a.g.vcf.gz")], tmp_path)  # type: ignore[list-item]

    assert (tmp_path / "manifest.json").exists() and (tmp_path / "files" / "a.g.vcf.gz").exists()


def test_unpack__lays_chosen_files_where_the_manifest_lists_them(tmp_path: Path) -> None:
    manifest = {"files": [{"path": p} for p in ("files/a.g.vcf.gz", "b/x.bed", "c/x.bed", "../evil.vcf", "top.bed")]}
    first = _Upload("manifest.json")
    first.file = io.BytesIO(json.dumps(manifest).encode())

    names = ("a.g.vcf.gz", "x.bed", "evil.vcf", "top.bed", "unlisted.txt")
    _unpack([*map(_Upload, names), first], tmp_path)  # type: ignore[list-item]

    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"manifest.json", "files/a.g.vcf.gz", "x.bed", "evil.vcf", "top.bed", "unlisted.txt"}
    assert json.loads((tmp_path / "manifest.json").read_text()) == manifest


@pytest.mark.parametrize("text", [b"{", b"[]", b'{"files": 1}', b'{"files": [{}]}', b"\xff", b"[" * 100_000])
def test_unpack__takes_files_as_they_are_where_the_manifest_cannot_be_read(tmp_path: Path, text: bytes) -> None:
    first = _Upload("manifest.json")
    first.file = io.BytesIO(text)

    _unpack([first, _Upload("a.vcf")], tmp_path)  # type: ignore[list-item]

    assert (tmp_path / "manifest.json").read_bytes() == text and (tmp_path / "a.vcf").exists()


def test_rules__are_all_messages_that_danish_knows() -> None:
    sentences = Sentences(SHAPES)

    for text in RULES.values():
        assert text in SHAPES
        assert 'lang="en"' not in sentences.told(text, "da", translator("da")), text
