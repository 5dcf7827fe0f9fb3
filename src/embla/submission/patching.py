"""A manifest that breaks the schema, with what is wrong taken out or stood in for, so that the rest is judged, too.

A laboratory must hear everything at once. What stands in is never kept, and no rule speaks about it: the findings about
the schema have said what is wrong there.
"""

from copy import deepcopy
from typing import Any, Final

from pydantic import ValidationError

from embla.submission.model.manifest import Manifest
from embla.submission.places import Path
from embla.submission.versions import read_value

_ROUNDS: Final = 6
_LISTS: Final = (("persons",), ("specimens",), ("files",))
# What stands in for a field that the schema asks for. What is not named here may be absent, and is taken out.
_STANDS_IN: Final[dict[str, Any]] = {
    "schema_version": 2, "package": "x", "laboratory": "x", "case": {}, "persons": [], "files": [],
    "id": "x", "kind": "single", "patient_group": "x", "opened": "2000-01-01",
    "path": "x", "size": 0, "sha256": "0" * 64, "format": "other",
    "role": "index", "karyotype": "unknown", "sample": {}, "origin": "germline", "assay": "genome",
    "assembly": "GRCh38", "callability": "assumed", "pipeline": {}, "name": "x", "version": "x", "calls": "x",
    "form": "x", "signed": "2000-01-01", "secondary_findings": "none", "recontact": False,
    "code": "X00:0", "label": "x", "taxon": 1, "organism": "x", "host_reads_removed": True,
}  # fmt: skip
# Rules that would speak about the stand-in when this field is one.
_SILENCES: Final[dict[str, tuple[str, ...]]] = {
    "kind": ("family.", "sample.", "foetus.", "nonhuman.", "case."),
    "role": ("family.", "foetus.", "sample.origin", "case."),
    "persons": ("family.", "foetus.", "sample.", "nonhuman.", "files.unlisted"),
    "sample": ("sample.", "calls.", "quality.", "family."),
    "samples": ("sample.", "calls.", "quality.", "family."),
    "files": ("sample.", "files.", "nonhuman."),
    "karyotype": ("family.karyotype", "calls.karyotype", "foetus.", "person.karyotype"),
    "origin": ("sample.", "quality."),
    "assay": ("sample.", "quality."),
    "callability": ("sample.bed", "calls.callability"),
    "calls": ("sample.calls", "sample.column", "family.same_person"),
    "format": ("sample.", "files.content"),
    "path": ("files.", "sample."),
    "size": ("files.size", "files.sha256"),
    "sha256": ("files.sha256",),
    "laboratory": ("laboratory.", "case.", "correction.", "follows.", "person.", "package.taken"),
    "patient_group": ("group.", "case."),
    "type": ("correction.", "follows."),
    "key": ("schema.missing",),
    "pseudonym": ("schema.missing",),
    "id": ("family.same_person", "sample.column", "sample.person", "case.changed", "sample.rna"),
}


Silence = tuple[str, Path]  # a rule, or the beginning of its name; the person, specimen or file it keeps still about


def patched(value: Any, version: int) -> tuple[Manifest, frozenset[Silence]] | None:
    """The manifest as far as it can be read, and the rules that must keep still. None when too little is left of it."""
    if not isinstance(value, dict):
        return None
    value, silent = deepcopy(value), set[Silence]()
    for _ in range(_ROUNDS):
        try:
            return read_value(value, version), frozenset(silent)
        except ValidationError as error:
            for item in error.errors(include_url=False, include_context=False, include_input=False):
                path = tuple(item["loc"])
                names = [str(part) for part in path if isinstance(part, str)]
                about = path[:2] if path[:1] in _LISTS and len(path) > 1 else ()
                silent.update((rule, about) for rule in _SILENCES.get(names[-1] if names else "", ()))
                if not _mend(value, path, version, drop=item["type"] == "extra_forbidden"):
                    return None
    return None


def _mend(value: Any, path: Path, version: int, *, drop: bool) -> bool:
    """Take out or stand in for what lies at `path`; False where that cannot be done."""
    for step in path[:-1]:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return True  # mended already, with what is around it
    last = path[-1] if path else None
    if isinstance(value, dict) and isinstance(last, str):
        value.pop(last, None)
        if not drop and last in _STANDS_IN:
            value[last] = version if last == "schema_version" else deepcopy(_STANDS_IN[last])
        return True
    if isinstance(value, list) and isinstance(last, int) and last < len(value):
        # Numbers of the others must stay what they are.
        value[last] = {} if isinstance(value[last], dict | list) or value[last] is None else "x"
        return True
    return False
