"""Every kind of submission: assays with their files and equivalents, specimens, samples' origin, accreditation's days.

Each genome that is here becomes an assay, with the depth that its package told; a package told none at all then has an
equivalent that is not computable, never 0.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_MANY = 200


def text(name: str, *, nullable: bool = False, default: str | None = None) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable, server_default=default)


def link(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_{table}_{column}")


def upgrade() -> None:
    for name in ("accredited_from", "accredited_to"):
        op.add_column("laboratories", text(name, nullable=True))
    op.add_column("samples", text("material", default="dna"))
    op.add_column("samples", text("origin", default="germline"))
    op.add_column("samples", text("of_tumour", nullable=True))
    op.add_column("submissions", text("type", default="initial"))
    assays = op.create_table(
        "assays",
        *(text("id"), text("sample"), text("person"), text("case"), text("laboratory"), text("submission")),
        *(text("genome", nullable=True), text("assay"), text("material"), text("origin"), text("technology")),
        sa.Column("depth", sa.Float),
        sa.Column("equivalents", sa.Integer),
        *(text("because"), text("source"), text("study", nullable=True)),
        sa.Column("rules", sa.Integer, nullable=False),
        *(text("accepted"), text("state"), text("ended", nullable=True)),
        sa.PrimaryKeyConstraint("id", name="pk_assays"),
        link("assays", "sample", "samples.id"),
        link("assays", "person", "persons.id"),
        link("assays", "case", "cases.id"),
        link("assays", "laboratory", "laboratories.id"),
    )
    for name in ("sample", "person", "case", "submission", "genome", "accepted"):
        op.create_index(f"ix_assays_{name}", "assays", [name])
    files = op.create_table(
        "assay_files", *(text("assay"), text("path"), text("sha256"), text("format")),
        sa.PrimaryKeyConstraint("assay", "path", name="pk_assay_files"),
        link("assay_files", "assay", "assays.id"),
    )  # fmt: skip
    op.create_index("ix_assay_files_sha256", "assay_files", ["sha256"])
    op.create_table(
        "specimens",
        *(text("id"), text("laboratory"), text("key")),
        sa.Column("taxon", sa.Integer, nullable=False),
        *(text("organism"), text("submission"), text("accepted")),
        sa.PrimaryKeyConstraint("id", name="pk_specimens"),
        link("specimens", "laboratory", "laboratories.id"),
    )
    op.create_index("ix_specimens_submission", "specimens", ["submission"])
    connection = op.get_bind()
    for rows in _genomes(connection):
        told = _told(connection, {row.submission for row in rows})
        made = [_assay(row, told.get(row.submission, {}).get(row.accession)) for row in rows]
        connection.execute(assays.insert(), [one for one, _ in made])
        listed = [file for _, files_of in made for file in files_of]
        if listed:
            connection.execute(files.insert(), listed)


def _genomes(connection: sa.Connection) -> Iterator[list[Any]]:
    """Every genome, some hundreds at a time."""
    names = (
        "number", "accession", "person", "case", "sample", "laboratory", "submission", "assay", "origin", "accepted",
        "state", "ended",
    )  # fmt: skip
    table = sa.table("genomes", *map(sa.column, names))
    last = 0
    while rows := list(
        connection.execute(sa.select(table).where(table.c.number > last).order_by(table.c.number).limit(_MANY))
    ):
        yield rows
        last = rows[-1].number


def _told(connection: sa.Connection, submissions: set[str]) -> dict[str, dict[str, tuple[float | None, list[Any]]]]:
    """Submission -> accession -> (depth, its files), as the package said."""
    table = sa.table("submissions", *map(sa.column, ("id", "manifest", "acknowledgement")))
    found: dict[str, dict[str, tuple[float | None, list[Any]]]] = {}
    for row in connection.execute(sa.select(table).where(table.c.id.in_(sorted(submissions)))):
        said, told = json.loads(row.manifest.removeprefix("\ufeff")), json.loads(row.acknowledgement or "{}")
        accession = {one["sample"]: one["accession"] for one in told.get("genomes", ())}
        listed = {file["path"]: file for file in said["files"]}
        for person in said["persons"]:
            sample = person["sample"]
            paths = [path for path in (sample["calls"], sample.get("bed")) if path in listed]
            if sample["id"] in accession:
                named = [listed[path] for path in paths]
                found.setdefault(row.id, {})[accession[sample["id"]]] = (sample.get("mean_depth"), named)
    return found


def _assay(row: Any, told: tuple[float | None, list[Any]] | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    depth, listed = told or (None, [])
    name = f"A{row.number:016d}"
    value: int | None = 1
    because = f"{row.origin} at {depth:g}x: 1" if depth is not None else ""
    if row.assay != "genome":
        value, because = None, f"not computable: no equivalent is set for the assay {row.assay}"
    elif depth is None:
        value, because = None, "not computable: the depth is unknown"
    values = {
        "id": name, "sample": row.sample, "person": row.person, "case": row.case, "laboratory": row.laboratory,
        "submission": row.submission, "genome": row.accession, "assay": row.assay, "material": "dna",
        "origin": row.origin, "technology": "short", "depth": depth, "equivalents": value, "because": because,
        "source": "clinical", "study": None, "rules": 1, "accepted": row.accepted, "state": row.state,
        "ended": row.ended,
    }  # fmt: skip
    files = [
        {"assay": name, "path": file["path"], "sha256": file["sha256"], "format": file["format"]} for file in listed
    ]
    return values, files
