"""The command line as a whole: it starts light, speaks two languages, and shows no traceback for an error of ours."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from embla import cli
from embla.errors import BadInput, NotFound, Refused, UsageError

# Typer itself loads pydantic for a command with options; what we add must be lighter than that.
HEAVY = (
    "numpy",
    "numba",
    "pyarrow",
    "sqlalchemy",
    "fastapi",
    "starlette",
    "pysam",
    "babel",
    "jinja2",
    "rich",
)


def every_command(tree: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield words
    for word, child in getattr(tree, "commands", {}).items():
        yield from every_command(child, (*words, word))


def command_lines() -> list[str]:
    return [" ".join(words) for words in every_command(cli.build(everything=True))]


# Starts once and forks for each line: what a fork has loaded is `embla.cli`, and then what that help needs.
HELPING = f"""
import json, os, sys
from embla import cli
for line in sys.stdin:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writing, 1)
        os.close(writing)
        code = cli.run([*line.split(), "--help"])
        heavy = sorted(set(sys.modules) & set({HEAVY!r}))
        print("\\0" + json.dumps([code, heavy]), end="", flush=True)
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as file:
        said, _, told = file.read().rpartition("\\0")
    os.waitpid(child, 0)
    print(json.dumps([said, *json.loads(told or '[-1, []]')]), flush=True)
"""


@pytest.fixture(scope="module")
def help_of() -> Iterator[Callable[[str], tuple[str, int, list[str]]]]:
    """What `embla LINE --help` says on standard output, its code, and which heavy modules it has loaded."""
    command, pipe = [sys.executable, "-c", HELPING], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, encoding="utf-8", env=in_english()) as process:
        assert process.stdin is not None and process.stdout is not None
        asked, told = process.stdin, process.stdout

        def ask(line: str) -> tuple[str, int, list[str]]:
            print(line, file=asked, flush=True)
            said, code, heavy = json.loads(told.readline())
            return said, code, heavy

        yield ask
        asked.close()


def in_english() -> dict[str, str]:
    """The environment without what chooses a language, and without settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EMBLA_", "LC_", "LANG"))}
    return kept | {"LANG": "C.UTF-8"}


@pytest.mark.parametrize("line", command_lines())
def test_help__of_each_command_says_something_and_loads_nothing_heavy(
    line: str, help_of: Callable[[str], tuple[str, int, list[str]]]
) -> None:
    said, code, heavy = help_of(line)

    assert (code, heavy) == (0, [])
    assert "Usage: embla" in said
    described = said.split("\n\n")[1].strip()
    assert described and not described.startswith(("Options", "Commands", "Arguments"))


def test_help__that_loads_something_heavy_is_found() -> None:
    code = HELPING.replace("from embla import cli", "from embla import cli; import sqlalchemy")

    done = subprocess.run(
        [sys.executable, "-c", code], input="\n", capture_output=True, text=True, timeout=60, check=True
    )

    assert json.loads(done.stdout)[1:] == [0, ["sqlalchemy"]]


def test_help__lists_the_rooms_before_the_house(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0

    words = [line.split()[0] for line in capsys.readouterr().out.split("Commands:")[1].splitlines() if line.strip()]
    assert words[-1] not in {room.word for room in cli.ROOMS}
    assert set(words) >= {room.word for room in cli.ROOMS if room.exists}


def test_version__is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from embla import __version__

    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"embla {__version__}\n"


def test_unknown_command__is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["settlings"]) == 2
    assert "No such command" in capsys.readouterr().err


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail() -> None:
        raise error

    app = typer.Typer()
    app.command("now")(fail)
    app.command("later")(lambda: None)
    monkeypatch.setattr(cli, "build", lambda *_, **__: typer.main.get_command(app))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Two regions were given.", mend="Give one."), 2),
        (Refused("The store is managed."), 1),
        (NotFound("No store here."), 1),
        (BadInput("POS is not a number.", path="a.vcf", line=17), 1),
    ],
)
def test_our_error__is_a_sentence_and_a_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    failing(monkeypatch, error)

    assert cli.run(["now"]) == code

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"embla: error: {error}\n"


def test_our_error__fits_in_eight_lines_whatever_the_file_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, BadInput("\x1b[2J" + "x" * 5000 + "\n" * 30 + "end", path="a.vcf"))

    assert cli.run(["now"]) == 1

    said = capsys.readouterr().err
    assert len(said.splitlines()) == 8
    assert max(map(len, said.splitlines())) < 500
    assert "\x1b" not in said


