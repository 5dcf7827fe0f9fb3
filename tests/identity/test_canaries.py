"""Fifty made-up persons go through everything, and nothing but the zone has seen them.

Their numbers and names go in where they belong (the identity zone) and where they do not (every field, form, address
and file a person could mistype them into). Then everything that the house wrote or said is looked through.
"""

import gzip
import html
import io
import json
import logging
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from embla.app import create_app
from embla.cli import run
from embla.composition import open_home
from embla.identity import zone_of
from embla.platform import OPERATOR, House, configure_logging, create_account, issue_token, metadata, read_settings
from tests.support.laboratory import make_single, write_gvcf
from tests.support.people import made_up_names, made_up_numbers
from tests.web.clients import client_of, token_in

PEOPLE = 50
NUMBERS = list(islice(made_up_numbers(), PEOPLE))
NAMES = list(made_up_names())
SECRET = re.compile(
    "|".join([*(f"{number[:6]}[- ]?{number[6:]}" for number in NUMBERS), *sorted({name.split()[1] for name in NAMES})]),
    re.IGNORECASE,
)
# Of links, but of style sheets and drawings too. A parser of HTML takes a fifth of the whole test.
HREF = re.compile(r'\bhref="([^"]*)"')
ROLES = (
    ("dr", "clinician"),
    ("lab", "lab"),
    ("dpo", "dpo"),
    ("admin", "admin"),
    ("board", "board"),
    ("secretary", "secretary"),
    ("keeper", "zone"),
)


class Heard:
    """Everything that came out of the house, and where."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def note(self, where: str, what: str | bytes) -> None:
        self.said.append((where, what.decode("utf-8", "replace") if isinstance(what, bytes) else what))

    def answer(self, where: str, answer: httpx.Response) -> list[str]:
        """Note all of an answer; gives its links."""
        self.note(where, f"{dict(answer.headers)}\n{answer.text}")
        found = HREF.findall(answer.text) if "html" in answer.headers.get("content-type", "") else []
        hrefs = [html.unescape(target) for target in found]
        for target in hrefs:
            self.note(f"{where} href", target)
        return hrefs

    def leaks(self) -> list[str]:
        found = ((where, what, SECRET.search(what)) for where, what in self.said)
        return [f"{where}: ...{what[max(0, m.start() - 70) : m.end() + 20]!r}" for where, what, m in found if m]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def cli(heard: Heard, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*words: object, code: int = 0, secret: bool = False) -> str:
        capsys.readouterr()
        came = run([str(word) for word in words])
        caught = capsys.readouterr()
        if not secret:
            heard.note(f"embla {' '.join(map(str, words[:3]))}", caught.out + caught.err)
        assert came == code, caught.err
        return caught.out

    return call


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    before = logging.getLogger().level
    configure_logging("debug", stream)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the test's own client writes addresses; the house does not
    yield stream
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if getattr(handler, "stream", None) is not stream]
    root.setLevel(before)


@pytest.fixture
def settings_of_home(house_on_both: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The home as commands find it: by the environment."""
    register = house_on_both.home / "identity" / "register.json"
    monkeypatch.setenv("EMBLA_HOME", str(house_on_both.home))
    monkeypatch.setenv("EMBLA_DEMO", "1")
    monkeypatch.setenv("EMBLA_REQUESTS_PER_MINUTE", "0")
    monkeypatch.setenv("EMBLA_OPT_OUT_SOURCE", str(register))
    if not house_on_both.database.is_sqlite:
        monkeypatch.setenv("EMBLA_DATABASE_URL", house_on_both.database.url.render_as_string(hide_password=False))
    return house_on_both


