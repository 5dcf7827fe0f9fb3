"""What the officer and the operator do by command: end words in the log, end a token, hand a reader a header, watch."""

import io
import json
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla import cli
from embla.care import break_glass, calls, emergency_of, review_emergency, sealed_file, sent_file
from embla.cli import run
from embla.errors import BadInput, NotFound, NotPermitted, Refused
from embla.identity import Entry, parse_number, register_persons
from embla.operations.keys import generate, private_bytes, public_bytes
from embla.oversight import who_saw
from embla.oversight.alerts import watch
from embla.oversight.finding import person_of_number
from embla.oversight.log_keys import erase_log_key
from embla.platform import OPERATOR, issue_token, verify_chain
from embla.registry import Partner, add_agreement, add_environment_key
from embla.worker import working
from tests.care.ward import ADMIN, COLLEAGUE, DOCTOR, DPO, REASON, Ward

WHY = "The person asked for it in writing, letter 17."


@pytest.fixture
def at_home(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> Ward:
    monkeypatch.setenv("EMBLA_HOME", str(ward.house.home))
    return ward


def test_erase_log_key__ends_the_words_and_leaves_who_when_and_the_chain(ward: Ward) -> None:
    house = ward.house
    made = break_glass(house, ward.stepped(COLLEAGUE), ward.person("N2"), REASON)
    with pytest.raises(Refused, match="waits for its review"):
        erase_log_key(house, ward.stepped(DPO), ward.person("N2"), WHY)
    review_emergency(house, DPO, made.id, "justified", "Seen with the ward.")
    assert REASON not in str(ward.events())

    assert erase_log_key(house, ward.stepped(DPO), "north:N2-p", WHY) is True

    assert emergency_of(house, DPO, made.id)[1:] == ("", "")
    with house.database.reading() as connection:
        assert verify_chain(connection) > 0
    lines = who_saw(house, DPO, ward.person("N2")).lines
    assert {"glass-broken", "log-key-erased"} <= {line.what for line in lines}
    assert WHY not in str(ward.events())
    assert erase_log_key(house, ward.stepped(DPO), ward.person("N2"), WHY) is False


def test_erase_log_key__is_the_officers_alone_and_needs_a_reason_and_a_fresh_sign_in(ward: Ward) -> None:
    for actor in (DPO, ward.stepped(ADMIN), ward.stepped(DOCTOR)):
        with pytest.raises(NotPermitted):
            erase_log_key(ward.house, actor, ward.person(), WHY)
    with pytest.raises(BadInput):
        erase_log_key(ward.house, ward.stepped(DPO), ward.person(), "  ")
    with pytest.raises(NotFound):
        erase_log_key(ward.house, ward.stepped(DPO), "P0000000000000000", WHY)


def test_tokens__are_listed_without_themselves_and_one_is_ended(
    at_home: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    house = at_home.house
    with house.database.transaction() as connection:
        first = issue_token(connection, "doctor", label="reads", by=OPERATOR, at=house.clock(), scopes=["read_qc"])
        issue_token(connection, "dpo", label="all", by=OPERATOR, at=house.clock(), days=3000)

    assert cli.run(["home", "tokens", "--account", "doctor", "--all", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["account"], told["scopes"], told["used"]) == ("doctor", ["read_qc"], None)
    assert first not in str(told)

    assert cli.run(["home", "revoke-token", told["id"]]) == 0
    assert cli.run(["home", "revoke-token", told["id"]]) == 1
    capsys.readouterr()
    assert cli.run(["home", "tokens"]) == 0
    assert [line.split("\t")[1:3] for line in capsys.readouterr().out.splitlines()] == [["dpo", "all"]]
    assert cli.run(["home", "tokens", "--all", "--json"]) == 0
    states = {json.loads(line)["account"]: json.loads(line)["state"] for line in capsys.readouterr().out.splitlines()}
    assert states == {"doctor": "revoked", "dpo": "open"}


def registered(ward: Ward, public: str) -> None:
    """A treating partner's environment has this key."""
    day = ward.house.clock().date() - timedelta(days=1)
    add_agreement(ward.house, OPERATOR, Partner("treating", "A hospital", "DK"), flow="delivery", reference="",
                  drafted=day, signed=day)  # fmt: skip
    add_environment_key(ward.house, OPERATOR, "treating-1", "treating", public_bytes(public))


def test_header__opens_the_file_for_a_registered_environment_alone_and_is_logged_first(
    at_home: Ward, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from crypt4gh import lib

    private, public = generate()
    (tmp_path / "reader.pub").write_text(public)
    words = ["care", "header", at_home.genome(), "files/N1-p.g.vcf", "--case", at_home.case(), "--reader",
             str(tmp_path / "reader.pub"), "-o", str(tmp_path / "out.c4gh"), "--for"]  # fmt: skip

    assert cli.run([*words, "colleague"]) == 1 and not (tmp_path / "out.c4gh").exists()
    assert cli.run([*words, "doctor", "--body"]) == 1 and not (tmp_path / "out.c4gh").exists()
    refused = [event for event in at_home.events() if event.kind == "access-refused"][-1]
    assert refused.body["rule"] == "send_person_data.clinician.environment_valid"
    assert refused.body["environment"] == sha256(public_bytes(public)).hexdigest()
    registered(at_home, public)
    assert cli.run([*words, "doctor", "--body"]) == 0
    assert cli.run([*words, "doctor", "--body"]) == 1  # never overwritten

    out = io.BytesIO()
    lib.decrypt([(0, private_bytes(private), None)], io.BytesIO((tmp_path / "out.c4gh").read_bytes()), out)
    _, pieces = sent_file(at_home.house, DOCTOR, at_home.genome(), "files/N1-p.g.vcf", case=at_home.case())
    assert out.getvalue() == b"".join(pieces)
    stranger = X25519PrivateKey.generate().private_bytes_raw()
    with pytest.raises(ValueError):
        lib.decrypt([(0, stranger, None)], io.BytesIO((tmp_path / "out.c4gh").read_bytes()), io.BytesIO())
    kinds = [event.kind for event in at_home.events() if event.subject != "database"]
    assert kinds.count("file-header-exported") == 1 and kinds.count("access-refused") >= 1
    assert kinds.index("acted-for") < kinds.index("file-header-exported")


def test_header__of_a_patient_whom_the_account_does_not_treat_is_refused(ward: Ward) -> None:
    public = generate()[1]
    registered(ward, public)
    with pytest.raises(NotPermitted, match="case"):
        sealed_file(ward.house, DOCTOR, ward.genome("N2"), "files/N2-p.g.vcf", public_bytes(public),
                    case=ward.case("N2"))  # fmt: skip


def test_number__is_found_in_the_zone_by_the_officer_and_is_nowhere_in_the_log(ward: Ward) -> None:
    house = ward.house
    (known,) = register_persons(house, OPERATOR, [Entry(parse_number("0101017777"), "Nora Nordlys")])

    assert person_of_number(house, ward.stepped(DPO), "010101-7777") == known

    for actor in (DPO, ward.stepped(ADMIN), DOCTOR):
        with pytest.raises(NotPermitted):
            person_of_number(house, actor, "010101-7777")
    with pytest.raises(NotFound) as unknown:
        person_of_number(house, ward.stepped(DPO), "0202027777")
    with pytest.raises(BadInput) as wrong:
        person_of_number(house, ward.stepped(DPO), "9999999999")
    for text in (str(ward.events()), str(unknown.value), str(wrong.value)):
        assert not any(number in text for number in ("0101017777", "010101-7777", "0202027777", "9999999999"))
    assert any(event.subject == f"person:{known}" for event in ward.events())


def refused_often(ward: Ward) -> None:
    for number in range(8):
        with pytest.raises(NotPermitted):
            calls(ward.house, COLLEAGUE, f"EMBG{9_000_000 + number:011d}", case=ward.case())


def test_watch__tells_each_alert_once(at_home: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    refused_often(at_home)

    found = watch(at_home.house, OPERATOR)

    assert found and {one.alert.actor for one in found} == {"colleague"}
    assert watch(at_home.house, OPERATOR) == []
    assert cli.run(["dpo", "watch"]) == 0 and capsys.readouterr().out == ""
    raised = [event for event in at_home.events() if event.kind == "alert-raised"]
    assert len(raised) == len(found)
    with pytest.raises(NotPermitted):
        watch(at_home.house, DOCTOR)


def test_worker__raises_alerts_though_nobody_opens_the_desk(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    refused_often(ward)

    with working(ward.house, seconds=0.02):
        for _ in range(500):
            if any(event.kind == "alert-raised" for event in ward.events()):
                break
            time.sleep(0.02)

    raised = [event for event in ward.events() if event.kind == "alert-raised"]
    assert raised and len({event.subject for event in raised}) == len(raised)
    assert "an alert was raised" in caplog.text and ward.person() not in caplog.text
    house = ward.house
    house.clock.at += timedelta(minutes=1)  # type: ignore[attr-defined]
    assert watch(house, OPERATOR) == []


def test_erase_log__at_the_command_line_asks_for_the_pseudonym_once_more(
    ward: Ward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(ward.house.home))
    asked, person = ["dpo", "erase-log", "north:N2-p", "--text", WHY], ward.person("N2")

    assert run(asked) == 2
    assert person in capsys.readouterr().err
    assert run([*asked, "--yes", ward.person("N1")]) == 1
    assert "log-key-erased" not in [one.kind for one in ward.events()]
    assert run([*asked, "--yes", person]) == 0
    assert "log-key-erased" in [one.kind for one in ward.events()]
