"""What must not stand in the code, found by reading it: Bandit's list, and rules of our own that no linter has."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.test_docs import PROJECT
from tools import audit, sbom

SOURCE = PROJECT / "src/embla"
FILES = sorted(SOURCE.rglob("*.py"))
TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
SQL_CALLS = {"text", "execute", "exec_driver_sql", "executescript", "executemany"}
# SQLite takes no parameter in a PRAGMA; the names are literals a line above.
# And a migration's statement, put together from names of columns that stand beside it.
SQL_ALLOWED = {("platform/database.py", "execute"), ("platform/migrations/versions/v0021_answers.py", "execute")}
# The two places where text becomes markup: a drawing's tag, and a sentence with code in it. Both escape first.
MARKUP_ALLOWED = {"platform/web/drawing.py", "platform/web/sentences.py"}


@cache
def tree(path: Path) -> ast.Module:
    """A file, read once for all the tests that look at it."""
    return ast.parse(path.read_text("utf-8"))


@cache
def calls(path: Path) -> tuple[tuple[ast.Call, str], ...]:
    """Each call in a file, with the last part of what is called."""
    return tuple(
        (node, node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
    )


def is_made(node: ast.expr) -> bool:
    """Text that is put together: an f-string with a hole, `%`, `+` or `.format`."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Mod | ast.Add)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def faults_of(path: Path) -> list[str]:
    """Everything in a file that our rules forbid, as `line: what`."""
    name = path.relative_to(SOURCE).as_posix() if path.is_relative_to(SOURCE) else path.name
    found = []
    for node, called in calls(path):
        first = node.args[0] if node.args else None
        if called in SQL_CALLS and first is not None and is_made(first) and (name, called) not in SQL_ALLOWED:
            found.append(f"{node.lineno}: SQL that is put together from text")
        if called == "Markup" and first is not None and is_made(first) and name not in MARKUP_ALLOWED:
            found.append(f"{node.lineno}: markup that is put together from text")
        if called == "utcnow" or (called in ("now", "fromtimestamp") and _naive(node, called)):
            found.append(f"{node.lineno}: a time without a zone")
        if called in ("eval", "exec", "loads") and _dangerous(node, called):
            found.append(f"{node.lineno}: text that is run")
        if any(word.arg == "shell" and getattr(word.value, "value", None) is True for word in node.keywords):
            found.append(f"{node.lineno}: a shell")
        unseen = any(word.arg == "verify" and getattr(word.value, "value", None) is False for word in node.keywords)
        if unseen and re.search(r"httpx|requests|client", ast.dump(node.func), re.IGNORECASE):
            found.append(f"{node.lineno}: a certificate that is not looked at")
    return found


def _naive(node: ast.Call, called: str) -> bool:
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(owner, ast.Name | ast.Attribute) or "datetime" not in ast.dump(owner):
        return False
    return len(node.args) + len(node.keywords) < (1 if called == "now" else 2)


def _dangerous(node: ast.Call, called: str) -> bool:
    if called != "loads":
        return isinstance(node.func, ast.Name)
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    return isinstance(owner, ast.Name) and owner.id in ("pickle", "marshal", "dill", "cloudpickle")


@pytest.mark.parametrize("room", sorted({path.relative_to(SOURCE).parts[0] for path in FILES}))
def test_code__holds_nothing_that_our_rules_forbid(room: str) -> None:
    inside = [path for path in FILES if path.relative_to(SOURCE).parts[0] == room]

    assert [f"{path.relative_to(SOURCE)}:{fault}" for path in inside for fault in faults_of(path)] == []


