"""A package on disk: its manifest read against the schema, its hash, and what of it lies where."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, Final

from pydantic import ValidationError

from embla.registry import looks_like_cpr
from embla.submission import places, versions
from embla.submission.model.finding import Finding, PackageRefused
from embla.submission.model.manifest import Manifest
from embla.submission.patching import Silence, patched

MANIFEST: Final = "manifest.json"
MAX_MANIFEST: Final = 1 << 20
MAX_FINDINGS: Final = 200


@dataclass(frozen=True)
class Package:
    """A package whose manifest keeps the schema. `hash` covers all it says, hence every byte of every listed file.

    files: where each listed path lies on this disk; absent from it when it does not lie there.
    strays: paths in the folder that are not listed.
    version: of the manifest as it is written; `manifest` is in the newest version's words whatever it is.
    silent: rules that must not speak, and about what, since what they would judge is not there: patching.py.
    """

    manifest: Manifest
    hash: str
    raw: bytes
    located: places.Located
    files: dict[str, Path]
    strays: tuple[str, ...] = ()
    version: int = versions.NEWEST
    silent: frozenset[Silence] = frozenset()

    def line(self, *path: str | int) -> int:
        """The manifest's line of a field, which is named as in the newest version."""
        return self.located.line(versions.as_written(path, self.version))

    def finding(self, rule: str, path: places.Path, found: str, mend: str, severity: Any = "error") -> Finding:
        """A finding about a field of the manifest."""
        return Finding(rule, MANIFEST, self.line(*path), found, mend, severity)

    def heard(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those of rules that may speak."""
        return [one for one in findings if not any(self._keeps_still(one, *silence) for silence in self.silent)]

    def _keeps_still(self, finding: Finding, rule: str, about: places.Path) -> bool:
        if not finding.rule.startswith(rule):
            return False
        if not about or (finding.file != MANIFEST and about[0] != "files"):
            return True
        if about[0] == "files" and finding.file != MANIFEST:
            return finding.file == self.manifest.files[int(about[1])].path
        lines = [line for path, line in self.located.lines.items() if path[:2] == about]
        return bool(lines) and min(lines) <= finding.line <= max(lines)


def open_package(folder: Path) -> Package:
    """Read a package folder. PackageRefused with every way in which its manifest is not one."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            raw = file.read(MAX_MANIFEST + 1)
    except OSError as error:
        found = f"{folder} has no readable {MANIFEST} ({error.strerror})."
        mend = "`embla submission init` writes one."
        raise PackageRefused([Finding("manifest.missing", MANIFEST, 0, found, mend)]) from None
    try:
        return _with_files(read_manifest(raw), folder)
    except PackageRefused as refused:
        if (salvage := refused.salvage) is not None:
            refused.salvage = lambda: _with_files(rest, folder) if (rest := salvage()) is not None else None
        raise


def _with_files(package: Package, folder: Path) -> Package:
    present = sorted(_walk(folder))
    listed = {file.path for file in package.manifest.files}
    files = {path: folder / path for path in present if path in listed}
    strays = tuple(path for path in present if path not in listed and path != MANIFEST)
    return replace(package, files=files, strays=strays)


def read_manifest(raw: bytes, files: dict[str, Path] | None = None) -> Package:
    """A package from its manifest's bytes and the places of its files. PackageRefused with every error."""
    if len(raw) > MAX_MANIFEST:
        found = f"It is larger than {MAX_MANIFEST >> 20} MB."
        raise PackageRefused([Finding("manifest.json", MANIFEST, 0, found, "A package holds one case.")])
    try:
        located = places.parse(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        finding = Finding("manifest.json", MANIFEST, line, "This line is not UTF-8.", "Save the file as UTF-8.")
        raise PackageRefused([finding]) from None
    except places.NotJson as error:
        mend = "Mend it, or write it again with `embla submission init`."
        raise PackageRefused([Finding("manifest.json", MANIFEST, error.line, error.message, mend)]) from None
    if numbers := [_number_finding(path, located) for path in _numbers(located.value, ())]:
        # Read no further, and kept nowhere: what else is wrong with it is told when the number is gone.
        raise PackageRefused(shortened(numbers, MANIFEST))
    canonical = json.dumps(located.value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    version, digest = versions.version_of(located.value), sha256(canonical.encode()).hexdigest()
    try:
        manifest = versions.read(canonical, version)
    except ValidationError as error:
        findings = [_schema_finding(item, located) for item in error.errors(include_url=False, include_context=True)]
        findings = shortened(sorted(findings, key=lambda one: one.line), MANIFEST)
        refused = PackageRefused(findings, _claimed_name(located.value))
        refused.salvage = lambda: _salvage(version, digest, raw, located, files or {})
        raise refused from None
    return Package(manifest, digest, raw, located, files or {}, version=version)


def _salvage(version: int, digest: str, raw: bytes, located: places.Located, files: dict[str, Path]) -> Package | None:
    rest = patched(located.value, version)
    return rest and Package(rest[0], digest, raw, located, files, version=version, silent=rest[1])


def safe_path(path: str) -> bool:
    """True for a path that stays inside the package on every system: relative, normal, plain characters."""
    parts = PurePosixPath(path).parts
    return (
        bool(parts)
        and "/".join(parts) == path
        and not path.startswith("/")
        and not any(part in ("..", ".") or part.startswith(".") or part.endswith((" ", ".")) for part in parts)
        and all(char.isprintable() and char not in '\\:*?"<>|' for char in path)
        and path != MANIFEST
    )


def shortened(findings: list[Finding], file: str) -> list[Finding]:
    """The first 200, and one that says how many more there are: a hostile manifest must not fill the answer."""
    if len(findings) <= MAX_FINDINGS:
        return findings
    more = f"{len(findings) - MAX_FINDINGS:,} more findings like these."
    return [
        *findings[:MAX_FINDINGS],
        Finding(findings[-1].rule, file, 0, more, "Mend the first ones, then look again."),
    ]


def _walk(folder: Path) -> list[str]:
    """Every file below, by relative path; links are files only when they point to one inside the folder."""
    found = []
    top = folder.resolve()
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(base) / name
            if name.startswith(".") or not path.is_file() or not path.resolve().is_relative_to(top):
                continue
            found.append(path.relative_to(folder).as_posix())
    return found


def _numbers(value: Any, path: places.Path) -> Iterator[places.Path]:
    """Where a text, or the name of a field, reads as a CPR number. Hashes are hexadecimal by chance."""
    if isinstance(value, str):
        if path[-1:] != ("sha256",) and looks_like_cpr(value):
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            if looks_like_cpr(name):
                yield path
            yield from _numbers(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _numbers(inner, (*path, number))


def _number_finding(path: places.Path, located: places.Located) -> Finding:
    field = ".".join(map(str, path)) or "a field's name"
    mend = "Use a key of the laboratory's own; a CPR number never leaves the identity register."
    return Finding("name.cpr", MANIFEST, located.line(path), f"{field} reads as a CPR number.", mend)


def _claimed_name(value: Any) -> str:
    name = value.get("package") if isinstance(value, dict) else None
    return name if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) else ""


_MEND: Final = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it, or check how it is spelled.",
}


def _schema_finding(item: Any, located: places.Located) -> Finding:
    path = tuple(item["loc"])
    field = ".".join(str(part) for part in path) or "the manifest"
    kind = item["type"]
    line = located.line(path)
    if kind == "missing":
        return Finding("schema.missing", MANIFEST, line, f"{field} is missing.", _MEND[kind])
    if kind == "extra_forbidden":
        return Finding("schema.unknown", MANIFEST, line, f"The schema knows no {_shown(field)}.", _MEND[kind])
    return Finding("schema.value", MANIFEST, line, f"{field}: {_what(item)}", _mend_value(item))


def _what(item: Any) -> str:
    """What was found, shortened; a value that could be a person's number is not repeated."""
    value = item["input"]
    kinds = {dict: "an object", list: "a list", bool: "a truth value", type(None): "null"}
    if type(value) in kinds:
        return f"{kinds[type(value)]} was found."
    # Free text may be a name that was written into the wrong field; a word in place of a choice is a slip of the pen.
    if isinstance(value, str) and item["type"] != "literal_error":
        return f"a text of {len(value)} characters was found." if value else "an empty text was found."
    shown = str(value)
    if sum(char.isdigit() for char in shown) >= 10 or " " in shown.strip():
        return "a value was found that does not fit."
    clean = "".join(char if char.isprintable() else "?" for char in shown)
    return f"'{clean[:60]}{'...' if len(clean) > 60 else ''}' was found."


def _shown(field: str) -> str:
    """A field's place; a name of a field that could be a person's number or name is not repeated."""
    parts = field.split(".")
    odd = sum(char.isdigit() for char in parts[-1]) >= 10 or not parts[-1].isascii() or " " in parts[-1]
    return ".".join([*parts[:-1], "such field" if odd else parts[-1]])[:160]


def _mend_value(item: Any) -> str:
    context = item.get("ctx") or {}
    kind = item["type"]
    if kind == "literal_error":
        return f"Write {context['expected']}."
    if kind == "string_pattern_mismatch":
        return f"It must match {context['pattern']}."
    if kind.startswith("date"):
        return "Write a date as 2026-01-31."
    message = str(item["msg"])
    return message[:1].upper() + message[1:].rstrip(".") + "."
