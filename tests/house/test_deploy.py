"""What lies under deploy/ and what the handbooks say is true of this program."""

import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from embla import cli
from embla.operations.metrics import Metrics
from embla.platform import House
from tests.house.test_docs import PROJECT

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def known_options(words: list[str]) -> set[str]:
    """Options of the command that these words name; fails where there is no such command."""
    command = cli.build(everything=True)
    for word in words:
        if word not in getattr(command, "commands", {}):
            break
        command = command.commands[word]
    assert not getattr(command, "commands", {}), f"{words} names no command"
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units__start_commands_that_exist(unit: Path) -> None:
    parser = RawConfigParser(strict=False)
    parser.read(unit)
    words = shlex.split(parser["Service"]["ExecStart"])[1:]

    assert {word for word in words if word.startswith("--")} <= known_options(words)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_units__are_sound_to_systemd(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").iterdir():
        text = path.read_text().replace("/opt/embla/bin/embla", "/bin/true").replace("User=embla\nGroup=embla\n", "")
        (tmp_path / path.name).write_text(text)

    told = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))], capture_output=True, text=True, timeout=60
    )

    ours = [line for line in told.stderr.splitlines() if "embla" in line and "No such file" not in line]
    assert ours == []


def test_timers__each_have_their_service() -> None:
    timers = {path.stem for path in (DEPLOY / "systemd").glob("*.timer")}

    assert timers == {unit.stem for unit in UNITS} - {"embla"}


def test_alerts__ask_for_figures_that_are_given(house: House) -> None:
    given = Metrics(house)
    given.answered("/", 200, 0.01)
    names = set(re.findall(r"^(embla_\w+)", given.text().decode(), re.MULTILINE)) | {"embla_last_seconds"}

    asked = set(re.findall(r"\b(embla_\w+)", (DEPLOY / "prometheus-alerts.yml").read_text()))

    assert asked - names == set()


@pytest.mark.parametrize("page", ["operations.md", "security.md"])
def test_handbooks__name_commands_and_files_that_exist(page: str) -> None:
    text = (PROJECT / "docs" / page).read_text("utf-8")
    blocks = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(" #")[0] for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(embla [a-z][^`]*)`", text)

    for line in lines:
        words = shlex.split(line)[1:]
        if words and "..." not in line and "--help" not in line:
            assert {word for word in words if word.startswith("--")} <= known_options(words), line
    missing = [name for name in re.findall(r"`(deploy/[\w./-]+)`", text) if not (PROJECT / name).exists()]
    assert missing == []


def test_security__names_tests_that_exist() -> None:
    rows = [line for line in (PROJECT / "docs/security.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    shown = [name.strip() for row in rows for name in row.rstrip("| ").rpartition("|")[2].split(",")]
    named = [name for name in shown if name.endswith(".py") or (PROJECT / "tests" / name).is_dir()]

    assert [name for name in named if not (PROJECT / "tests" / name).exists()] == []
    assert len(set(named)) > 25