@pytest.mark.parametrize(
    "line",
    [
        "connection.execute(text(f'SELECT {column} FROM t'))",
        "connection.execute('SELECT ' + column)",
        "connection.exec_driver_sql('SELECT %s' % column)",
        "Markup(f'<b>{name}</b>')",
        "datetime.utcnow()",
        "datetime.now()",
        "datetime.fromtimestamp(seconds)",
        "pickle.loads(data)",
        "eval(text)",
        "subprocess.run(command, shell=True)",
        "httpx.get(url, verify=False)",
    ],
)
def test_rules__find_what_they_forbid(line: str, tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(line + "\n")

    assert faults_of(tmp_path / "planted.py")


def test_templates__escape_everything() -> None:
    unescaped = re.compile(r"\|\s*safe\b|autoescape\s+false|<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=")

    found = [
        f"{path.relative_to(SOURCE)}: {hit}" for path in TEMPLATES for hit in unescaped.findall(path.read_text("utf-8"))
    ]

    assert len(TEMPLATES) > 20
    assert found == []


class Ended(NamedTuple):
    returncode: int


def bandit_over(path: Path) -> dict[tuple[str, str], int]:
    """Medium and worse findings of a file or folder, as `make check` counts them: {(rule, severity): how many}."""
    from bandit.core.config import BanditConfig
    from bandit.core.manager import BanditManager

    manager = BanditManager(BanditConfig(), "file")
    manager.discover_files([str(path)], recursive=True)
    manager.run_tests()
    found = manager.get_issue_list(sev_level="MEDIUM", conf_level="LOW")
    return Counter((issue.test_id, issue.severity) for issue in found)


# Its loader of plug-ins speaks to a newer library than it was written for.
@pytest.mark.filterwarnings("ignore:The verify_requirements")
def test_bandit__finds_planted_faults_and_takes_no_excuse_for_another_rule(tmp_path: Path) -> None:
    (tmp_path / "planted.py").write_text(
        "import subprocess, hashlib, tarfile\n"
        "subprocess.run(f'ls {name}', shell=True)\n"
        "hashlib.md5(secret)\n"
        "tarfile.open(name).extractall()\n"
        "Markup(name)  # nosec B101\n"
        "eval(name)  # nosec B307\n"
        "from markupsafe import Markup\n"
    )

    found = bandit_over(tmp_path)

    assert {rule for (rule, severity) in found if severity == "HIGH"} == {"B602", "B324", "B202"}
    assert "B307" not in {rule for rule, _ in found}


def test_bandit__is_part_of_make_check_and_each_excuse_in_the_code_has_a_rule_and_a_reason() -> None:
    check = (PROJECT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    excuses = [line for path in FILES for line in path.read_text("utf-8").splitlines() if "# nosec" in line]

    assert "bandit -q -ll -r src/embla" in check and "tools/audit.py" in check
    assert 0 < len(excuses) < 10
    assert [line for line in excuses if not re.search(r"# nosec B\d{3}  # \w{3,}", line)] == []


@pytest.mark.parametrize("name", sorted(MARKUP_ALLOWED))
def test_bandit__agrees_where_text_becomes_markup(name: str) -> None:
    assert bandit_over(SOURCE / name) == {}


def test_advisories__that_nobody_answers_for_are_said_to_be_unread(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "ADVISORIES", "http://127.0.0.1:9/")

    assert audit.main() == 0
    assert "were not looked at: http://127.0.0.1:9/" in capsys.readouterr().out


def test_advisories__of_the_lock_decide_where_somebody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(audit, "reached", lambda address: "")
    monkeypatch.setattr(audit.subprocess, "run", lambda command: (asked.append(command), Ended(1))[1])

    assert audit.main() == 1
    assert "--strict" in asked[0] and asked[0][-1].endswith("requirements/core.txt")


def test_licences__of_everything_that_runs_are_known_and_free() -> None:
    unknown = [part.name for part in sbom.parts() if not part.licence]
    unfit = [f"{part.name}: {part.licence}" for part in sbom.parts() if part.licence and not sbom.fits(part.licence)]

    assert unknown == []
    assert unfit == []


def test_sbom__names_every_locked_part_with_its_hashes() -> None:
    written = sbom.bill()

    locked = re.findall(r"^([a-z0-9._-]+)==(\S+)", (PROJECT / "requirements/core.txt").read_text(), re.MULTILINE)
    assert {(item["name"], item["version"]) for item in written["components"]} == set(locked)
    assert all(item["hashes"] for item in written["components"])
    assert (written["bomFormat"], written["specVersion"]) == ("CycloneDX", "1.5")
