"""Packages on their way: cut at any byte and gone on with, encrypted by the laboratory, at once, on a full disk."""

import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from crypt4gh import lib
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from embla.errors import BadInput, Conflict, Refused, Unavailable
from embla.platform import OPERATOR, House
from embla.submission import PackageRefused, receive
from embla.submission.arriving import Span
from embla.submission.client import Client
from embla.submission.sealed import encrypt_package, receive_sealed
from embla.submission.sending import sent_to_server
from embla.submission.upload import begin_upload
from embla.vault import Vault, opener, public_key, read_public_key, seal
from tests.submission.test_commands import agree
from tests.submission.test_commands import embla as embla
from tests.submission.test_http import make_app, make_token
from tests.support.laboratory import SITE, START, make_single, make_trio, manifest, person, write_gvcf, write_manifest
from tests.support.sealed import unsealed

PIECE = 8_192


class CuttingLine:
    """A line to a server that breaks: each new connection may carry as many bytes upwards as the next budget says."""

    def __init__(self, port: int) -> None:
        self.budgets: list[int | None] = []
        self.carried = 0
        self._port = port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                budget = self.budgets.pop(0) if self.budgets else None
                threading.Thread(target=self._carry, args=(near, budget), daemon=True).start()

    def _carry(self, near: socket.socket, budget: int | None) -> None:
        far = socket.create_connection(("127.0.0.1", self._port))
        threading.Thread(target=_down, args=(far, near), daemon=True).start()
        left = budget
        with suppress(OSError):
            while data := near.recv(65_536 if left is None else max(1, min(left, 65_536))):
                far.sendall(data)
                self.carried += len(data)
                if left is not None and (left := left - len(data)) <= 0:
                    break
            if left is not None and left <= 0:
                # As a cable that is pulled: nothing more goes either way.
                near.shutdown(socket.SHUT_RDWR)
                far.shutdown(socket.SHUT_RDWR)


def _down(far: socket.socket, near: socket.socket) -> None:
    with suppress(OSError):
        while data := far.recv(65_536):
            near.sendall(data)
    with suppress(OSError):
        near.shutdown(socket.SHUT_WR)


