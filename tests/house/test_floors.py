"""The floors themselves are held by import-linter; this holds that its contracts name every room there is."""

import tomllib
from pathlib import Path

import embla

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
