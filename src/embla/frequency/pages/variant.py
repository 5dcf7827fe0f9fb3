"""The variant page, its twins, and the same page for one base."""

from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput
from embla.frequency.bodies import Bodies, Made
from embla.frequency.model.answers import Answer
from embla.frequency.pages import asking, drawings, effects, places, structural, tables, words
from embla.genome import GRCH38, Place, Region, Variant
from embla.platform.web import Crumb, csv_response, json_body, names_somebody, page, reader, redirect
from embla.reference import ResolvedAllele, Unplaced, allele_of, read_any

router = APIRouter()

NEAREST: Final = 1_000
FEW: Final = 5
# A table of more groups than this is folded.
LONG: Final = 8

TEXT = "The variant in any genomic form: chr21-25585733-C-T, 21:25,585,733:C:T, NC_000021.9:g.25585733C>T, SPDI."


@router.get("/variant/{text}.json", summary="How often one variant occurs", tags=["Frequencies"], description=TEXT)
async def variant_json(request: Request, text: str, release: str | None = None) -> Response:
    """One object: the counts, groups, cover and how it was counted, from the newest release or the one named; and the
    allele's names and what it does to each loaded transcript."""

    def make() -> Made:
        asked = _read(request, text)
        effect = effects.effect_of(asking.house(request), asked)
        beside = effects.tell(_named(request, asked), effect)
        # What is still to be worked out, or failed by chance, may be told the next time.
        return json_body(asking.answer(request, asked).to_json() | beside), effect.lasts

    if names_somebody(request):
        # Today's answer is everybody's; should it ever not be, it is kept for nobody and found by nobody.
        body, _ = await run_in_threadpool(make)
    else:
        body = await Bodies.of(request).told("twin", text, asking.release_number(request), make)
    return Response(body, media_type="application/json")


@router.get("/variant/{text}.csv", summary="The same as CSV", tags=["Frequencies"], description=TEXT)
def variant_csv(request: Request, text: str, release: str | None = None) -> Response:
    """One line for everybody, one for each group."""
    asked = _read(request, text)
    answer = asking.answer(request, asked)
    header, rows = tables.answer_rows(answer)
    return csv_response(f"embla-{asked}", header, rows)


@router.get("/variant/{text}", include_in_schema=False)
def variant_page(request: Request, text: str) -> Response:
    """The page of one variant, whatever its status; another spelling leads to the normal one."""
    asked = _read(request, text)
    if str(asked) != text:
        again = f"&release={quote(request.query_params['release'])}" if "release" in request.query_params else ""
        return redirect(f"/variant/{quote(str(asked))}?asked={quote(text, safe='')}{again}")
    return page(request, "frequency/variant.html", **variant_context(request, asked))


def variant_context(request: Request, asked: Variant | Place) -> dict[str, Any]:
    """All that the page shows."""
    who = reader(request)
    _ = who.translator.gettext
    answer = asking.answer(request, asked)
    headline = answer.headline
    info = asking.release_of(request)
    keep = asking.keep(request)
    pen = drawings.Pen(_, who.formats, keep)
    sort = request.query_params.get("sort", "")
    descending = request.query_params.get("order") != "up"
    names = asking.group_names(request)
    parts = tables.group_parts(answer, info.people_by, names, sort, descending, _)
    history = asking.history(request, asked)
    neighbours = _neighbours(answer)
    spelled = isinstance(asked, Place) or asked.is_symbolic
    name = str(asked).removeprefix("chr") if spelled else words.short_name(headline)
    kind = _("one base") if isinstance(asked, Place) else words.kind_name(words.kind_of(asked.ref, asked.alt), _)
    return {
        "answer": answer,
        "name": name,
        "canonical": str(asked),
        "keep": keep,
        "made": asking.made(request),
        "threshold": answer.events[0].below if answer.events else asking.threshold(request),
        "least": asking.house(request).settings.suppress_below,
        "status_text": words.status_name(headline, _),
        "tone": words.tone_of(headline.status),
        "kind": kind,
        "genes": _genes(request, asked, _),
        "events": [(one, structural.type_name(one, pen)) for one in answer.events],
        "notes": words.worth_saying((*_asked_notes(request, asked), *_notes(answer))),
        "group_tables": [part for part in parts if len(part.rows) <= LONG],
        "long_tables": [part for part in parts if len(part.rows) > LONG],
        "headline_share": _share(answer, headline.af),
        "unrelated_share": _share(answer, answer.unrelated.af if answer.unrelated else None),
        "sort": sort,
        "descending": descending,
        "sex_linked": headline.contig in ("chrX", "chrY"),
        "grpmax_name": words.group_name(answer.grpmax.by, answer.grpmax.group or "", names, _) if answer.grpmax else "",
        "strip": drawings.place_strip(pen, answer.strip, asked.pos),
        "neighbours": neighbours,
        "nearest": () if neighbours else _nearest(request, answer),
        "around": _around(asked),
        "identifiers": identifiers(asked, _, named := _named(request, asked)),
        "transcripts": effects.rows(named, effect := effects.effect_of(asking.house(request), asked), _),
        "no_effect": effects.why(effect, _),
        "untouched": not isinstance(asked, Place) and not effect.consequences and not effect.reason,
        "history": history,
        "history_drawing": drawings.history_line(pen, [(i.number, c.af) for i, c in history]),
        # What rooms above add to this page, handed over by the application.
        "panels": [make(request, str(asked)) for make in _panels(request, asked)],
        "case_links": asking.case_links(request),
        "bar": drawings.bar,
        "words": words,
        "crumbs": (*_gene_crumbs(request, asked), Crumb(name)),
    }


