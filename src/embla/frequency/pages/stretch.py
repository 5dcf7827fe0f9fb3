"""Gene and region pages: the same track, table and twins over a stretch of the genome."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from embla.errors import BadInput, NotFound
from embla.frequency.pages import asking, drawings, effects, places, structural, tables, words
from embla.genome import GRCH38, Place, Region
from embla.platform.web import Crumb, csv_response, json_response, page, reader, redirect
from embla.reference import Gene, parse

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.reference import Transcript

router = APIRouter()

# 250 kb: what other browsers of the kind list on one page. A gene is shown whole, whatever its length.
LONGEST: Final = 250_000
PARTS: Final = ("coding",)
GENE_TEXT = "A gene by symbol, alias or Ensembl id."
REGION_TEXT = "A region such as 21-25585656-25607517 (1-based, both ends included), at most 250,000 bases."


@router.get("/gene/{name}.json", summary="The variants of a gene", tags=["Frequencies"], description=GENE_TEXT)
def gene_json(request: Request, name: str, page: int = 1, release: str | None = None) -> Response:
    """One page of variants in order of position, with callability along the gene, and what each does to transcripts."""
    gene = _gene(request, name)
    told = {"gene": gene.symbol, "id": gene.id} | _with_structural(request, gene.region, page)
    found = effects.of_counts(asking.house(request), asking.region(request, gene.region, page).variants)
    return json_response(told | {"consequences": {name: effect.tell() for name, effect in found.items()}})


@router.get("/gene/{name}.csv", summary="The variants of a gene as CSV", tags=["Frequencies"], description=GENE_TEXT)
def gene_csv(request: Request, name: str, release: str | None = None) -> Response:
    """All variants of the gene."""
    gene = _gene(request, name)
    return _csv(request, gene.region, f"embla-{gene.symbol}")


@router.get("/gene/{name}", include_in_schema=False)
def gene_page(request: Request, name: str) -> Response:
    """Exon track, variants, callability, table."""
    gene = _gene(request, name)
    if gene.symbol != name:
        again = f"&release={quote(request.query_params['release'])}" if "release" in request.query_params else ""
        return redirect(f"/gene/{quote(gene.symbol)}?asked={quote(name, safe='')}{again}")
    transcript = gene.main_transcript
    context = _stretch(request, gene.region, f"/gene/{quote(gene.symbol)}", gene)
    return page(
        request,
        "frequency/gene.html",
        gene=gene,
        transcript=transcript,
        alias=_alias(request, gene),
        crumbs=(Crumb(gene.symbol),),
        **context,
    )


@router.get("/region/{text}.json", summary="The variants of a region", tags=["Frequencies"], description=REGION_TEXT)
def region_json(request: Request, text: str, page: int = 1, release: str | None = None) -> Response:
    """One page of variants in order of position, with callability along the region."""
    return json_response(_with_structural(request, _bounded(_region(request, text)), page))


@router.get(
    "/region/{text}.csv", summary="The variants of a region as CSV", tags=["Frequencies"], description=REGION_TEXT
)
def region_csv(request: Request, text: str, release: str | None = None) -> Response:
    """All variants of the region."""
    region = _bounded(_region(request, text))
    return _csv(request, region, f"embla-{region.contig}-{region.start + 1}-{region.end}")


@router.get("/region/{text}", include_in_schema=False)
def region_page(request: Request, text: str) -> Response:
    """The same for a region; a longer one than is listed gets links to its parts."""
    region = _region(request, text)
    written = _written(region)
    if written != text:
        return redirect(f"/region/{written}{asking.keep(request)}")
    _ = reader(request).translator.gettext
    crumbs = (Crumb(str(region).removeprefix("chr")),)
    if len(region) > LONGEST:
        return page(
            request,
            "frequency/large.html",
            region=region,
            parts_of=_parts(region),
            longest=LONGEST,
            genes=_overlapping(request, region)[:200],
            keep=asking.keep(request),
            crumbs=crumbs,
        )
    at = request.query_params.get("at", "")
    place = Place(region.contig, int(at)) if at.isascii() and at.isdecimal() and len(at) < 10 else None
    context = _stretch(request, region, f"/region/{written}", None)
    return page(
        request, "frequency/region.html", region=region, place=place, wider=_wider(region), crumbs=crumbs, **context
    )


def _with_structural(request: Request, region: Region, page: int) -> dict[str, Any]:
    return asking.region(request, region, page).to_json() | {"structural": asking.structural(request, region).to_json()}


@dataclass(frozen=True)
class Listed:
    """The part of a stretch's variants that the reader wants, one page of it."""

    variants: "Sequence[Count]"
    total: int  # that match
    page: int
    pages: int


