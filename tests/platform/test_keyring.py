"""One keyring signs everything; what it signed is checked with public keys alone."""

import json
import stat
import threading
from base64 import b64decode, b64encode
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import BadInput, Broken, NotFound
from embla.platform import Keyring, PublicKeys, Wrapping, parse_envelope, verify_envelopes
from embla.platform.envelope import parse_public_keys
from tests.support.homes import START

HOUR = timedelta(hours=1)


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    made = Keyring.of_home(tmp_path)
    made.prepare(START)
    return made


def test_sign__what_was_signed_comes_back_and_is_checked_with_the_public_half(keyring: Keyring) -> None:
    envelope = parse_envelope(keyring.sign("certificate", {"b": 1, "a": "\u00e6"}, at=START + HOUR).text())

    key = parse_public_keys(keyring.public.text()).check(envelope)

    assert (envelope.kind, envelope.says, envelope.signed_at) == ("certificate", {"a": "\u00e6", "b": 1}, START + HOUR)
    assert key.id == keyring.signing.id


def test_sign__one_kind_cannot_be_taken_for_another(keyring: Keyring) -> None:
    text = keyring.sign("certificate", {"a": 1}, at=START).text().replace("embla.certificate", "embla.checkpoint")

    with pytest.raises(Broken, match="forged or changed"):
        keyring.check(parse_envelope(text))