def _named(request: Request, asked: Variant | Place) -> ResolvedAllele | None:
    """The allele's id and names; None for a base, a symbolic allele, and where the reference is not loaded."""
    if isinstance(asked, Place) or asked.is_symbolic:
        return None
    try:
        return allele_of(asked, asking.names(request))
    except Unplaced:
        return None


def identifiers(asked: Variant | Place, _: words.Say, named: ResolvedAllele | None) -> list[tuple[str, str]]:
    """The same allele in the spellings that other systems take."""
    if isinstance(asked, Place):
        return [(_("Place"), str(asked))]
    accession = GRCH38.contig(asked.contig).accession
    told = [(_("As in VCF"), str(asked))]
    if not asked.is_symbolic:
        told.append(("SPDI", f"{accession}:{asked.pos - 1}:{asked.ref}:{asked.alt}"))
        if named and named.names:
            told += [("HGVS g.", named.names.g), ("VRS", named.vrs_id)]
        elif len(asked.ref) == len(asked.alt) == 1:
            told.append(
                ("HGVS g.", f"{accession}:{'m' if asked.contig == 'chrM' else 'g'}.{asked.pos}{asked.ref}>{asked.alt}")
            )
    return told


def _read(request: Request, text: str) -> Variant | Place:
    asked = read_any(text, asking.names(request))
    if isinstance(asked, Region):
        raise BadInput(
            "this is a region, not a variant.", mend=f"Ask for /region/{asked.contig}-{asked.start + 1}-{asked.end}."
        )
    return asked


def _asked_notes(request: Request, asked: Variant | Place) -> tuple[str, ...]:
    """Notes on the spelling that led here, if it does lead here."""
    text = request.query_params.get("asked", "")
    if not text:
        return ()
    try:
        before = read_any(text, asking.names(request))
    except BadInput:
        return ()
    return before.notes if before == asked else ()


def _notes(answer: Answer) -> tuple[str, ...]:
    """What the page does not say anyhow: that a number is hidden stands in its first sentence."""
    return tuple(note for note in answer.notes if not note.startswith(("fewer than", "genotypes are not shown")))


def _genes(request: Request, asked: Variant | Place, _: words.Say) -> list[tuple[Any, str]]:
    genes = asking.genes(request)
    if genes is None:
        return []
    ref, alt = (None, None) if isinstance(asked, Place) else (asked.ref, asked.alt)
    start, end = places.span_of(asked.pos, ref, alt)
    found = []
    for gene in genes.overlapping(Region(asked.contig, start, end)):
        transcript = gene.main_transcript
        found.append((gene, places.place_in(transcript, start, end, _) if transcript else ""))
    return found


def _gene_crumbs(request: Request, asked: Variant | Place) -> list[Crumb]:
    genes = asking.genes(request)
    found = genes.overlapping(asked.region) if genes is not None else ()
    return [Crumb(gene.symbol, f"/gene/{quote(gene.symbol)}{asking.keep(request)}") for gene in found[:1]]


def _neighbours(answer: Answer) -> list[Any]:
    """Other variants of the same base and close by, each once, in order."""
    known = {words.full_name(count): count for count in (*answer.at_place, *answer.nearby)}
    known.pop(words.full_name(answer.headline), None)
    return sorted(known.values(), key=lambda count: (count.pos, count.ref or "", count.alt or ""))


def _nearest(request: Request, answer: Answer) -> list[Any]:
    """The few nearest variants within NEAREST bases, for a place where nobody varies close by."""
    pos, contig = answer.headline.pos, answer.headline.contig
    region = Region(contig, max(0, pos - 1 - NEAREST), min(GRCH38.contig(contig).length, pos + NEAREST))
    found = asking.region(request, region, 1, asking.MOST_AT_ONCE).variants
    near = sorted(found, key=lambda count: (abs(count.pos - pos), count.pos))[:FEW]
    others = (count for count in near if words.full_name(count) != words.full_name(answer.headline))
    return sorted(others, key=lambda count: (count.pos, count.ref or "", count.alt or ""))


def _panels(request: Request, asked: Variant | Place) -> tuple[Any, ...]:
    return () if isinstance(asked, Place) else getattr(request.app.state, "variant_panels", ())


def _share(answer: Answer, af: float | None) -> float:
    top = max((c.af or 0.0 for cells in answer.groups.values() for c in cells.values()), default=0.0)
    top = max(top, answer.headline.af or 0.0)
    return (af or 0.0) / top if top else 0.0


def _around(asked: Variant | Place) -> str:
    length = GRCH38.contig(asked.contig).length
    return f"/region/{asked.contig}-{max(1, asked.pos - NEAREST)}-{min(length, asked.pos + NEAREST)}"
