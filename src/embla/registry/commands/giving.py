"""`embla registry read-calls`: a genome out of a managed home, for the account that treats; decided and logged."""

from pathlib import Path
from typing import Annotated

import typer


def read_calls(
    context: typer.Context,
    genome: Annotated[str, typer.Argument(metavar="GENOME", help="Accession, EMBG and 11 digits.")],
    case: Annotated[str, typer.Option(metavar="CASE", help="Case in which the patient is treated.")],
    account: Annotated[str, typer.Option("--for", metavar="ACCOUNT", help="Account of the clinician who treats.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="VCF to write; bgzipped for .gz; - for standard output.")],
    region: Annotated[str, typer.Option(help="Only what touches this, as chr21:1-2000.")] = "",
) -> None:
    """Write a genome's calls as VCF, on behalf of the clinician who treats the patient.

    Decided as if the clinician asked, so the account must treat in an open case. That the operator did it for the
    account is in the log, too, before the first byte.
    """
    from embla.errors import NotFound, UsageError
    from embla.genome import Region
    from embla.genotypes import write_pieces
    from embla.platform import OPERATOR, append_event, find_account
    from embla.policy import About, Action, permit
    from embla.reference import parse
    from embla.registry.genomes import find_genome
    from embla.registry.giving import read_calls as calls_of

    house = context.obj(create=False)
    asked = parse(region, house.reference) if region else None
    if asked is not None and not isinstance(asked, Region):
        raise UsageError("This is no region.", mend="Write it as chr21:1001-2000.")
    with house.database.reading() as connection:
        found = find_account(connection, account)
        row = find_genome(connection, genome)
    if found is None or found.closed is not None:
        raise NotFound("There is no open account of this name.", mend="`embla home accounts` lists them.")
    person = row.person if row is not None else None
    known = row.accession if row is not None else "unknown"
    with house.database.transaction() as connection:
        body, subject = {"what": "read_calls", "genome": known}, f"account:{found.name}"
        append_event(connection, at=house.clock(), actor=OPERATOR.id, kind="acted-for", subject=subject, body=body)
    about = About(genome=known, case=case, person=person)
    decision = permit(house.database, found.actor, Action.READ_CALLS, purpose="care", clock=house.clock, about=about)
    write_pieces(out, calls_of(house, genome, decision, asked))
