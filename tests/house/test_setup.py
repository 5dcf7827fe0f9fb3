"""Set-up on a strange machine: it says what is missing, installs only what is hashed, and leaves nothing out."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LOCKS = ("core", "dev", "bench", "afquery", "interop")


def set_up(tmp_path: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run tools/setup.sh with nothing on the PATH but the shell's own tools and these scripts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{script}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        ["/bin/bash", str(PROJECT / "tools" / "setup.sh"), "core", str(tmp_path / "venv")],
        env={"PATH": str(folder)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_setup__without_python_says_what_to_install(tmp_path: Path) -> None:
    done = set_up(tmp_path)

    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr and "apt install python3 python3-venv" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_setup__a_python_that_is_too_old_or_a_shim_without_one_does_not_count(tmp_path: Path) -> None:
    done = set_up(tmp_path, python3="exit 1", **{"python3.12": "echo 'shim: command not found' >&2; exit 127"})

    assert done.returncode == 1
    assert "no Python 3.11 or newer" in done.stderr


def test_setup__without_venv_names_the_package(tmp_path: Path) -> None:
    python = f'case "$*" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'

    done = set_up(tmp_path, python3=python)

    version = "{}.{}".format(*sys.version_info)
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr and f"python{version}-venv" in done.stderr


@pytest.mark.parametrize("name", LOCKS)
def test_lock__pins_every_line_by_hash_and_names_no_index(name: str) -> None:
    text = (PROJECT / "requirements" / f"{name}.txt").read_text()

    pinned = re.findall(
        r"^([a-z0-9._-]+(?:\[[a-z0-9,]+\])?)==\S+.*\\\n((?:\s+--hash=sha256:\w{64}.*\n)+)", text, re.MULTILINE
    )
    assert len(pinned) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 0
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links|file:", text)


@pytest.mark.parametrize(("name", "extras"), [("core", []), ("dev", ["dev"])])
def test_lock__holds_what_pyproject_asks_for(name: str, extras: list[str]) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    text = (PROJECT / "requirements" / f"{name}.txt").read_text()
    locked = {_name(line) for line in re.findall(r"^[a-z0-9][^\n=]*(?===)", text, re.MULTILINE)}

    asked = [*project["dependencies"], *(item for extra in extras for item in project["optional-dependencies"][extra])]

    assert {_name(item) for item in asked} - locked == set(), "run `make lock`"


def test_dev_lock__pins_the_same_versions_as_the_core_lock() -> None:
    def pins(name: str) -> set[str]:
        text = (PROJECT / "requirements" / f"{name}.txt").read_text()
        return set(re.findall(r"^[a-z0-9][^\\\n]*==[^\\\n]*", text, re.MULTILINE))

    assert pins("core") - pins("dev") == set()


def test_wheel__holds_everything_that_lies_in_the_package(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        timeout=120,
        check=True,
    )
    source = PROJECT / "src"
    made_by_running = {".pyc", ".nbi", ".nbc"}
    there = {
        str(path.relative_to(source))
        for path in (source / "embla").rglob("*")
        if path.is_file() and path.suffix not in made_by_running
    }

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        assert there - set(wheel.namelist()) == set()


def _name(requirement: str) -> str:
    name = re.split(r"[\s\[<>=!;~]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()
