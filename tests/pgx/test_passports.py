"""Passports: issued once two samples agree, read offline, refused when changed or revoked, re-issued with a diff."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pytest import CaptureFixture

from embla import cli
from embla.errors import BadInput, Broken, NotPermitted, Refused, UsageError
from embla.pgx import release
from embla.pgx.model.fhir import bundle
from embla.pgx.model.passport import UNASSESSED, changes, summary
from embla.pgx.paper import passport_pdf
from embla.pgx.passports import issue, passports_for, revoke
from embla.pgx.store import passports_of
from embla.platform import OPERATOR, REVOKED_FILE, House, events_since, parse_compact, parse_envelope, read_revocations
from embla.registry import withdraw_person
from tests.pgx.conftest import COLLEAGUE, DOCTOR, REAL
from tests.pgx.files import called, rows_of, vcf

OTHER = REAL.with_name("NA12753.g.vcf.gz")


def verify(*words: str | Path) -> int:
    return cli.run(["verify", *map(str, words)])


@pytest.fixture
def keys(house: House, tmp_path: Path) -> Path:
    path = tmp_path / "public.json"
    path.write_text(house.keyring.public.text())
    return path


def test_issue__needs_a_second_sample_that_agrees(house: House, case: str) -> None:
    with pytest.raises(UsageError, match="second sample"):
        issue(house, DOCTOR, case)
    with pytest.raises(Refused, match="two persons"):
        issue(house, DOCTOR, case, second=OTHER)
    with pytest.raises(NotPermitted):
        issue(house, COLLEAGUE, case, unchecked=True)

    made = issue(house, DOCTOR, case, second=REAL)

    said = parse_envelope(made.document).says
    assert made.version == 1 and made.changes == {}
    assert said["guard"]["second_sample"]["seen"] >= 20 and "CYP2D6" in said["not_assessed"]
    assert len(said["genes"]) == 20 and said["advice"]
    with house.database.reading() as connection:
        kinds = [event.kind for event in events_since(connection, 0)]
    assert kinds.count("passport-issued") == 1


def test_card__holds_phenotypes_only_and_is_checked_offline(
    house: House,
    case: str,
    keys: Path,
    tmp_path: Path,
    capsys: CaptureFixture[str],
) -> None:
    made = issue(house, DOCTOR, case, unchecked=True)
    card, document = tmp_path / "card.txt", tmp_path / "passport.json"
    card.write_text(made.card + "\n")
    document.write_text(made.document)

    text = json.dumps(parse_compact(made.card).says)
    assert "*" not in text and not re.search(r"\brs\d", text) and made.genome not in text and made.person not in text
    assert len(made.card) < 1500 and "CYP2D6" in text
    assert verify(card, "--key", keys) == 0
    told = capsys.readouterr().out
    assert "Not assessed: CYP2D6" in told and "Whether it was revoked is not known" in told
    assert verify(document, "--key", keys) == 0


def test_card__any_changed_letter_is_refused(
    house: House,
    case: str,
    keys: Path,
    tmp_path: Path,
) -> None:
    made = issue(house, DOCTOR, case, unchecked=True)
    path = tmp_path / "card.txt"
    for at in range(0, len(made.card), 29):
        for letter in ("A", "Z"):
            if made.card[at] != letter:
                path.write_text(made.card[:at] + letter + made.card[at + 1 :])
                assert verify(path, "--key", keys) == 1, at
    said = parse_envelope(made.document).to_json()
    said["payload"] = said["payload"][:200] + "QQQQ" + said["payload"][204:]
    path.write_text(json.dumps(said))
    assert verify(path, "--key", keys) == 1
    for text in ("EMBLA1:", "EMBLA1:AB", "EMBLA1:" + "0" * 300, "EMBLA1:æ"):
        with pytest.raises(BadInput):
            parse_compact(text)


def test_revoked__a_passport_is_refused_by_who_has_the_list_and_a_replaced_one_says_so(
    house: House,
    case: str,
    keys: Path,
    tmp_path: Path,
    capsys: CaptureFixture[str],
) -> None:
    first, second = (issue(house, DOCTOR, case, unchecked=True) for _ in range(2))
    card, listed = tmp_path / "card.txt", tmp_path / "revoked.json"

    def state(text: str) -> tuple[int, str]:
        card.write_text(text)
        listed.write_bytes((house.home / REVOKED_FILE).read_bytes())
        code = verify(card, "--key", keys, "--revoked", listed)
        out, err = capsys.readouterr()
        return code, out + err

    code, told = state(first.card)
    assert code == 0 and f"A newer version replaces it: {second.id}" in told
    assert state(second.card)[0] == 0
    ended = revoke(house, OPERATOR, second.id, "lost")
    code, told = state(second.card)
    assert (ended.state, code) == ("revoked", 1) and "was revoked" in told
    with pytest.raises(Refused):
        revoke(house, OPERATOR, second.id, "lost")
    listed.write_text((house.home / REVOKED_FILE).read_text().replace('"sig":"', '"sig":"AAAA'))
    with pytest.raises((Broken, BadInput)):
        read_revocations(listed, house.keyring.public)


def test_reissue__the_old_one_stays_readable_and_the_diff_says_what_changed(house: House, case: str) -> None:
    first, second = issue(house, DOCTOR, case, unchecked=True), issue(house, DOCTOR, case, unchecked=True)

    assert second.changes["from"] == first.id and second.changes["genes"] == second.changes["advice"] == []
    assert [one.state for one in passports_for(house, DOCTOR, case)] == ["current", "replaced"]
    before = dict(parse_envelope(first.document).says)
    after = json.loads(json.dumps(before))
    after["phenotypes"]["CYP2C19"] = "Poor Metabolizer"
    after["advice"] = [one for one in after["advice"] if one["drug"] != "clopidogrel"]
    told = changes(before, after)
    assert [one["gene"] for one in told["genes"]] == ["CYP2C19"]
    assert {one["drug"] for one in told["advice"]} <= {"clopidogrel"}


def test_withdrawal__ends_passports_and_takes_what_they_say(house: House, case: str) -> None:
    made = issue(house, DOCTOR, case, unchecked=True)

    withdraw_person(house, OPERATOR, made.person)

    with house.database.reading() as connection:
        (left,) = passports_of(connection, made.person)
    assert (left.state, left.document, left.card) == ("revoked", "", "")
    assert made.id in read_revocations(house.home / REVOKED_FILE, house.keyring.public).revoked


def test_summary__never_tells_more_than_the_call_leaves(tmp_path: Path) -> None:
    star1 = {"rs3758581": "1/1"}
    whole = called(vcf(tmp_path / "a.vcf", rows_of("CYP2C19", star1)), "CYP2C19")
    torn = called(vcf(tmp_path / "b.vcf", rows_of("CYP2C19", star1, without=("rs12248560",))), "CYP2C19")
    none = called(vcf(tmp_path / "c.vcf", rows_of("TPMT")), "CYP2C19")

    assert summary(release(), whole) == "Normal Metabolizer"
    assert summary(release(), torn).endswith("(others not excluded)")
    assert summary(release(), none) == UNASSESSED


def test_fhir__a_bundle_of_a_report_genotypes_and_implications(house: House, case: str) -> None:
    content = parse_envelope(issue(house, DOCTOR, case, unchecked=True).document).says

    told = bundle(content)

    resources = [entry["resource"] for entry in told["entry"]]
    named = {entry["fullUrl"] for entry in told["entry"]}
    kinds = [one["resourceType"] for one in resources]
    assert (told["type"], kinds[0], kinds.count("Observation")) == (
        "collection", "DiagnosticReport", 20 + len(content["advice"]),
    )  # fmt: skip
    assert {one["reference"] for one in resources[0]["result"]} <= named
    silent = [one for one in resources if "dataAbsentReason" in one]
    assert [one["component"][0]["valueCodeableConcept"]["text"] for one in silent] == content["not_assessed"]
    assert told == bundle(content)
    fhir: Any = pytest.importorskip("fhir.resources.R4B.bundle", reason="fhir.resources (extra clinical) is not there")
    fhir.Bundle.model_validate(told)


def test_pages__are_a_tagged_pdf_in_both_languages(house: House, case: str) -> None:
    pytest.importorskip("typst", reason="typst (extra pdf) is not there")
    pytest.importorskip("segno", reason="segno (extra pdf) is not there")
    made = issue(house, DOCTOR, case, unchecked=True)
    for language in ("da", "en"):
        data = passport_pdf(parse_envelope(made.document).says, made.card, language=language)
        assert data.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in data and b"/Lang" in data


def test_commands__issue_list_and_revoke(house: House, case: str, tmp_path: Path, capsys: CaptureFixture[str],
                                         monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    out, check = tmp_path / "out", tmp_path / "second.vcf"
    check.write_bytes(gzip.decompress(REAL.read_bytes()))

    def run(*words: str | Path) -> int:
        return cli.run(["pgx", "passport", *map(str, words)])

    assert run("issue", case, "--for", "doctor", "-o", out, "--no-pdf", "--json") == 1 + 1
    assert run("issue", case, "--for", "doctor", "-o", out, "--check", check, "--no-pdf", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert {path.name for path in out.iterdir()} == {"passport.json", "passport.fhir.json", "card.txt"}
    assert verify(out / "card.txt") == 0 and "It was not revoked by" in capsys.readouterr().out
    assert run("revoke", told["id"], "--reason", "sample-swap") == 0
    assert verify(out / "card.txt") == 1 and verify(out / "passport.json") == 1
    capsys.readouterr()
    assert run("list", case, "--for", "doctor", "--json") == 0
    assert json.loads(capsys.readouterr().out)["state"] == "revoked"
    assert run("revoked", "-o", tmp_path / "list.json") == 0
