"""`embla classification clinvar|annotate`: what leaves for ClinVar, and a VCF marked with classes."""

import json as json_
import sys
from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]


def clinvar(
    context: typer.Context,
    lab: Annotated[str, typer.Option("--lab", metavar="ID", help="The laboratory whose classifications go.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder for the submissions' files.")],
    accessions: Annotated[
        Path | None,
        typer.Option(metavar="TSV", help="Our id, a tab, ClinVar's SCV: these are updated, or deleted when withdrawn."),
    ] = None,
    json: Json = False,
) -> None:
    """Write what a laboratory shares with everybody as ClinVar's submission JSON, ready for its API or portal.

    A file holds one axis and at most 10,000 records, and goes through NCBI's schema as it is. What ClinVar would refuse
    is left out and told. Nothing of a patient is in it.
    """
    from embla.classification.submitting import for_clinvar, read_accessions
    from embla.errors import UsageError
    from embla.platform import OPERATOR

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        # A file of an earlier run beside the new ones would be sent again.
        raise UsageError(f"{out} is no empty folder.", mend="Give a new folder for each submission.")
    known = read_accessions(accessions) if accessions else None
    found = for_clinvar(context.obj(create=False), OPERATOR, lab, accessions=known)
    out.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    files = []
    for axis, told in found.submissions:
        counts[axis] = counts.get(axis, 0) + 1
        name = f"{axis}.json" if counts[axis] == 1 else f"{axis}-{counts[axis]}.json"
        (out / name).write_text(json_.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        files.append(name)
    for one in found.left_out:
        print(f"left out: {one.id}: {one.reason}", file=sys.stderr)
    if json:
        left = [{"id": one.id, "reason": one.reason} for one in found.left_out]
        counted = {"records": found.records, "deletions": found.deletions, "files": files, "left_out": left}
        typer.echo(json_.dumps(counted, ensure_ascii=False))
        return
    typer.echo(f"{found.records} records, {found.deletions} deletions in {', '.join(files) or 'no file'}; "
               f"{len(found.left_out)} left out.")  # fmt: skip


def annotate(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="VCF", help="VCF on GRCh38, plain or gzipped.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="VCF", help="To write; bgzip where it ends in .gz.")],
    public: Annotated[bool, typer.Option("--public", help="Only what is shared with everybody.")] = False,
    json: Json = False,
) -> None:
    """Mark a VCF's alleles with what laboratories concluded: INFO EMBLA_CLASS and EMBLA_CLASSES.

    Alleles are looked up in their normal form. For how common they are, `embla annotate`.
    """
    from embla.classification.marking import mark_file
    from embla.platform import OPERATOR

    def shown(records: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{records:,} records", end="", file=sys.stderr)

    made = mark_file(context.obj(create=False), OPERATOR, file, out, public=public, progress=shown)
    told = {"file": str(out), **vars(made)}
    against = f", {made.unreadable:,} alleles that the reference contradicts" if made.unreadable else ""
    line = f"{out}: {made.records:,} records, {made.classified:,} with a classified allele{against}"
    typer.echo(json_.dumps(told) if json else line)
