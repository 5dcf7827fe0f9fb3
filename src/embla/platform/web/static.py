"""Static files: served with their content hash in the URL, so that a browser may keep them for a year.

`/static/embla.css?v=1a2b3c4d` is immutable; without the hash a file is served too, but must be asked for again. Style
sheets name the fonts they load by relative URL: those carry the version in their path instead.
"""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from embla.errors import NotFound

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".xml": "application/opensearchdescription+xml",
}
FOREVER = "public, max-age=31536000, immutable"


class Assets:
    """The files of the static folder by name. Only a file that was there at start is served; the rest is 404."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in TYPES
        }
        self.hashes = {name: sha256(path.read_bytes()).hexdigest()[:10] for name, path in self.files.items()}

    def url(self, name: str) -> str:
        """Where a page links to; raises KeyError for a file that is not there, so that no page asks for one."""
        return f"/static/{name}?v={self.hashes[name]}"

    async def serve(self, request: Request) -> Response:
        """GET /static/{name}."""
        name = request.path_params["name"]
        path = self.files.get(name)
        if path is None:
            raise NotFound("There is no such file here.")
        fixed = name.startswith("vendor/") or request.query_params.get("v") == self.hashes[name]
        headers = {"Cache-Control": FOREVER if fixed else "no-cache"}
        return FileResponse(path, media_type=TYPES[path.suffix], headers=headers)


@cache
def vendored() -> tuple[dict[str, str], ...]:
    """What others wrote and we ship: name, version, licence, source, file and SHA-256, from vendor/manifest.json."""
    found: list[dict[str, str]] = json.loads((FOLDER / "vendor" / "manifest.json").read_text())
    return tuple(found)
