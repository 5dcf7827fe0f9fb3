"""Five things to click on the front page, each true of the newest release."""

import math
import threading
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.requests import Request

from embla.frequency.pages.asking import house, reference, releases
from embla.frequency.pages.places import is_coding_or_splice
from embla.frequency.pages.words import kind_of
from embla.frequency.service import open_region
from embla.genome import GRCH38
from embla.reference import parse

if TYPE_CHECKING:
    from embla.genotypes import Count
    from embla.platform import House
    from embla.reference import Gene

# Half the width, in bases, of the region that is shown as an example.
AROUND: Final = 5_000
# What the API page asks for where no release is loaded: a real place of the built-in slice of chromosome 21.
EXAMPLE: Final = "chr21-25585733-C-T"

Examples = list[tuple[str, str]]
_found: dict[tuple[str, str], Examples] = {}
_lock = threading.Lock()


def examples(request: Request) -> Examples:
    """Five things to click, each (what to show, where it leads), true of the newest release."""
    known = releases(request)
    key = (str(house(request).home), known[0].digest if known else "")
    with _lock:
        if key not in _found:
            _found.clear()
            _found[key] = _find_examples(house(request), known[0].number if known else None)
        return _found[key]


def example(request: Request) -> str:
    """A variant that the newest release knows, for the API page."""
    found = next((address for _, address in examples(request) if address.startswith("/search")), "")
    asked = parse(parse_qs(urlsplit(found).query)["q"][0], reference(request)) if found else EXAMPLE
    return str(asked)


def _find_examples(home: "House", number: str | None) -> Examples:
    """A gene, its region, a single base in two spellings, and one that nobody carries."""
    gene = common = None
    # Genes with many transcripts are those that people know.
    coding = sorted((g for g in home.genes or () if g.biotype == "protein_coding"), key=lambda g: -len(g.transcripts))
    for candidate in islice(coding, 40):
        gene = gene or candidate
        if number is None:
            break
        found = open_region(home, candidate.region, number, page_size=1000)
        known = [v for v in found.variants if v.af and kind_of(v.ref, v.alt) == "snv"]
        if known:
            gene, common = candidate, max(known, key=partial(_worth_a_look, candidate))
            break
    if gene is None:
        return []
    examples = [(gene.symbol, f"/gene/{quote(gene.symbol)}")]
    if common is not None:
        contig = GRCH38.contig(common.contig)
        short = contig.name.removeprefix("chr")
        hgvs = f"{contig.accession}:g.{common.pos}{common.ref}>{common.alt}"
        examples.append(
            (
                f"{short}:{common.pos:,} {common.ref}>{common.alt}",
                _to(f"{short}:{common.pos}:{common.ref}:{common.alt}"),
            )
        )
        examples.append((hgvs, _to(hgvs)))
        other = next(base for base in "ACGT" if base not in (common.ref, common.alt))
        examples.append(
            (f"{short}-{common.pos}-{common.ref}-{other}", _to(f"{contig.name}-{common.pos}-{common.ref}-{other}"))
        )
    middle = common.pos if common is not None else (gene.start + gene.end) // 2
    start, end = max(gene.start + 1, middle - AROUND), min(gene.end, middle + AROUND)
    text = f"{gene.contig.removeprefix('chr')}:{start:,}-{end:,}"
    return [*examples, (text, f"/region/{gene.contig}-{start}-{end}")]


def _worth_a_look(gene: "Gene", count: "Count") -> tuple[bool, bool, float]:
    """Coding, with genotypes shown, and about one allele in ten."""
    transcript = gene.main_transcript
    coding = transcript is not None and is_coding_or_splice(transcript, count)
    return coding, count.nhet is not None, -abs(math.log10((count.af or 1e-9) / 0.1))


def _to(text: str) -> str:
    return f"/search?{urlencode({'q': text})}"
