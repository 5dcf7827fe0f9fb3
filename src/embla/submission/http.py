"""Submissions over HTTP: the same check, the same receiving, the same acknowledgement as at the command line.

    POST   /api/submissions                        manifest (JSON), or the whole package (multipart/form-data)
    PUT    /api/submissions/uploads/{id}/{number}  one file of it, raw bytes; with Content-Range a piece of one
    GET    /api/submissions/key                    the public key (Crypt4GH) that files may be encrypted for
    POST   /api/submissions/uploads/{id}           all is there: check it and take it in
    GET    /api/submissions[?state=&cursor=&limit=]   GET /api/submissions/{id}   GET /api/submissions/schema

A laboratory's machine shows its token (`Authorization: Bearer ...`). Files are named by number, so that no name of a
file stands in an address. An upload that broke off goes on where it was: POST the manifest again and send what is said
to be missing. Mounted by `app.py`, which puts the open home into `app.state.house`.
"""

import asyncio
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect

from embla.errors import BadInput, Conflict, EmblaError, NotFound, Unavailable
from embla.platform import Actor, House
from embla.platform.web import token_holder
from embla.policy import Action
from embla.registry import permit
from embla.submission import deposit_http
from embla.submission.arriving import Receiver, Span
from embla.submission.model.acknowledgement import Acknowledgement
from embla.submission.model.finding import PackageRefused
from embla.submission.model.manifest import MAX_FILES
from embla.submission.package import MAX_MANIFEST, Package
from embla.submission.receive import acknowledged, note_refusal, permit_report, receive
from embla.submission.store import find_by_hash, find_submission, list_submissions
from embla.submission.sweep import tend
from embla.submission.upload import Upload, begin_upload, find_upload
from embla.submission.versions import NEWEST, schema
from embla.vault import opener, public_key

# What takes files; `app.py` bounds these by the limit for uploads.
LARGE_PATHS: Final = ("/api/submissions",)
_BLOCK: Final = 1 << 20
SEALED_TYPE: Final = "application/x-crypt4gh"
_PRIVATE: Final = {"Cache-Control": "no-store"}


def _private(response: Response) -> None:
    """What a laboratory sent is no cache's business."""
    response.headers.update(_PRIVATE)


router = APIRouter(prefix="/api/submissions", tags=["submissions"], dependencies=[Depends(_private)])


def routers() -> tuple[APIRouter, ...]:
    """Everything to mount."""
    return router, deposit_http.router


def house_of(request: Request) -> House:
    """The open home."""
    house: House = request.app.state.house
    return house


def signed(request: Request) -> Actor:
    """Who holds the token that came with the request; 401 without a valid one."""
    return token_holder(request)


@router.get("/schema", summary="The JSON Schema of a manifest")
def get_schema(version: Annotated[int, Query(ge=1, le=NEWEST)] = NEWEST) -> dict[str, Any]:
    """The published schema; without a version the newest. Open to everybody."""
    return schema(version)


@router.get("/key", summary="The public key to encrypt files for", response_class=PlainTextResponse)
def get_key(request: Request) -> PlainTextResponse:
    """A Crypt4GH public key file. Open to everybody."""
    return PlainTextResponse(public_key(house_of(request)))


