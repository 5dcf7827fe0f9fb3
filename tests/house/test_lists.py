"""Every command that lists something says why it lists nothing: an empty screen is no answer."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embla import cli
from embla.gates import COMMANDS

# What a list is asked for; {home} is beside an empty home with the account anna (clinician) and the laboratory north.
LISTS = {
    "store carriers": "{home}/bare chr1-1000-A-G",
    "registry regions": "--on 1900-01-01",
    "registry labs": "--on 1900-01-01",
    "registry erasures": "",
    "registry genomes": "",
    "registry agreement list": "",
    "registry environment list": "",
    "registry opt-out list": "",
    "registry pipeline list": "",
    "submission list": "",
    "frequency release list": "",
    "frequency leavers": "",
    "classification list": "--lab north",
    "classification unresolved": "--lab north",
    "classification discordances": "--lab north",
    "panel list": "",
    "dataset list": "",
    "answers list": "--for anna",
    "answers escalations": "",
    "answers questions": "--for anna",
    "answers register": "",
    "dpo alerts": "",
    "dpo watch": "",
    "dpo reviews": "",
    "dpo incidents": "",
    "board reconcile": "",
    "board ledger": "",
    "board history show": "no-such-measure",
    "home tokens": "",
    "log show": "--kind no-such-kind",
    "registry log": "--kind no-such-kind",
}
# Lists that an empty home fills, or that answer by themselves; those of a person or a case stand in their rooms' tests.
FULL = {
    "registry groups": "the national groups come with the program",
    "registry persons": "ends with how many there are",
    "board group list": "every group with its state, not told at first",
    "keys show": "a home has a key from its first entry on",
    "home accounts": "tested below, in a home without any",
    "backup list": "says that there is none; tested below",
    "frequency diff": "refused where there is no release",
    "panel diff": "refused where there is no such panel",
    "registry consent list": "of a person; refused for one who is not there",
    "pgx passport list": "of a case; refused for one that is not there",
    "pgx passport revoked": "writes a signed list to a file",
}


def every(tree: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for word, child in getattr(tree, "commands", {}).items():
        yield from every(child, (*words, word))
    if not hasattr(tree, "commands"):
        yield " ".join(words), tree


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    monkeypatch.setenv("EMBLA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "C")
    assert cli.run(["home", "init"]) == 0
    assert cli.run(["store", "create", str(tmp_path / "bare")]) == 0
    capsys.readouterr()
    return tmp_path


def test_lists__are_all_known_so_that_no_new_one_prints_nothing() -> None:
    lists = {
        words
        for words, command in every(cli.build(everything=True))
        if words in COMMANDS and ((command.help or "").startswith("List ") or words.endswith(" list"))
    }

    assert sorted(lists - set(LISTS) - set(FULL)) == []
    assert sorted((set(LISTS) | set(FULL)) - set(COMMANDS)) == []


def test_lists__of_an_empty_home_say_why_they_are_empty_and_in_json_are_empty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.run(["home", "add-account", "anna", "--role", "clinician"]) == 0
    silent, english = [], []
    for words, arguments in LISTS.items():
        line = [*words.split(), *shlex.split(arguments.format(home=home))]
        said = {}
        for language in ("C", "da_DK.UTF-8"):
            monkeypatch.setenv("LANG", language)
            code = cli.run(line)
            told = capsys.readouterr()
            assert code == 0, (words, told.err)
            said[language] = (told.out + told.err).strip()
        assert cli.run([*line, "--json"]) == 0
        assert all(json.loads(one) == [] for one in capsys.readouterr().out.splitlines()), words
        if not said["C"]:
            silent.append(words)
        if said["C"] == said["da_DK.UTF-8"]:
            english.append(words)

    assert silent == []
    # The floors below `platform` and the releases' commands speak through their own `say`.
    assert english == []


def test_lists__of_accounts_and_of_backups_say_so_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["home", "accounts"]) == 0
    assert "No account is open" in capsys.readouterr().err
    assert cli.run(["home", "accounts", "--json"]) == 0
    told = capsys.readouterr()
    assert told.out == told.err == ""
    (home / "backups").mkdir()
    assert cli.run(["backup", "list", str(home / "backups")]) in (0, 1)
    assert capsys.readouterr().err
