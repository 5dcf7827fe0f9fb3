"""`embla pgx ...`: star alleles, phenotypes and advice from bare files. Everything heavy is imported in its command."""

import json as json_
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from embla.errors import EmblaError, UsageError
from embla.pgx import nation_cli, passport_cli

if TYPE_CHECKING:
    from embla.pgx.service import SampleCalls

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Star alleles, phenotypes and drug advice from a genome's file.",
)

app.add_typer(passport_cli.app, name="passport")
app.command()(nation_cli.recall)
app.command()(nation_cli.frequencies)

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Files = Annotated[list[Path], typer.Argument(metavar="FILE ...", help="VCF, gVCF or BCF on GRCh38.")]
Karyotype = Annotated[
    str | None, typer.Option(metavar="XX|XY", help="Karyotype of everybody in these files; G6PD needs it.")
]
Genes = Annotated[list[str] | None, typer.Option("--gene", metavar="G", help="Only this gene; may be repeated.")]
Outside = Annotated[
    Path | None,
    typer.Option(metavar="TSV", help="Calls from elsewhere: gene, diplotype, phenotype, score, separated by tabs."),
]
Covered = Annotated[
    Path | None, typer.Option("--callable", metavar="BED", help="Places where no record means the reference.")
]
Definitions = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Another ClinPGx release: its folder or zip [default: the newest].")
]

Fasta = Annotated[
    Path | None, typer.Option("--reference", metavar="FASTA", help="GRCh38 to check the definitions' bases against.")
]


@app.command()
def call(
    files: Files,
    karyotype: Karyotype = None,
    gene: Genes = None,
    outside: Outside = None,
    covered: Covered = None,
    definitions: Definitions = None,
    reference: Fasta = None,
    research: Annotated[
        bool, typer.Option("--research", help="Tell combinations of alleles where no pair fits; never with advice.")
    ] = False,
    json: Json = False,
) -> None:
    """Call genes: diplotypes with their phenotypes, what was assessed, and what could not be excluded.

    A position counts as reference only where the file says so. Exit code 0 when every file could be read, whatever the
    genes say; 1 when one could not, after the others' lines.
    """

    def show(sample: "SampleCalls") -> None:
        from embla.pgx.service import tell_call, tell_combinations

        for one in sample.calls.values():
            told = tell_call(sample.sample, one, sample.release)
            if research:
                told |= tell_combinations(one, sample.release)
            if json:
                typer.echo(json_.dumps(told, ensure_ascii=False))
                continue
            shown = ", ".join(
                f"{name} ({term}{f', {score}' if score else ''})"
                for name, term, score in zip(
                    told["diplotypes"][:3], told["phenotypes"], told["activity_scores"], strict=False
                )
            )
            counts = told["positions"]
            typer.echo(
                f"{sample.sample}\t{one.gene}\t{one.status}\t{shown or '-'}\t{counts['assessed']}/{counts['total']}"
            )
            for reason in one.reasons:
                typer.echo(f"\t\t{reason}")
            if one.unmatched and research:
                found = told["combinations"]
                typer.echo(f"\t\tResearch only: {'too many to try' if found is None else ', '.join(found) or 'none'}")

    _over(files, karyotype, gene, outside, covered, definitions, reference, show)


@app.command()
def report(
    files: Files,
    karyotype: Karyotype = None,
    outside: Outside = None,
    covered: Covered = None,
    definitions: Definitions = None,
    reference: Fasta = None,
    json: Json = False,
) -> None:
    """Print the advice of CPIC and of DPWG for each drug, side by side.

    Genes that were not assessed stand first. "No recommendation" is a source's own word on a known result.
    """

    def show(sample: "SampleCalls") -> None:
        from embla.pgx.service import report as advice_of
        from embla.pgx.service import summarise, tell_advice

        lines = advice_of(sample)
        if json:
            for one in lines:
                typer.echo(json_.dumps(tell_advice(sample.sample, one), ensure_ascii=False))
            return
        silent = summarise(sample.calls.values())
        typer.echo(f"{sample.sample}: not assessed: {', '.join(silent) or 'no gene'} (of {len(sample.calls)}).")
        for one in lines:
            told = tell_advice(sample.sample, one)
            if one.status == "not_assessed":
                text = "not assessed"
            else:
                text = told["recommendation"] or "no recommendation for this result"
            who = f" [{told['population']}]" if told["population"] else ""
            found = "; ".join(f"{gene}: {term}" for gene, term in one.phenotypes.items())
            typer.echo(f"{one.drug}\t{one.guideline.source}{who}\t{found}\t{' '.join(text.split())}")

    _over(files, karyotype, None, outside, covered, definitions, reference, show)


