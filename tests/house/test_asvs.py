"""The page of security requirements has each of the standard's, and what it says of each can be looked up."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from embla.platform.sessions import ABSOLUTE, IDLE

PROJECT = Path(__file__).parents[2]
ROW = re.compile(r"^\| V(\d+\.\d+\.\d+) \| ([123]) \| ([^|]+) \| (shown|open|not applicable) \| ([^|]+) \|$")
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
# ASVS 5.0.0, section by section: the level of each requirement in its order.
LEVELS = dict(section.split(":") for section in """
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123 2.1:122 2.2:112 2.3:12223 2.4:23 3.1:3 3.2:113 3.3:12223
3.4:11222233 3.5:11122333 3.6:3 3.7:22333 4.1:12233 4.2:23333 4.3:22 4.4:1222 5.1:2 5.2:112333 5.3:113 5.4:222 6.1:122
6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222 7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223
7.6:22 8.1:1233 8.2:1123 8.3:133 8.4:23 9.1:111 9.2:1222 10.1:22 10.2:223 10.3:22223 10.4:1111122222233333 10.5:22222
10.6:22 10.7:222 11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33 12.1:12233 12.2:11 12.3:22223
13.1:2333 13.2:222223 13.3:2233 13.4:1222233 14.1:22 14.2:12223333 14.3:122 15.1:12233 15.2:12233 15.3:1222222 15.4:3333
16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223 17.1:23 17.2:22223333 17.3:22
""".split())  # fmt: skip
STANDARD = {
    f"{section}.{number}": int(level)
    for section, levels in LEVELS.items()
    for number, level in enumerate(levels, 1)
}  # fmt: skip
# What the standard wants written down: requirement, heading of docs/security.md, words that must stand under it.
WRITTEN = {
    "2.1.3": ("Limits", "settings.md"), "5.1.1": ("Limits", "refused whole"), "6.1.1": ("Ways to sign in", "guessing"),
    "6.1.3": ("Ways to sign in", "OpenID Connect"), "7.1.1": ("Sessions", "NIST SP 800-63B"),
    "7.1.2": ("Sessions", "at once"), "7.1.3": ("Sessions", "provider's own session"),
    "8.1.2": ("Who sees which fields", "Within a record"), "11.1.1": ("Keys and algorithms", "Rotate once a year"),
    "11.1.2": ("Keys and algorithms", "Ed25519"), "13.1.1": ("Who is spoken to", "PostgreSQL"),
    "14.1.2": ("Data by class", "how long"), "15.1.1": ("Parts of others", "critical"),
    "15.1.3": ("Limits", "heavy_at_once"), "16.1.1": ("What is logged", "event log"),
}  # fmt: skip


def rows() -> list[re.Match[str]]:
    lines = (PROJECT / "docs/security-asvs.md").read_text().splitlines()
    found = [(line, ROW.match(line)) for line in lines if line.startswith("| V")]
    assert [line for line, row in found if row is None] == []
    return [row for _, row in found if row is not None]


@cache
def named_in(file: str) -> set[str]:
    path = PROJECT / file
    tree = ast.parse(path.read_text()) if path.exists() else ast.parse("")
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_requirements__of_level_1_and_2_are_all_there_once_with_their_level() -> None:
    ids = [row[1] for row in rows()]

    assert Counter(STANDARD.values()) == {1: 70, 2: 183, 3: 92}
    assert len(ids) == len(set(ids))
    assert {name for name, level in STANDARD.items() if level < 3} - set(ids) == set()
    assert {row[1]: int(row[2]) for row in rows()} == {name: STANDARD[name] for name in ids}


def test_requirements__that_are_shown_name_tests_that_exist_and_the_others_a_reason() -> None:
    wrong = []
    for row in rows():
        named = TEST.findall(row[5])
        if row[4] == "shown":
            rest = TEST.sub("", row[5]).strip()
            gone = [f"{file}::{name}" for file, name in named if name not in named_in(file)]
            wrong += [f"{row[1]}: {what}" for what in gone] + (
                [f"{row[1]}: {rest or 'no test'}"] if rest or not named else []
            )
        elif named or len(row[5]) < 7:
            wrong.append(f"{row[1]}: says no reason")
    assert wrong == []


def test_requirements__of_the_older_version_lead_to_rows_or_say_why_not() -> None:
    lines = (PROJECT / "docs/security-asvs-4.md").read_text().splitlines()
    old = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if re.match(r"\| \d", line)]
    ours = {row[1] for row in rows()}

    # 4.0.3 has 286 numbers, 8 of them withdrawn.
    assert len(old) == len({name for name, *_ in old}) == 278
    for name, new, reason in old:
        found = {one.removeprefix("V") for one in new.split(", ")} if new != "–" else set()
        assert (found <= set(STANDARD) and found) or len(reason) > 20, name
        assert {one for one in found if STANDARD[one] < 3} <= ours, name


@pytest.mark.parametrize("page", ["security.md", "security-asvs.md"])
def test_counts__that_the_pages_tell_are_those_of_the_table(page: str) -> None:
    states = Counter(row[4] for row in rows() if int(row[2]) < 3)
    text = " ".join((PROJECT / "docs" / page).read_text().split())

    # "of 253, 176 apply, 167 are shown ..., 9 are open ..., 77 do not apply", with words between.
    pattern = r"(\d+)\D{0,40}? (\d+) apply\D+(\d+) are shown[^.]*?(\d+) are open\D*(\d+) do not"
    told = re.search(pattern, text)
    assert told is not None
    shown, still, out = states["shown"], states["open"], states["not applicable"]
    assert [int(number) for number in told.groups()] == [shown + still + out, shown + still, shown, still, out]


def test_documents__say_what_the_standard_wants_written() -> None:
    sections = re.split(r"^### ", (PROJECT / "docs/security.md").read_text(), flags=re.MULTILINE)
    under = {section.partition("\n")[0]: section for section in sections}

    assert {name for name, (heading, words) in WRITTEN.items() if words not in under.get(heading, "")} == set()
    claimed = {row[1] for row in rows() if "test_documents__say" in row[5]}
    assert claimed == set(WRITTEN)
    for span in (IDLE, ABSOLUTE):
        minutes = int(span.total_seconds() // 60)
        assert (f"{minutes} minutes" if minutes < 60 else f"{minutes // 60} hours") in under["Sessions"]
