"""A laboratory's console: the list of its packages, what waits for it, what was sent against what counts, quality."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.platform import House
from embla.platform.web import Crumb, csv_response, json_response, page, reader, require_signed_in
from embla.policy import Action
from embla.registry import FATES, find_laboratory, made_by_laboratory, patient_groups, permit
from embla.submission.console import drift, reconciled, rejected, standing
from embla.submission.drawings import drift_drawing
from embla.submission.model.console import DRIFT, ENOUGH, MEASURES
from embla.submission.model.promises import SECONDS
from embla.submission.promises import promises_kept
from embla.submission.store import list_submissions

STATES: Final = ("accepted", "waiting", "refused", "tested")
_LONGEST: Final = 64

router = APIRouter(include_in_schema=False)


@router.get("/submissions")
def submissions(request: Request) -> Response:
    """How the laboratory stands, and a page of its packages, newest first, filtered as asked."""
    house, laboratory = permitted(request)
    asked = request.query_params
    state = asked.get("state", "") if asked.get("state") in STATES else ""
    begins = asked.get("q", "").strip()[:_LONGEST]
    groups = groups_of(request, house)
    group = asked.get("group", "") if asked.get("group") in groups else ""
    with house.database.reading() as connection:
        found = list_submissions(
            connection, laboratory=laboratory, state=state or None, group=group or None, begins=begins,
            cursor=asked.get("page"),
        )  # fmt: skip
        stands = standing(connection, laboratory)
        name = find_laboratory(connection, laboratory)
    _ = reader(request).translator.gettext
    kept = {key: value for key, value in (("state", state), ("group", group), ("q", begins)) if value}
    return page(
        request,
        "submission/list.html",
        private=True,
        submissions=found.items,
        next_page=found.next,
        state=state,
        group=group,
        begins=begins,
        kept=kept,
        standing=stands,
        laboratory=name.name if name else laboratory,
        groups=groups,
        crumbs=(Crumb(_("Submissions")),),
    )


@router.get("/submissions/rejected.csv")
def rejected_csv(request: Request) -> Response:
    """Every finding of every package that waits for the laboratory, a row each."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        rows = [
            [one.package, one.case, one.decided_at.isoformat(), finding.severity, finding.rule, finding.file,
             finding.line or None, finding.found, finding.mend]
            for one in rejected(connection, laboratory)
            for finding in one.findings
        ]  # fmt: skip
    header = ["package", "case", "decided", "severity", "rule", "file", "line", "found", "mend"]
    return _private(csv_response(f"embla-{laboratory}-rejected", header, rows))


@router.get("/submissions/reconciliation")
def reconciliation(request: Request) -> Response:
    """Sent = accepted = counted, month by month, with every difference named."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        months = reconciled(connection, laboratory)
    return _page(
        request, "reconciliation", reader(request).translator.gettext("Sent, accepted, counted"), months=months
    )


@router.get("/submissions/reconciliation.json")
def reconciliation_json(request: Request) -> Response:
    """The same for programs."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        months = reconciled(connection, laboratory)
    return _private(json_response({"laboratory": laboratory, "months": [month.to_json() for month in months]}))


@router.get("/submissions/reconciliation.csv")
def reconciliation_csv(request: Request) -> Response:
    """The same as a table."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        months = reconciled(connection, laboratory)
    names = ["month", "sent", "accepted", "waiting", "mended", "acknowledged", "genomes", "unexplained"]
    rows = [[*(getattr(one, name) for name in names), *(one.fates.get(fate, 0) for fate in FATES)] for one in months]
    return _private(csv_response(f"embla-{laboratory}-reconciliation", [*names, *FATES], rows))


@router.get("/submissions/promises")
def promises(request: Request) -> Response:
    """R1, R3 and R9 as the log says they were kept for this laboratory."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        found = promises_kept(connection, laboratory, house.clock())
    title = reader(request).translator.gettext("What is promised, and what was kept")
    return _page(request, "promises", title, kept=found, seconds=SECONDS)


@router.get("/submissions/promises.json")
def promises_json(request: Request) -> Response:
    """The same for programs."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        found = promises_kept(connection, laboratory, house.clock())
    return _private(json_response({"laboratory": laboratory} | found.to_json()))


@router.get("/submissions/quality")
def quality(request: Request) -> Response:
    """Medians and quartiles of depth, coverage and calls, by version of the pipeline; each drawing has its table."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        versions = drift(connection, laboratory)
        made = made_by_laboratory(connection, laboratory, house.clock().date())
    _ = reader(request).translator.gettext
    names = {
        "depth": _("Mean depth, x"),
        "covered_20x": _("Covered at 20x, per cent"),
        "q30": _("Bases of Q30 or more, per cent"),
        "het_hom": _("Het calls per homozygous"),
        "het_balance": _("Share of reads with ALT in het calls"),
    }
    shown = [name for name in MEASURES if any(name in version.measures for version in versions)]
    drawings = {name: drift_drawing(name, names[name], versions, reader(request).formats) for name in shown}
    return _page(
        request, "quality", _("Quality by version of the pipeline"), versions=versions, names=names, drawings=drawings,
        drift=DRIFT, enough=ENOUGH, made=made,
    )  # fmt: skip


@router.get("/submissions/quality.json")
def quality_json(request: Request) -> Response:
    """The same for programs."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        versions = drift(connection, laboratory)
        made = made_by_laboratory(connection, laboratory, house.clock().date())
    told = {"laboratory": laboratory, "versions": [one.to_json() for one in versions]}
    return _private(json_response(told | {"pipelines": [one.to_json() for one in made.versions]}))


@router.get("/submissions/quality.csv")
def quality_csv(request: Request) -> Response:
    """The same as a table, a row for each version and measure."""
    house, laboratory = permitted(request)
    with house.database.reading() as connection:
        versions = drift(connection, laboratory)
    rows = [
        [
            one.pipeline,
            one.version,
            name,
            at.genomes,
            at.low,
            at.median,
            at.high,
            str(at.drifts).lower(),
        ]
        for one in versions
        for name, at in one.measures.items()
    ]
    header = ["pipeline", "version", "measure", "genomes", "quartile1", "median", "quartile3", "drifts"]
    return _private(csv_response(f"embla-{laboratory}-quality", header, rows))


def permitted(request: Request) -> tuple[House, str]:
    """The home and the laboratory whose submissions this account may see."""
    session = require_signed_in(request, "lab")
    house: House = request.app.state.house
    laboratory = session.actor.laboratory or ""
    permit(
        house.database,
        session.actor,
        Action.SEE_OWN_SUBMISSIONS,
        purpose="reporting",
        clock=house.clock,
        laboratory=laboratory,
    )
    return house, laboratory


def groups_of(request: Request, house: House) -> dict[str, str]:
    """Names of the patient groups in the reader's language."""
    danish = reader(request).language == "da"
    with house.database.reading() as connection:
        return {group.code: group.name_da if danish else group.name_en for group in patient_groups(connection)}


def _page(request: Request, name: str, title: str, **context: Any) -> Response:
    crumbs = (Crumb(reader(request).translator.gettext("Submissions"), "/submissions"), Crumb(title))
    return page(request, f"submission/{name}.html", private=True, title=title, crumbs=crumbs, **context)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
