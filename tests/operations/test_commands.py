"""The commands as an operator types them."""

import json
import shutil
from pathlib import Path

import pytest

from embla.cli import run
from embla.platform import House, database_version, newest_version
from tests.operations.conftest import report


@pytest.fixture
def home(house: House, packages: list[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    report(house, packages)
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.setenv("EMBLA_DEMO", "1")
    return house.home


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_backup_restore_and_drill__as_the_handbook_has_them(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository, again = tmp_path / "backups", tmp_path / "again"
    private, public = tmp_path / "recovery.key", tmp_path / "recovery.pub"
    (home / "keys").mkdir(exist_ok=True)

    assert run(["backup", "keygen", str(private), str(public)]) == 0
    assert run(["backup", "recovery-key", str(repository), str(public)]) == 0
    capsys.readouterr()
    assert run(["backup", "make", str(repository), "--json"]) == 0
    (made,) = told(capsys)
    assert (made["genomes"], made["keys"]) == (3, True)
    assert run(["backup", "list", str(repository), "--json"]) == 0
    assert told(capsys) == [made]
    assert run(["backup", "verify", str(repository)]) == 0
    assert run(["backup", "drill", str(repository), "--recovery-key", str(private)]) == 0
    capsys.readouterr()
    assert run(["restore", str(repository), "--home", str(again), "--recovery-key", str(private), "--json"]) == 0
    (outcome,) = told(capsys)
    assert outcome["genomes"] == 3
    assert run(["backup", "prune", str(repository), "--keep", "1", "--keep-months", "0"]) == 0
    assert private.stat().st_mode & 0o077 == 0


def test_backup_keygen__never_overwrites_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "there").write_text("precious")

    assert run(["backup", "keygen", str(tmp_path / "there"), str(tmp_path / "pub")]) == 1
    assert (tmp_path / "there").read_text() == "precious"
    assert "never overwritten" in capsys.readouterr().err


def test_doctor__exits_one_when_something_is_bad(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 1

    findings = told(capsys)
    assert any(finding["name"] == "backup" and finding["state"] == "bad" for finding in findings)
    assert all(finding["mend"] for finding in findings if finding["state"] == "bad")


def test_upgrade__dry_run_changes_nothing(
    house: House, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.database.close()
    before = (home / "embla.db").read_bytes()

    assert run(["upgrade", "--dry-run", "--json"]) == 0

    (line,) = told(capsys)
    assert (line["done"], line["format"], line["to"]) == (False, newest_version(), newest_version())
    assert int(str(line["events"])) >= 3
    assert (home / "embla.db").read_bytes() == before
    assert not [path for path in home.iterdir() if path.name.startswith(".rehearsal")]


def test_upgrade__rehearses_an_older_home_on_a_copy(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from embla.platform import Database, sqlite_url
    from embla.platform.migrate import migrate_to

    old = tmp_path / "old"
    shutil.copytree(home, old, ignore=shutil.ignore_patterns("embla.db*"))
    database = Database(sqlite_url(old / "embla.db"))
    migrate_to(database, "0004")
    monkeypatch.setenv("EMBLA_HOME", str(old))

    assert run(["upgrade", "--dry-run", "--json"]) == 0

    (line,) = told(capsys)
    assert (line["format"], line["to"]) == ("0004", newest_version())
    assert database_version(database) == "0004"


def test_upgrade__rehearses_on_postgresql_in_a_transaction_that_is_rolled_back(postgres_url: str) -> None:
    from embla.platform import Database, rehearse_migration

    database = Database(postgres_url)

    assert rehearse_migration(database) == int(newest_version())
    assert database_version(database) == "0000"
    database.close()


def test_restore__without_a_repository_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["restore", str(tmp_path / "none"), "--home", str(tmp_path / "home")]) == 1
    assert "no folder" in capsys.readouterr().err


def test_backup_prune__says_which_would_go_and_deletes_none_without_the_repositorys_name(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = str(tmp_path / "backups")
    assert [run(["backup", "make", repository]) for _ in range(2)] == [0, 0]
    prune = ["backup", "prune", repository, "--keep", "1", "--keep-months", "0"]
    capsys.readouterr()

    assert run(prune) == 2
    asked = capsys.readouterr().err
    assert run([*prune, "--yes", "elsewhere"]) == 1
    kept = run(["backup", "list", repository, "--json"]), len(told(capsys))
    assert run([*prune, "--yes", repository]) == 0

    assert "1 of 2 backups would be deleted" in asked and f"--yes {repository}" in asked
    assert kept == (0, 2)
    assert capsys.readouterr().out.startswith("1 backups and")
    assert run(prune) == 0  # nothing is old: nothing to ask
