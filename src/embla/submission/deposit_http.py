"""Deposits over HTTP: the certificate of a package, and its files back. Mounted by `app.py`.

POST /api/submissions/{id}/certificate      read everything again, compare, sign; 200 with the envelope
GET  /api/submissions/{id}/certificate      the one that was signed last
GET  /api/submissions/{id}/files            manifest and files, with their numbers
GET  /api/submissions/{id}/files/{number}   the bytes, from `Range: bytes=START-` on where it says so
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from embla.errors import BadInput, NotFound
from embla.platform import Actor, House
from embla.platform.web import token_holder
from embla.submission.deposit import certify_deposit, find_deposit
from embla.submission.fetching import fetch_file, files_to_fetch

_PRIVATE: Final[Mapping[str, str]] = {"Cache-Control": "no-store"}
_RANGE: Final = re.compile(r"bytes=(\d{1,15})-")

router = APIRouter(prefix="/api/submissions", tags=["submissions"])


@router.post("/{submission}/certificate", summary="Certify a deposit")
def post_certificate(request: Request, submission: str, again: bool = False) -> Response:
    """Everything that is kept of the package is read, opened and compared before it is signed, which takes its time."""
    house, actor = _asking(request)
    return _envelope(certify_deposit(house, actor, submission, again=again).text)


@router.get("/{submission}/certificate", summary="The certificate of a deposit")
def get_certificate(request: Request, submission: str) -> Response:
    """The signed envelope (DSSE), which `embla verify` checks with a public key."""
    house, actor = _asking(request)
    made = find_deposit(house, actor, submission)
    if made is None:
        raise NotFound("This submission has no certificate yet.", mend="POST to the same address makes one.")
    return _envelope(made.text)


@router.get("/{submission}/files", summary="Files of a submission")
def get_files(request: Request, submission: str) -> dict[str, Any]:
    """The manifest as it was sent, and each file with its number."""
    house, actor = _asking(request)
    manifest, files = files_to_fetch(house, actor, submission)
    return {"manifest": manifest, "files": [{"number": number} | vars(file) for number, file in enumerate(files)]}


@router.get("/{submission}/files/{number}", summary="A file of a submission, as it was sent")
def get_file(request: Request, submission: str, number: int) -> Response:
    """The very bytes, for the laboratory that sent them; each request is in the log."""
    house, actor = _asking(request)
    asked = request.headers.get("range")
    found = _RANGE.fullmatch(asked) if asked else None
    if asked and found is None:
        raise BadInput("This Range cannot be read.", mend="Write bytes=START-.")
    start = int(found[1]) if found else 0
    file, pieces = fetch_file(house, actor, submission, number, start=start)
    if start >= file.size and start:  # RFC 9110, 15.5.17; of an empty file "from the first byte on" is all of it
        return Response(status_code=416, headers={**_PRIVATE, "Content-Range": f"bytes */{file.size}"})
    headers = {**_PRIVATE, "Content-Length": str(max(0, file.size - start)), "X-Content-SHA256": file.sha256}
    if found is not None and start < file.size:
        headers["Content-Range"] = f"bytes {start}-{file.size - 1}/{file.size}"
    status = 206 if found is not None else 200
    return StreamingResponse(pieces, status, media_type="application/octet-stream", headers=headers)


def _asking(request: Request) -> tuple[House, Actor]:
    house: House = request.app.state.house
    return house, token_holder(request)


def _envelope(text: str) -> Response:
    return Response(text + "\n", media_type="application/json", headers=dict(_PRIVATE))
