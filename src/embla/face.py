"""Lazy faces: `from embla.genotypes import CohortStore` loads NumPy, `import embla.genotypes.cli` does not.

A command line that must print its help in under 0.4 s may not pay for NumPy, Numba or SQLAlchemy, and importing a
room's `cli.py` runs that room's `__init__.py` first. So a face names what it offers and loads it when asked (PEP 562).
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, names: Mapping[str, str]) -> Callable[[str], Any]:
    """Make the `__getattr__` of a face. `names` maps a public name to the module inside `package` that holds it."""

    def load(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{names[name]}"), name)

    return load
