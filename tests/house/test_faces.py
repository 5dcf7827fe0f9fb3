"""Other rooms are entered through their face: `from embla.genome import Region`, never `embla.genome.values`."""

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import embla

SOURCE = Path(embla.__file__).parent
ROOMS = {path.name for path in SOURCE.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
# The web shell is a face of its own, for a room's pages: the face of `platform` may not cost a command FastAPI.
FACES = {f"embla.{room}" for room in ROOMS} | {"embla.platform.web"}
# Edges put rooms together, and mount what each offers to an edge.
EDGES = {"__main__", "app", "cli", "composition", "demo", "gates", "worker"}
MOUNTED = {"cli", "http", "jobs", "pages"}


def trespasses(code: str, room: str) -> Iterator[str]:
    """Each import in `code`, a module of `room`, that goes past another room's face: "line: module"."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""] if not node.level else []
            if node.module == "embla" or node.module in FACES:
                modules += [
                    f"{node.module}.{alias.name}"
                    for alias in node.names
                    if is_module(node.module, alias.name) and not offers(node.module, alias.name)
                ]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            if parts[0] != "embla" or len(parts) < 3 or parts[1] == room or parts[1] not in ROOMS or module in FACES:
                continue
            if not (room in EDGES and len(parts) == 3 and parts[2] in MOUNTED):
                yield f"{node.lineno}: {module}"


def offers(package: str, name: str) -> bool:
    """Whether a face offers this name, so that it is not the submodule that may be called the same."""
    return name in getattr(importlib.import_module(package), "__all__", ())


def is_module(package: str, name: str) -> bool:
    folder = SOURCE.joinpath(*package.split(".")[1:])
    return (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()


def test_rooms__are_entered_through_their_face_only() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{trespass}"
        for path in sorted(SOURCE.rglob("*.py"))
        for trespass in trespasses(path.read_text(), path.relative_to(SOURCE).parts[0].removesuffix(".py"))
    ]

    assert not found, "\n".join(found)


def test_trespasses__sees_each_spelling() -> None:
    code = (
        "import embla.genotypes.model.keys\n"
        "from embla.genotypes.model import keys\n"
        "from embla.genotypes import model\n"
        "from embla.genotypes import CohortStore\n"
        "import embla.errors\n"
    )

    assert [one.split(":")[0] for one in trespasses(code, "frequency")] == ["1", "2", "3"]
    assert list(trespasses(code, "genotypes")) == []


def test_rooms__each_has_a_face_that_says_what_it_owns() -> None:
    silent = []
    for room in sorted(ROOMS):
        face = SOURCE / room / "__init__.py"
        said = ast.get_docstring(ast.parse(face.read_text())) if face.exists() else None
        if not said or len(said.splitlines()) < 4:
            silent.append(room)

    assert silent == [], "give each __init__.py a docstring: what the room owns, its words, never knows, start at"


def test_faces__load_everything_they_offer() -> None:
    code = "import importlib\n" + "".join(
        f"room = importlib.import_module('embla.{room}')\n"
        # Twice: what is loaded first may bind a submodule under a name that the face offers.
        "[getattr(room, name) for name in room.__all__]\n"
        "modules = [name for name in room.__all__ if isinstance(getattr(room, name), type(importlib))]\n"
        "assert not modules, (room, modules)\n"
        for room in sorted(ROOMS)
        if hasattr(importlib.import_module(f"embla.{room}"), "__all__")
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
