"""Lazy faces: `from embla.genotypes import CohortStore` loads NumPy, `import embla.genotypes.cli` does not.

A command line that must print its help in under 0.4 s may not pay for NumPy, Numba or SQLAlchemy, and importing a
room's `cli.py` runs that room's `__init__.py` first. So a face names what it offers and loads it when asked (PEP 562).
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


def lazy(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a face. `names` maps a public name to the module inside `package` that holds it."""

    class Face(ModuleType):
        """Python binds an imported submodule to its package; where the face offers that very name, the face wins.

        Without this `from embla.disclosure import suppress` would give the function or the module suppress.py,
        depending on what was imported before.
        """

        def __setattr__(self, name: str, value: object) -> None:
            if not (name in names and isinstance(value, ModuleType)):
                super().__setattr__(name, value)

    def load(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{names[name]}"), name)

    if package in sys.modules:
        sys.modules[package].__class__ = Face
    return load
