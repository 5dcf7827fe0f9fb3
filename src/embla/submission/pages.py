"""A laboratory's pages: its submissions with state, errors and acknowledgement, and sending a package by hand."""

import json
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import EmblaError, NotFound
from embla.platform import House
from embla.platform.web import (
    Crumb,
    checked_form,
    checked_upload,
    csv_response,
    json_response,
    page,
    reader,
    redirect,
    require_signed_in,
    signed_in,
)
from embla.submission.certifying import begin_certifying, certifying
from embla.submission.console_pages import groups_of, permitted
from embla.submission.console_pages import router as console
from embla.submission.deposit import find_deposit, kept_files, why_keep
from embla.submission.model.acknowledgement import Submission
from embla.submission.model.finding import RULES, Finding, PackageRefused
from embla.submission.package import MANIFEST, MAX_MANIFEST, safe_path
from embla.submission.receive import receive
from embla.submission.regional_pages import router as regional
from embla.submission.retold import SHAPES
from embla.submission.store import find_submission
from embla.submission.sweep import tend

log = logging.getLogger("embla.submission")

TEMPLATES: Final = Path(__file__).parent / "templates"
SEND: Final = "/submissions/send"
# The only pages that take more than the ordinary body.
LARGE_PATHS: Final = (SEND,)

router = APIRouter(include_in_schema=False)


def routers() -> tuple[APIRouter, ...]:
    """Everything to mount."""
    # First: its paths begin as those of one submission do.
    return (regional, console, router)


@router.get(SEND)
def send(request: Request) -> Response:
    """The form for a package."""
    permitted(request)
    return _send_page(request)


@router.post(SEND)
def send_form(request: Request, form: Annotated[FormData, Depends(checked_upload)]) -> Response:
    """Receive the package: to its page when it is accepted, else every error at once."""
    house, _laboratory = permitted(request)
    session = require_signed_in(request, "lab")
    uploads = [item for item in form.getlist("files") if isinstance(item, UploadFile) and item.filename]
    with _incoming(house) as folder:
        _unpack(uploads, folder)
        if not (folder / MANIFEST).is_file():
            mend = "Choose it together with the files that it lists."
            return _send_page(request, [Finding("manifest.missing", MANIFEST, 0, "It was not among the files.", mend)])
        try:
            acknowledgement = receive(house, session.actor, folder)
        except PackageRefused as refused:
            return _send_page(request, [_without(folder, finding) for finding in refused.findings])
    response = redirect(f"/submissions/{acknowledgement.submission}")
    response.background = BackgroundTask(_tend, house)
    return response


@router.get("/submissions/{submission}.json")
def submission_json(request: Request, submission: str) -> Response:
    """The submission with findings and acknowledgement."""
    return _private(json_response(_own(request, submission)[1].to_json()))


@router.get("/submissions/{submission}.csv")
def submission_csv(request: Request, submission: str) -> Response:
    """The findings as a table."""
    found = _own(request, submission)[1]
    rows = [[one.severity, one.rule, one.file, one.line or None, one.found, one.mend] for one in found.findings]
    return _private(csv_response(f"embla-{found.id}", ["severity", "rule", "file", "line", "found", "mend"], rows))


@router.get("/submissions/{submission}/certificate.json")
def certificate_json(request: Request, submission: str) -> Response:
    """The signed envelope as it is, to be saved."""
    house, found = _own(request, submission)
    made = find_deposit(house, require_signed_in(request, "lab").actor, found.id)
    if made is None:
        raise NotFound("This package has no certificate yet.", mend="Make one on the package's page.")
    headers = {"Content-Disposition": f'attachment; filename="embla-deposit-{found.id}.json"'}
    return _private(Response(made.text + "\n", media_type="application/json", headers=headers))


@router.post("/submissions/{submission}/certificate")
def certificate(request: Request, submission: str, form: Annotated[FormData, Depends(checked_form)]) -> Response:
    """Begin to read everything again, compare and sign; then back to the package's page, which says how far it came."""
    house, found = _own(request, submission)
    request.state.get_path = f"/submissions/{found.id}"
    begin_certifying(house, require_signed_in(request, "lab").actor, found.id)
    return redirect(f"/submissions/{found.id}")


