"""The pages about the house agree with the house."""

import re
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import embla

SOURCE = Path(embla.__file__).parent
PROJECT = Path(__file__).parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

import messages  # noqa: E402
import reference  # noqa: E402

PAGES = sorted(page for page in PROJECT.rglob("*.md") if not any(part.startswith(".") for part in page.parts))
ROOMS = sorted(path.parent.name for path in SOURCE.glob("*/__init__.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_links__between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    assert [name for name in targets if "://" not in name and not (page.parent / name).exists()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_tour__has_each_room(room: str) -> None:
    assert f"`{room}`" in (PROJECT / "docs/tour.md").read_text() or room in _headings()


def _headings() -> str:
    return "\n".join(line for line in (PROJECT / "docs/tour.md").read_text().splitlines() if line.startswith("#"))


def test_picture__has_each_room() -> None:
    drawn = (PROJECT / "docs/house.svg").read_text()

    assert [room for room in ROOMS if f">{room}</text>" not in drawn] == []


def test_decisions__are_all_in_the_index() -> None:
    folder = PROJECT / "docs/decisions"
    index = (folder / "README.md").read_text()

    assert [page.name for page in sorted(folder.glob("0*.md")) if f"({page.name})" not in index] == []


def test_reference_pages__are_current() -> None:
    assert reference.main(check=True) == 0, "run `make docs`"


def test_messages__are_all_in_danish_and_compiled() -> None:
    assert messages.main(check=True) == 0, "run `make messages`, translate, run it again"


def test_catalogue__a_message_without_danish_or_with_other_placeholders_is_a_fault() -> None:
    catalog = Catalog(locale="da")
    catalog.add("Said", "Sagt")
    catalog.add("Never said")
    catalog.add("{n} people", "{m} personer")

    assert list(messages.faults(catalog)) == [
        "not translated: 'Never said'",
        "placeholders differ: '{n} people' and '{m} personer'",
    ]
