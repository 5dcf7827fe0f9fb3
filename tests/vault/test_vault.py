"""The vault gives back exactly what was sent, to those who may, finds every damage, and turns keys while serving."""

import io
import logging
import random
import threading
from collections.abc import Iterator
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embla.errors import Broken, EmblaError, NotFound, NotPermitted, Unavailable
from embla.platform import House, append_event, newest_events
from embla.policy import Action, Decision
from embla.vault import Vault, WrappedKeys, fixity, note_subjects, probe, rotate
from embla.vault import segments as seg
from embla.vault.bringing import bring_in
from embla.vault.tables import vault_files

EDGES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001, (1 << 20) - 1, 1 << 20, (1 << 20) + 1]


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def pieces(data: bytes, size: int = 70_001) -> Iterator[bytes]:
    return (data[i : i + size] for i in range(0, len(data), size))


def put(house: House, data: bytes, subject: str = "case:C1") -> str:
    digest = sha256(data).hexdigest()
    Vault(house).put(pieces(data), digest)
    with house.database.transaction() as connection:
        note_subjects(connection, digest, [subject])
    return digest


def allowed(house: House, subject: str = "case:C1", action: Action = Action.READ_FILE, **other) -> Decision:
    """A decision that is in the log, as `permit` leaves one."""
    said = {"allowed": True, "rule": "read_file.clinician", "action": str(action), "purpose": "care"}
    said["legal_basis"] = "care"
    with house.database.transaction() as connection:
        event = append_event(
            connection, at=house.clock(), actor="dr", kind="access-granted", subject=subject, body=said
        )
    values = said | {"text": "", "actor": "dr", "action": action, "subject": subject, "event": event.number}
    return Decision(**{**values, **other})


def test_file__comes_back_byte_for_byte_at_every_border(house_on_both: House) -> None:
    for size in EDGES:
        data = content(size, size)
        digest = put(house_on_both, data)

        opened = Vault(house_on_both).open(digest, allowed(house_on_both))

        assert b"".join(opened.pieces()) == data and opened.size == size
        assert opened.file.body_size == house_on_both.files.size(opened.file.body) == seg.body_size(size)


@given(st.integers(0, 300_000), st.integers(0, 140_000))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_range__is_that_of_the_plain_bytes(house: House, start: int, length: int) -> None:
    data = content(262_150)
    digest = put(house, data)
    vault = Vault(house)
    file = vault.find(digest)

    assert vault.plain(file, vault._session_key(file), start, length) == data[start : start + length]


@pytest.mark.parametrize("start", [65_535, 65_536, 65_537, 70_000, 131_071, 131_072, 262_149])
def test_range__past_the_first_segment_is_right(house: House, start: int) -> None:
    data = content(262_150)
    opened = Vault(house).open(put(house, data), allowed(house))

    assert opened.read(start, 10) == data[start : start + 10] and opened.read(start, 1 << 20) == data[start:]


def test_body__is_a_crypt4gh_file_that_the_reference_program_reads(house: House) -> None:
    from crypt4gh import lib

    data = content(200_000)
    digest = put(house, data)
    vault, decision = Vault(house), allowed(house)
    other = content(32, 99)
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    public = X25519PrivateKey.from_private_bytes(other).public_key().public_bytes_raw()

    whole = vault.export_header(digest, public, decision) + b"".join(vault.body(digest, decision))

    out = io.BytesIO()
    lib.decrypt([(0, other, None)], io.BytesIO(whole), out)
    assert out.getvalue() == data
    with pytest.raises(ValueError):
        lib.decrypt([(0, content(32, 98), None)], io.BytesIO(whole), io.BytesIO())


@pytest.mark.parametrize(
    "wrong",
    [
        {"allowed": False},
        {"action": Action.LIVE_COUNT},
        {"subject": "case:C2"},
        {"event": None},
        {"event": 999_999},
        {"actor": "another"},
    ],
)
def test_open__refuses_a_decision_that_is_not_for_this(house: House, wrong: dict[str, object]) -> None:
    digest = put(house, b"calls")
    decision = allowed(house, **wrong)
    with house.database.reading() as connection:
        before = newest_events(connection, limit=1).items[0].number

    for use in (
        lambda: Vault(house).open(digest, decision),
        lambda: Vault(house).export_header(digest, b"k" * 32, decision),
        lambda: next(Vault(house).body(digest, decision)),
    ):
        with pytest.raises(NotPermitted):
            use()

    with house.database.reading() as connection:
        assert newest_events(connection, limit=1).items[0].number == before


