"""What the doctor finds is told in Danish, too: each sentence it can write has a shape, the shape a translation."""

import ast
import re
from pathlib import Path

import pytest

import embla.operations
from embla.cli import run
from embla.operations.retold import SHAPES
from embla.platform import House, translator
from embla.platform.retold import SHAPES as REFUSALS
from embla.platform.web import Sentences

SOURCES = ("doctor.py", "elsewhere.py", "agreed.py", "credentials.py")
# What is typed at a terminal, and reads alike in every language.
COMMAND = re.compile(r"(embla|chmod) [^,;]*")


def written() -> set[str]:
    """Every sentence of the doctor's modules that is no docstring, with 7 for what is put in."""
    found = set()
    for name in SOURCES:
        tree = ast.parse(Path(embla.operations.__file__).with_name(name).read_text())
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
        docs = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                found.add("".join(v.value if isinstance(v, ast.Constant) else "7" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts | docs:
                found.add(node.value)
    return {text for text in found if " " in text and text.isprintable() and not text.startswith(("SELECT", "PRAGMA"))}


def test_shapes__hold_every_sentence_that_the_doctor_can_write() -> None:
    sentences = Sentences(SHAPES)
    pieces = {
        "7 GB free, 7 GB taken", "no growth to foretell from", "full on 7 at this pace", "7 (last day 7)",
        "Nearly full: 7.", "Full on 7: 7, 7 genomes in 7 days.",
    }  # fmt: skip
    wholes = (
        "Nearly full: 1.0 GB free, 2,000.00 GB taken.",
        "Full on 2026-05-01: 1.0 GB free, 2.00 GB taken, 7 genomes in 90 days.",
        "1.0 GB free, 2.00 GB taken; full on 2026-05-01 at this pace.",
        "35.9 GB free, 0.00 GB taken; no growth to foretell from.",
    )
    assert [whole for whole in wholes if not sentences.knows(whole)] == []

    assert [
        text
        for text in sorted(written() - pieces)
        if not sentences.knows(text) and not COMMAND.fullmatch(text) and re.search("[a-z]{3} [a-z]", text)
    ] == []


@pytest.mark.parametrize("shapes", [SHAPES, REFUSALS])
def test_shapes__are_translated(shapes: tuple[str, ...]) -> None:
    danish = translator("da")

    assert [shape for shape in shapes if danish.gettext(shape) == shape] == []


ENGLISH = re.compile(r"\b(the|is|are|of|and|with|not|there|this|was|were|which|that|can|every|no)\b", re.IGNORECASE)


def test_commands__speak_danish_to_an_operator_throughout(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBLA_HOME", str(house.home))
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("LANG", "da_DK.UTF-8")
    monkeypatch.chdir(tmp_path)
    lines = [
        ["doctor"],
        ["home", "close-account", "nobody"],
        ["home", "token", "nobody"],
        ["submission", "status", "S0"],
        ["submission", "sweep"],
        ["store", "count", "nowhere", "chr1:1"],
        ["frequency", "release", "show", "2026.1"],
        ["home", "add-account", "anna", "--role", "clinician"],
        ["home", "close-account", "anna"],
        ["home", "close-account", "anna", "--yes", "bert"],
        ["home", "revoke-tokens", "anna"],
        ["home", "verify-log"],
        ["store", "create", "bare"],
        ["store", "remove", "bare", "x"],
        ["store", "export", "bare", "-o", "sites.vcf"],
        ["frequency", "release", "cut"],
    ]
    english = []
    for line in lines:
        capsys.readouterr()
        run(line)
        told = capsys.readouterr()
        assert told.out + told.err or line[:2] == ["home", "add-account"], line
        english += [(line, row) for row in (told.out + told.err).splitlines() if ENGLISH.search(row)]

    assert english == []
