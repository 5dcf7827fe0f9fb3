"""`embla pgx recall|frequencies`: the whole nation, at the operator's machine."""

import json as json_
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Genes = Annotated[list[str] | None, typer.Option("--gene", metavar="G", help="Only this gene; may be repeated.")]
Definitions = Annotated[
    Path | None,
    typer.Option(
        metavar="PATH",
        help="Another ClinPGx release, folder or zip, used from now on [default: the one in use].",
    ),
]


def recall(
    context: typer.Context, gene: Genes = None, definitions: Definitions = None, json: Json = False
) -> None:  # fmt: skip
    """Call every stored genome whose genes' definitions, functions or guidance changed, and those not called yet.

    Prints a line for each genome whose phenotype or advice is another than before, and counts at the end. Each passport
    that stands on such a genome should be issued anew; the old one stays readable with its release.
    """
    from embla.pgx.nation import adopt_and_recall
    from embla.pgx.nation import recall as recall_all
    from embla.platform import OPERATOR

    house = context.obj(create=False)
    if definitions is None:
        made = recall_all(house, OPERATOR, genes=gene)
    else:
        made = adopt_and_recall(house, OPERATOR, definitions, genes=gene)
    for one in made.changes:
        if json:
            typer.echo(json_.dumps(one.to_json(), ensure_ascii=False))
            continue
        told = [f"{g['gene']}: {g['before']['phenotype']} -> {g['after']['phenotype']}" for g in one.genes]
        drugs = sorted({line["drug"] for line in one.advice})
        typer.echo(f"{one.genome}\t{'; '.join(told) or '-'}\t{', '.join(drugs) or '-'}")
    if json:
        typer.echo(json_.dumps(made.to_json(), ensure_ascii=False))
    else:
        typer.echo(f"{made.genomes} genomes called, {len(made.changes)} changed ({made.id}).")


def frequencies(context: typer.Context, json: Json = False) -> None:
    """Show how common phenotypes and changed drugs are in the newest release, in the nation and by region.

    Of unrelated people with a certain result; small numbers are hidden. Worked out once for a release, and kept.
    """
    from embla.pgx.counting import frequencies as frequencies_of

    told = frequencies_of(context.obj(create=False))
    for kind in ("phenotypes", "drugs"):
        for name, one in told[kind].items():
            if json:
                typer.echo(json_.dumps({"release": told["release"], "kind": kind[:-1], "name": name} | (one or {})))
            elif one and one["parts"]:
                hidden = f"fewer than {told['threshold']}, or hidden with them"
                parts = ", ".join(f"{part} {hidden if n is None else n}" for part, n in one["parts"].items())
                typer.echo(f"{name}\t{one['people']}\t{parts}")
