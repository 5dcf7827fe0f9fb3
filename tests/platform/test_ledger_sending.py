"""The log sent to another machine: over TLS that proves itself, whole and in order, again where nobody took it."""

import logging
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from embla.errors import Unavailable, UsageError
from embla.platform import Database, append_event
from embla.platform.ledger.audit import entries_after
from embla.platform.ledger.sending import Collector, Lines, Sender
from tests.support.homes import Ticking


@dataclass
class Receiver:
    """A collector on loopback that checks the frames; `got`: (kind, message) of each."""

    certificate: Path
    port: int = 0
    deaf: bool = False
    got: list[tuple[str, bytes]] = field(default_factory=list)

    def take(self, plain: socket.socket, context: ssl.SSLContext) -> None:
        plain.settimeout(10)
        if self.deaf:
            plain.close()
            return
        data = b""
        try:
            with context.wrap_socket(plain, server_side=True) as sealed:
                while block := sealed.recv(65536):
                    data += block
                self.keep(data)
                sealed.unwrap()
        except OSError:
            pass

    def keep(self, data: bytes) -> None:
        while data:
            length, _, data = data.partition(b" ")
            frame, data = data[: int(length)], data[int(length) :]
            found = re.fullmatch(rb"<110>1 \S+Z \S+ embla \d+ (entry|checkpoint|line) - (.*)", frame, re.DOTALL)
            assert found is not None, frame
            self.got.append((found[1].decode(), found[2]))


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "logs")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    certificate, secret = tmp_path / "logs.pem", tmp_path / "logs.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    listening = socket.create_server(("127.0.0.1", 0))
    found = Receiver(certificate, listening.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                plain, _ = listening.accept()
            except OSError:
                return
            found.take(plain, context)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield found
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(10)


def write(database: Database, clock: Ticking, count: int) -> None:
    with database.transaction() as connection:
        for _ in range(count):
            append_event(connection, at=clock(), actor="a", kind="looked", subject="case:1")


def entries(database: Database) -> list[bytes]:
    with database.reading() as connection:
        return [entry for _, entry, _ in entries_after(connection, 0)]


def test_log__reaches_the_collector_whole_in_order_and_goes_on_where_it_was(
    database: Database, clock: Ticking, tmp_path: Path, receiver: Receiver
) -> None:
    lines = Lines()
    to = Collector.of(f"127.0.0.1:{receiver.port}", receiver.certificate)
    sender = Sender(database, to, tmp_path / "home" / "sent", lines)
    write(database, clock, 3)
    lines.handle(logging.makeLogRecord({"name": "embla", "levelname": "WARNING", "msg": "a sign-in was refused"}))

    sender.send(clock())
    write(database, clock, 2)
    receiver.deaf = True
    with pytest.raises(Unavailable):
        sender.send(clock())
    receiver.deaf = False
    # Another process goes on from the mark.
    Sender(database, to, tmp_path / "home" / "sent").send(clock())

    assert [message for kind, message in receiver.got if kind == "entry"] == entries(database)
    assert [b"a sign-in was refused" in message for kind, message in receiver.got if kind == "line"] == [True]
    assert sender.sent == len(entries(database)) and sender.send(clock()) == 0 and not lines.waiting


def test_log__is_not_told_to_who_cannot_prove_to_be_the_collector(
    database: Database, clock: Ticking, tmp_path: Path, receiver: Receiver
) -> None:
    write(database, clock, 1)
    for to in (
        Collector.of(f"127.0.0.1:{receiver.port}", None),
        Collector.of(f"localhost:{receiver.port}", receiver.certificate),
    ):
        sender = Sender(database, to, tmp_path / "sent")
        with pytest.raises(Unavailable):
            sender.send(clock())
        assert sender.sent == 0
    assert receiver.got == []


@pytest.mark.parametrize("text", ["", ":1", "host:", "host:0", "host:70000", "host:x", "host:-1"])
def test_collector__that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="EMBLA_LOG_COLLECTOR"):
        Collector.of(text, None)
