"""What the commands of `embla store` share: their options, and opening what these name."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from embla.errors import Refused

if TYPE_CHECKING:
    from embla.genotypes.cluster.crew import Crew
    from embla.genotypes.store import CohortStore
    from embla.genotypes.view import Mask, View

Store = Annotated[
    str, typer.Argument(metavar="STORE", help="Folder of the store, or s3://bucket/prefix.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON Lines.")]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="WORKERS", help="Spread the work: local:4, slurm:16, tcp://HOST:PORT or tls://HOST:PORT. Same result."
    ),
]
Cohort = Annotated[
    str | None,
    typer.Option(metavar="EXPR", help='Who counts, e.g. karyotype == "XX" and region != "1084" and not related.'),
]
Exclude = Annotated[
    list[str] | None, typer.Option(metavar="SAMPLE,...", help="Leave these samples out. May be given more than once.")
]

Removing = Annotated[
    str | None,
    typer.Option(
        "--yes",
        metavar="SAMPLE|NUMBER",
        help="Do not ask: this is the sample, or how many they are, and it cannot be undone.",
    ),
]

PolicyChanges = Annotated[
    list[str] | None,
    typer.Option(
        "--policy",
        metavar="NAME=VALUE",
        help="Count by another choice than the usual: min_gq=30, mnp_components=false. May be given more than once.",
    ),
]


def crew_of(
    cluster: str | None, tell: Callable[[str, int, int], None] | None = None, *, small: bool = False
) -> "AbstractContextManager[Crew | None]":
    """The workers of `--cluster`; none without it, nor for work so `small` that one process is done before they have
    begun: what comes out is the same."""
    if cluster is None:
        return nullcontext()
    from embla.genotypes.cluster.crew import open_crew, parse_spec
    from embla.genotypes.telling import say

    if small:
        parse_spec(cluster)
        say("There is so little to do that one process is done before workers have begun: it is done here.")
        return nullcontext()
    return open_crew(cluster, tell)


def open_store(path: str, *, reading: str = "", writing: str = "") -> "CohortStore":
    """Open a store; a managed one is refused where its owner has to decide first."""
    from embla.genotypes.store import CohortStore
    from embla.genotypes.telling import say

    opened = CohortStore.open(path)
    if opened.about.managed and (reading or writing):
        doing = "answers through" if reading else "changes through"
        raise Refused(
            f"this store is managed: it {doing} its service only, which decides who may and keeps the log.",
            mend=f"Use `{reading or writing} ...`.",
            rule="managed",
        )
    if opened.about.reference and opened.reference is None:
        say(opened.reference_problem)
    return opened


def cohort_of(view: "View", expression: str | None, exclude: list[str] | None) -> "Mask":
    names = [name.strip() for words in exclude or [] for name in words.split(",")]
    return view.cohort(expression, exclude=[name for name in names if name])
