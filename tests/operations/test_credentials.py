"""What lasts and opens another machine is told; certificates and what changes are not."""

import json
import os
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from embla.errors import Unavailable
from embla.identity import source_of
from embla.operations import examine
from embla.operations.credentials import lasting
from embla.platform import House, Settings

NOW = 2_000_000_000.0
ELSEWHERE = "postgresql+psycopg://embla@db.example/embla?sslmode=verify-full"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text("x")
    os.utime(tmp_path / "password", (NOW - 86_400, NOW - 86_400))
    return tmp_path / "password"


@pytest.mark.parametrize(
    ("given", "environ", "told"),
    [
        ({}, {}, ""),
        ({"database_url": ELSEWHERE}, {}, "The database database is opened with a password that lasts."),
        ({"identity_url": ELSEWHERE}, {}, "The identity database is opened with a password that lasts."),
        ({"database_url": ELSEWHERE + "&sslcert=/a.pem"}, {}, ""),
        ({"database_url": ELSEWHERE}, {"PGSSLCERT": "/a.pem"}, ""),
        ({"database_url": "postgresql+psycopg://embla@/embla"}, {}, ""),
        ({"database_url": "postgresql+psycopg://embla@127.0.0.1/embla"}, {}, ""),
        ({"database_url": "sqlite:////x.db"}, {}, ""),
        ({"opt_out_source": "https://register.example/"}, {}, "The registers outside are shown a token that lasts."),
        ({"consent_source": "https://register.example/"}, {}, "The registers outside are shown a token that lasts."),
        ({"consent_source": "http://127.0.0.1:9/", "opt_out_source": "/mnt/register.json"}, {}, ""),
        ({"consent_source": "https://register.example/", "source_certificate": Path("/a.pem")}, {}, ""),
        ({"files_at": "s3://b/p"}, {"AWS_ACCESS_KEY_ID": "a"}, "The bucket is opened with a key that lasts."),
        ({"files_copy": "s3://b/p"}, {"AWS_ACCESS_KEY_ID": "a"}, "The bucket is opened with a key that lasts."),
        ({"files_at": "s3://b/p"}, {"AWS_ACCESS_KEY_ID": "a", "AWS_SESSION_TOKEN": "t"}, ""),
        ({"files_at": "s3://b/p"}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, ""),
        ({"files_at": "s3://b/p", "files_endpoint": "http://127.0.0.1:9000"}, {"AWS_ACCESS_KEY_ID": "a"}, ""),
    ],
)
def test_lasting__is_told(given: dict[str, object], environ: dict[str, str], told: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, **given)  # type: ignore[arg-type]

    assert [what for what, _ in lasting(settings, environ, NOW)] == ([told] if told else [])


def test_password__in_a_file_that_nobody_changes_is_told(tmp_path: Path, secret: Path) -> None:
    settings = Settings(home=tmp_path, database_url=ELSEWHERE, database_password_file=secret)

    assert list(lasting(settings, {}, NOW)) == []
    assert list(lasting(settings, {}, NOW + 88 * 86_400)) == []
    (found,) = lasting(settings, {}, NOW + 90 * 86_400)
    assert found[0] == "The database database's password has not changed for 91 days."


def test_examine__says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def state() -> list[str]:
        return [one.state for one in examine(house) if one.name == "credentials"]

    assert state() == ["ok"]
    object.__setattr__(house.settings, "opt_out_source", "https://register.example/")
    assert state() == ["bad"]


def test_register__is_shown_the_certificate_of_this_machine_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = made(tmp_path, "ours"), made(tmp_path, "theirs")
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))

    class Register(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert isinstance(self.connection, ssl.SSLSocket) and self.connection.getpeercert()
            answer = json.dumps({"as_of": "2026-11-27T06:00:00Z", "items": []}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs)
    context.load_verify_locations(ours)
    context.verify_mode = ssl.CERT_REQUIRED
    with HTTPServer(("127.0.0.1", 0), Register) as register:
        register.handle_error = lambda *_: None  # type: ignore[method-assign, assignment]
        register.socket = context.wrap_socket(register.socket, server_side=True)
        threading.Thread(target=register.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{register.server_port}/"

        with_ours = source_of(url, "", ours)
        assert with_ours is not None and with_ours.ask(["1"])["items"] == []
        for wrong in (None, theirs):
            source = source_of(url, "", wrong)
            assert source is not None
            with pytest.raises(Unavailable):
                source.ask(["1"])
        lost = source_of(url, "", tmp_path / "no.pem")
        assert lost is not None
        with pytest.raises(Unavailable, match="certificate"):
            lost.ask(["1"])
        register.shutdown()


def made(tmp_path: Path, name: str) -> Path:
    """A PEM file with a certificate for 127.0.0.1 and its key."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.fromtimestamp(time.time(), UTC)
    signed = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    place = tmp_path / f"{name}.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    place.write_bytes(signed.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return place
