"""The page of security requirements names tests that exist, and says each requirement once."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROW = re.compile(r"^\| V(\d+\.\d+\.\d+) \| ([123]) \| (.+) \| `(.+)::(test_\w+)` \|$")


def rows() -> list[re.Match[str]]:
    lines = (PROJECT / "docs/security-asvs.md").read_text().splitlines()
    return [found for line in lines if line.startswith("| V") for found in [ROW.match(line)] if found]


def test_requirements__each_names_a_test_that_exists() -> None:
    missing = []
    for row in rows():
        file = PROJECT / row[4]
        tree = ast.parse(file.read_text()) if file.exists() else ast.parse("")
        if row[5] not in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}:
            missing.append(f"{row[1]}: {row[4]}::{row[5]}")

    assert missing == []


def test_requirements__are_all_read_and_each_stands_once() -> None:
    lines = (PROJECT / "docs/security-asvs.md").read_text().splitlines()
    ids = [row[1] for row in rows()]

    assert len(ids) == len(set(ids)) == sum(line.startswith("| V") for line in lines) > 50
