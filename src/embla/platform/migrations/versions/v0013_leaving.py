"""Whose data each kept file holds, the files of people who left, and how many went with each of them.

What accepted packages said is read once, so that files from before this step go with their persons, too.
"""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_MANY = 200


def text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=nullable)


def upgrade() -> None:
    holders = op.create_table(
        "vault_holders", *(text("sha256"), text("genome")),
        sa.PrimaryKeyConstraint("sha256", "genome", name="pk_vault_holders"),
    )  # fmt: skip
    op.create_index("ix_vault_holders_genome", "vault_holders", ["genome"])
    op.create_table(
        "vault_gone",
        *(text("body"), text("sha256"), text("because"), text("gone_at"), text("deleted_at", nullable=True)),
        sa.PrimaryKeyConstraint("body", name="pk_vault_gone"),
    )
    op.create_index("ix_vault_gone_sha256", "vault_gone", ["sha256"])
    op.create_index("ix_vault_gone_because", "vault_gone", ["because"])
    for name in ("files", "files_shared"):
        op.add_column("erasures", sa.Column(name, sa.Integer, nullable=False, server_default="0"))
    connection = op.get_bind()
    for rows in _accepted(connection):
        found = sorted({pair for row in rows for pair in _holders(row.manifest, row.acknowledgement)})
        there = _there(connection, holders, {sha256 for sha256, _ in found})
        new = [{"sha256": sha256, "genome": genome} for sha256, genome in found if (sha256, genome) not in there]
        if new:
            connection.execute(holders.insert(), new)


def _accepted(connection: sa.Connection) -> Iterator[list[Any]]:
    """Accepted submissions, some hundreds at a time."""
    table = sa.table("submissions", *map(sa.column, ("id", "state", "manifest", "acknowledgement")))
    query = sa.select(table).where(table.c.state == "accepted").order_by(table.c.id).limit(_MANY)
    last = ""
    while rows := list(connection.execute(query.where(table.c.id > last))):
        yield rows
        last = rows[-1].id


def _there(connection: sa.Connection, holders: sa.Table, digests: set[str]) -> set[tuple[str, str]]:
    known = sa.select(holders.c.sha256, holders.c.genome).where(holders.c.sha256.in_(sorted(digests)))
    return {(row.sha256, row.genome) for row in connection.execute(known)}


def _holders(manifest: str, acknowledgement: str | None) -> Iterator[tuple[str, str]]:
    """(SHA-256, accession): a file of calls, its index and a BED hold those whose sample names it; others everybody."""
    said, told = json.loads(manifest), json.loads(acknowledgement or "{}")
    accession = {one["sample"]: one["accession"] for one in told.get("genomes", ())}
    named: dict[str, set[str]] = {}
    for person in said["persons"]:
        sample = person["sample"]
        for path in (sample["calls"], sample.get("bed")):
            if path and sample["id"] in accession:
                named.setdefault(path, set()).add(accession[sample["id"]])
    everybody = set(accession.values())
    for file in said["files"]:
        stem = file["path"].rpartition(".")[0]
        for genome in named.get(file["path"]) or named.get(stem) or everybody:
            yield file["sha256"], genome
