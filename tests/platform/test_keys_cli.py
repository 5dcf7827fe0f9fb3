"""`embla keys` and `embla verify` as an operator and an auditor use them."""

import json
from pathlib import Path

import pytest

from embla import cli
from embla.platform import House


def test_verify__offline_with_the_exported_keys_only(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    signed, keys = tmp_path / "signed.json", tmp_path / "keys.json"
    signed.write_text(house.keyring.sign("greeting", {"word": "hello"}, at=house.clock()).text())
    assert cli.run(["keys", "export", "-o", str(keys)]) == 0
    monkeypatch.setenv("EMBLA_HOME", str(tmp_path / "nowhere"))

    assert cli.run(["verify", str(signed), "--key", str(keys), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["says"] == {"word": "hello"}
    assert cli.run(["verify", str(signed)]) == 2
    signed.write_text(signed.read_text().replace("greeting", "farewell"))
    assert cli.run(["verify", str(signed), "--key", str(keys)]) == 1
    assert "forged" in capsys.readouterr().err


def test_keys_rotate__is_in_the_log_and_the_old_signature_stays_good(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    signed = tmp_path / "signed.json"
    signed.write_text(house.keyring.sign("greeting", {}, at=house.clock()).text())

    assert cli.run(["keys", "rotate"]) == 0
    new = capsys.readouterr().out.strip()
    assert cli.run(["keys", "show", "--json"]) == 0
    keys = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert [bool(key["retired"]) for key in keys] == [True, False] and keys[1]["id"] == new
    assert cli.run(["verify", str(signed)]) == 0
    assert cli.run(["home", "verify-log"]) == 0
