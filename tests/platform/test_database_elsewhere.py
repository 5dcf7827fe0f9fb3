"""A PostgreSQL on another machine: proved by its certificate, and opened with a password that changes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from embla.errors import Unavailable, UsageError
from embla.platform import Database, Settings, check_databases

ELSEWHERE = "postgresql://embla@db.example/embla"
UNSAFE = [
    ELSEWHERE, f"{ELSEWHERE}?sslmode=require", f"{ELSEWHERE}?sslmode=prefer", f"{ELSEWHERE}?sslmode=disable",
    f"{ELSEWHERE}?sslmode=verify-full&sslmode=disable", "postgresql+psycopg://embla@192.0.2.7:5432/embla",
    "postgresql:///embla?host=db.example", "postgresql:///embla?host=/run/postgresql,db.example",
    "postgresql:///embla?host=localhost:5432&host=db.example:5432", "postgresql://localhost/embla?hostaddr=192.0.2.7",
    "postgresql:///embla?service=nation", "postgresql://127.0.0.1.db.example/embla", "postgresql://[2001:db8::7]/embla",
]  # fmt: skip
SAFE = [
    f"{ELSEWHERE}?sslmode=verify-full", f"{ELSEWHERE}?sslmode=verify-ca&sslrootcert=/etc/ca.pem", "", "sqlite:////x.db",
    "postgresql:///embla", "postgresql:///embla?host=/run/postgresql", "postgresql://localhost:5433/embla",
    "postgresql://127.0.0.1/embla", "postgresql://[::1]/embla", "postgresql:///embla?host=localhost:5432",
]  # fmt: skip


@pytest.mark.parametrize("name", ["database_url", "identity_url"])
@pytest.mark.parametrize("url", UNSAFE)
def test_database__elsewhere_without_a_proved_certificate_is_refused(tmp_path: Path, name: str, url: str) -> None:
    with pytest.raises(UsageError, match="verify-full") as told:
        check_databases(Settings(home=tmp_path, **{name: url}), {})

    assert name.upper() in told.value.message and "db.example" not in str(told.value)
    check_databases(Settings(home=tmp_path, demo=True, **{name: url}), {})


@pytest.mark.parametrize("url", SAFE)
def test_database__on_this_machine_or_proved_is_taken(tmp_path: Path, url: str) -> None:
    check_databases(Settings(home=tmp_path, database_url=url), {})


@pytest.mark.parametrize("name", ["PGHOST", "PGHOSTADDR", "PGSERVICE"])
def test_database__that_the_environment_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql:///embla")

    with pytest.raises(UsageError):
        check_databases(settings, {name: "192.0.2.7"})
    check_databases(settings, {name: "192.0.2.7", "PGSSLMODE": "verify-full"})


def test_password__that_changed_is_taken_up_while_serving(postgres_server: str, tmp_path: Path) -> None:
    psycopg = pytest.importorskip("psycopg")
    role, first, second, file = f"embla_{secrets.token_hex(4)}", "first-word", "second-word", tmp_path / "password"
    url = make_url(postgres_server).set(username=role, password=None).render_as_string()
    with psycopg.connect(postgres_server, autocommit=True) as admin, asking_passwords(admin, role):
        admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{first}'")
        database = Database(url, file)
        try:
            with pytest.raises(Unavailable, match="cannot be read"), database.reading():
                pass
            file.write_text(f"{first}\n")
            with database.reading() as held:
                assert held.scalar(text("SELECT current_user")) == role
                admin.execute(f"ALTER ROLE {role} PASSWORD '{second}'")
                # A second connection beside the one that is open.
                with pytest.raises(Unavailable), database.reading():
                    pass
                file.write_text(second)
                with database.reading() as beside:
                    assert beside.scalar(text("SELECT current_user")) == role
            file.write_text("\n")
            database.close()
            with pytest.raises(Unavailable, match="holds no password"), database.reading():
                pass
        finally:
            database.close()
            admin.execute(f"DROP ROLE {role}")


@contextmanager
def asking_passwords(admin: Any, role: str) -> Iterator[None]:
    """The server asks this role for its password; a server of the tests trusts everybody on its machine otherwise."""
    rules = Path(admin.execute("SHOW hba_file").fetchone()[0])
    if not os.access(rules, os.W_OK):
        # A server that somebody named: it asks for passwords, or the test fails and says so.
        yield
        return
    before = rules.read_text()
    rules.write_text(f"local all {role} scram-sha-256\nhost all {role} all scram-sha-256\n{before}")
    admin.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        rules.write_text(before)
        admin.execute("SELECT pg_reload_conf()")