def test_our_error__is_json_where_json_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:
        raise BadInput("POS is not a number.", path="a.vcf", line=17, mend="Sort it.", found="x")

    app = typer.Typer()
    app.command("now")(fail)
    app.command("later")(lambda: None)
    monkeypatch.setattr(cli, "build", lambda *_, **__: typer.main.get_command(app))

    assert cli.run(["now", "--json"]) == 1

    told = json.loads(capsys.readouterr().err)
    assert told["error"] == "BadInput"
    assert (told["path"], told["line"], told["mend"], told["found"]) == ("a.vcf", 17, "Sort it.", "x")


def test_defect__keeps_its_text_to_itself_until_debugging(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(monkeypatch, KeyError("Karen Blixen"))

    assert cli.run(["now"]) == 1
    quiet = capsys.readouterr().err
    monkeypatch.setenv("EMBLA_DEBUG", "1")
    assert cli.run(["now"]) == 1
    loud = capsys.readouterr().err

    assert "KeyError" in quiet and " at cli.py:" in quiet and "Blixen" not in quiet and len(quiet.splitlines()) == 1
    assert "Traceback" in loud


def test_missing_file__is_told_by_name(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failing(monkeypatch, FileNotFoundError(2, "No such file or directory", "calls.vcf"))

    assert cli.run(["now"]) == 1
    assert capsys.readouterr().err == "embla: error: calls.vcf: No such file or directory.\n"


@pytest.mark.parametrize(
    ("error", "message"),
    [(OSError(28, "No space left on device", "calls.vcf"), "calls.vcf: No space left on device."),
     (KeyError("Karen Blixen"), "a defect in Embla: KeyError at cli.py:")],
)  # fmt: skip
def test_error_that_is_not_ours__is_json_where_json_was_asked_for(
    error: Exception, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(as_json: bool = typer.Option(False, "--json")) -> None:
        raise error

    app = typer.Typer()
    app.command("now")(fail)
    app.command("later")(lambda: None)
    monkeypatch.setattr(cli, "build", lambda *_, **__: typer.main.get_command(app))

    assert cli.run(["now", "--json"]) == 1

    told = json.loads(capsys.readouterr().err)
    assert told["error"] == type(error).__name__ and told["message"].startswith(message)
    assert "Blixen" not in str(told)


def test_interrupt__exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())

    assert cli.run(["now"]) == 130


def test_exit_code__of_a_command_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, typer.Exit(1))

    assert cli.run(["now"]) == 1


def test_reader_that_leaves__is_no_error() -> None:
    code = "from embla.cli import run; import sys; sys.exit(run(['settings']))"
    command = f'{sys.executable} -c "{code}" | true'

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""


def test_settings__are_shown_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_SECRET", "q" * 40)
    monkeypatch.setenv("EMBLA_PORT", "8123")

    assert cli.run(["settings", "--json"]) == 0

    said = capsys.readouterr().out
    shown = {line["name"]: line["value"] for line in map(json.loads, said.splitlines())}
    assert shown["port"] == 8123
    assert shown["secret"] == "(set)"
    assert "qqq" not in said


def test_unknown_setting_in_the_environment__warns_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_PRT", "8123")

    assert cli.run(["settings"]) == 0
    assert "embla: warning: Unknown setting EMBLA_PRT in the environment (did you mean EMBLA_PORT?)" in (
        capsys.readouterr().err
    )


def help_in(environment: dict[str, str], *words: str) -> str:
    plain = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "LANGUAGE")}
    done = subprocess.run(
        [sys.executable, "-m", "embla", *words, "--help"],
        env={**plain, "PYTHONUTF8": "1", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parent,
    )
    return done.stdout


def test_help__speaks_danish_where_lang_does_and_lc_all_wins() -> None:
    danish = help_in({"LANG": "da_DK.UTF-8"})

    assert danish.startswith("Brug: embla")
    assert "Vis versionen og afslut." in danish
    assert help_in({"LC_ALL": "da_DK.UTF-8", "LANG": "en_GB.UTF-8", "LANGUAGE": "en"}) == danish
    assert help_in({"LC_ALL": "en_GB.UTF-8", "LANG": "da_DK.UTF-8", "LANGUAGE": "da"}).startswith("Usage: embla")
    assert help_in({"LANG": "de_DE.UTF-8"}).startswith("Usage: embla")