@contextmanager
def serving(house: House) -> Iterator[int]:
    config = uvicorn.Config(make_app(house), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        time.sleep(0.005)
    yield running.servers[0].sockets[0].getsockname()[1]
    running.should_exit = True
    thread.join()


@pytest.fixture
def line(house: House) -> Iterator[CuttingLine]:
    with serving(house) as port:
        made = CuttingLine(port)
        yield made
        made.close()


def make_large(folder: Path, name: str = "L1", size: int = 5 * PIECE + 77) -> Path:
    """A package with a file of so many bytes that says nothing beside its calls."""
    write_gvcf(
        folder / "files" / f"{name}-p.g.vcf",
        f"{name}-p-B",
        [("chr21", START + 100 + 3 * int(name[1:]), "A", "G", "0/1")],
    )
    (folder / "files" / "report.bin").write_bytes(random.Random(name).randbytes(size))
    value = manifest(name, [person(f"{name}-p")], folder)
    for file in value["files"]:
        file["format"] = "other" if file["path"].endswith(".bin") else "gvcf"
    return write_manifest(folder, value)


def client_of(line: CuttingLine, token: str, **given: int) -> Client:
    return Client(line.url, token, sleep=lambda _: time.sleep(0.02), piece=PIECE, **{"parallel": 1, **given})


@pytest.mark.parametrize("sealed", [False, True], ids=["plain", "encrypted"])
def test_transfer__cut_at_every_border_of_a_piece_and_at_random_bytes_goes_on_from_there(
    tmp_path: Path, house: House, line: CuttingLine, sealed: bool
) -> None:
    token, rng = make_token(house), random.Random(5)
    key = read_public_key(public_key(house))
    # A request has some 300 bytes before its body: borders of the body lie right behind them.
    borders = [n for k in (0, 1) for n in (300 + k * PIECE - 1, 300 + k * PIECE, 300 + k * PIECE + 1)]
    cuts = [*borders, *(rng.randrange(1, PIECE + 400) for _ in range(2))]
    for number, cut in enumerate(cuts):
        folder = make_large(tmp_path / f"{number}", f"L{number}")
        sent = encrypt_package(folder, tmp_path / f"{number}.sealed", key) if sealed else folder
        size = sum(path.stat().st_size for path in sent.rglob("*") if path.is_file())
        # The manifest goes through; of each piece after it the line breaks once, at another byte each time.
        line.budgets = [None, *(cut if n % 2 else rng.randrange(200, PIECE) for n in range(3)), None, cut, None]
        before = line.carried

        receipt = client_of(line, token).send(sent)

        assert [genome.sample for genome in receipt.genomes] == [f"L{number}-p-B"]
        # What had arrived was not sent again: at most each cut piece once more, and the manifest each time.
        assert line.carried - before < size + 8 * (PIECE + 4_000)


def test_transfer__tells_how_much_arrived_and_takes_no_other_byte_next(tmp_path: Path, house: House) -> None:
    folder = make_large(tmp_path / "a")
    upload = begin_upload(house.home, (folder / "manifest.json").read_bytes(), lambda _: None, on=house.clock().date())
    number = next(n for n, file in enumerate(upload.package.manifest.files) if file.path.endswith(".bin"))
    data = (folder / "files" / "report.bin").read_bytes()
    first = upload.receiver(number, Span(0, 1000, len(data)))
    first.write(data[:400])
    with pytest.raises(Conflict):
        upload.receiver(number, Span(400, 500, len(data)))  # while the first one still holds it
    with pytest.raises(BadInput):
        first.finish()
    first.close()

    assert upload.arrived(number) == 400
    for wrong in (0, 399, 401, 1000):
        with pytest.raises(Conflict) as told:
            upload.receiver(number, Span(wrong, wrong + 1, len(data)))
        assert told.value.facts["arrived"] == 400
    last = upload.receiver(number, Span(400, len(data), len(data)))
    last.write(data[400:])
    assert last.finish() and number not in upload.missing
    last.close()


def test_transfer__a_whole_that_is_not_the_manifests_is_thrown_away(tmp_path: Path, house: House) -> None:
    folder = make_large(tmp_path / "a")
    upload = begin_upload(house.home, (folder / "manifest.json").read_bytes(), lambda _: None, on=house.clock().date())
    number = next(n for n, file in enumerate(upload.package.manifest.files) if file.path.endswith(".bin"))
    data = bytearray((folder / "files" / "report.bin").read_bytes())
    data[-1] ^= 1
    receiver = upload.receiver(number, Span(0, len(data), len(data)))
    receiver.write(bytes(data))

    with pytest.raises(BadInput, match="SHA-256"):
        receiver.finish()
    receiver.close()
    with pytest.raises(BadInput, match="announced"):
        upload.receiver(number, Span(0, 5, len(data) + 1))

    assert upload.arrived(number) == 0 and number in upload.missing


@pytest.mark.parametrize(
    "text", ["", "bytes 0-1", "bytes 5-4/9", "bytes 0-9/9", "bytes -1-4/9", "bytes 0-1/*", "0-1/2"]
)
def test_span__of_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        Span.parse(text)


def test_many_packages__go_at_once_and_each_has_its_own_outcome(
    tmp_path: Path, house: House, line: CuttingLine
) -> None:
    packages = [make_single(tmp_path / f"{n}", f"M{n}", [("chr21", START + 50 + n, "A", "G", "0/1")]) for n in range(5)]
    packages.insert(2, make_single(tmp_path / "bad", "BAD", case={"patient_group": "dreams"}))
    told: list[tuple[int, int]] = []

    client = client_of(line, make_token(house), parallel=3)
    outcomes = dict(sent_to_server(client, packages, lambda done, of: told.append((done, of)), parallel=3))

    assert sorted(outcomes) == [0, 1, 2, 3, 4, 5]
    assert [place for place, one in outcomes.items() if isinstance(one, PackageRefused)] == [2]
    assert len({one.submission for one in outcomes.values() if not isinstance(one, PackageRefused)}) == 5
    assert told and all(0 <= done <= of for done, of in told) and [d for d, _ in told] == sorted(d for d, _ in told)


def test_encrypted__is_the_same_package_with_the_same_acknowledgement(tmp_path: Path, house: House) -> None:
    folder = make_trio(tmp_path / "t")
    sealed = encrypt_package(folder, tmp_path / "sealed", read_public_key(public_key(house)))

    receipt = receive_sealed(house, OPERATOR, sealed)

    assert receive(house, OPERATOR, folder) == receipt and len(receipt.genomes) == 3
    for path in (folder / "files").iterdir():
        assert path.read_bytes() not in (sealed / "files" / f"{path.name}.c4gh").read_bytes()
    assert not list((house.home / "incoming").iterdir())


def test_encrypted__by_any_crypt4gh_program_and_for_a_key_that_was_retired_since_is_opened(
    tmp_path: Path, house: House
) -> None:
    data = random.Random(3).randbytes(150_000)
    (tmp_path / "plain").write_bytes(data)
    secret = X25519PrivateKey.generate().private_bytes_raw()
    with (tmp_path / "plain").open("rb") as plain, (tmp_path / "other").open("wb") as out:
        lib.encrypt([(0, secret, read_public_key(public_key(house)))], plain, out)
    Vault(house).keys.rotate()

    with (tmp_path / "other").open("rb") as stream:
        assert unsealed(house, stream.read()) == data


@pytest.mark.parametrize("fault", ["not ours", "flipped", "cut", "no header", "long header"])
def test_encrypted__what_does_not_open_is_told(tmp_path: Path, house: House, fault: str) -> None:
    key = read_public_key(public_key(house))
    if fault == "not ours":
        key = X25519PrivateKey.generate().public_key().public_bytes_raw()
    data = bytearray(b"".join(seal([b"x" * 100_000], key)))
    if fault == "flipped":
        data[-5] ^= 1
    elif fault == "cut":
        del data[-1]
    elif fault == "no header":
        del data[:1]
    elif fault == "long header":
        data[12:16] = b"\xff\xff\xff\xff"
    (tmp_path / "x").write_bytes(data)

    with (tmp_path / "x").open("rb") as stream, pytest.raises(BadInput):
        unsealed(house, stream.read())


def test_encrypt__compares_with_the_manifest_and_writes_over_no_package(tmp_path: Path, house: House) -> None:
    key = read_public_key(public_key(house))
    folder = make_single(tmp_path / "a")
    encrypt_package(folder, tmp_path / "out", key)

    with pytest.raises(Refused):
        encrypt_package(folder, tmp_path / "out", key)
    place = folder / "files" / "N1-p.g.vcf"
    place.write_text(place.read_text().replace("PASS", "FAIL", 1))
    with pytest.raises(BadInput, match="SHA-256"):
        encrypt_package(folder, tmp_path / "other", key)

    assert not (tmp_path / "other" / "manifest.json").exists()
    assert not [path for path in (tmp_path / "other").rglob("*") if path.is_file()]


def test_full_disk__is_told_as_unavailable_keeps_what_came_and_goes_on(
    tmp_path: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_large(tmp_path / "a")
    upload = begin_upload(house.home, (folder / "manifest.json").read_bytes(), lambda _: None, on=house.clock().date())
    number = next(n for n, file in enumerate(upload.package.manifest.files) if file.path.endswith(".bin"))
    data = (folder / "files" / "report.bin").read_bytes()
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    receiver = upload.receiver(number, Span(0, len(data), len(data)))
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(Unavailable):
            receiver.write(data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        receiver.close()

    assert upload.arrived(number) == 10_000
    again = upload.receiver(number, Span(10_000, len(data), len(data)))
    again.write(data[10_000:])
    assert again.finish()
    again.close()


def test_full_disk__of_an_encrypted_file_goes_on_from_the_segments_that_are_whole(tmp_path: Path, house: House) -> None:
    folder = make_large(tmp_path / "a", size=200_000)
    upload = begin_upload(house.home, (folder / "manifest.json").read_bytes(), lambda _: None, on=house.clock().date())
    number = next(n for n, file in enumerate(upload.package.manifest.files) if file.path.endswith(".bin"))
    encrypt_package(folder, tmp_path / "sealed", read_public_key(public_key(house)))
    data = (tmp_path / "sealed" / "files" / "report.bin.c4gh").read_bytes()
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    unseal = partial(opener, house)
    receiver = upload.receiver(number, Span(0, len(data), len(data)), unseal)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(Unavailable):
            receiver.write(data[:-10])
    finally:
        receiver.close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    start = upload.arrived(number, sealed=True)
    again = upload.receiver(number, Span(start, len(data), len(data)), unseal)
    again.write(data[start:])
    assert 65_536 < start < 2 * 65_564 + 1000
    assert again.finish()
    again.close()


@pytest.mark.usefixtures("own_surroundings")
def test_commands__encrypt_and_send_what_was_encrypted(tmp_path: Path, embla, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    embla("home", "init")
    agree(embla)
    folder = make_single(tmp_path / "a", calls=[SITE])
    (tmp_path / "key").write_text(embla("submission", "public-key").out)

    made = embla("submission", "encrypt", folder, "-o", tmp_path / "out", "--key", tmp_path / "key")
    looked = embla("submission", "check", tmp_path / "out" / "a")
    sent = embla("submission", "send", tmp_path / "out" / "a")

    assert made.code == 0 and made.out.strip() == str(tmp_path / "out" / "a")
    assert looked.code == 1 and "encrypted" in looked.err
    assert sent.code == 0 and "accepted as" in sent.out, sent.err
    assert os.listdir(tmp_path / "out" / "a" / "files") == ["N1-p.g.vcf.c4gh"]


def test_transfer__a_file_that_becomes_shorter_meanwhile_ends_at_once(tmp_path: Path, house: House) -> None:
    folder = make_large(tmp_path / "a")

    def shorten(path: Path, done: int, size: int) -> None:
        if path.suffix == ".bin" and done < size:
            os.truncate(path, PIECE + 10)

    token = make_token(house)
    # Without the line between: it would keep the connection open that the sender lets go of.
    with serving(house) as port, pytest.raises(BadInput, match="became shorter"):
        Client(f"http://127.0.0.1:{port}", token, piece=PIECE, parallel=1).send(folder, shorten)
