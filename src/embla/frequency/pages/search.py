"""The front page and its one box: what people paste leads to a page, or to a sentence on what was understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from embla.errors import BadInput
from embla.frequency.pages import asking
from embla.frequency.pages.batch import batch_page
from embla.frequency.pages.examples import examples
from embla.frequency.pages.words import choice_name
from embla.genome import Place, Region, Variant
from embla.platform.web import open_form, page, reader, redirect
from embla.reference import Asked, Gene, read_any

router = APIRouter(include_in_schema=False)

AROUND = 20
# Why a text names nothing that could be looked for; for any other it was read, and the page says what is wrong.
NOT_READ = ("unknown", "syntax", "bases", "length", "lines", "empty", "unreadable", "unsupported")
# What may be a gene, misspelled.
MAYBE_GENE = ("unknown", "unreadable", "gene_not_loaded")
MOST_OPTIONS = 8
_GENE_LIKE = re.compile(r"[A-Za-z][A-Za-z0-9]{1,11}(-[A-Za-z0-9]{1,5})?")


@dataclass(frozen=True)
class Option:
    """One line of the list under the box."""

    href: str
    name: str
    what: str


@router.get("/")
def home(request: Request) -> Response:
    """Search box, five examples, and how much there is."""
    return page(
        request,
        "frequency/home.html",
        examples=examples(request),
        laboratories=asking.laboratory_count(request),
    )


@router.get("/search")
def search(request: Request) -> Response:
    """The box's answer by address, for links and the browser's own search field."""
    return _search(request, request.query_params.get("q", ""))


@router.post("/search")
def search_form(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """The box's answer. A POST keeps what was typed out of addresses, histories and logs."""
    return _search(request, str(form.get("q", "")))


@router.post("/search/suggest")
def suggest(request: Request, form: Annotated[FormData, Depends(open_form)]) -> Response:
    """What the text so far may mean, as options of a list box; nothing below two characters."""
    request.state.get_path = "/"
    text = str(form.get("q", "")).strip()
    options = _options(request, text[:200]) if len(text) >= 2 else []
    return page(request, "frequency/options.html", options=options, text=text)


@router.get("/opensearch.xml")
def opensearch(request: Request) -> Response:
    """Lets a browser add Embla to its search engines (OpenSearch 1.1)."""
    base = str(request.base_url).rstrip("/")
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>Embla</ShortName>'
        "<Description>Variants, regions and genes</Description><InputEncoding>UTF-8</InputEncoding>"
        f'<Url type="text/html" template="{base}/search?q={{searchTerms}}"/></OpenSearchDescription>\n'
    )
    return HTMLResponse(text, media_type="application/opensearchdescription+xml; charset=utf-8")


def address_of(asked: Asked, text: str = "") -> str:
    """The page of what was asked. `text` as written goes along where it is not the normal form, so that the page can
    say what was changed."""
    if isinstance(asked, Region):
        return f"/region/{asked.contig}-{asked.start + 1}-{asked.end}"
    if isinstance(asked, Place):
        # gnomAD's order: first the window, then the single base.
        return (
            f"/region/{asked.contig}-{max(1, asked.pos - AROUND)}-{asked.pos + AROUND}?{urlencode({'at': asked.pos})}"
        )
    query = f"?{urlencode({'asked': text})}" if text and text != str(asked) else ""
    return f"/variant/{quote(str(asked))}{query}"


def gene_address(gene: Gene, text: str = "") -> str:
    """The page of a gene; `text` goes along where it is another name of it."""
    query = f"?{urlencode({'asked': text})}" if text and text.lower() != gene.symbol.lower() else ""
    return f"/gene/{quote(gene.symbol)}{query}"


def _search(request: Request, text: str) -> Response:
    request.state.get_path = "/search"
    text = text.strip()
    if not text:
        return redirect("/")
    if len([line for line in text.splitlines() if line.strip()]) > 1:
        return batch_page(request, text)
    genes = asking.genes(request)
    found = genes.find(text) if genes is not None else ()
    if len(found) == 1:
        return redirect(gene_address(found[0], text))
    if found:
        return _not_one(request, text, None, [_gene_option(gene) for gene in found])
    try:
        return redirect(address_of(read_any(text, asking.names(request)), text))
    except BadInput as error:
        choices = cast("Sequence[object]", error.facts.get("choices") or ())
        options = [
            Option(address_of(choice), choice_name(choice), "")
            for choice in choices
            if isinstance(choice, Variant | Region | Place)
        ]
        # A personal number is not shown again, searched on or suggested from.
        if error.facts.get("reason") == "personal number":
            text = ""
        elif not options and error.facts.get("reason") in MAYBE_GENE:
            options = _nearest(request, text)
        return _not_one(request, text, error, options)


def _not_one(request: Request, text: str, error: BadInput | None, options: list[Option]) -> Response:
    reason = str(error.facts.get("reason", "")) if error else "several"
    return page(
        request,
        "frequency/search.html",
        text=text,
        error=error,
        options=options,
        examples=examples(request),
        reason=reason,
        read=reason not in NOT_READ,
        like_a_gene=reason in MAYBE_GENE and _GENE_LIKE.fullmatch(text) is not None,
    )


def _nearest(request: Request, text: str) -> list[Option]:
    """Genes whose name begins like the text, ever less of it."""
    genes = asking.genes(request)
    for length in range(min(len(text), 12), 1, -1):
        found = genes.search(text[:length], 5) if genes is not None else ()
        if found:
            return [_gene_option(gene) for gene in found]
    return []


def _options(request: Request, text: str) -> list[Option]:
    _ = reader(request).translator.gettext
    options = []
    try:
        asked = read_any(text, asking.names(request))
        what = {Variant: _("variant"), Region: _("region"), Place: _("place")}[type(asked)]
        options.append(Option(address_of(asked, text), str(asked), what))
    except BadInput as error:
        if error.facts.get("reason") == "personal number":
            return []
    genes = asking.genes(request)
    found = genes.search(text, MOST_OPTIONS) if genes is not None else ()
    return [*options, *(_gene_option(gene, text) for gene in found)][:MOST_OPTIONS]


def _gene_option(gene: Gene, text: str = "") -> Option:
    alias = next((name for name in gene.aliases if text and name.lower().startswith(text.lower())), "")
    named = alias if alias and not gene.symbol.lower().startswith(text.lower()) else ""
    name = f"{gene.symbol} ({named})" if named else gene.symbol
    return Option(gene_address(gene, named), name, f"{gene.description or gene.id} · {gene.region}")
