"""A contract for import-linter: a person's bytes are touched by the modules that it names, and by nobody else.

Faces are lazy, so the graph of imports ends at a room's `__init__`. This contract reads the names themselves. `guarded`
holds what gives such bytes, in three forms:

    embla.vault:Vault     a name that is imported, from the face or from a module of the room; `*` for all of a module
    house.store           an attribute of whatever is called so: `house.store`, `self._house.store`
    carriers()            a method that is called

`asked` lists modules in which a decision comes first, as "module: how"; each public function there that touches a
guarded thing takes a `Decision` or makes one (`permit`), and the contract looks. `system` lists modules that write,
count and mend without a person asking, as "module: why". A module that is listed and touches nothing is told too, so
that the list stays true. What `getattr` could do is not seen; nothing in the house uses it for this.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

from importlinter import Contract, ContractCheck, fields, output

MEND: Final = (
    "Take what you need from a function that proves a Decision (read_calls, Vault.open, care's functions). If this "
    "module must touch it, give it a line in `asked` or `system` of this contract in pyproject.toml, with the reason."
)
# A function that binds one of these has asked.
_DOORS: Final = frozenset({"permit", "_permit", "prove", "_permitted"})


@dataclass(frozen=True)
class Guarded:
    """What may not be touched: imported names by room, attributes as (owner, name), methods that are called."""

    imported: Mapping[str, frozenset[str]]
    attributes: frozenset[tuple[str, str]]
    called: frozenset[str]

    @classmethod
    def parse(cls, lines: Sequence[str]) -> "Guarded":
        """From the three forms above; ValueError for anything else."""
        imported: dict[str, set[str]] = {}
        attributes, called = set(), set()
        for line in lines:
            if ":" in line:
                module, name = line.split(":")
                imported.setdefault(module, set()).add(name)
            elif line.endswith("()"):
                called.add(line[:-2])
            elif line.count(".") == 1:
                owner, name = line.split(".")
                attributes.add((owner, name))
            else:
                raise ValueError(f"{line} is neither module:name, owner.attribute nor method()")
        return cls({m: frozenset(n) for m, n in imported.items()}, frozenset(attributes), frozenset(called))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every imported name that is guarded."""
        return frozenset().union(*self.imported.values())

    def hints(self) -> frozenset[str]:
        """Words of which one stands in each file that touches something."""
        modules = {module.rpartition(".")[2] for module, names in self.imported.items() if "*" in names}
        named = (self.names - {"*"}) | {f"{owner}.{name}" for owner, name in self.attributes} | self.called
        return named | modules | {"import *"}

    def touches(self, tree: ast.AST) -> Iterator[tuple[int, str]]:
        """(line, what) of everything guarded below a node."""
        bound = _bound(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    what = self._imported(node.module, alias.name)
                    if what:
                        yield node.lineno, what
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.imported and "*" in self.imported[alias.name]:
                        yield node.lineno, alias.name
            elif isinstance(node, ast.Attribute):
                if (_owner(node.value), node.attr) in self.attributes:
                    yield node.lineno, f"{_owner(node.value)}.{node.attr}"
                elif node.attr in self.names and _first(node.value) in bound:
                    # `from embla.registry import giving`, and then `giving.read_calls`.
                    yield node.lineno, ast.unparse(node)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in self.called:
                yield node.lineno, f"{node.func.attr}()"

    def _imported(self, module: str, name: str) -> str:
        """What `from module import name` gets hold of, "" where nothing is guarded; "*" guards all of a module."""
        for guarded, names in self.imported.items():
            inside = module == guarded or (module.startswith(f"{guarded}.") and "*" not in names)
            if inside and (name in names or "*" in names or name == "*"):
                return f"{module}:{name}"
            if "*" in names and f"{module}.{name}" == guarded:
                return guarded
        return ""


def _owner(node: ast.expr) -> str:
    """The last word of what an attribute is read from, without leading underscores."""
    if isinstance(node, ast.Attribute):
        return node.attr.lstrip("_")
    return node.id.lstrip("_") if isinstance(node, ast.Name) else ""


def _first(node: ast.expr) -> str:
    """The first word of a dotted name, "" for anything else."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _bound(tree: ast.AST) -> frozenset[str]:
    """Names of modules that imports of our own bind below a node."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("embla"):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
    return frozenset(found)


@dataclass(frozen=True)
class Trespass:
    """One thing that is wrong. `line` 0: the contract's own list."""

    module: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.what}" if self.line else f"{self.module}: {self.what}"


def trespasses(source: Path, guarded: Guarded, asked: Sequence[str], system: Sequence[str]) -> Iterator[Trespass]:
    """Everything wrong in the package whose folder is `source`."""
    listed = {}
    for line in (*asked, *system):
        module, _, why = line.partition(":")
        listed[module] = why.strip()
        if not why.strip():
            yield Trespass(module, 0, "is listed without a reason")
    asking = {line.partition(":")[0] for line in asked}
    touching: set[str] = set()
    hints = guarded.hints()
    for path in sorted(source.rglob("*.py")):
        parts = (source.name, *path.relative_to(source).with_suffix("").parts)
        module = ".".join(parts)
        if path.name == "__init__.py":
            continue  # a face offers names; who takes them is what counts
        text = path.read_text("utf-8")
        if not any(word in text for word in hints):
            continue
        tree = _parsed(text)
        over = [name for name in listed if module == name or module.startswith(f"{name}.")]
        here = max(over, key=len, default=None)
        found = list(guarded.touches(tree))
        if not found:
            continue
        if here is None:
            yield from (Trespass(module, line, f"touches {what}") for line, what in found)
            continue
        touching.add(here)
        if here in asking:
            yield from _without_decision(module, tree, guarded)
    for name in listed.keys() - touching:
        yield Trespass(name, 0, "is listed and touches nothing of this: take it out of the list")


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.Module:
    """Several contracts look at the same files."""
    return ast.parse(text)


def _without_decision(module: str, tree: ast.Module, guarded: Guarded) -> Iterator[Trespass]:
    """Public functions and methods that touch something guarded, take no Decision and ask for none."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        words = {
            n.id if isinstance(n, ast.Name) else n.attr
            for n in ast.walk(node)
            if isinstance(n, ast.Name | ast.Attribute)
        }
        if not (words & guarded.names or list(guarded.touches(node))):
            continue
        arguments = [*node.args.args, *node.args.kwonlyargs]
        takes = any(a.annotation is not None and "Decision" in ast.unparse(a.annotation) for a in arguments)
        if not takes and not words & _DOORS:
            yield Trespass(module, node.lineno, f"{node.name} takes no Decision and makes none")


class PersonBytes(Contract):
    """See above. `guarded`, `asked` and `system` are lists of lines."""

    type_name = "person_bytes"

    guarded = fields.ListField(subfield=fields.StringField())
    asked = fields.ListField(subfield=fields.StringField(), required=False, default=[])
    system = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: object, verbose: bool) -> ContractCheck:
        """Reads the package's files where import-linter found them."""
        import importlib.util

        root = str(self.session_options["root_packages"][0])
        found = importlib.util.find_spec(root)
        assert found is not None and found.submodule_search_locations
        source = Path(found.submodule_search_locations[0])
        wrong = list(trespasses(source, Guarded.parse(self.guarded), self.asked, self.system))
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Each with its line, and how to mend it."""
        for one in check.metadata["wrong"]:
            output.print_error(str(one), bold=False)
        output.print(MEND)
