"""The page of the treating clinician: what a patient's genome says about drugs, and what it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import NotFound
from embla.pgx import loading, open_pages
from embla.pgx.giving import Profile, evidence_for, profiles_for
from embla.pgx.model.advice import Advice
from embla.pgx.model.guidance import Row
from embla.pgx.retold import SHAPES
from embla.pgx.service import guidelines, tell_advice
from embla.pgx.store import passports_of
from embla.platform import House
from embla.platform.web import Crumb, holds_number, page, reader, redirect, require_signed_in
from embla.registry import case_of

TEMPLATES: Final = Path(__file__).parent / "templates"
router = APIRouter(include_in_schema=False)


@router.get("/case/{case}/medicines")
def medicines(request: Request, case: str) -> Response:
    """Genes, phenotypes and advice for the patient of a case, or on to the page of a drug that is asked for by name or
    code; the look is in the log of the person."""
    session = require_signed_in(request, "clinician")
    house: House = request.app.state.house
    asked = request.query_params.get("drug", "").strip()[:100]
    if found := drug_named(asked):
        return redirect(f"/case/{quote(case, safe='')}/medicines/drug/{quote(found, safe='')}")
    profiles = profiles_for(house, session.actor, case)
    with house.database.reading() as connection:
        known = case_of(connection, case)
        newest = next(iter(passports_of(connection, known.person)), None) if known is not None else None
    name = known.key if known is not None else ""
    revoked = newest if newest is not None and newest.state == "revoked" else None
    _ = reader(request).translator.gettext
    shown = [(one, _sorted_out(one)) for one in profiles]
    crumbs = (Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"), Crumb(_("Medicines")))
    return page(
        request, "pgx/medicines.html", private=True, profiles=shown, revoked=revoked, key=name, case=case,
        asked="" if holds_number(asked) else asked, drugs=known_drugs(), crumbs=crumbs,
    )  # fmt: skip


@cache
def known_drugs() -> tuple[str, ...]:
    """Every drug that a guideline speaks of."""
    return tuple(sorted({drug for one in guidelines() for drug in one.drugs}))


def drug_named(text: str) -> str | None:
    """The drug of a name in any case, with or without its last e (azathioprin), or of an ATC or RxNorm code that is
    one drug's; None for any other text."""
    named = {drug.lower(): drug for drug in known_drugs()}
    bare = [drug for name, drug in named.items() if name.removesuffix("e") == text.lower().removesuffix("e")]
    coded = [drug for drug in loading.drugs_by_code().get(text.upper(), ()) if drug in named]
    if len(bare) == 1:
        return bare[0]
    return named.get(text.lower()) or (named[coded[0]] if len(coded) == 1 else None)


@router.get("/case/{case}/medicines/gene/{gene}")
def one_gene(request: Request, case: str, gene: str) -> Response:
    """One gene with every position's evidence."""
    session = require_signed_in(request, "clinician")
    shown = evidence_for(request.app.state.house, session.actor, case, gene)
    return _page(request, "pgx/gene.html", case, gene, gene=gene, shown=shown)


@router.get("/case/{case}/medicines/drug/{drug}")
def one_drug(request: Request, case: str, drug: str) -> Response:
    """One drug: what each source says, and what it stands on."""
    session = require_signed_in(request, "clinician")
    profiles = profiles_for(request.app.state.house, session.actor, case)
    if not any(drug in one.drugs for one in guidelines()):
        raise NotFound("No guideline speaks of this drug.", mend="The page Medicines lists them.")
    shown = [
        {
            "profile": profile,
            "genes": [call.gene for call in profile.calls],
            "lines": [tell_advice(profile.genome.accession, line) for line in profile.advice if line.drug == drug],
        }
        for profile in profiles
    ]
    _, atc = loading.drug_codes().get(drug.lower(), (None, ()))
    return _page(request, "pgx/drug.html", case, drug, drug=drug, atc=atc, shown=shown)


@dataclass(frozen=True)
class Drug:
    """What every source that advises says of one drug, those first that have it used otherwise. `results`: gene and
    phenotype, each once; `against`: a source's first sentence speaks against the drug."""

    name: str
    lines: tuple[dict[str, Any], ...]
    results: tuple[str, ...]
    against: bool


@dataclass(frozen=True)
class Sorted:
    """Advice in the order of the page. `act`: what a source asks for -> drugs: `replace` (another drug, or not this
    one), `dose`, `guide` (other guidance), by the sources' own marks, the first that any has; `usual`: drugs that each
    source has used as for everybody; `silent`: status -> lines without advice."""

    act: dict[str, tuple[Drug, ...]]
    usual: tuple[Drug, ...]
    silent: dict[str, tuple[dict[str, Any], ...]]

    @property
    def acting(self) -> int:
        """How many drugs are used otherwise."""
        return sum(map(len, self.act.values()))


def _sorted_out(profile: Profile) -> Sorted:
    spoken: dict[str, list[tuple[Advice, Row]]] = {}
    silent: dict[str, tuple[dict[str, Any], ...]] = {}
    for line in profile.advice:
        if line.status == "advice" and line.row is not None:
            spoken.setdefault(line.drug, []).append((line, line.row))
        else:
            told = tell_advice(profile.genome.accession, line)
            silent[line.status] = (*silent.get(line.status, ()), told)
    parts: dict[str, list[Drug]] = {"replace": [], "dose": [], "guide": [], "usual": []}
    for name, lines in sorted(spoken.items()):
        parts[_asked([row for _, row in lines])].append(_drug(profile, name, lines))
    usual = tuple(parts.pop("usual"))
    act = {kind: tuple(sorted(drugs, key=lambda drug: not drug.against)) for kind, drugs in parts.items()}
    return Sorted(act, usual, silent)


def _asked(rows: Sequence[Row]) -> str:
    acting = [row for row in rows if row.acts]
    if any(row.replaces or row.avoids for row in acting):
        return "replace"
    return "dose" if any(row.doses for row in acting) else "guide" if acting else "usual"


def _drug(profile: Profile, name: str, lines: Sequence[tuple[Advice, Row]]) -> Drug:
    ordered = sorted(lines, key=lambda pair: (not pair[1].acts, pair[0].guideline.source))
    told = tuple(tell_advice(profile.genome.accession, line) | {"acts": row.acts} for line, row in ordered)
    results = dict.fromkeys(
        f"{gene}: {term}" for line, row in ordered if row.acts or not ordered[0][1].acts
        for gene, term in line.phenotypes.items()
    )  # fmt: skip
    return Drug(name, told, tuple(results), any(row.avoids for _, row in lines))


def _page(request: Request, template: str, case: str, last: str, **more: Any) -> Response:
    house: House = request.app.state.house
    with house.database.reading() as connection:
        known = case_of(connection, case)
    name = known.key if known is not None else ""
    _ = reader(request).translator.gettext
    crumbs = (
        Crumb(_("My cases"), "/cases"), Crumb(name, f"/case/{case}"),
        Crumb(_("Medicines"), f"/case/{case}/medicines"), Crumb(last),
    )  # fmt: skip
    return page(request, template, private=True, key=name, case=case, crumbs=crumbs, **more)


router.include_router(open_pages.router)

__all__ = ["SHAPES", "TEMPLATES", "router"]
