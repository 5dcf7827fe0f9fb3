"""Regions, laboratories, patient groups; persons, families, cases, samples, genomes, opt-out marks."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def text(name: str, *, null: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text, nullable=null)


def key(table: str, *names: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*names, name=f"pk_{table}")


def link(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [target], name=f"fk_{table}_{name}")


def upgrade() -> None:
    op.create_table(
        "regions",
        *(text("code"), text("name_en"), text("name_da"), text("valid_from")),
        *(text("valid_to", null=True), text("succeeded_by", null=True)),
        key("regions", "code"),
    )
    op.create_table(
        "laboratories",
        *(text("id"), text("name"), text("region"), text("accreditation"), text("valid_from")),
        text("valid_to", null=True),
        key("laboratories", "id"),
        link("laboratories", "region", "regions.code"),
    )
    op.create_table(
        "patient_groups",
        *(text("code"), sa.Column("position", sa.Integer, nullable=False), text("name_en"), text("name_da")),
        key("patient_groups", "code"),
    )
    op.create_table(
        "persons",
        *(text("id"), text("region", null=True), text("created")),
        key("persons", "id"),
        link("persons", "region", "regions.code"),
    )
    op.create_table(
        "person_keys",
        *(text("laboratory"), text("key"), text("person")),
        key("person_keys", "laboratory", "key"),
        link("person_keys", "laboratory", "laboratories.id"),
        link("person_keys", "person", "persons.id"),
    )
    op.create_index("ix_person_keys_person", "person_keys", ["person"])
    op.create_table(
        "families",
        *(text("id"), text("laboratory"), text("key"), text("created")),
        key("families", "id"),
        sa.UniqueConstraint("laboratory", "key", name="uq_families_laboratory_key"),
        link("families", "laboratory", "laboratories.id"),
    )
    op.create_table(
        "family_members",
        *(text("family"), text("person"), text("role"), sa.Column("blood", sa.Boolean, nullable=False)),
        key("family_members", "family", "person"),
        link("family_members", "family", "families.id"),
        link("family_members", "person", "persons.id"),
    )
    op.create_index("ix_family_members_person", "family_members", ["person"])
    op.create_table(
        "cases",
        *(text("id"), text("laboratory"), text("key"), text("patient_group"), text("person")),
        *(text("family", null=True), text("opened"), text("closed", null=True)),
        key("cases", "id"),
        sa.UniqueConstraint("laboratory", "key", name="uq_cases_laboratory_key"),
        link("cases", "laboratory", "laboratories.id"),
        link("cases", "patient_group", "patient_groups.code"),
        link("cases", "person", "persons.id"),
        link("cases", "family", "families.id"),
    )
    op.create_table(
        "case_clinicians",
        *(text("case"), text("account")),
        key("case_clinicians", "case", "account"),
        link("case_clinicians", "case", "cases.id"),
    )
    op.create_index("ix_case_clinicians_account", "case_clinicians", ["account"])
    op.create_table(
        "samples",
        *(text("id"), text("laboratory"), text("key"), text("person"), text("tissue"), text("collected", null=True)),
        key("samples", "id"),
        sa.UniqueConstraint("laboratory", "key", name="uq_samples_laboratory_key"),
        link("samples", "laboratory", "laboratories.id"),
        link("samples", "person", "persons.id"),
    )
    op.create_table(
        "genomes",
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        *(text("accession"), text("person"), text("case"), text("sample"), text("laboratory"), text("submission")),
        *(text("assay"), text("origin"), text("karyotype"), text("callability")),
        *(text("pipeline"), text("pipeline_version"), text("source"), text("content")),
        *(text("accepted"), text("state"), text("ended", null=True)),
        key("genomes", "number"),
        sa.UniqueConstraint("accession", name="uq_genomes_accession"),
        link("genomes", "person", "persons.id"),
        link("genomes", "case", "cases.id"),
        link("genomes", "sample", "samples.id"),
        link("genomes", "laboratory", "laboratories.id"),
    )
    for name in ("case", "submission", "source", "content"):
        op.create_index(f"ix_genomes_{name}", "genomes", [name])
    op.create_index("ix_genomes_person_state", "genomes", ["person", "state"])
    op.create_table(
        "opt_outs",
        *(text("person"), text("kind"), text("since"), text("until", null=True)),
        key("opt_outs", "person", "kind", "since"),
        link("opt_outs", "person", "persons.id"),
    )
