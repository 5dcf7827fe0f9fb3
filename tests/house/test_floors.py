"""import-linter holds the floors; this holds that its contracts name every room there is, and that every
way into the house (route, command) has a row in `embla/gates/`."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import embla
from embla import gates
from embla.app import create_app
from embla.cli import build
from embla.platform import House

SOURCE = Path(embla.__file__).parent
PROJECT = Path(__file__).parents[2]


def contracts() -> list[dict[str, object]]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def test_floors__name_every_room_once() -> None:
    layers = next(contract for contract in contracts() if contract["type"] == "layers")["layers"]
    named = [name.strip(" ()") for layer in layers for name in layer.replace(":", "|").split("|")]
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert len(named) == len(set(named))
    assert rooms - {"__init__"} <= set(named), "put the new room on its floor in pyproject.toml"


def test_library_contract__covers_floors_0_to_4() -> None:
    library = next(contract for contract in contracts() if "forbidden_modules" in contract)
    rooms = {"errors", "optional", "face", "genome", "storage", "reference", "genotypes", "simulation"}
    there = {room for room in rooms if (SOURCE / room / "__init__.py").exists() or (SOURCE / f"{room}.py").exists()}

    assert {f"embla.{room}" for room in there} <= set(library["source_modules"])


def commands(tree: Any, above: tuple[str, ...] = ()) -> Iterator[str]:
    for name, one in getattr(tree, "commands", {}).items():
        if getattr(one, "commands", None):
            yield from commands(one, (*above, name))
        else:
            yield " ".join((*above, name))


def test_routes__each_has_a_row_and_each_row_a_route(house: House) -> None:
    app = create_app(house.settings, house)  # refuses to be made otherwise

    assert gates.without_a_row(app) == []
    assert len(list(gates.routes_of(app))) == len(gates.ROUTES)


def test_commands__each_has_a_row_and_each_row_a_command() -> None:
    there = set(commands(build([], everything=True)))

    assert sorted(there - set(gates.COMMANDS)) == [], "give each command a row in embla/gates/commands.py"
    assert sorted(set(gates.COMMANDS) - there) == [], "these rows of embla/gates/commands.py have no command"