@router.get("", summary="Submissions, newest first")
def get_submissions(
    request: Request,
    state: Annotated[str | None, Query(pattern="^(accepted|refused|tested)$")] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """A page of the laboratory's own submissions; an administrator sees those of all."""
    house, actor = house_of(request), signed(request)
    laboratory = _may_see(house, actor, actor.laboratory)
    with house.database.reading() as connection:
        page = list_submissions(connection, laboratory=laboratory, state=state, cursor=cursor, limit=limit)
    return {"items": [item.to_json() for item in page.items], "next": page.next}


@router.get("/{submission}", summary="One submission")
def get_submission(request: Request, submission: str) -> dict[str, Any]:
    """State, acknowledgement or findings. What is another laboratory's is not found."""
    house, actor = house_of(request), signed(request)
    laboratory = _may_see(house, actor, actor.laboratory)
    with house.database.reading() as connection:
        found = find_submission(connection, submission)
    if found is None or laboratory not in (None, found.laboratory):
        raise NotFound("There is no such submission.")
    return found.to_json()


@router.post("", summary="Begin a submission, or send a whole one", status_code=201)
async def post_submission(request: Request, background: BackgroundTasks) -> JSONResponse:
    """Manifest as JSON: 201 with what to send, or 200 with the acknowledgement this package already has. Package as a
    form (`manifest` and one part per file, its filename the manifest's path): 200 with the acknowledgement. 422 with
    every finding."""
    house, actor = house_of(request), await run_in_threadpool(signed, request)
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await _whole(request, background, house, actor)
    raw = await _bounded(request)
    try:
        return await run_in_threadpool(_begin, house, actor, raw)
    except PackageRefused as refused:
        return _refused(refused)


@router.put("/uploads/{upload}/{number}", summary="One file of an upload", status_code=204, response_model=None)
async def put_file(request: Request, upload: str, number: int) -> JSONResponse | None:
    """The raw bytes; kept only when size and SHA-256 are the manifest's. With `Content-Range` a piece, which stays as
    far as it came: POST the manifest again to hear how many bytes `arrived`. Content-Type application/x-crypt4gh: the
    file was encrypted for the key that `/api/submissions/key` gives, and sizes are those of what travels."""
    house, actor = house_of(request), await run_in_threadpool(signed, request)
    found = await run_in_threadpool(_own_upload, house, actor, upload)
    try:
        receiver = await run_in_threadpool(_receiver, house, request, found, number)
    except Conflict as conflict:
        told = {"error": "Conflict", "message": conflict.message, "mend": conflict.mend, **conflict.facts}
        return JSONResponse(told, 409, _PRIVATE)
    try:
        await _take_in(request, receiver)
        await run_in_threadpool(receiver.finish)
    except ClientDisconnect:
        raise Unavailable("The sender hung up.", mend="Go on from what has arrived.") from None
    finally:
        receiver.close()
    return None


async def _take_in(request: Request, receiver: Receiver) -> None:
    """Write a body while more of it comes, about a megabyte at a time; of a line that was cut, what came."""
    held: list[bytes] = []
    size, writing = 0, None
    try:
        async for chunk in request.stream():
            held.append(chunk)
            size += len(chunk)
            if size >= _BLOCK:
                if writing is not None:
                    await writing
                # Put together in that thread, too: this one has the line to serve.
                writing = asyncio.ensure_future(run_in_threadpool(_written, receiver, held))
                held, size = [], 0
    finally:
        if writing is not None:
            await writing
        await run_in_threadpool(_written, receiver, held)


def _written(receiver: Receiver, chunks: list[bytes]) -> None:
    receiver.write(b"".join(chunks))


def _receiver(house: House, request: Request, upload: Upload, number: int) -> Receiver:
    sealed = request.headers.get("content-type", "") == SEALED_TYPE
    span = request.headers.get("content-range")
    if span is None and not sealed:
        return upload.receiver(number)
    if span is None:
        raise BadInput("an encrypted file needs a Content-Range.", mend="Write bytes FIRST-LAST/TOTAL.")
    return upload.receiver(number, Span.parse(span), partial(opener, house) if sealed else None)


@router.post("/uploads/{upload}", summary="Check an upload and take it in")
def finish_upload(request: Request, upload: str, background: BackgroundTasks) -> JSONResponse:
    """200 with the acknowledgement, given after the commit; 422 with every finding."""
    house, actor = house_of(request), signed(request)
    return _take(house, actor, _own_upload(house, actor, upload), background)


async def _whole(request: Request, background: BackgroundTasks, house: House, actor: Actor) -> JSONResponse:
    """A package as one form. Starlette spools large parts to disk."""
    async with request.form(max_files=MAX_FILES + 1, max_fields=2) as form:
        manifest = form.get("manifest")
        if manifest is None:
            raise BadInput("the form has no part called manifest.", mend="Send manifest and the files.")
        raw = await manifest.read(MAX_MANIFEST + 1) if isinstance(manifest, UploadFile) else manifest.encode()
        parts = {part.filename: part for key, part in form.multi_items() if isinstance(part, UploadFile)}
        try:
            upload = await run_in_threadpool(_begin_upload, house, actor, raw)
            for number in upload.missing:
                part = parts.get(upload.package.manifest.files[number].path)
                if part is not None:
                    await run_in_threadpool(_copy, upload, number, part)
        except PackageRefused as refused:
            return _refused(refused)
        return await run_in_threadpool(_take, house, actor, upload, background)


def _copy(upload: Upload, number: int, part: UploadFile) -> None:
    receiver = upload.receiver(number)
    try:
        while chunk := part.file.read(1 << 20):
            receiver.write(chunk)
        receiver.finish()
    finally:
        receiver.close()


def _begin(house: House, actor: Actor, raw: bytes) -> JSONResponse:
    upload = _begin_upload(house, actor, raw)
    with house.database.reading() as connection:
        earlier = find_by_hash(connection, upload.id)
    if earlier is not None and earlier.acknowledgement is not None:
        upload.drop()
        return _acknowledged(earlier.acknowledgement)
    files = upload.package.manifest.files
    missing = [
        {
            "number": number,
            "path": files[number].path,
            "size": files[number].size,
            "arrived": upload.arrived(number),
            "arrived_sealed": upload.arrived(number, sealed=True),
            "put": f"{router.prefix}/uploads/{upload.id}/{number}",
        }
        for number in upload.missing
    ]
    return JSONResponse(
        {"upload": upload.id, "send": f"{router.prefix}/uploads/{upload.id}", "missing": missing}, 201, _PRIVATE
    )


def _begin_upload(house: House, actor: Actor, raw: bytes) -> Upload:
    """The upload; a manifest that is refused by itself is in its laboratory's list, too."""
    allowed: list[Package] = []

    def permitted(package: Package) -> None:
        try:
            permit_report(house, actor, package)
        except PackageRefused:
            # Who may report nothing any more hears all the same what an earlier sending of this package got.
            if acknowledged(house, package) is None:
                raise
            _may_see(house, actor, package.manifest.laboratory)
        allowed.append(package)

    at = house.clock()
    try:
        return begin_upload(house.home, raw, permitted, on=at.date())
    except PackageRefused as refused:
        if allowed:
            note_refusal(house, actor, allowed[-1], refused.findings, at, bare=True)
        raise


def _own_upload(house: House, actor: Actor, upload: str) -> Upload:
    """The upload, for the laboratory that began it; for others there is none."""
    found = find_upload(house.home, upload)
    laboratory = found.package.manifest.laboratory
    if actor.laboratory != laboratory:
        raise NotFound("There is no such upload.", mend="Send the manifest first.")
    permit(house.database, actor, Action.SUBMIT, purpose="reporting", clock=house.clock, laboratory=laboratory)
    return found


def _take(house: House, actor: Actor, upload: Upload, background: BackgroundTasks) -> JSONResponse:
    try:
        acknowledgement = receive(house, actor, upload.whole(), hashed=True)
    except PackageRefused as refused:
        return _refused(refused)
    upload.drop()
    background.add_task(_tend, house)
    return _acknowledged(acknowledgement)


def _tend(house: House) -> None:
    """Merging can wait: the next submission tries again."""
    try:
        tend(house)
    except EmblaError:
        import logging

        logging.getLogger(__name__).warning("merging of segments was put off")


def _may_see(house: House, actor: Actor, laboratory: str | None) -> str | None:
    """The laboratory whose submissions the actor sees; None for all."""
    purpose = "reporting" if laboratory is not None else "operation"
    permit(house.database, actor, Action.SEE_OWN_SUBMISSIONS, purpose=purpose, clock=house.clock, laboratory=laboratory)
    return laboratory


async def _bounded(request: Request) -> bytes:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_MANIFEST:
            raise BadInput("the manifest is larger than 1 MB.", mend="A package holds one case.")
    return bytes(data)


def _acknowledged(acknowledgement: Acknowledgement) -> JSONResponse:
    return JSONResponse(acknowledgement.to_json(), headers=_PRIVATE)


def _refused(refused: PackageRefused) -> JSONResponse:
    findings = [finding.to_json() for finding in refused.findings]
    return JSONResponse({"error": "PackageRefused", "message": str(refused), "findings": findings}, 422, _PRIVATE)