def _stretch(request: Request, region: Region, base: str, gene: Gene | None) -> dict[str, Any]:
    who = reader(request)
    _ = who.translator.gettext
    info = asking.release_of(request)
    keep = asking.keep(request)
    wanted = request.query_params.get("page", "1")
    number = max(1, int(wanted)) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 7 else 1
    transcript = gene.main_transcript if gene is not None else None
    kind, part = request.query_params.get("kind", ""), request.query_params.get("part", "")
    sort, descending = request.query_params.get("sort", ""), request.query_params.get("order") != "up"
    answer = asking.region(request, region, 1, asking.MOST_AT_ONCE)
    # Choosing and ordering need all variants at hand; a longer list comes in order of position alone.
    whole = answer.pages == 1
    drawn = [v for v in answer.variants if _matches(v, kind, part, transcript)] if whole else answer.variants
    if whole:
        listed = _paged(tables.ordered(drawn, sort, descending), number)
    else:
        shown = asking.region(request, region, number)
        listed = Listed(shown.variants, shown.total, shown.page, shown.pages)
    genes = [gene] if gene is not None else _overlapping(request, region)[:6]
    pen = drawings.Pen(_, who.formats, keep)
    where, no_effect = _where(request, transcript, listed.variants if gene is not None else (), _)
    lowest = 0.5 / max(1, info.people)
    return {
        "answer": answer,
        "listed": listed,
        "whole": whole,
        "kind": kind if kind in words.KINDS else "",
        "kinds": [(name, words.kind_name(name, _)) for name in words.KINDS],
        "part": part if part in PARTS and transcript is not None else "",
        "sort": sort if sort in tables.ORDERS else "",
        "descending": descending,
        "base": base,
        "keep": keep,
        "made": asking.made(request),
        "threshold": asking.threshold(request),
        "genes_here": genes,
        "track": drawings.gene_track(pen, region.contig, region.start, region.end, genes, drawn, answer.strip, lowest),
        "legend": drawings.legend(pen, (words.kind_of(v.ref, v.alt) for v in drawn)),
        "where": where if gene is not None else None,
        "no_effect": no_effect,
        "sex_linked": region.contig in ("chrX", "chrY"),
        "words": words,
        **structural.context(asking.structural(request, region), pen),
    }


def _where(
    request: Request, transcript: "Transcript | None", variants: "Sequence[Count]", _: words.Say
) -> tuple[list[tuple[str, str]], str]:
    """Of each variant the part of the drawn transcript, and what it does to that; and why of some that is not known."""
    found = effects.of_counts(asking.house(request), variants)
    told = [
        (places.place_of(transcript, one, _), effects.on(transcript, found.get(words.full_name(one)), _))
        for one in variants
    ]
    return told, next((why for effect in found.values() if (why := effects.why(effect, _))), "")


def _matches(variant: "Count", kind: str, part: str, transcript: "Transcript | None") -> bool:
    if kind in words.KINDS and words.kind_of(variant.ref, variant.alt) != kind:
        return False
    return part != "coding" or transcript is None or places.is_coding_or_splice(transcript, variant)


def _paged(variants: "Sequence[Count]", number: int) -> Listed:
    """Raises NotFound for a page past the last."""
    pages = max(1, -(-len(variants) // asking.ON_PAGE))
    if number > pages:
        raise NotFound("The list has fewer pages.", mend=f"The last is page {pages}.")
    shown = variants[(number - 1) * asking.ON_PAGE : number * asking.ON_PAGE]
    return Listed(shown, len(variants), number, pages)


def _gene(request: Request, name: str) -> Gene:
    genes = asking.genes(request)
    found = genes.by_name(name) if genes is not None else None
    if found is None:
        raise NotFound(
            "No gene of this name is in the loaded gene models.",
            mend="Check the spelling, or search by position.",
        )
    return found


def _alias(request: Request, gene: Gene) -> str:
    """The other name that led here, if it is one."""
    text = request.query_params.get("asked", "")
    known = {name.lower() for name in (*gene.aliases, gene.id, gene.hgnc)}
    return text if text.lower() in known else ""


def _overlapping(request: Request, region: Region) -> list[Gene]:
    genes = asking.genes(request)
    return list(genes.overlapping(region)) if genes is not None else []


def _region(request: Request, text: str) -> Region:
    asked = parse(text, asking.reference(request))
    return asked if isinstance(asked, Region) else asked.region


def _bounded(region: Region) -> Region:
    if len(region) > LONGEST:
        raise BadInput(f"{region} is {len(region):,} bases long; {LONGEST:,} are listed.", mend="Ask for parts of it.")
    return region


def _written(region: Region) -> str:
    return f"{region.contig}-{region.start + 1}-{region.end}"


def _parts(region: Region) -> list[Region]:
    """The region in pieces that can be listed; the first forty of a very long one."""
    starts = range(region.start, region.end, LONGEST)
    return [Region(region.contig, start, min(region.end, start + LONGEST)) for start in starts[:40]]


def _wider(region: Region) -> str:
    """Three times as wide, inside the contig."""
    length = GRCH38.contig(region.contig).length
    step = len(region)
    return f"/region/{region.contig}-{max(1, region.start + 1 - step)}-{min(length, region.end + step)}"


def _csv(request: Request, region: Region, name: str) -> Response:
    info = asking.release_of(request)
    header, rows = tables.list_rows(asking.whole(request, region), info.number)
    return csv_response(name, header, rows)