def test_canaries__nothing_but_the_zone_has_seen_a_number_or_a_name(
    settings_of_home: House, heard: Heard, cli: Any, log: io.StringIO, tmp_path: Path
) -> None:
    home, packages, outside = settings_of_home.home, tmp_path / "packages", tmp_path / "outside"
    outside.mkdir()
    persons = report(cli, outside, packages)
    decide_and_release(cli, home, outside, persons)
    mistype(cli, outside, tmp_path / "wrong")
    house = open_home(read_settings())
    visit(house, heard, packages)
    export(cli, house, heard, tmp_path / "exports")

    heard.note("log", log.getvalue())
    files(heard, home, packages, tmp_path / "exports", tmp_path / "wrong-answers")
    rows(heard, house)

    leaks = heard.leaks()
    assert not leaks, "\n".join(leaks)
    assert len(heard.said) > 300  # it did look
    zone = zone_of(house)
    with zone.reading() as inside:
        assert inside.connection.execute(text("SELECT count(*) FROM zone_people")).scalar() >= PEOPLE
    zone.database.close()
    house.database.close()


def test_scan__finds_what_it_is_meant_to_find(heard: Heard) -> None:
    for what in (NUMBERS[0], f"x{NUMBERS[1][:6]}-{NUMBERS[1][6:]}y", NAMES[7].upper(), f"%20{NAMES[9].split()[1]}"):
        heard.note("here", what)

    assert len(heard.leaks()) == 4


def report(cli: Any, outside: Path, packages: Path) -> list[str]:
    """Fifty packages from one sheet; gives the pseudonyms in its order."""
    lines = ["sample\tfile\tlaboratory\tpatient_group\topened\tclinicians\tkaryotype\tcpr\tname"]
    for place, (number, name) in enumerate(zip(NUMBERS, NAMES, strict=True)):
        calls = [("chr21", 5_030_100 + 7 * place, "A", "G", "0/1"), ("chr21", 5_030_900, "C", "T", "0/1")]
        write_gvcf(outside / f"s{place}.g.vcf", f"s{place}", calls)
        shown = number if place % 2 else f"{number[:6]}-{number[6:]}"
        lines.append(f"s{place}\ts{place}.g.vcf\tnorth\theart\t2026-01-12\tdr\tXX\t{shown}\t{name}")
    (outside / "sheet.tsv").write_text("\n".join(lines) + "\n")
    cli("registry", "agreement", "add", "north", "--flow", "reporting", "--name", "North", "--signed", "2026-01-02")
    cli("submission", "init", outside / "sheet.tsv", "-o", packages, "--json")
    folders = sorted(packages.iterdir(), key=lambda folder: int(folder.name[1:]))
    cli("submission", "check", *folders)
    cli("submission", "send", *folders, "--json")
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in folders]
    return [manifest["persons"][0]["pseudonym"] for manifest in manifests]


def decide_and_release(cli: Any, home: Path, outside: Path, persons: list[str]) -> None:
    """New numbers and names, projects, rotation, consents, the register outside, a release."""
    (outside / "find").write_text("\n".join(NUMBERS))
    assert cli("identity", "find", outside / "find").split() == persons
    spare = list(islice(made_up_numbers(), PEOPLE + 3))[-2:]
    (outside / "alias").write_text(f"{NUMBERS[0]}\t{spare[0]}\n")
    cli("identity", "alias", outside / "alias")
    (outside / "rename").write_text(f"{NUMBERS[1]}\t{NAMES[2]}\n")
    cli("identity", "rename", outside / "rename")
    (outside / "persons").write_text("\n".join(persons))
    cli("identity", "project", "heart-1", outside / "persons")
    cli("identity", "rotate")
    cli("identity", "status", "--json")
    assert NAMES[0] in cli("identity", "show", persons[0], secret=True)  # the one door that shows one
    marks = [{"number": number, "kind": "genetic", "since": "2026-01-01"} for number in NUMBERS[:2]]
    register = {"as_of": "2026-01-01T00:00:00Z", "items": marks}
    place = home / "identity" / "register.json"
    place.write_text(json.dumps(register))
    cli("registry", "opt-out", "sync", code=1)  # too old
    place.write_text(json.dumps(register | {"as_of": _now()}))
    cli(
        "registry",
        "consent",
        "note",
        persons[3],
        "--version",
        "2",
        "--signed",
        "2026-02-01",
        "--findings",
        "all",
        "--recontact",
    )
    cli("registry", "consent", "list", persons[3], "--json")
    cli("frequency", "release", "cut")
    place.write_text("{")
    cli("frequency", "release", "cut", code=1)
    place.write_text(json.dumps(register | {"as_of": _now()}))
    cli("registry", "opt-out", "list", "--json")
    cli("registry", "opt-out", "status", "--json")
    cli("registry", "genomes", "--json")


