"""Key files that a key server opens: what lies on the disk opens nothing, and nothing is lost on the way there."""

import base64
import os
import re
import shlex
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from embla import cli
from embla.composition import open_home
from embla.errors import Broken, EmblaError, NotFound, Refused, Unavailable, UsageError
from embla.identity import Entry, parse_number, register_persons
from embla.operations import Repository, back_up, examine, restore
from embla.operations.keys import generate, private_bytes
from embla.platform import OPERATOR, PLAIN_KEY_FILES, House, KeyFiles, Settings, is_sealed, key_files_in, seal_again
from embla.storage import Folder
from embla.vault import Vault, public_key, read_public_key, seal
from tests.support.sealed import unsealed

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


def server(tmp_path: Path, key: bytes = KEY, name: str = "opening") -> str:
    """A key server: a command that prints a key and counts how often it was asked."""
    (tmp_path / name).write_text(base64.b64encode(key).decode() + "\n")
    log = tmp_path / f"{name}.asked"
    return "sh -c " + shlex.quote(f"echo asked >> {shlex.quote(str(log))}; cat {shlex.quote(str(tmp_path / name))}")


def asked(tmp_path: Path) -> int:
    return (tmp_path / "opening.asked").read_text().count("\n")


def test_file__is_what_it_was_and_shows_nothing_of_it(tmp_path: Path) -> None:
    files, place, secret = KeyFiles(server(tmp_path)), tmp_path / "vault" / "v1.key", os.urandom(32)

    files.write(place, secret)

    lies = place.read_bytes()
    assert secret not in lies and KEY not in lies and place.stat().st_mode & 0o777 == 0o600
    assert KeyFiles(server(tmp_path)).read(place) == secret
    # The layout, by hand: magic, 8 bytes of id, nonce, AES-256-GCM bound to folder and name.
    nonce, text = lies[23:35], lies[35:]
    assert AESGCM(KEY).decrypt(nonce, text, b"vault/v1.key") == secret


def test_server__is_asked_once_for_many_files(tmp_path: Path) -> None:
    files = KeyFiles(server(tmp_path))
    for n in range(5):
        files.write(tmp_path / f"v{n}.key", os.urandom(32))
        files.read(tmp_path / f"v{n}.key")

    assert asked(tmp_path) == 1