@given(data=st.data())
def test_sign__any_changed_byte_of_the_payload_is_found(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ring = Keyring.of_home(tmp_path_factory.mktemp("home"))
    ring.prepare(START)
    told = ring.sign("certificate", {"count": 10, "why": "x"}, at=START).to_json()
    payload = bytearray(b64decode(told["payload"]))
    place = data.draw(st.integers(0, len(payload) - 1))
    payload[place] ^= data.draw(st.integers(1, 255))
    told["payload"] = b64encode(payload).decode()

    with pytest.raises((Broken, BadInput)):
        ring.check(parse_envelope(json.dumps(told)))


def test_rotate__keeps_old_signatures_good_and_signs_with_the_new_key(keyring: Keyring) -> None:
    old = keyring.sign("certificate", {}, at=START)
    before = keyring.signing

    after = keyring.rotate(START + HOUR)
    new = keyring.sign("certificate", {}, at=START + 2 * HOUR)

    assert keyring.check(old).id == before.id
    assert keyring.check(new).id == after.id == keyring.signing.id
    assert [key.version for key in keyring.public.keys] == [1, 2]


def test_check__a_retired_key_signs_nothing_any_more(keyring: Keyring, tmp_path: Path) -> None:
    thief = Keyring(tmp_path / "stolen")
    thief.folder.mkdir()
    for path in keyring.folder.iterdir():
        (thief.folder / path.name).write_bytes(path.read_bytes())
        (thief.folder / path.name).chmod(0o600)
    keyring.rotate(START + HOUR)

    with pytest.raises(Broken, match="retired"):
        keyring.check(thief.sign("certificate", {}, at=START + 2 * HOUR))


def test_check__a_key_that_is_not_among_those_given_is_refused(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring.of_home(tmp_path / "other")
    other.prepare(START)

    with pytest.raises(Broken, match="not among"):
        keyring.check(other.sign("certificate", {}, at=START))


def test_check__a_stranger_who_borrows_the_key_id_is_found(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring.of_home(tmp_path / "other")
    other.prepare(START)
    text = other.sign("certificate", {}, at=START).text().replace(other.signing.id, keyring.signing.id)

    with pytest.raises(Broken, match="forged"):
        keyring.check(parse_envelope(text))


def test_public_keys__a_key_under_another_id_is_refused(keyring: Keyring) -> None:
    with pytest.raises(BadInput):
        parse_public_keys(keyring.public.text().replace(keyring.signing.id, "0" * 32))


def test_keyring__keeps_private_keys_from_others_on_the_machine(keyring: Keyring) -> None:
    (private,) = keyring.folder.glob("*.key")

    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(keyring.folder.stat().st_mode) == 0o700
    private.chmod(0o644)
    with pytest.raises(Broken, match="read by others"):
        Keyring(keyring.folder).sign("certificate", {}, at=START)


def test_keyring__that_lost_its_private_key_says_so_and_makes_no_other(keyring: Keyring) -> None:
    for private in keyring.folder.glob("*.key"):
        private.unlink()
    fresh = Keyring(keyring.folder)

    assert not fresh.prepare(START)
    with pytest.raises(NotFound):
        fresh.probe()


def test_keyring__whose_private_key_was_exchanged_does_not_sign(keyring: Keyring, tmp_path: Path) -> None:
    other = Keyring.of_home(tmp_path / "other")
    other.prepare(START)
    (mine,), (theirs,) = keyring.folder.glob("*.key"), other.folder.glob("*.key")
    mine.write_bytes(theirs.read_bytes())

    with pytest.raises(Broken, match="not the one"):
        Keyring(keyring.folder).sign("certificate", {}, at=START)


def test_prepare__from_many_threads_makes_one_key(tmp_path: Path) -> None:
    made: list[bool] = []
    threads = [threading.Thread(target=lambda: made.append(Keyring.of_home(tmp_path).prepare(START))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(made) == [False] * 7 + [True]
    assert len(Keyring.of_home(tmp_path).public.keys) == 1


def test_keyring__of_a_running_process_sees_a_rotation(keyring: Keyring) -> None:
    running = Keyring(keyring.folder)
    running.sign("certificate", {}, at=START)

    new = keyring.rotate(START + HOUR)

    assert running.sign("certificate", {}, at=START + 2 * HOUR).key == new.id


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_parse_envelope__no_text_is_a_traceback(data: bytes | str) -> None:
    with pytest.raises(BadInput):
        parse_envelope(data)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[" * 100_000, '{"format":"embla-public-keys/1","keys":[{}]}', "\xff"]
)
def test_parse_public_keys__no_text_is_a_traceback(text: str) -> None:
    with pytest.raises(BadInput):
        parse_public_keys(text)


def test_verify_envelopes__tells_what_each_kind_says_and_stops_at_the_first_fault(
    keyring: Keyring, tmp_path: Path
) -> None:
    good, bad = (keyring.sign("certificate", {"n": n}, at=START).text() for n in (1, 2))
    file = tmp_path / "signed.jsonl"
    file.write_text(f"{good}\n{bad.replace('certificate', 'checkpoint')}\n")
    seen = []

    with pytest.raises(Broken) as told:
        for one in verify_envelopes(file, keyring.public, {"certificate": lambda it, _: [f"n is {it.says['n']}"]}):
            seen.append(one.told)

    assert seen == [("n is 1",)]
    assert told.value.facts["line"] == 2


def test_verify_envelopes__reads_one_that_was_made_pretty(keyring: Keyring, tmp_path: Path) -> None:
    file = tmp_path / "signed.json"
    file.write_text(json.dumps(keyring.sign("certificate", {"n": 1}, at=START).to_json(), indent=2))

    (one,) = verify_envelopes(file, keyring.public, {})

    assert not one.known and one.says == {"n": 1}


def test_no_keys_at_all__check_nothing(keyring: Keyring) -> None:
    with pytest.raises(Broken):
        PublicKeys(()).check(keyring.sign("certificate", {}, at=START))


def test_wrapping__opens_in_its_own_context_only(tmp_path: Path) -> None:
    wrapping = Wrapping.of_home(tmp_path)
    wrapping.prepare()
    wrapped = wrapping.wrap(b"secret", "a:1")

    assert Wrapping.of_home(tmp_path).unwrap(wrapped, "a:1") == b"secret"
    for text, context in ((wrapped, "a:2"), (wrapped[:-4] + "AAAA", "a:1"), ("x", "a:1"), ("1:!", "a:1")):
        with pytest.raises(Broken):
            wrapping.unwrap(text, context)


def test_wrapping__rotated_opens_old_and_new_and_knows_which_is_old(tmp_path: Path) -> None:
    wrapping = Wrapping.of_home(tmp_path)
    wrapping.prepare()
    old = wrapping.wrap(b"secret", "a")
    name = wrapping.pseudonym("criterion", "x")

    assert wrapping.rotate() == 2
    new = wrapping.wrap(b"secret", "a")

    assert wrapping.unwrap(old, "a") == wrapping.unwrap(new, "a") == b"secret"
    assert (wrapping.is_old(old), wrapping.is_old(new)) == (True, False)
    assert wrapping.pseudonym("criterion", "x") == name != wrapping.pseudonym("other", "x")


def test_wrapping__without_its_key_says_so(tmp_path: Path) -> None:
    wrapping = Wrapping.of_home(tmp_path)
    wrapping.prepare()
    wrapped = wrapping.wrap(b"secret", "a")
    for path in wrapping.folder.iterdir():
        path.unlink()

    with pytest.raises(NotFound):
        Wrapping.of_home(tmp_path).unwrap(wrapped, "a")
    with pytest.raises(NotFound):
        Wrapping.of_home(tmp_path).wrap(b"secret", "a")
