"""What the Data Repository Service tells and takes. Pure; DRS 1.5.0. Names are the standard's."""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from embla.errors import EmblaError

MOST: Final = 200
LARGEST_BODY: Final = 256 << 10
PLAIN: Final = "plain"
SEALED: Final = "crypt4gh"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,120}")
_MEDIA: Final = {
    "bam": "application/vnd.ga4gh.bam", "cram": "application/vnd.ga4gh.cram", "vcf": "text/vcf", "gvcf": "text/vcf",
    "bcf": "application/vnd.ga4gh.bcf",
}  # fmt: skip


class NotServed(EmblaError):
    """A request with the status that the standard gives it."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def blob(
    identifier: str, *, host: str, size: int, created: str, path: str, form: str, base: str, htsget: str = ""
) -> dict[str, Any]:
    """A file. Size and checksum are those of its plain bytes: a sealed one has a header of its own for each reader.
    htsget: "reads" or "variants" where it is served so."""
    ways: list[dict[str, Any]] = [
        {"type": "https", "access_id": PLAIN, "authorizations": authorizations(identifier)},
        {"type": "https", "access_id": SEALED, "authorizations": authorizations(identifier)},
    ]
    if htsget:
        ways.append({"type": "htsget", "access_url": {"url": f"{base}/htsget/{htsget}/{identifier}"}})
    told = _object(identifier, host, created) | {
        "size": size,
        "checksums": [{"type": "sha-256", "checksum": identifier}],
        "access_methods": ways,
        "mime_type": _MEDIA.get(form, "application/octet-stream"),
    }
    name = path.rsplit("/", 1)[-1]
    return told | ({"name": name} if _NAME.fullmatch(name) else {})


def bundle(
    identifier: str, *, host: str, created: str, files: Sequence[tuple[str, str, int]], base: str
) -> dict[str, Any]:
    """A genome: its files, (path, SHA-256, bytes), and its calls by htsget."""
    contents, taken = [], set[str]()
    for path, digest, _ in files:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", path.rsplit("/", 1)[-1])[:120] or "file"
        while name in taken:
            name = f"{digest[:8]}-{name}"
        taken.add(name)
        contents.append({"name": name, "id": digest, "drs_uri": [f"drs://{host}/{digest}"]})
    together = sha256("".join(sorted(digest for _, digest, _ in files)).encode()).hexdigest()
    return _object(identifier, host, created) | {
        "size": sum(size for _, _, size in files),
        "checksums": [{"type": "sha-256", "checksum": together}],
        "contents": contents,
        "access_methods": [{"type": "htsget", "access_url": {"url": f"{base}/htsget/variants/{identifier}"}}],
    }


def authorizations(identifier: str) -> dict[str, Any]:
    """How to show who asks. No issuer of passports is named: none may send one."""
    return {"drs_object_id": identifier, "supported_types": ["BearerAuth"]}


def many(resolved: Sequence[Mapping[str, Any]], failed: Mapping[int, Sequence[str]], key: str) -> dict[str, Any]:
    """The answer to a question about several."""
    unresolved = sum(len(ids) for ids in failed.values())
    return {
        "summary": {
            "requested": len(resolved) + unresolved, "resolved": len(resolved), "unresolved": unresolved,
        },
        "unresolved_drs_objects": [{"error_code": code, "object_ids": list(ids)} for code, ids in failed.items()],
        key: list(resolved),
    }  # fmt: skip


def read_body(body: bytes) -> Mapping[str, Any]:
    """A JSON object. Passports are read over: nobody's are taken yet, and what was sent is not kept."""
    if len(body) > LARGEST_BODY:
        raise NotServed(413, f"A body has at most {LARGEST_BODY:,} bytes.")
    try:
        said = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        raise NotServed(400, "The body is no JSON.") from None
    passports = said.get("passports", []) if isinstance(said, dict) else None
    if not isinstance(passports, list) or not all(isinstance(one, str) for one in passports):
        raise NotServed(400, "The body is no JSON object, or its passports are no list of texts.")
    return said  # type: ignore[no-any-return]


def ids_of(said: Mapping[str, Any]) -> list[str]:
    """`bulk_object_ids`, each once."""
    found = said.get("bulk_object_ids")
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise NotServed(400, "bulk_object_ids is a list of ids.")
    if len(found) > MOST:
        raise NotServed(413, f"At most {MOST} objects are asked for at once.")
    return list(dict.fromkeys(found))


def accesses_of(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """`bulk_object_access_ids` as (object, access) pairs, each once."""
    found: list[tuple[str, str]] = []
    listed = said.get("bulk_object_access_ids")
    if not isinstance(listed, list):
        raise NotServed(400, "bulk_object_access_ids is a list.")
    for one in listed:
        ways = one.get("bulk_access_ids") if isinstance(one, dict) else None
        if not isinstance(ways, list) or not isinstance(one.get("bulk_object_id"), str):
            raise NotServed(400, "Each entry has a bulk_object_id and bulk_access_ids.")
        if not all(isinstance(way, str) for way in ways):
            raise NotServed(400, "bulk_access_ids is a list of texts.")
        found += [(one["bulk_object_id"], way) for way in ways]
        if len(found) > MOST:
            raise NotServed(413, f"At most {MOST} accesses are asked for at once.")
    return list(dict.fromkeys(found))


def _object(identifier: str, host: str, created: str) -> dict[str, Any]:
    return {
        "id": identifier,
        "self_uri": f"drs://{host}/{identifier}",
        "created_time": created,
    }
