"""A Phenopacket's manifest, written beside the files that it names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from embla.errors import BadInput, Refused
from embla.submission.model.phenopacket import from_phenopacket
from embla.submission.package import MANIFEST, safe_path
from embla.submission.prepare import write_manifest
from embla.submission.rules_files import sha256_of

MAX_BYTES: Final = 1 << 20


def prepare_phenopacket(file: Path, folder: Path, given: Mapping[str, str], *, force: bool = False) -> Path:
    """Write manifest.json into `folder`; returns its path. `given` (laboratory, patient_group, opened) beats the
    Phenopacket. Sizes and hashes are computed where a file lies in the folder. BadInput for what is none."""
    if (folder / MANIFEST).exists() and not force:
        raise Refused(f"{folder} has a {MANIFEST}.", mend="Give --force to write it anew.")
    made = from_phenopacket(_read(file))
    made.setdefault("laboratory", "?")
    made |= {name: value for name, value in given.items() if name == "laboratory"}
    case = {"id": made["package"], "kind": _kind(made["persons"]), "patient_group": "?", "opened": "?"} | made["case"]
    made["case"] = case | {name: value for name, value in given.items() if name != "laboratory"}
    for listed in made["files"]:
        place = folder / listed["path"]
        if safe_path(listed["path"]) and place.is_file():
            listed |= {"size": place.stat().st_size, "sha256": sha256_of(place)}
    folder.mkdir(parents=True, exist_ok=True)
    return write_manifest(folder, made)


def _kind(persons: list[dict[str, Any]]) -> str:
    roles = [person["role"] for person in persons]
    if "foetus" in roles:
        return "foetal"
    origins = {sample["origin"] for person in persons for sample in person["samples"]}
    if "tumour" in origins:
        return "tumour_normal" if "germline" in origins else "tumour"
    return {1: "single", 2: "duo"}.get(len(roles), "trio")


def _read(file: Path) -> Any:
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise BadInput("it is larger than 1 MB.", path=str(file), mend="Give the Phenopacket of one case.")
        return json.loads(raw)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", path=str(file)) from None
    except (ValueError, RecursionError):
        raise BadInput("is not JSON.", path=str(file), mend="Write the Phenopacket as JSON.") from None