def mistype(cli: Any, outside: Path, wrong: Path) -> None:
    """Numbers and names where they do not belong."""
    number, name = NUMBERS[4], NAMES[4]
    (outside / "bad").write_text(f"99{number[2:]}\t{name}\n")
    cli("identity", "register", outside / "bad", code=1)
    cli("identity", "find", outside / "nothing", code=1)
    (outside / "both").write_text(f"{NUMBERS[5]}\t{NUMBERS[6]}\n")
    cli("identity", "alias", outside / "both", code=1)
    cli("identity", "rename", outside / "find", code=1)
    sheet = (outside / "sheet.tsv").read_text().splitlines()
    (outside / "broken.tsv").write_text("\n".join([sheet[0], sheet[1].replace(NUMBERS[0][:6], "310299")]))
    cli("submission", "init", outside / "broken.tsv", "-o", wrong / "sheet", "--json", code=1)
    for place, change in enumerate(_wrong_manifests(number, name)):
        folder = make_single(wrong / f"w{place}", f"w{place}")
        said = json.loads((folder / "manifest.json").read_text())
        change(said)
        (folder / "manifest.json").write_text(json.dumps(said))
        cli("submission", "check", folder, "--json", code=1)
        cli("submission", "send", folder, "--json", code=1)
    cli("submission", "list", "--json")


def _wrong_manifests(number: str, name: str) -> list[Any]:
    def put(*path: Any, value: str) -> Any:
        def change(said: Any) -> None:
            for part in path[:-1]:
                # The manifest's first version has one sample, the second a list of them.
                said = said["samples"][0] if part == "sample" and "samples" in said else said[part]
            said[path[-1]] = value

        return change

    places: list[tuple[Any, ...]] = [
        ("package",), ("laboratory",), ("case", "id"), ("case", "family"), ("case", "patient_group"),
        ("case", "clinicians"), ("persons", 0, "key"), ("persons", 0, "role"), ("persons", 0, "region"),
        ("persons", 0, "sample", "id"), ("persons", 0, "sample", "column"),
        ("persons", 0, "sample", "pipeline", "name"),
        ("persons", 0, "sample", "calls"), ("files", 0, "path"), ("note",),
    ]  # fmt: skip
    with_number = [put(*place, value=f"x-{number}") for place in places]
    # Where the schema takes any text, it is the laboratory's own word: a name in it cannot be told from a word.
    free = ({"column", "calls", "path"}, ("persons", 0, "sample", "pipeline", "name"))
    with_name = [put(*place, value=name) for place in places if place[-1] not in free[0] and place != free[1]]
    keys = [put("case", number, value="x"), put(name, value="x"), put("persons", 0, number, value=name)]
    return [*with_number, *with_name, *keys]


