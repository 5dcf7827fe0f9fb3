"""`embla store ...`: a bare cohort store from the command line. Everything heavy is imported inside its command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from embla.errors import Refused, UsageError

if TYPE_CHECKING:
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import Mask, View

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None,
    help="Keep genomes in a bare cohort store, and count them exactly.",
)  # fmt: skip

Store = Annotated[Path, typer.Argument(metavar="STORE", help="Folder of the store.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Cohort = Annotated[
    str | None,
    typer.Option(metavar="EXPR", help='Who counts, e.g. karyotype == "XX" and region != "1084" and not related.'),
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="SAMPLE,...", help="Leave these samples out. May be given more than once.")
]


@app.command()
def create(
    store: Store,
    assembly: Annotated[str, typer.Option(help="Genome build of everything in the store.")] = "GRCh38",
    reference: Annotated[
        Path | None, typer.Option(metavar="FASTA", help="Sequence to check REF and to left-align against; may hold only some contigs.")
    ] = None,
    managed: Annotated[
        bool, typer.Option(help="The store belongs to a database, which holds the pointer and decides who may ask.")
    ] = False,
    json: Json = False,
) -> None:
    """Make an empty store in a new folder."""
    from embla.genotypes.store import CohortStore
    from embla.genotypes.telling import say, tell

    made = CohortStore.create(store, assembly, reference, managed=managed)
    if reference is None:
        say("No reference given: REF is not checked and indels are not left-aligned.")
    answer = {"store": str(store), "assembly": assembly, "reference": made.about.reference or None,
              "managed": managed, "policy": made.policy.digest(), "manifest": made.current().short}  # fmt: skip
    tell(answer, f"made an empty {assembly} store at {store}", json)


@app.command()
def add(
    store: Store,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="VCF, gVCF or BCF files; every sample in them is added.", show_default=False),
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Option(metavar="TSV", help="Table with columns sample, path, karyotype, callability (gvcf, bed:PATH, assumed) and attributes."),
    ] = None,
    json: Json = False,
) -> None:
    """Add genomes: all of them or, if one is refused, none.

    Files given by name have an unknown karyotype (so they do not count on X outside PAR and on Y); they are gvcf if
    they have reference blocks, else assumed (raw counts only). A samples table says both. The same content again
    changes nothing; other content under a name that is taken is refused.
    """
    from embla.genotypes.adding import add_files
    from embla.genotypes.telling import say, tell

    if bool(files) == bool(samples):
        raise UsageError("Give files to add, or --samples with a table, and not both.")
    opened = _open(store, writing="embla submission send")
    acknowledgement, sentences = add_files(opened, files or [], samples)
    for sentence in sentences:
        say(sentence)
    added, unchanged = len(acknowledgement["added"]), len(acknowledgement["unchanged"])
    tell(acknowledgement, f"added {added}, unchanged {unchanged}, manifest {acknowledgement['manifest']}", json)


@app.command()
def remove(
    store: Store,
    samples: Annotated[list[str], typer.Argument(metavar="SAMPLE...", help="Names of samples.", show_default=False)],
    json: Json = False,
) -> None:
    """Take samples out of every count at once. `compact` then erases them from the disk."""
    from embla.genotypes.telling import tell

    opened = _open(store, writing="embla registry")
    staged = opened.remove(samples)
    answer = {"removed": list(staged.removed), "manifest": staged.manifest.short}
    tell(answer, f"removed {len(staged.removed)}, manifest {staged.manifest.short}; run `embla store compact` to erase", json)


@app.command()
def count(
    store: Store,
    queries: Annotated[
        list[str],
        typer.Argument(metavar="QUERY...", help="chr1-1000-A-G, chr1-1000-A-<DEL>, chr1:1000-2000 or chr1:1000; other spellings too.", show_default=False),
    ],
    cohort: Cohort = None,
    exclude: Exclude = None,
    by: Annotated[str | None, typer.Option(metavar="ATTRIBUTE", help="Also by the values of this attribute, with grpmax.")] = None,
    grpmax_without: Annotated[
        str, typer.Option(metavar="GROUP,...", help="Groups that do not take part in grpmax.")
    ] = "",
    json: Json = False,
) -> None:
    """Count variants, places and regions, exactly.

    A variant gives one line whatever its status: observed, absent, not_callable or not_loaded. A region gives the
    variants that somebody in the cohort carries; a place those at that base, or one line without alleles.
    """
    from embla.genotypes.asking import ask
    from embla.genotypes.telling import table, tell_json

    opened = _open(store, reading="embla frequency")
    view = opened.view()
    mask = _cohort(view, cohort, exclude)
    without = frozenset(word for word in grpmax_without.split(",") if word)
    answers = [answer for query in queries for answer in ask(view, query, mask, by, without)]
    if json:
        for answer in answers:
            tell_json(answer.to_json())
    else:
        table(answers)


@app.command()
def carriers(
    store: Store,
    variant: Annotated[str, typer.Argument(metavar="VARIANT", help="chr1-1000-A-G; other spellings too.", show_default=False)],
    cohort: Cohort = None,
    exclude: Exclude = None,
    json: Json = False,
) -> None:
    """Name the samples that carry a variant."""
    from embla.genome import Variant
    from embla.genotypes.telling import columns, tell_json
    from embla.reference import parse

    opened = _open(store, reading="embla frequency")
    asked = parse(variant, opened.reference)
    if not isinstance(asked, Variant):
        raise UsageError("carriers needs one variant.", mend="Write it as chr1-1000-A-G.")
    view = opened.view()
    people = view.carriers(asked, _cohort(view, cohort, exclude))
    if json:
        for person in people:
            tell_json(person.to_json())
        return
    columns(
        ["sample", "genotype", "adj", "failed"],
        [[p.sample, p.genotype, "yes" if p.adj else "no", "yes" if p.failed else "no"] for p in people],
    )


def _open(path: Path, *, reading: str = "", writing: str = "") -> "CohortStore":
    """Open a store; a managed one is refused where its owner has to decide first."""
    from embla.genotypes.store import CohortStore
    from embla.genotypes.telling import say

    opened = CohortStore.open(path)
    if opened.about.managed and (reading or writing):
        doing = "answers through" if reading else "changes through"
        raise Refused(
            f"this store is managed: it {doing} its service only, which decides who may and keeps the log.",
            mend=f"Use `{reading or writing} ...`.", rule="managed",
        )  # fmt: skip
    if opened.about.reference and opened.reference is None:
        say(opened.reference_problem)
    return opened


def _cohort(view: "View", expression: str | None, exclude: list[str] | None) -> "Mask":
    names = [name.strip() for words in exclude or [] for name in words.split(",")]
    return view.cohort(expression, exclude=[name for name in names if name])


def _counts(**numbers: Any) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in numbers.items())
