"""The certificate of a deposit and the way back: signed only after reading again, checkable offline, the same bytes."""

import json
import threading
import time
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from embla.cli import SIGNED
from embla.errors import Broken, EmblaError, NotFound, NotPermitted, Refused
from embla.platform import OPERATOR, Actor, House, parse_envelope, read_public_keys, verify_envelopes
from embla.registry import withdraw_person
from embla.submission import certify_deposit, fetch_file, files_to_fetch, find_deposit, receive, tell_deposit
from embla.submission.certifying import Running, begin_certifying, certifying
from embla.submission.client import Client
from embla.submission.returned import bring_back, differences
from embla.vault import Vault
from tests.submission.kinds import person2, sample2, write_package
from tests.submission.test_http import make_app, make_token
from tests.submission.test_transfer import PIECE, CuttingLine, client_of, make_large
from tests.submission.test_transfer import line as line
from tests.support.laboratory import SITE, make_single, make_trio

NORTH = Actor("lab.north", frozenset({"lab"}), "north")
SOUTH = Actor("lab.south", frozenset({"lab"}), "south")


def events(house: House, kind: str) -> list[Any]:
    from embla.platform import newest_events

    with house.database.reading() as connection:
        return list(newest_events(connection, kinds=[kind], limit=50).items)


def told(house: House, tmp_path: Path, text: str) -> tuple[str, ...]:
    """What `embla verify` says, with the public keys alone."""
    (tmp_path / "keys.json").write_text(house.keyring.public.text())
    (tmp_path / "certificate.json").write_text(text)
    keys = read_public_keys(tmp_path / "keys.json")
    (found,) = verify_envelopes(tmp_path / "certificate.json", keys, {"deposit-certificate": tell_deposit})
    assert found.known
    return found.told


def test_certificate__lists_every_file_says_safe_and_is_checked_offline(tmp_path: Path, house: House) -> None:
    folder = make_trio(tmp_path / "t")
    receipt = receive(house, OPERATOR, folder)

    made = certify_deposit(house, NORTH, receipt.submission)

    says = parse_envelope(made.text.encode()).says
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    assert {(f["path"], f["sha256"], f["size"]) for f in says["files"]} == {
        (f["path"], f["sha256"], f["size"]) for f in listed
    }
    assert made.safe and says["safe_to_delete_locally"] is True
    assert [genome["accession"] for genome in says["genomes"]] == [genome.accession for genome in receipt.genomes]
    sentences = told(house, tmp_path, made.text)
    assert sentences[-1] == "Safe to delete locally." and "3 files" in sentences[1]
    assert SIGNED["deposit-certificate"] == ("embla.submission", "tell_deposit")
    assert differences(folder, says["files"]) == []
    (folder / listed[0]["path"]).write_text("x")
    assert differences(folder, says["files"]) == [listed[0]["path"]]