def test_open__is_in_the_log_before_the_first_byte(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    digest, decision = put(house, b"calls"), allowed(house)
    opened = Vault(house).open(digest, decision)

    with house.database.reading() as connection:
        (last,) = newest_events(connection, limit=1).items
    assert (last.kind, last.actor, last.subject) == ("file-read", "dr", "case:C1")
    assert last.body["file"] == digest and last.body["decision"] == decision.event

    monkeypatch.setattr("embla.vault.service.append_event", lambda *a, **k: (_ for _ in ()).throw(Unavailable("down")))
    with pytest.raises(Unavailable):
        Vault(house).open(digest, decision)
    assert opened.read(0, 5) == b"calls"


def damages(body: bytes, rng: random.Random, stale: bytes) -> dict[str, bytes]:
    parts = [body[i : i + seg.CIPHER_SEGMENT] for i in range(0, len(body), seg.CIPHER_SEGMENT)]
    at, (i, j) = rng.randrange(len(body)), rng.sample(range(len(parts) - 1), 2)
    swapped = list(parts)
    swapped[i], swapped[j] = parts[j], parts[i]
    return {
        "flip": body[:at] + bytes([body[at] ^ 1 << rng.randrange(8)]) + body[at + 1 :],
        "cut": body[: rng.randrange(len(body))],
        "cut at a border": b"".join(parts[: rng.randrange(len(parts))]),
        "drop": b"".join(parts[:i] + parts[i + 1 :]),
        "swap": b"".join(swapped),
        "duplicate": b"".join([*parts[: i + 1], *parts[i:]]),
        "overwrite with another": b"".join([*parts[:i], parts[j], *parts[i + 1 :]]),
        "stale": stale,
    }


def mutate(house: House, rounds: int) -> tuple[int, int, int]:
    """(damages, found by fixity, found by reading before a wrong byte left)."""
    rng, tried, found, refused = random.Random(4), 0, 0, 0
    beside = ""
    for _ in range(rounds):
        data = content(rng.choice([262_144, 300_001, 400_000, 65_536 * 4 + 1]), rng.randrange(1 << 30))
        digest = put(house, data)
        vault = Vault(house)
        file = vault.find(digest)
        place = house.files.path / file.body
        good = place.read_bytes()
        older = vault._write(pieces(data), digest)
        stale = house.files.get(older.body)
        house.files.delete(older.body)
        for damaged in damages(good, rng, stale).values():
            place.write_bytes(damaged)
            tried += 1
            found += any(one.sha256 == digest for one in fixity(vault).found)
            key = vault._session_key(file)
            try:
                for start in range(0, len(data), seg.BLOCK):
                    assert vault.plain(file, key, start, seg.BLOCK) == data[start : start + seg.BLOCK]
            except Broken:
                refused += 1
        place.write_bytes(good)
        assert fixity(vault).found == ()
        # One sound file stays beside the next: to read all that came before each time would only take time.
        if beside:
            house.files.delete(vault.find(beside).body)
            with house.database.transaction() as connection:
                connection.execute(vault_files.delete().where(vault_files.c.sha256 == beside))
        beside = digest
    return tried, found, refused


def test_damage__of_two_hundred_is_found_by_fixity_and_before_a_wrong_byte_leaves(house: House) -> None:
    tried, found, refused = mutate(house, 26)

    assert tried >= 200 and found == tried and refused == tried


@pytest.mark.deep
@pytest.mark.timeout(3000)
def test_damage__of_five_thousand_is_found(house: House) -> None:
    tried, found, refused = mutate(house, 625)

    assert tried >= 5000 and found == tried and refused == tried


def test_fixity__names_a_body_that_is_gone_and_a_header_that_was_changed(house: House) -> None:
    gone, changed = put(house, content(10)), put(house, content(20))
    vault = Vault(house)
    house.files.delete(vault.find(gone).body)
    with house.database.transaction() as connection:
        connection.execute(vault_files.update().where(vault_files.c.sha256 == changed).values(header="AAAA"))

    assert {one.sha256 for one in fixity(vault).found} == {gone, changed}


def test_put__twice_keeps_one_body_and_mends_one_that_rotted(house_on_both: House) -> None:
    house = house_on_both
    digest = put(house, content(100_000))
    first = Vault(house).find(digest)

    put(house, content(100_000))
    assert Vault(house).find(digest) == first and len(house.files.list("bodies/")) == 1

    (house.files.path / first.body).write_bytes(b"x")
    put(house, content(100_000))
    assert Vault(house).problem(Vault(house).find(digest)) == "" and len(house.files.list("bodies/")) == 1


def test_put__of_other_bytes_than_said_leaves_nothing(house: House) -> None:
    with pytest.raises(Broken):
        Vault(house).put([b"one"], sha256(b"other").hexdigest())

    assert house.files.list("bodies/") == [] and Vault(house).find(sha256(b"other").hexdigest()) is None


def test_rotate__while_serving_leaves_every_file_readable_and_touches_no_body(house_on_both: House) -> None:
    house = house_on_both
    files = {put(house, content(80_000, n)): content(80_000, n) for n in range(5)}
    packs = WrappedKeys(house.database, house.wrapping)
    packs.keep({"a" * 64: b"k" * 32})
    serving = Vault(house)
    opened = {digest: serving.open(digest, allowed(house)) for digest in files}
    before = {name: house.files.get(name) for name in house.files.list("bodies/")}

    version, moved, rewrapped = rotate(Vault(house))

    assert (version, moved, rewrapped) == (2, 5, 1)
    assert before == {name: house.files.get(name) for name in house.files.list("bodies/")}
    for digest, data in files.items():
        assert b"".join(opened[digest].pieces()) == data
        assert b"".join(serving.open(digest, allowed(house)).pieces()) == data
        assert serving.find(digest).key_version == 2
    assert WrappedKeys(house.database, house.wrapping).find("a" * 64) == b"k" * 32
    put(house, b"after")
    assert probe(Vault(house)).sound and fixity(Vault(house)).found == ()
    # The old key may go now: nothing is under it.
    (serving.keys.folder / "v1.key").unlink()
    assert fixity(Vault(house)).found == ()
    # And whoever has only the old key opens nothing any more.
    assert rotate(Vault(house), again=False)[1] == 0


def test_rotate__that_died_between_two_headers_is_finished(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        put(house, content(1000, n))
    monkeypatch.setattr("embla.vault.tending._MANY", 1)
    from embla.vault import store

    real, left = store.replace_header, [2]

    def dies(*given):
        left[0] -= 1
        if left[0] == 0:
            raise Unavailable("died")
        return real(*given)

    with monkeypatch.context() as patch:
        patch.setattr(store, "replace_header", dies)
        with pytest.raises(Unavailable):
            rotate(Vault(house))
    assert probe(Vault(house)).sound and fixity(Vault(house)).found == ()

    assert rotate(Vault(house), again=False)[:2] == (2, 2)


@pytest.mark.parametrize("how", ["lost", "wrong", "short", "readable by others"])
def test_key__lost_or_wrong_is_loud(house: House, how: str) -> None:
    digest = put(house, content(1000))
    place = Vault(house).keys.folder / "v1.key"
    if how == "lost":
        place.unlink()
        (place.parent / "v2.key").write_bytes(b"k" * 32)
        (place.parent / "v2.key").chmod(0o600)
    elif how == "readable by others":
        place.chmod(0o644)
    else:
        place.write_bytes(b"k" * (32 if how == "wrong" else 31))

    told = probe(Vault(house))

    assert not told.sound and told.tried == 1
    with pytest.raises((Broken, NotFound)):
        Vault(house).open(digest, allowed(house))


def test_sweep__removes_bodies_that_no_row_names_and_files_that_nobody_needs(house: House) -> None:
    kept, dropped = put(house, b"kept"), put(house, b"dropped")
    house.files.put("bodies/00/" + "0" * 64 + ".x", b"orphan")
    vault = Vault(house)

    assert vault.sweep(lambda digest: digest == kept, hours=1) == []
    assert len(vault.sweep(lambda digest: digest == kept, hours=0)) == 2

    assert vault.holds(kept) and vault.find(dropped) is None and len(house.files.list("bodies/")) == 1


def test_bring_in__encrypts_what_an_older_home_kept_plain(house: House) -> None:
    data = content(150_000)
    digest = sha256(data).hexdigest()
    house.files.put(f"{digest[:2]}/{digest}", data)

    assert bring_in(Vault(house)) == (1, 0) and bring_in(Vault(house)) == (0, 0)

    assert house.files.list() == [Vault(house).find(digest).body]
    assert Vault(house).problem(Vault(house).find(digest)) == ""


def test_log_lines__hold_no_key_at_any_level(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        digest = put(house, content(1000))
        vault = Vault(house)
        vault.export_header(digest, vault.keys.public(1), allowed(house))
        rotate(vault)

    secrets = [vault.keys.private(1).hex(), vault.keys.private(2).hex(), vault._session_key(vault.find(digest)).hex()]
    assert not [secret for secret in secrets if secret in caplog.text.lower()]
    assert "secret key" not in caplog.text and "Session key" not in caplog.text


def test_put__may_fail_at_any_write_and_leaves_a_whole_file_or_none(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R2: the n-th call that writes, syncs, names or deletes fails, for every n."""
    import errno
    import os

    data, failed = content(150_000), 0
    digest = sha256(data).hexdigest()
    Vault(house).put([b"first"], sha256(b"first").hexdigest())
    for number in range(1, 200):
        left = [number]
        with monkeypatch.context() as patch:
            for name in ("open", "fsync", "link", "rename", "unlink", "mkdir"):
                real = getattr(os, name)

                def maybe(*given, real=real, left=left, **named):
                    left[0] -= 1
                    if left[0] == 0:
                        raise OSError(errno.EIO, "broken")
                    return real(*given, **named)

                patch.setattr(os, name, maybe)
            try:
                Vault(house).put(pieces(data), digest)
                ended = True
            except EmblaError:
                ended, failed = False, failed + 1
        vault = Vault(house)
        known = vault.find(digest)
        assert known is None or vault.problem(known) == ""
        assert known is not None or not ended
        vault.sweep(lambda digest: digest == sha256(b"first").hexdigest(), hours=0)
        house.files.sweep(0)
        assert len(house.files.list()) == 1 and fixity(vault).found == ()
        if left[0] > 0:
            break
    assert failed >= 4


def rotations_under_load(house: House, rotations: int, files: int, size: int) -> int:
    """Rotate while two threads read everything and one puts more; reads that came back right."""
    kept = {put(house, content(size, n)): content(size, n) for n in range(files)}
    serving, stop, wrong, read = Vault(house), threading.Event(), [], [0]

    def reads() -> None:
        while not stop.is_set():
            for digest, data in list(kept.items()):
                try:
                    if b"".join(serving.open(digest, allowed(house)).pieces()) != data:
                        wrong.append("other bytes")
                    read[0] += 1
                except EmblaError as error:
                    wrong.append(str(error))

    def puts() -> None:
        for n in range(files, 4 * files):
            if stop.is_set():
                return
            try:
                put(house, content(size, n))
            except EmblaError as error:
                wrong.append(str(error))

    threads = [threading.Thread(target=work) for work in (reads, reads, puts)]
    for thread in threads:
        thread.start()
    for _ in range(rotations):
        rotate(Vault(house))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    rotate(Vault(house), again=False)
    vault = Vault(house)
    assert vault.keys.version == rotations + 1 and fixity(vault).found == ()
    # Old keys are needed by nothing any more: who held one is revoked.
    for version in range(1, rotations + 1):
        (vault.keys.folder / f"v{version}.key").unlink()
    assert fixity(Vault(house)).found == () and probe(Vault(house)).sound
    return read[0]


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_rotate__three_times_under_load_loses_no_read(house_on_both: House) -> None:
    """S9."""
    print("S9: reads during three rotations:", rotations_under_load(house_on_both, 3, 40, 200_000))
