"""Which version a manifest is of: its classes, its schema, and where its parts lie in the text. Pure."""

import json
import re
from typing import Any, Final

from embla.submission.model.manifest import Manifest
from embla.submission.model.manifest_v1 import ManifestV1
from embla.submission.places import Path

VERSIONS: Final = (1, 2)
NEWEST: Final = VERSIONS[-1]


def version_of(value: Any) -> int:
    """The version that a manifest is read by; what names none of ours is told so by the newest."""
    said = value.get("schema_version") if isinstance(value, dict) else None
    return 1 if said is None or said == 1 or said == "1" else NEWEST


def read(text: str, version: int) -> Manifest:
    """A manifest of any version as one of the newest. pydantic.ValidationError in the words of its own version."""
    return ManifestV1.model_validate_json(text).upgraded() if version == 1 else Manifest.model_validate_json(text)


def read_value(value: dict[str, Any], version: int) -> Manifest:
    """The same from values as JSON has them."""
    return read(json.dumps(value), version)


def as_written(path: Path, version: int) -> Path:
    """Where a part of the newest version lies in a manifest of this version."""
    if version != 1:
        return path
    if len(path) > 3 and path[2] == "samples":
        path = (*path[:2], "sample", *path[4:])
    if path[3:4] == ("measured",):
        path = (*path[:3], *path[4:])
    return path


def schema(version: int = NEWEST) -> dict[str, Any]:
    """The JSON Schema of a manifest, as published."""
    made = (ManifestV1 if version == 1 else Manifest).model_json_schema()
    if version == 1:
        # Published before its classes had a version in their names.
        made = json.loads(re.sub(r"\b(File|Sample|Person|Case|Manifest)V1\b", r"\1", json.dumps(made)))
    # $schema belongs first, for the reader of the file.
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:embla:submission:{version}",
        **made,
    }
