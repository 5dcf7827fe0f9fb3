"""Optional dependencies: load one, or say in a sentence what to install."""

from importlib import import_module
from types import ModuleType

from embla.errors import MissingPackage


def require(module: str, *, doing: str, extra: str) -> ModuleType:
    """Import `module`, or raise MissingPackage: "Writing PDF needs typst: pip install 'embla[pdf]'"."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise MissingPackage(
            f"{doing} needs {package}:", mend=f"pip install 'embla[{extra}]'", module=module
        ) from error
