"""Persons named by CPR number in a sheet: the zone gives pseudonyms, here or on a server, and nothing else goes on."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pytest
import uvicorn

from embla.app import create_app
from embla.errors import BadInput, NotPermitted, UsageError
from embla.identity import Entry, parse_number, register_persons
from embla.platform import OPERATOR, House, create_account, issue_token
from embla.registry import person_exists
from embla.submission import PackageRefused, prepare_folder, prepare_sheet, receive
from embla.submission.client import Client
from tests.support.laboratory import SITE, make_single, write_gvcf
from tests.support.people import made_up_numbers
from tests.support.zone import find_persons

NUMBERS = list(islice(made_up_numbers(), 3))


def sheet_of(
    folder: Path, *rows: str, columns: str = "sample\tfile\tlaboratory\tpatient_group\topened\tcpr\tname"
) -> Path:
    for name in "abc":
        write_gvcf(folder / f"{name}.g.vcf", name, [SITE])
    path = folder / "sheet.tsv"
    path.write_text("\n".join([columns, *rows]) + "\n")
    return path


def row(sample: str, cpr: str, name: str = "Frode Zzsheet") -> str:
    return f"{sample}\t{sample}.g.vcf\tnorth\theart\t2026-01-12\t{cpr}\t{name}"


def here(house: House) -> object:
    return lambda entries: register_persons(house, OPERATOR, entries, purpose="reporting")


def said(folder: Path) -> dict[str, object]:
    return json.loads((folder / "manifest.json").read_text())["persons"][0]


def test_sheet__its_packages_hold_pseudonyms_and_are_accepted_as_that_person(
    tmp_path: Path, house_on_both: House
) -> None:
    house = house_on_both
    sheet = sheet_of(tmp_path, row("a", NUMBERS[0]), row("b", ""), row("c", NUMBERS[1]))

    made = prepare_sheet(sheet, tmp_path / "out", identify=here(house))  # type: ignore[arg-type]
    accepted = receive(house, OPERATOR, made.packages[0])

    assert made.unused == ()
    found = find_persons(house, OPERATOR, [parse_number(number) for number in NUMBERS], purpose="operation")
    assert [said(folder).get("pseudonym") for folder in made.packages] == [found[0], None, found[1]]
    assert said(made.packages[1])["key"] == "b"
    assert accepted.genomes[0].person == found[0]
    with house.database.reading() as connection:
        assert person_exists(connection, found[1] or "")  # not reported yet, but given by the zone
    texts = "".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert not any(number in texts for number in NUMBERS) and "Zzsheet" not in texts


def test_package__with_a_pseudonym_that_nobody_gave_is_refused(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["persons"][0] |= {"pseudonym": "P" + "Z" * 16, "key": None}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(PackageRefused) as refused:
        receive(house, OPERATOR, folder)

    assert "person.unknown" in {finding.rule for finding in refused.value.findings}


@pytest.mark.parametrize("cpr", ["3102701234", "0101", "01017O1234x"])
def test_sheet__a_number_that_is_none_is_told_by_its_line_and_not_repeated(
    tmp_path: Path, house: House, cpr: str
) -> None:
    sheet = sheet_of(tmp_path, row("a", NUMBERS[0]), row("b", cpr))

    with pytest.raises(BadInput) as refusal:
        prepare_sheet(sheet, tmp_path / "out", identify=here(house))  # type: ignore[arg-type]

    assert refusal.value.line == 3
    assert cpr not in str(refusal.value) and not (tmp_path / "out").exists()


def test_sheet__with_numbers_and_nobody_to_ask_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="CPR"):
        prepare_sheet(sheet_of(tmp_path, row("a", NUMBERS[0])), tmp_path / "out")


def test_folder__takes_numbers_from_a_table_beside_it_and_never_from_inside(tmp_path: Path, house: House) -> None:
    folder = tmp_path / "package"
    write_gvcf(folder / "a.g.vcf", "a", [SITE])
    table = tmp_path / "identities.tsv"
    table.write_text(f"sample\tcpr\tname\na\t{NUMBERS[0]}\tFrode Zzsheet\n")
    inside = folder / "identities.tsv"

    prepare_folder(folder, defaults={"laboratory": "north"}, identities=table, identify=here(house))  # type: ignore[arg-type]

    assert str(said(folder)["pseudonym"]).startswith("P") and "key" not in said(folder)
    inside.write_text(table.read_text())
    with pytest.raises(UsageError, match="lies in the package"):
        prepare_folder(folder, identities=inside, identify=here(house), force=True)  # type: ignore[arg-type]


@pytest.fixture
def server(house: House) -> Iterator[str]:
    config = uvicorn.Config(create_app(house.settings, house), port=0, log_level="error", log_config=None)
    made = uvicorn.Server(config)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    while not made.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{made.servers[0].sockets[0].getsockname()[1]}"
    made.should_exit = True
    thread.join(10)


def token_of(house: House, role: str) -> str:
    with house.database.transaction() as connection:
        laboratory = "north" if role == "lab" else None
        create_account(
            connection, role, display=role, roles=[role], laboratory=laboratory, by=OPERATOR, at=house.clock()
        )
        return issue_token(connection, role, label="test", by=OPERATOR, at=house.clock())


def test_server__gives_a_laboratorys_machine_the_pseudonyms_and_nobody_else(house: House, server: str) -> None:
    entries: Sequence[Entry] = [Entry(parse_number(number), "Frode Zzsheet") for number in NUMBERS]
    lab = Client(server, token_of(house, "lab"))

    first = lab.identify(entries)

    assert lab.identify(entries[::-1]) == first[::-1] and len(set(first)) == 3
    for role in ("clinician", "admin", "dpo"):
        with pytest.raises(NotPermitted):
            Client(server, token_of(house, role)).identify(entries)
