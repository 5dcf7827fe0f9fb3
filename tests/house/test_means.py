"""By what means the house works: which libraries seal and sign, who speaks to the network, what a browser is given.

Read from the code and from deploy/, so that something new is seen here first. Which requirement of OWASP's ASVS each
test stands for is said in docs/security-asvs.md.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.test_docs import PROJECT
from tests.house.test_static import FILES, SOURCE, calls, is_made, tree

SCRIPT = (SOURCE / "platform/web/static/embla.js").read_text()
NGINX = (PROJECT / "deploy/nginx.conf").read_text()
# Ciphers, signatures, key agreements and hashes: each at least 128 bits strong, none without authentication.
MEANS = {
    "AESGCM", "ChaCha20Poly1305", "Ed25519PrivateKey", "Ed25519PublicKey", "X25519PrivateKey", "X25519PublicKey",
    "HKDF", "SHA256", "InvalidTag", "InvalidSignature", "Encoding", "NoEncryption", "PrivateFormat", "PublicFormat",
    "hashes", "serialization",
}  # fmt: skip
# Who opens a connection, each to addresses out of the settings alone.
SPEAKERS = {
    "federation/network/reaching.py", "identity/outside.py", "platform/ledger/sending.py", "platform/oidc.py",
    "submission/client.py",
    "platform/starting.py",  # tries whether the port is free, and speaks to nobody
}  # fmt: skip
NETWORK = {
    "httpx",
    "requests",
    "urllib.request",
    "aiohttp",
    "ftplib",
    "smtplib",
    "telnetlib",
    "xmlrpc",
    "socket",
    "websockets",
}
# What the house has none of: interpreters of other languages, and readers that run or fetch what they read.
NOT_HERE = {
    "pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "defusedxml", "ldap", "ldap3", "smtplib", "markdown",
    "pymemcache", "redis", "graphql", "ctypes.util", "xmlrpc", "cgi",
}  # fmt: skip


@cache
def imports() -> tuple[tuple[str, str, str], ...]:
    """(file, module, name) of each import; name "" for a whole module."""
    found: list[tuple[str, str, str]] = []
    for path in FILES:
        name = path.relative_to(SOURCE).as_posix()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Import):
                found += [(name, alias.name, "") for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found += [(name, node.module, alias.name) for alias in node.names]
    return tuple(found)


def is_of(module: str, names: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def test_cryptography__is_of_known_libraries_and_of_means_on_the_list() -> None:
    used = {name for _, module, name in imports() if is_of(module, {"cryptography"})}

    assert {
        module for _, module, _ in imports() if is_of(module, {"Crypto", "Cryptodome", "rsa", "ecdsa", "pyaes"})
    } == set()
    assert used - MEANS == set() and {"AESGCM", "Ed25519PrivateKey", "X25519PrivateKey"} <= used


def test_hashes__are_sha2_or_blake2_but_for_the_name_that_refget_gives_open_bases() -> None:
    imported = {
        name
        for path, module, name in imports()
        if module == "hashlib" and name and (path, name) != ("reference/refget.py", "md5")
    }
    called = {
        node.func.attr
        for path in FILES
        for node, _ in calls(path)
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "hashlib"
    }

    assert imported | called <= {"sha256", "sha512", "blake2b", "file_digest"}


def test_secrets__come_from_the_systems_generator_and_are_128_bits_or_more() -> None:
    weak, dice = [], set()
    for path in FILES:
        name = path.relative_to(SOURCE).as_posix()
        for node, called in calls(path):
            if called in ("token_bytes", "token_hex", "token_urlsafe", "urandom") and node.args:
                size = node.args[0]
                if isinstance(size, ast.Constant) and size.value < 16:
                    weak.append(f"{name}:{node.lineno}: {called}({size.value})")
    dice = {file for file, module, _ in imports() if module == "random"}

    # Shorter ones name a request in the log or a temporary file; they let nobody in.
    names = re.compile(r"(platform/web/guard|platform/secret_files|identity/keys|storage/|genotypes/).*: token_hex")
    assert [line for line in weak if not names.match(line)] == []
    # Chance that keeps nothing secret: which files and which place of a log are looked at tonight.
    assert {file for file in dice if not file.startswith(("simulation/", "demo/"))} <= {
        "vault/tending.py",
        "operations/elsewhere.py",
    }


def test_network__is_spoken_to_by_named_files_only_and_no_redirect_is_followed() -> None:
    speakers = {
        file
        for file, module, name in imports()
        if is_of(module, NETWORK) or (module == "http.client" and name.endswith("Connection"))
    }
    required = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        for node, called in calls(path)
        if called == "require" and node.args and getattr(node.args[0], "value", "") in ("httpx", "requests", "aiohttp")
    }
    following = [
        f"{path.name}:{node.lineno}"
        for path in FILES
        for node, called in calls(path)
        for word in node.keywords
        if (word.arg in ("follow_redirects", "allow_redirects") and getattr(word.value, "value", True))
        or called == "urlopen"
    ]

    assert speakers | required == SPEAKERS
    assert following == []


def test_interpreters__of_other_languages_and_readers_that_run_what_they_read_are_not_here() -> None:
    assert {(file, module) for file, module, _ in imports() if is_of(module, NOT_HERE)} == set()


def test_patterns_and_templates__are_never_made_of_text_that_somebody_gave() -> None:
    found = []
    for path in FILES:
        for node, called in calls(path):
            pattern = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            made = pattern and called != "escape" and node.args and is_made(node.args[0])
            if called == "from_string" or (made and not _of_constants(node.args[0]) and not _at_import(path, node)):
                found.append(f"{path.relative_to(SOURCE)}:{node.lineno}: {called}")

    assert found == []


def _of_constants(made: ast.expr) -> bool:
    """Put together of names in capitals, or of text that `re.escape` made."""
    holes = [part.value for part in ast.walk(made) if isinstance(part, ast.FormattedValue)]
    return bool(holes) and all(ast.unparse(hole).isupper() or "re.escape" in ast.unparse(hole) for hole in holes)


def _at_import(path: Path, call: ast.Call) -> bool:
    """Outside of every function: of constants of ours."""
    outside = [part for part in tree(path).body if not isinstance(part, ast.FunctionDef | ast.ClassDef)]
    return any(part.lineno <= call.lineno <= (part.end_lineno or 0) for part in outside)


def test_script__of_ours_keeps_nothing_and_makes_no_markup() -> None:
    forbidden = (
        r"localStorage|sessionStorage|indexedDB|document\.cookie|innerHTML|outerHTML|insertAdjacentHTML|document\.write"
    )
    forbidden += r"|\beval\b|new Function|postMessage|JSON\.parse|Object\.assign|__proto__|\bvar\b|window\.\w+ *="

    assert re.findall(forbidden, SCRIPT) == []


def test_proxy__speaks_tls_12_and_13_with_forward_secrecy_only() -> None:
    protocols = re.search(r"ssl_protocols ([^;]+);", NGINX)
    ciphers = re.search(r"ssl_ciphers ([^;]+);", NGINX)

    assert protocols and set(protocols[1].split()) == {"TLSv1.2", "TLSv1.3"}
    assert ciphers and all(
        re.match(r"ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM|CHACHA20)", one) for one in ciphers[1].split(":")
    )


def test_proxy__tells_who_asks_itself_and_leads_only_people_from_http_to_https() -> None:
    clear = NGINX.partition("listen 80;")[2]

    assert "X-Forwarded-For $remote_addr;" in NGINX and "$proxy_add_x_forwarded_for" not in NGINX
    assert re.search(r"location /api/ \{ return 403; \}", clear) and "return 308 https://" in clear
    assert "location = /metrics { return 404; }" in NGINX


def test_log__goes_to_one_place_and_the_proxy_keeps_none() -> None:
    handlers = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        for _, called in calls(path)
        if called == "addHandler"
        or (called.endswith("Handler") and called not in ("NullHandler", "BaseHTTPRequestHandler"))
    }

    # The worker hands lines on to the collector that a setting names.
    assert handlers <= {"platform/logging.py", "worker.py"}
    # Its lines would hold addresses, and with them what somebody searched for.
    assert NGINX.count("server {") == NGINX.count("access_log off;") == 2


@pytest.mark.parametrize(
    "line", ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "UMask=0077", "User=embla"]
)
def test_service__runs_with_no_more_rights_than_it_needs(line: str) -> None:
    assert line in (PROJECT / "deploy/systemd/embla.service").read_text().splitlines()


def test_messages__with_two_lengths_are_not_read_as_two(tmp_path: Path) -> None:
    import h11

    server = h11.Connection(h11.SERVER)
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.receive_data(head + b"0\r\n\r\nGET /in HTTP/1.1\r\n\r\n")
    first, second = server.next_event(), server.next_event()

    # Chunked wins: the body is empty, and what follows is a request of its own. Lengths that are none are refused.
    assert isinstance(first, h11.Request) and isinstance(second, h11.EndOfMessage)
    for head in (b"Content-Length: 4\r\nContent-Length: 5", b"Content-Length: +4", b"Transfer-Encoding: xchunked"):
        with pytest.raises(h11.RemoteProtocolError):
            refusing = h11.Connection(h11.SERVER)
            refusing.receive_data(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n")
            refusing.next_event()