@router.get("/submissions/{submission}")
def submission(request: Request, submission: str) -> Response:
    """One package: how far it came, what was found, what was acknowledged."""
    house, found = _own(request, submission)
    _ = reader(request).translator.gettext
    deposit = find_deposit(house, require_signed_in(request, "lab").actor, found.id)
    with house.database.reading() as connection:
        files = kept_files(connection, found.id)
        # What was safe when it was signed is not so any more once the package was corrected or somebody withdrew.
        safe = deposit is not None and deposit.safe and not why_keep(connection, found)
    return page(
        request,
        "submission/one.html",
        private=True,
        one=found,
        files=files,
        deposit=deposit,
        safe=safe,
        running=certifying(house, found.id),
        rules=RULES,
        groups=groups_of(request, house),
        crumbs=(Crumb(_("Submissions"), "/submissions"), Crumb(found.package)),
    )


def _tend(house: House) -> None:
    """Merge segments after the acknowledgement; it can wait for the next submission."""
    try:
        tend(house)
    except EmblaError:
        log.warning("merging of segments was put off")


def _own(request: Request, submission: str) -> tuple[House, Submission]:
    """A submission of this laboratory. Another laboratory's is not found, so ids cannot be guessed at."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        found = find_submission(connection, submission[:100])
    if found is None or found.laboratory != laboratory:
        raise NotFound("Your laboratory has no submission of this id.", mend="Look it up in the list.")
    return house, found


def _send_page(request: Request, findings: Sequence[Finding] = ()) -> Response:
    _ = reader(request).translator.gettext
    request.state.get_path = SEND
    return page(
        request,
        "submission/send.html",
        status=422 if findings else 200,
        private=True,
        findings=findings,
        rules=RULES,
        signed=signed_in(request),
        crumbs=(Crumb(_("Submissions"), "/submissions"), Crumb(_("Send a package"))),
    )


def _without(folder: Path, finding: Finding) -> Finding:
    """A finding may name a file by its place here, which is nobody's business."""
    place = f"{folder}/"
    return replace(finding, file=finding.file.replace(place, ""), found=finding.found.replace(place, ""))


@contextmanager
def _incoming(house: House) -> Iterator[Path]:
    """An empty folder of this request inside the home, gone afterwards: calls of people do not lie in /tmp."""
    base = house.home / "incoming"
    base.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=base))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(uploads: list[UploadFile], folder: Path) -> None:
    """Put the files where their names say, inside `folder`. A chosen folder's own name, which browsers put before each
    path, is taken off; a name that would leave the folder is reduced to its last part."""
    names = [(upload.filename or "").replace("\\", "/").strip("/") for upload in uploads]
    tops = {name.split("/", 1)[0] for name in names}
    inside = all("/" in name for name in names) and len(tops) == 1
    listed = {} if any("/" in name for name in names) else _listed(uploads)
    for upload, name in zip(uploads, names, strict=True):
        path = name.split("/", 1)[1] if inside else listed.get(name, name)
        if path != MANIFEST and not safe_path(path):
            path = path.rsplit("/", 1)[-1].lstrip(".") or "unnamed"
            if not safe_path(path):
                path = "unnamed"
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            shutil.copyfileobj(upload.file, out, 1 << 20)


def _listed(uploads: list[UploadFile]) -> dict[str, str]:
    """Last part of a path -> the path, as the manifest lists it: who chooses files, and no folder, sends their names
    alone. Only names of one file each; a manifest that cannot be read lists nothing here, and is a finding later."""
    manifests = [upload.file for upload in uploads if upload.filename == MANIFEST]
    if len(manifests) != 1:
        return {}
    text = manifests[0].read(MAX_MANIFEST)
    manifests[0].seek(0)
    try:
        files = json.loads(text)["files"]
        paths = [str(file["path"]) for file in files]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    names = Counter(path.rsplit("/", 1)[-1] for path in paths)
    return {name: path for path in paths if names[name := path.rsplit("/", 1)[-1]] == 1 and safe_path(path)}


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


__all__ = ["LARGE_PATHS", "SHAPES", "TEMPLATES", "routers"]