def test_certificate__a_safe_one_is_made_once_and_anew_when_asked(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    first = certify_deposit(house, NORTH, receipt.submission)

    assert certify_deposit(house, NORTH, receipt.submission) == first == find_deposit(house, NORTH, receipt.submission)
    assert certify_deposit(house, NORTH, receipt.submission, again=True).made_at > first.made_at
    assert len(events(house, "deposit-certified")) == 2


@pytest.mark.parametrize("harm", ["flip", "cut", "gone"])
def test_certificate__none_is_signed_when_a_file_does_not_read_back(tmp_path: Path, house: House, harm: str) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    (body,) = [path for path in (house.home / "files").rglob("*") if path.is_file()]
    data = bytearray(body.read_bytes())
    data[len(data) // 2] ^= 1
    body.chmod(0o600)
    if harm == "gone":
        body.unlink()
    else:
        body.write_bytes(bytes(data) if harm == "flip" else bytes(data[:-1]))

    with pytest.raises(Broken, match=r"Keep your copy"):
        certify_deposit(house, NORTH, receipt.submission)

    assert find_deposit(house, NORTH, receipt.submission) is None
    assert len(events(house, "deposit-failed")) == 1 and not events(house, "deposit-certified")


def test_certificate__is_not_safe_once_a_correction_took_its_place(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    before = certify_deposit(house, NORTH, receipt.submission)
    receive(
        house, OPERATOR,
        make_single(tmp_path / "b", "N2", [SITE, ("chr21", SITE[1] + 7, "A", "G", "0/1")], type="correction",
                    corrects="N1", key="N1-p", case={"id": "N1-case"}),
    )  # fmt: skip

    made = certify_deposit(house, NORTH, receipt.submission)

    # The one from before said "safe", and is not given out for today's.
    assert before.safe and not made.safe
    assert told(house, tmp_path, made.text)[-1].startswith("NOT safe to delete locally: A correction")


def test_certificate__of_a_package_without_genomes_is_safe_when_it_was_read_again(tmp_path: Path, house: House) -> None:
    folder = tmp_path / "r"
    (folder / "files").mkdir(parents=True)
    rna = sample2("R1", calls=False, material="rna", assay="transcriptome", files=["files/r.counts.tsv"])
    (folder / "files" / "r.counts.tsv").write_text("gene\t1\n")
    receipt = receive(house, OPERATOR, write_package(folder, "R", "single", [person2("r", "index", rna)]))

    assert not receipt.genomes and certify_deposit(house, NORTH, receipt.submission).safe


def test_certificate__refused_for_what_was_not_accepted_or_is_anothers(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    trial = write_package(tmp_path / "b", "N2", "single", [person2("n2", "index", sample2("N2-B"))], type="test")
    test = receive(house, OPERATOR, trial)

    with pytest.raises(NotFound):
        certify_deposit(house, SOUTH, receipt.submission)
    with pytest.raises(Refused, match="accepted"):
        certify_deposit(house, NORTH, test.submission)
    with pytest.raises(NotPermitted):
        certify_deposit(house, Actor("c", frozenset({"clinician"})), receipt.submission)


@pytest.mark.parametrize("change", ["size", "file", "safe", "package", "signature", "kind", "key"])
def test_certificate__every_change_is_found(tmp_path: Path, house: House, change: str) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    value = json.loads(certify_deposit(house, NORTH, receipt.submission).text)
    payload = json.loads(b64decode(value["payload"]))
    if change == "size":
        payload["says"]["files"][0]["size"] += 1
    elif change == "file":
        payload["says"]["files"][0]["sha256"] = "0" * 64
    elif change == "safe":
        payload["says"]["safe_to_delete_locally"] = False
    elif change == "package":
        payload["says"]["package"] = "other"
    elif change == "signature":
        value["signatures"][0]["sig"] = b64encode(bytes(64)).decode()
    elif change == "kind":
        value["payloadType"] = value["payloadType"].replace("deposit-certificate", "checkpoint")
    else:
        value["signatures"][0]["keyid"] = "0" * 32
    if change in ("size", "file", "safe", "package"):
        value["payload"] = b64encode(json.dumps(payload).encode()).decode()

    with pytest.raises(EmblaError):
        told(house, tmp_path, json.dumps(value))


def test_certificate__signed_by_us_and_contradicting_itself_is_not_believed(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    says = dict(parse_envelope(certify_deposit(house, NORTH, receipt.submission).text.encode()).says)

    for wrong in ({"bytes": 1}, {"safe_to_delete_locally": False}, {"reasons": ["x"]}, {"files": "x"}):
        with pytest.raises(Broken):
            told(house, tmp_path, house.keyring.sign("deposit-certificate", says | wrong, at=house.clock()).text())


def test_fetch__gives_identical_bytes_decided_and_logged_before(tmp_path: Path, house: House) -> None:
    folder = make_trio(tmp_path / "t")
    receipt = receive(house, OPERATOR, folder)
    manifest, files = files_to_fetch(house, NORTH, receipt.submission)
    listed = [{"number": number} | vars(file) for number, file in enumerate(files)]

    bring_back(
        tmp_path / "back", manifest, listed,
        lambda number, at: fetch_file(house, NORTH, receipt.submission, number, start=at)[1], lambda done, of: None,
    )  # fmt: skip

    for path in folder.rglob("*"):
        if path.is_file():
            assert (tmp_path / "back" / path.relative_to(folder)).read_bytes() == path.read_bytes()
    granted = [event for event in events(house, "access-granted") if event.body["action"] == "fetch_deposit"]
    assert len(granted) == 3 == len(events(house, "file-read"))
    assert {event.body["case"] for event in granted} == {receipt.case}


def test_fetch__again_into_a_folder_that_has_it_changes_nothing_whatever_ends_its_lines(tmp_path: Path) -> None:
    for _ in range(2):
        bring_back(tmp_path / "back", '{"a":\r\n1}', [], lambda number, at: [], lambda done, of: None)

    assert (tmp_path / "back" / "manifest.json").read_bytes() == b'{"a":\r\n1}'


def test_fetch__is_for_the_own_laboratory_and_never_of_somebody_who_withdrew(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_trio(tmp_path / "t"))
    with pytest.raises(NotFound):
        fetch_file(house, SOUTH, receipt.submission, 0)
    for actor in (OPERATOR, Actor("a", frozenset({"admin"}))):
        with pytest.raises(NotPermitted):
            fetch_file(house, actor, receipt.submission, 0)
    withdraw_person(house, OPERATOR, receipt.genomes[0].person)

    _, files = files_to_fetch(house, NORTH, receipt.submission)
    outcomes = []
    for number in range(len(files)):
        try:
            outcomes.append(b"".join(fetch_file(house, NORTH, receipt.submission, number)[1])[:2])
        except EmblaError as error:
            outcomes.append(type(error).__name__.encode())

    assert sorted(outcomes) == [b"##", b"##", b"Refused"]
    with pytest.raises(Refused, match="withdrew"):
        certify_deposit(house, NORTH, receipt.submission)


def test_fetch__over_a_line_that_breaks_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path, house: House, line: CuttingLine
) -> None:
    folder = make_large(tmp_path / "a", "L7", 40 * PIECE)
    receipt = receive(house, OPERATOR, folder)
    client = client_of(line, make_token(house))
    manifest, files = client.files(receipt.submission)
    seen: list[int] = []

    def broken(number: int, at: int) -> Any:
        seen.append(at)
        for size, piece in enumerate(client.fetch(receipt.submission, number, at)):
            yield piece[: len(piece) // 2 + 1] if size == 0 and len(seen) < 3 else piece
            if len(seen) < 3:
                from embla.errors import Unavailable

                raise Unavailable("cut")

    bring_back(tmp_path / "back", manifest, files, broken, lambda done, of: None)

    assert (tmp_path / "back" / "files" / "report.bin").read_bytes() == (folder / "files" / "report.bin").read_bytes()
    assert any(at > 0 for at in seen) and not list((tmp_path / "back").rglob("*.part"))
    assert json.loads(client.certificate(receipt.submission))["payloadType"].endswith("deposit-certificate+json")


def test_fetch__bytes_that_are_not_the_ones_sent_get_no_name(tmp_path: Path) -> None:
    files = [{"number": 0, "path": "a", "sha256": "0" * 64, "size": 3, "format": "other"}]

    with pytest.raises(Broken):
        bring_back(tmp_path / "back", "{}", files, lambda number, at: [b"abc"[at:]], lambda done, of: None)
    with pytest.raises(EmblaError):
        bring_back(tmp_path / "back", "{}", [files[0] | {"path": "../a"}], lambda n, a: [b""], lambda d, o: None)

    assert [path.name for path in (tmp_path / "back").iterdir()] == []


def test_http__the_certificate_and_ranges_for_the_own_token_only(tmp_path: Path, house: House) -> None:
    folder = make_single(tmp_path / "a")
    receipt = receive(house, OPERATOR, folder)
    base = f"/api/submissions/{receipt.submission}"
    own = {"Authorization": f"Bearer {make_token(house)}"}
    other = {"Authorization": f"Bearer {make_token(house, 'south')}"}
    data = (folder / "files" / "N1-p.g.vcf").read_bytes()
    with TestClient(make_app(house)) as client:
        early = client.get(f"{base}/certificate", headers=own)
        made = client.post(f"{base}/certificate", headers=own)
        again = client.get(f"{base}/certificate", headers=own)
        part = client.get(f"{base}/files/0", headers=own | {"Range": "bytes=100-"})
        whole = client.get(f"{base}/files/0", headers=own)
        odd = client.get(f"{base}/files/0", headers=own | {"Range": "bytes=-5"})
        past = client.get(f"{base}/files/0", headers=own | {"Range": f"bytes={len(data)}-"})
        theirs = [
            client.get(f"{base}/{what}", headers=other).status_code for what in ("certificate", "files", "files/0")
        ]

    assert (early.status_code, made.status_code, again.text) == (404, 200, made.text)
    assert (part.status_code, part.content) == (206, data[100:]) and whole.content == data
    assert (odd.status_code, theirs) == (422, [404, 404, 404])
    assert (past.status_code, past.content, past.headers["content-range"]) == (416, b"", f"bytes */{len(data)}")


def test_vault__notes_that_a_file_was_read_through(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    certify_deposit(house, NORTH, receipt.submission)
    _, (file,) = files_to_fetch(house, NORTH, receipt.submission)

    kept = Vault(house).find(file.sha256)
    assert kept is not None and kept.checked_at is not None


def test_client__is_the_same_at_a_server(tmp_path: Path, house: House, line: CuttingLine) -> None:
    client = Client(line.url, make_token(house))
    receipt = client.send(make_single(tmp_path / "a"))

    assert parse_envelope(client.certificate(receipt.submission).encode()).says["safe_to_delete_locally"] is True


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Files are read again only once this is set."""
    opened, problem = threading.Event(), Vault.problem
    monkeypatch.setattr("embla.submission.certifying._PATIENCE", 0.01)

    def waits(vault: Vault, *args: Any, **named: Any) -> str:
        opened.wait(20)
        return problem(vault, *args, **named)

    monkeypatch.setattr(Vault, "problem", waits)
    return opened


def ended(house: House, submission: str) -> Running | None:
    deadline = time.monotonic() + 20
    while (found := certifying(house, submission)) is not None and not found.done and time.monotonic() < deadline:
        time.sleep(0.01)
    return found


def test_certifying__runs_behind_the_page_tells_how_far_it_is_and_runs_once(
    tmp_path: Path, house: House, gate: threading.Event
) -> None:
    gate.set()
    receipt = receive(house, OPERATOR, make_trio(tmp_path / "t"))
    gate.clear()

    begin_certifying(house, NORTH, receipt.submission)
    begin_certifying(house, NORTH, receipt.submission)
    running = certifying(house, receipt.submission)
    threads = [one for one in threading.enumerate() if one.name == "embla-certifying"]
    gate.set()

    assert running is not None and not running.done and len(threads) == 1
    assert ended(house, receipt.submission) is None
    made = find_deposit(house, NORTH, receipt.submission)
    assert made is not None and made.safe and running.of == 3


def test_certifying__says_on_the_page_what_ended_it_once(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))
    for body in (house.home / "files").rglob("bodies/*/*"):
        data = bytearray(body.read_bytes())
        data[len(data) // 2] ^= 1
        body.chmod(0o600)
        body.write_bytes(data)

    begin_certifying(house, NORTH, receipt.submission)
    fault = ended(house, receipt.submission)

    assert fault is not None and isinstance(fault.fault, Broken)
    assert certifying(house, receipt.submission) is None and find_deposit(house, NORTH, receipt.submission) is None


def test_certifying__is_for_the_own_laboratory_and_accepted_packages(tmp_path: Path, house: House) -> None:
    receipt = receive(house, OPERATOR, make_single(tmp_path / "a"))

    with pytest.raises(NotFound):
        begin_certifying(house, SOUTH, receipt.submission)
    with pytest.raises(NotFound):
        begin_certifying(house, NORTH, "none")
