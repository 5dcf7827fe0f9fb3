"""A request becomes a ticket: decided, the thing's form and contigs looked up, one address for each part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Literal

from embla.errors import BadInput
from embla.federation.delivery.deciding import decide, fingerprint
from embla.federation.delivery.giving import Kept, crai_of, cram_ranges, end_of, opened, told
from embla.federation.delivery.minting import Mint
from embla.federation.delivery.model.part import Part, Thing, read_thing
from embla.federation.htsget.model.request import READS, VARIANTS, Asked, NotAnswered
from embla.federation.htsget.model.ticket import groups, inline, pieces, ticket, url
from embla.federation.slicing.cram import read_cram_header
from embla.federation.slicing.records import read_header
from embla.federation.slicing.regions import UNPLACED, Stretch, merged
from embla.federation.slicing.source import Source, Stream
from embla.genome import GRCH38

if TYPE_CHECKING:
    from embla.platform import Actor, House

Datatype = Literal["reads", "variants"]
FORMATS: Final = {"reads": READS, "variants": VARIANTS}
_BEGINNINGS: Final = {b"BAM\x01": "BAM", b"BCF\x02": "BCF", b"##fi": "VCF"}


def answer(
    house: "House", actor: "Actor", token: str, base: str, datatype: Datatype, name: str, asked: Asked, key: bytes
) -> dict[str, Any]:
    """The ticket. `key`: public key of the environment that a sealed answer is for, b"" for a plain one."""
    thing = read_thing(name)
    if thing is None or (thing.kind == "calls" and datatype == "reads"):
        raise NotAnswered("NotFound", "There is nothing of that id here.")
    if asked.sealed and not key:
        raise NotAnswered("InvalidInput", "encryptionScheme needs the recipient's key in Htsget-Context-Public-Key.")
    granted = decide(house, actor, thing, fingerprint(key) if asked.sealed else "")
    mint = Mint(house, base, token, granted)
    if thing.kind == "calls":
        own, names = "VCF", tuple(contig.name for contig in GRCH38.contigs)
        form = asked.format if asked.format == "BCF" else _form(own, asked.format)
        return _made(mint, thing, form, _found(asked, names, any_name=True), asked)
    kept = told(house, thing.id, granted.decision, granted.genomes)
    source = opened(house, thing.id, granted.decision)
    own = _form_of(source)
    if own not in FORMATS[datatype]:
        raise NotAnswered("NotFound", f"There are no {datatype} of that id here.")
    form = _form(own, asked.format)
    try:
        return _of_file(mint, actor, thing, kept, source, form, asked)
    except BadInput as error:
        raise NotAnswered("UnsupportedFormat", f"This file {error.message}") from error


def _form_of(source: Source) -> str:
    """By how the file begins, whatever its laboratory calls it; "" for none that is served here."""
    if source.read(0, 4) == b"CRAM":
        return "CRAM"
    try:
        return _BEGINNINGS.get(bytes(Stream(source).peek(4)), "")
    except BadInput:
        return ""


def _form(own: str, asked: str) -> str:
    if asked in ("", own) or (own == "VCF" and asked == "VCFTEXT"):
        return asked or own
    raise NotAnswered("UnsupportedFormat", f"This is given as {own}.")


def _of_file(
    mint: Mint, actor: "Actor", thing: Thing, kept: Kept, source: Source, form: str, asked: Asked
) -> dict[str, Any]:
    if form == "CRAM":
        header = read_cram_header(source)
        regions = _found(asked, header.contigs)
        if not asked.sealed and (asked.only_header or regions is not None):
            crai = crai_of(mint.house, actor, thing.id, mint.granted) if regions else None
            parts = cram_ranges(source, regions, crai) if regions else []
            return _of_cram(mint, thing, header.past, parts, only_header=asked.only_header)
    else:
        stream = Stream(source)
        regions = _found(asked, read_header(stream).contigs)
        as_it_lies = stream.bgzf if form != "VCFTEXT" else not stream.gzip
        if regions is not None or asked.only_header or not as_it_lies:
            return _made(mint, thing, form, regions, asked)
    if asked.sealed:
        part = Part("raw", form, 0, kept.size) if regions is None else Part("whole", form, regions=regions)
        return ticket(form, [url(mint.address(thing, part))])
    return ticket(form, [url(mint.address(thing, Part("raw", form, *one))) for one in pieces(0, kept.size)])


def _of_cram(
    mint: Mint, thing: Thing, past: int, parts: Sequence[tuple[int, int]], *, only_header: bool
) -> dict[str, Any]:
    """Containers as they lie: the header's bytes, those of the regions, and the end."""
    end = "header" if only_header else "body"
    urls = [url(mint.address(thing, Part("raw", "CRAM", 0, past)), "header")]
    for found in parts:
        urls += [url(mint.address(thing, Part("raw", "CRAM", *one)), "body") for one in pieces(*found)]
    return ticket("CRAM", [*urls, inline(end_of("CRAM"), end)])


def _made(mint: Mint, thing: Thing, form: str, regions: tuple[Stretch, ...] | None, asked: Asked) -> dict[str, Any]:
    """Parts that are made for the question."""
    if asked.sealed:
        # One Crypt4GH file: it has one header, so it cannot come in parts.
        kind: Literal["header", "whole"] = "header" if asked.only_header else "whole"
        return ticket(form, [url(mint.address(thing, Part(kind, form, regions=regions)))])
    urls = [url(mint.address(thing, Part("header", form)), "header")]
    if asked.only_header:
        return ticket(form, urls + _end(form, "header"))
    if regions is None:
        urls.append(url(mint.address(thing, Part("body", form)), "body"))
    for group, after in groups(regions or ()):
        urls.append(url(mint.address(thing, Part("body", form, regions=group, after=after)), "body"))
    return ticket(form, urls + _end(form, "body"))


def _end(form: str, cls: str) -> list[dict[str, Any]]:
    return [inline(end_of(form), cls)] if end_of(form) else []


def _found(asked: Asked, contigs: Sequence[str], *, any_name: bool = False) -> tuple[Stretch, ...] | None:
    """The regions by the file's own names, merged, in its order. NotFound for a sequence that it does not have.

    any_name: the store's contigs are found by every name that people write.
    """
    if asked.regions is None:
        return None
    found = []
    for region in asked.regions:
        name = region.contig
        if any_name and name != UNPLACED:
            known = GRCH38.find(name)
            name = known.name if known is not None else ""
        if name == UNPLACED and not any_name:
            found.append(region)
        elif name not in contigs or not name:
            raise NotAnswered("NotFound", "There is no reference sequence of that name.")
        elif region.start < region.end:
            length = GRCH38.contig(name).length if any_name else region.end
            if region.start < length:
                found.append(Stretch(name, region.start, min(region.end, length)))
    return tuple(merged(found, contigs))