def test_file__opens_in_its_own_place_only_and_not_when_changed(tmp_path: Path) -> None:
    files = KeyFiles(server(tmp_path))
    files.write(tmp_path / "vault" / "v1.key", b"1" * 32)
    data = (tmp_path / "vault" / "v1.key").read_bytes()

    with pytest.raises(Broken, match="moved"):
        files.opened(tmp_path / "vault" / "v2.key", data)
    with pytest.raises(Broken, match="moved"):
        files.opened(tmp_path / "wrapping" / "v1.key", data)
    for at in range(23, len(data)):
        with pytest.raises(Broken):
            files.opened(tmp_path / "vault" / "v1.key", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_file__under_another_opening_key_or_none_says_so(tmp_path: Path) -> None:
    place = tmp_path / "v1.key"
    KeyFiles(server(tmp_path)).write(place, b"1" * 32)

    with pytest.raises(Broken, match="another opening key") as told:
        KeyFiles(server(tmp_path, OTHER, "other")).read(place)
    with pytest.raises(Refused, match="nothing says who opens it"):
        PLAIN_KEY_FILES.read(place)
    assert KEY.hex() not in str(told.value) and OTHER.hex() not in str(told.value)


@pytest.mark.parametrize("text", [KEY, base64.b64encode(KEY), KEY.hex().encode(), b" " + base64.b64encode(KEY) + b"\n"])
def test_opening_key__is_read_in_three_ways(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "opening").write_bytes(text)

    assert KeyFiles(f"cat {shlex.quote(str(tmp_path / 'opening'))}").id == KeyFiles(server(tmp_path, name="as")).id


@pytest.mark.parametrize(
    ("command", "kind", "words"),
    [
        ("false", Unavailable, "ended with 1"),
        ("/no/such/program", Unavailable, "cannot be run"),
        ("  ", Unavailable, "cannot be run"),
        ("echo 'secret", UsageError, "no command"),
        ("echo not-a-key-but-secret", Broken, "no key of 32 bytes"),
        ("true", Broken, "printed 0 bytes"),
        ("yes secret-secret", Broken, "printed too much"),
        ("sh -c 'sleep 60; echo secret'", Unavailable, "silent"),
    ],
)
def test_server__that_gives_no_key_is_told_without_what_it_said(
    command: str, kind: type[EmblaError], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embla.platform.key_files._SECONDS", 1)

    with pytest.raises(kind, match=words) as told:
        assert KeyFiles(command).id

    assert "secret" not in f"{told.value} {told.value.mend}".replace("echo 'secret", "")


def test_seal_again__goes_there_and_on_and_back(tmp_path: Path) -> None:
    first, second = KeyFiles(server(tmp_path)), KeyFiles(server(tmp_path, OTHER, "other"))
    keys = {f"{folder}/v{n}.key": os.urandom(32) for folder in ("vault", "wrapping") for n in (1, 2)}
    for name, key in keys.items():
        PLAIN_KEY_FILES.write(tmp_path / "keys" / name, key)

    def held(files: KeyFiles) -> dict[str, bytes]:
        return {f"{path.parent.name}/{path.name}": files.read(path) for path in key_files_in(tmp_path)}

    assert seal_again(tmp_path, first) == 4 and held(first) == keys
    assert seal_again(tmp_path, first) == 0
    with pytest.raises(Refused):
        seal_again(tmp_path, second)
    assert held(first) == keys  # nothing was begun that could not be ended
    # Whoever died half way leaves some so and some so.
    second.replace(tmp_path / "keys/vault/v1.key", keys["vault/v1.key"])
    assert seal_again(tmp_path, second, first) == 3 and held(second) == keys
    assert seal_again(tmp_path, PLAIN_KEY_FILES, second) == 4 and held(PLAIN_KEY_FILES) == keys


def test_home__of_a_key_server_works_and_its_disk_opens_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", keys_command=server(tmp_path))
    house = open_home(settings)
    wrapped = house.wrapping.wrap(b"small", "a")
    signed = house.keyring.sign("certificate", {}, at=house.clock())
    house.database.close()

    again = open_home(settings, create=False)
    assert again.wrapping.unwrap(wrapped, "a") == b"small" and again.keyring.check(signed)
    assert all(path.read_bytes().startswith(b"embla-sealed-1 ") for path in key_files_in(settings.home))
    again.database.close()
    alone = open_home(Settings(home=settings.home), create=False)
    with pytest.raises(Refused, match="nothing says who opens it"):
        alone.wrapping.unwrap(wrapped, "a")
    with pytest.raises(Refused, match="nothing says who opens it"):
        alone.keyring.sign("certificate", {}, at=alone.clock())
    alone.database.close()


def test_seal__is_a_command_that_says_what_it_did(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_KEYS_COMMAND", server(tmp_path))
    secret = {path: path.read_bytes() for path in key_files_in(house.home)}

    assert cli.run(["keys", "seal"]) == 0
    told = capsys.readouterr().out
    assert re.match(rf"{len(secret)} key files changed; all are sealed by opening key [0-9a-f]{{16}}\.", told)
    assert cli.run(["keys", "seal"]) == 0 and capsys.readouterr().out.startswith("0 key files changed")
    assert not any(path.read_bytes() == key for path, key in secret.items())
    monkeypatch.setenv("EMBLA_KEYS_COMMAND", "")
    assert cli.run(["keys", "seal", "--was", server(tmp_path)]) == 0
    assert {path: path.read_bytes() for path in key_files_in(house.home)} == secret


def test_key__that_is_lost_is_still_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        KeyFiles(server(tmp_path)).read(tmp_path / "v1.key")


def test_backup__of_a_sealed_home_comes_back_by_the_recovery_key_alone(house: House, tmp_path: Path) -> None:
    """The key server may burn with the site: the recovery key from the safe must be enough."""
    register_persons(house, OPERATOR, [Entry(parse_number("0101017777"), "Nora Nordlys")])
    sealed = replace(house, settings=replace(house.settings, keys_command=server(tmp_path)))
    sealed = replace(sealed, key_files=KeyFiles(sealed.settings.keys_command))
    secret = {path.name: path.read_bytes() for path in key_files_in(house.home)}
    assert finding(sealed) == "bad"
    seal_again(house.home, sealed.key_files)
    assert finding(sealed) == "ok" and "identity.key" in secret
    private, public = generate()
    repository = Repository.open(Folder(tmp_path / "repository"), create=True)
    repository.set_recovery_key(public)
    backup = back_up(sealed, repository)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "repository").rglob("*") if path.is_file())
    assert not any(key in kept for key in secret.values())

    bare = replace(house.settings, home=tmp_path / "bare")
    restore(repository, backup, bare, recovery_key=private_bytes(private))
    assert {path.name: path.read_bytes() for path in key_files_in(bare.home)} == secret

    other = replace(bare, home=tmp_path / "another", keys_command=server(tmp_path, OTHER, "other"))
    restore(repository, backup, other, recovery_key=private_bytes(private))
    there = KeyFiles(other.keys_command)
    assert {path.name: there.read(path) for path in key_files_in(other.home)} == secret
    assert finding(open_home(other, create=False)) == "ok"
    lost = replace(open_home(other, create=False), key_files=KeyFiles("false"))
    assert finding(lost) == "bad"


def finding(house: House) -> str:
    return {one.name: one.state for one in examine(house)}["keys"]


def test_vault__of_a_sealed_home_opens_what_a_laboratory_encrypted_and_what_it_kept(
    house: House, tmp_path: Path
) -> None:
    files = KeyFiles(server(tmp_path))
    seal_again(house.home, files)
    sealed = replace(house, key_files=files)
    text = os.urandom(200_000)

    sent = b"".join(seal([text], read_public_key(public_key(sealed))))
    assert unsealed(sealed, sent) == text
    kept = Vault(sealed).put([text], sha256(text).hexdigest())
    assert Vault(sealed).problem(kept) == ""
    assert all(is_sealed(path.read_bytes()) for path in key_files_in(house.home))


def test_command__is_shown_nowhere(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, keys_command="curl -H token:s3cret")

    assert "s3cret" not in f"{settings!r} {KeyFiles(settings.keys_command)!r}"
