"""`embla variant ...`: names of variants from bare files. Everything heavy is imported in its command."""

import json as json_
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from embla.errors import UsageError

if TYPE_CHECKING:
    from embla.reference.resolved import ResolvedAllele

_AT_ONCE = 1_000  # alleles whose consequences are asked for in one go
_PATIENCE = 120.0  # seconds for those: nobody waits for a page here
_FAILURES = 8  # questions without an answer among those, until the others are not asked

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Any spelling of a variant, and the one allele it names.",
)


@app.callback()
def _variant() -> None:
    """Any spelling of a variant, and the one allele it names."""


@app.command()
def resolve(
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="TEXT ...", help="HGVS g., c., n., p. or m., VCF, SPDI or rs number.")
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read one text a line from standard input.")] = False,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="FASTA",
            help="GRCh38, plain or bgzipped [default: the built-in slice, with its transcripts].",
        ),
    ] = None,
    transcripts: Annotated[
        Path | None, typer.Option(metavar="CDOT.json", help="Transcripts as cdot JSON, plain or gzipped.")
    ] = None,
    equivalences: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="Lines with a g. name of GRCh37 and one of GRCh38.")
    ] = None,
    chain: Annotated[Path | None, typer.Option(metavar="CHAIN", help="Chain file from GRCh37 to GRCh38.")] = None,
    rs_numbers: Annotated[
        Path | None, typer.Option("--rsids", metavar="TABLE", help="VCF, or rs number and variant, of rs numbers.")
    ] = None,
    genes: Annotated[
        Path | None,
        typer.Option("--gff", metavar="GFF3", help="Also tell consequences, by bcftools csq on it."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")] = False,
) -> None:
    """Bring each TEXT to one allele, with its VRS id and all its names, or say why not.

    One line per TEXT, in order. Nothing is guessed: a transcript's version is never swapped for another, and a text
    that fits several alleles is ambiguous, with the candidates. Exit code 0 when all lines were printed.
    """
    from embla.reference.beside import Beside
    from embla.reference.clean import printable
    from embla.reference.demo import demo_reference_paths
    from embla.reference.effects import WORKER, Effect, Effects
    from embla.reference.genes import Genes
    from embla.reference.resolving import resolve as resolve_text
    from embla.reference.resources import Resources

    if bool(texts) == stdin:
        raise UsageError("give texts or --stdin.", mend="embla variant resolve chr21-43774279-GGA-G")
    built_in = demo_reference_paths()
    resources = Resources.open(
        reference or built_in.fasta,
        transcripts or (None if reference else built_in.transcripts),
        equivalences=equivalences,
        chain=chain,
        rs_numbers=rs_numbers,
    )
    effects = None
    if genes is not None:
        beside = Beside(WORKER, seconds=_PATIENCE, rest=0.0)
        effects = Effects(resources.reference, Genes.open(genes), beside, patience=_FAILURES)
    for some in _pieces(texts or _lines(), 1 if genes is None else _AT_ONCE):
        found = [resolve_text(text, resources) for text in some]
        done = effects.of(one.variant for one in found if one.variant) if effects else {}
        for one in found:
            does = done.get(one.variant, Effect()) if one.variant else Effect()
            if json:
                typer.echo(json_.dumps(one.tell() | (does.tell() if effects else {}), ensure_ascii=False))
            else:
                told = [f"{each.transcript or each.gene}:{each.kind}" for each in does.consequences]
                typer.echo(printable("\t".join([_told(one), *told])))
    sys.stdout.flush()


def _pieces(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Lists of at most `size` texts, in order."""
    left = iter(texts)
    while some := list(islice(left, size)):
        yield some


def _lines() -> Iterator[str]:
    """Lines of standard input as they come; bytes that are no UTF-8 are shown as such."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _told(found: "ResolvedAllele") -> str:
    """One line for a person: text, status, then the allele with its names, or the reason."""
    if found.names is None:
        candidates = f" Candidates: {', '.join(map(str, found.candidates))}." if found.candidates else ""
        return f"{found.submitted}\t{found.status}\t{found.reason}: {found.detail}{candidates}"
    names = [
        f"{transcript}:{one.c or one.n}" + (f" {one.p}" if one.p else "")
        for transcript, one in found.names.transcripts.items()
        if one.c or one.n
    ]
    return "\t".join((found.submitted, found.status, str(found.variant), found.vrs_id, found.names.g, "; ".join(names)))
