"""What a server refuses to start with, and the bound on requests of who is not signed in."""

import math
import socket
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from embla.app import create_app
from embla.errors import UsageError
from embla.platform import House, Settings, check_port, check_start
from tests.web.clients import client_of

SECRET = "k3Jq9-Zx81_vTy7w"
BAD_STARTS: dict[str, dict[str, Any]] = {
    "an address for all without TLS": {"host": "0.0.0.0"},
    "TLS that is none": {"host": "0.0.0.0", "public_url": "http://embla.example"},
    "the demo's sign-in over a real home": {"host": "0.0.0.0", "demo": True},
    "a default secret": {"secret": "changeme" * 5},
    "a secret of one letter": {"secret": "a" * 40},
    "a short client secret": {"oidc_client_secret": "short"},
    "a default metrics token": {"metrics_token": "secret-secret-secret"},
    "an issuer in the clear": {"oidc_issuer": "http://id.example", "oidc_client_id": "x"},
    "a PostgreSQL elsewhere without TLS": {"database_url": "postgresql://embla@db.example/embla"},
    "an identity zone elsewhere without TLS": {"identity_url": "postgresql://embla@db.example/zone?sslmode=require"},
    "an issuer without a client": {"oidc_issuer": "https://id.example"},
}


@pytest.mark.parametrize("what", BAD_STARTS)
def test_start__is_refused_with(tmp_path: Path, what: str) -> None:
    with pytest.raises(UsageError) as told:
        check_start(Settings(home=tmp_path, **BAD_STARTS[what]), is_demo_home=False)

    assert told.value.mend and not any(str(v) in str(told.value) for k, v in BAD_STARTS[what].items() if "secret" in k)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"demo": True},
        {"host": "0.0.0.0", "public_url": "https://embla.example", "oidc_client_secret": SECRET},
        {"oidc_issuer": "http://127.0.0.1:9", "oidc_client_id": "x"},
    ],
)
def test_start__is_fine_with(tmp_path: Path, given: dict[str, Any]) -> None:
    check_start(Settings(home=tmp_path, **given), is_demo_home=False)


def test_start__a_demo_home_may_be_shown_to_others(tmp_path: Path) -> None:
    check_start(Settings(home=tmp_path, host="0.0.0.0", demo=True), is_demo_home=True)


def test_rate__who_is_not_signed_in_has_the_narrower_bound_and_is_told_when_to_come_back(house: House) -> None:
    app = create_app(replace(house.settings, requests_per_minute=30, anonymous_per_minute=5), house)
    with client_of(app) as client:
        answers = [client.get("/how") for _ in range(12)]
        began = time.monotonic()
        known = [client.get("/how", headers={"Authorization": "Bearer x"}) for _ in range(60)]
        # While we ask, one more is allowed every two seconds.
        more = math.ceil((time.monotonic() - began) / 2)

    assert [a.status_code for a in answers][:5] == [200] * 5 and answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert 30 <= [a.status_code for a in known].count(200) <= 30 + more and known[-1].status_code == 429


def test_a_taken_port__is_told_of_before_any_work(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port} cannot be served on") as told:
            check_port(replace(Settings(home=tmp_path), host="127.0.0.1", port=port))
    assert "--port" in told.value.mend
    check_port(replace(Settings(home=tmp_path), host="127.0.0.1", port=port))