def visit(house: House, heard: Heard, packages: Path) -> None:
    """Every page under every role, and what people type into them."""
    number, name = NUMBERS[8], NAMES[8]
    dashed = f"{number[:6]}-{number[6:]}"
    with house.database.transaction() as connection:
        for account, role in ROLES:
            laboratory = "north" if role == "lab" else None
            create_account(
                connection, account, display=role, roles=[role], laboratory=laboratory, by=OPERATOR, at=house.clock()
            )
        token = issue_token(connection, "lab", label="machine", by=OPERATOR, at=house.clock())
    app = create_app(house.settings, house)
    for account, _ in (("", ""), *ROLES):
        client = client_of(app)
        if account:
            page = client.get("/login")
            client.post("/login", data={"csrf": token_in(page.text), "account": account, "next": "/"})
        _crawl(client, heard, account)
        for typed in (number, dashed, name) if account in ("", "dr", "lab", "keeper") else ():
            for path in ("/search?q={}", "/variant/{}", "/gene/{}", "/region/{}", "/nothing/{}", "/case/{}",
                         "/submissions/{}", "/submissions/{}.json", "/login?next=/{}", "/releases?release={}",
                         "/api/frequencies/{}", "/api/regions/{}", "/api/submissions/{}"):  # fmt: skip
                answer = client.get(path.format(typed))
                # A page may repeat a word to who typed it; a number it must not, in no link and no field.
                if typed != name:
                    heard.answer(f"{account} {path}", answer)
            for path, field in (
                ("/search", "q"),
                ("/search/suggest", "q"),
                ("/batch", "text"),
                ("/batch.json", "text"),
            ):
                answer = client.post(path, data={field: typed})
                if typed != name:
                    heard.answer(f"{account} POST {path}", answer)
        for path in ("/identity", "/identity/find", "/identity/register"):
            first = client.get("/identity")
            csrf = token_in(first.text) if 'name="csrf"' in first.text else ""
            for typed in (number, f"99{number[2:]}", "hello"):
                form = {"csrf": csrf, "number": typed, "name": name}
                heard.answer(f"{account} POST {path}", client.post(path, data=form))
        client.close()
    machine = client_of(app)
    machine.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})
    for body in (
        {"persons": [{"number": number, "name": name}]},
        {"persons": [{"number": f"99{number[2:]}", "name": name}]},
        {"persons": [{"number": number, "name": name + "\t" + number}]},
        {"persons": [{name: number}]}, {"persons": {number: name}}, {number: name}, [number],
    ):  # fmt: skip
        heard.answer("POST /api/identity/persons", machine.post("/api/identity/persons", json=body))
    said = json.loads((packages / "s0" / "manifest.json").read_text())
    for change in _wrong_manifests(number, name):
        copy = json.loads(json.dumps(said))
        change(copy)
        heard.answer("POST /api/submissions", machine.post("/api/submissions", json=copy))
    heard.answer("GET /api/submissions", machine.get("/api/submissions?limit=200"))
    machine.close()


def _crawl(client: httpx.Client, heard: Heard, account: str) -> None:
    waiting, seen = ["/", "/submissions", "/cases", "/identity", "/rules", "/status", "/releases"], set()
    while waiting and len(seen) < 40:
        path = waiting.pop(0)
        if path in seen or path.startswith("/static/"):
            continue
        seen.add(path)
        hrefs = heard.answer(f"{account} {path}", client.get(path))
        waiting += [href.split("#")[0] for href in hrefs if href.startswith("/")]


def export(cli: Any, house: House, heard: Heard, out: Path) -> None:
    """What leaves as a file, and a copy of the database."""
    out.mkdir()
    cli("registry", "log", "--limit", 1000, "--json")
    vcf = write_gvcf(out / "in.vcf", "one", [("chr21", 5_030_900, "C", "T", "0/1")], blocks=False)
    run(["frequency", "annotate", str(vcf), "-o", str(out / "out.vcf")])
    if house.database.is_sqlite:
        sqlite3.connect(house.home / "embla.db").execute("VACUUM INTO ?", (str(out / "copy.db"),))
    shutil.make_archive(str(out / "store"), "tar", house.home / "store")


def files(heard: Heard, *folders: Path) -> None:
    """Every file, its name too, but for the zone's own."""
    for folder in folders:
        for path in folder.rglob("*") if folder.exists() else ():
            inside = path.relative_to(folder)
            if inside.parts[0] in ("identity", "keys") or not path.is_file():
                continue
            heard.note(f"name of {inside}", str(inside))
            data = path.read_bytes()
            heard.note(f"file {inside}", data)
            if data[:2] == b"\x1f\x8b":
                heard.note(f"file {inside} unpacked", gzip.decompress(data))


def rows(heard: Heard, house: House) -> None:
    """Every row of the house's own database, on either engine."""
    with house.database.reading() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                heard.note(f"table {table.name}", str(tuple(row)))


def _now() -> str:
    from embla.platform import time_text, utc_now

    assert os.environ["EMBLA_HOME"]
    return time_text(utc_now())