@app.command()
def medicines(
    files: Files,
    code: Annotated[list[str], typer.Option("--code", metavar="CODE", help="ATC or RxNorm code; may be repeated.")],
    karyotype: Karyotype = None,
    outside: Outside = None,
    covered: Covered = None,
    definitions: Definitions = None,
    reference: Fasta = None,
    json: Json = False,
) -> None:
    """Check a list of medicines: only what must be done otherwise, interruptive or passive.

    Inhibitors on the list are told as context. Drugs whose genes were not assessed are named: silence is no all clear.
    """

    def show(sample: "SampleCalls") -> None:
        from embla.pgx.service import check_medicines, tell_checked

        told = tell_checked(sample.sample, check_medicines(sample, code))
        if json:
            typer.echo(json_.dumps(told, ensure_ascii=False))
            return
        for one in told["not_assessed"]:
            typer.echo(f"{sample.sample}\t{one['drug']}\t{one['source']}\tnot assessed\t{' '.join(one['reasons'])}")
        for alert in told["alerts"]:
            for line in alert["advice"]:
                text = " ".join(line["recommendation"].split())
                typer.echo(f"{sample.sample}\t{alert['drug']}\t{line['source']}\t{alert['kind']}\t{text}")
        for text in (*told["context"], *(text for alert in told["alerts"] for text in alert["context"])):
            typer.echo(f"{sample.sample}\t{text}")

    _over(files, karyotype, None, outside, covered, definitions, reference, show)


@app.command()
def concordance(
    calls: Annotated[Path, typer.Option(metavar="DIR", help="Folder with the lines of `embla pgx call --json`.")],
    truth: Annotated[
        Path, typer.Option(metavar="TSV", help="Truth: sample, gene, diplotype; or sample and a column per gene.")
    ],
    out: Annotated[
        list[Path] | None, typer.Option("-o", "--out", metavar="FILE", help="Report as .html or .pdf; may be repeated.")
    ] = None,
    language: Annotated[Literal["da", "en"], typer.Option(help="Language of the report.")] = "en",
    json: Json = False,
) -> None:
    """Compare calls with a truth table: per gene n, exact, contained in the candidates, no call, wrong.

    Notation is brought into one form first. Only pairs that both sides define are counted.
    """
    from embla.pgx.comparing import compare_folder

    rows = compare_folder(calls, truth)
    for place in out or ():
        from embla.pgx.validation import write_report

        write_report(rows, place, language=language)
    for row in rows:
        if json:
            typer.echo(json_.dumps(row, ensure_ascii=False))
        else:
            typer.echo("\t".join(f"{key}={value}" for key, value in row.items() if key != "samples"))


def _over(
    paths: list[Path],
    karyotype: str | None,
    genes: list[str] | None,
    outside: Path | None,
    covered: Path | None,
    definitions: Path | None,
    reference: Path | None,
    show: object,
) -> None:
    """Call file after file; one that cannot be read is told, and the exit code is 1 after the others."""
    from embla.pgx import loading
    from embla.pgx.bed import read_listed
    from embla.pgx.model.rules import OUTSIDE_ONLY
    from embla.pgx.service import call_file, genes_of, read_outside

    if karyotype not in (None, "XX", "XY"):
        raise UsageError(f"karyotype {karyotype[:20]!r} is not known here.", mend="Say --karyotype XX or XY.")
    used = loading.load_release(definitions) if definitions else loading.release()
    if reference is not None:
        loading.check_reference(used, reference)
    wanted = genes_of(used, genes)
    typed = [name for name in OUTSIDE_ONLY if name in genes] if genes else None
    given = read_outside(outside, used) if outside else None
    places = read_listed(covered) if covered else None
    failed = 0
    for path in paths:
        try:
            for sample in call_file(
                path, used, wanted, karyotype=karyotype, outside=given, covered=places, typed=typed
            ):
                show(sample)  # type: ignore[operator]
        except EmblaError as error:
            failed += 1
            print(f"Error: {error}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)
