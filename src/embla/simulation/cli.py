"""`embla simulate`: a synthetic nation for demonstrations, tests and benchmarks."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("simulate")
def simulate_command(
    out: Annotated[Path, typer.Argument(help="New folder for the nation.")],
    seed: Annotated[int, typer.Option(help="The same seed and options give the same bytes.")] = 1,
    people: Annotated[int, typer.Option(help="Genomes to write.")] = 100,
    reference: Annotated[
        Path | None,
        typer.Option(help="FASTA with real sequence; without it (and where it has no contig) it is made up."),
    ] = None,
    regions: Annotated[
        str | None,
        typer.Option(help="chr21:25000001-26000000,chrX:2700001-2800000; default: where the reference has bases."),
    ] = None,
    format: Annotated[str, typer.Option(help="gvcf or vcf (a file per person), or joint (one file).")] = "gvcf",
    families: Annotated[
        int | None, typer.Option(help="Trios, duos and siblings; default one for every 12 people.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="plain (independent sites) or msprime (with linkage; needs embla[sim]).")
    ] = "plain",
    sites: Annotated[Path | None, typer.Option(help="VCF of variants to plant, with AF in INFO or without.")] = None,
    karyotypes: Annotated[str | None, typer.Option(help="Weights, for example XX:49,XY:49,X0:1,unknown:1.")] = None,
    callability: Annotated[
        str | None, typer.Option(help="What samples.tsv claims for vcf and joint files: assumed (default) or bed.")
    ] = None,
    density: Annotated[int, typer.Option(help="Sites per base, per mille of a human population's.")] = 1000,
    level: Annotated[int, typer.Option(help="Compression, 1 (fast) to 12 (small).")] = 4,
    records: Annotated[
        int | None, typer.Option(help="Dense files of so many records (exactly, for one person), for benchmarks.")
    ] = None,
    truth: Annotated[bool, typer.Option(help="Write the exact counts beside the genomes.")] = True,
    structural: Annotated[
        str | None,
        typer.Option(help="chr21:25580001-25724000: callers' files of structural variants, copy numbers, repeats too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON line.")] = False,
) -> None:
    """Make a synthetic nation: genomes with all the awkwardness of real files, and the exact counts beside them.

    Writes samples.tsv (for `embla store add --samples`), the genomes, truth.tsv and positions.tsv, a pedigree, and a
    reference where sequence had to be made up. No person in it exists.
    """
    from embla.simulation.engine import simulate
    from embla.simulation.people import parse_karyotypes
    from embla.simulation.sequence import parse_regions

    chosen = parse_regions(regions) if regions is not None else None
    kinds = parse_karyotypes(karyotypes) if karyotypes is not None else None
    with _bar() as told:
        nation = simulate(
            out, seed=seed, people=people, reference=reference, regions=chosen, format=format, families=families,
            engine=engine, sites=sites, karyotypes=kinds, callability=callability, density=density, level=level,
            records=records, truth=truth, progress=told,
        )  # fmt: skip
    if nation.planted < nation.asked:
        missing = "the others lie where there is no real sequence, or touch one another"
        typer.echo(f"Planted {nation.planted:,} of {nation.asked:,} sites; {missing}.", err=True)
    beside = None
    if structural is not None:
        from embla.simulation.structural import simulate_structural

        place = parse_regions(structural)[0]
        beside = simulate_structural(
            nation.samples,
            nation.folder / "structural",
            seed=seed,
            contig=place.contig,
            start=place.start,
            end=place.end,
        )
    if as_json:
        facts = {
            "folder": str(nation.folder),
            "samples": str(nation.samples),
            "truth": str(nation.truth) if nation.truth else None,
            "reference": str(nation.reference),
            "people": nation.people,
            "files": len(nation.genomes),
            "records": nation.records,
            "planted": nation.planted,
            "structural_truth": str(beside.truth) if beside is not None else None,
        }
        typer.echo(json.dumps(facts))
        return
    typer.echo(f"{nation.people:,} people with {nation.records:,} records in {nation.folder}.")
    if beside is not None:
        typer.echo(f"Structural calls of {len(beside.files):,} people and their truth: {beside.truth.parent}.")
    typer.echo(f"Count them with: embla store add STORE --samples {nation.samples}")


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar, where somebody looks at a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task("Simulating", total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)
