"""The registry's tables. How they came to be: platform/migrations/versions, v0002 and the later ones."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from embla.platform import Day, UtcTime, metadata

regions = Table(
    "regions",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name_en", Text, nullable=False),
    Column("name_da", Text, nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day),
    Column("succeeded_by", Text),
)

laboratories = Table(
    "laboratories",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("region", Text, ForeignKey("regions.code"), nullable=False),
    Column("accreditation", Text, nullable=False),
    Column("valid_from", Day, nullable=False),
    Column("valid_to", Day),
    # The last days on which its accreditation is in force: None is no end known, see organisations.accredit.
    Column("accredited_from", Day),
    Column("accredited_to", Day),
)

patient_groups = Table(
    "patient_groups",
    metadata,
    Column("code", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("name_da", Text, nullable=False),
)

persons = Table(
    "persons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("region", Text, ForeignKey("regions.code")),
    Column("created", UtcTime, nullable=False),
)

# What a laboratory calls a person. Only this laboratory's packages are read with it.
person_keys = Table(
    "person_keys",
    metadata,
    Column("laboratory", Text, ForeignKey("laboratories.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
)

families = Table(
    "families",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    UniqueConstraint("laboratory", "key"),
)

family_members = Table(
    "family_members",
    metadata,
    Column("family", Text, ForeignKey("families.id"), primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), primary_key=True, index=True),
    Column("role", Text, nullable=False),
    Column("blood", Boolean, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("patient_group", Text, ForeignKey("patient_groups.code"), nullable=False),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("family", Text, ForeignKey("families.id")),
    Column("opened", Day, nullable=False),
    Column("closed", Day),
    UniqueConstraint("laboratory", "key"),
)

case_clinicians = Table(
    "case_clinicians",
    metadata,
    Column("case", Text, ForeignKey("cases.id"), primary_key=True),
    Column("account", Text, primary_key=True, index=True),
)

samples = Table(
    "samples",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("tissue", Text, nullable=False),
    Column("collected", Day),
    Column("material", Text, nullable=False, server_default="dna"),
    Column("origin", Text, nullable=False, server_default="germline"),
    # Of RNA: the sample of the tumour's DNA.
    Column("of_tumour", Text),
    UniqueConstraint("laboratory", "key"),
)

assays = Table(
    "assays",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sample", Text, ForeignKey("samples.id"), nullable=False, index=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("case", Text, ForeignKey("cases.id"), nullable=False, index=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("submission", Text, nullable=False, index=True),
    Column("genome", Text, index=True),
    Column("assay", Text, nullable=False),
    Column("material", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("technology", Text, nullable=False),
    Column("depth", Float),
    Column("equivalents", Integer),
    Column("because", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("study", Text),
    Column("rules", Integer, nullable=False),
    Column("accepted", UtcTime, nullable=False, index=True),
    Column("state", Text, nullable=False),
    Column("ended", UtcTime),
    # As measured from the files, else as declared; None is not known.
    Column("covered_20x", Float),
    Column("q30", Float),
    Column("het_hom", Float),
    Column("het_balance", Float),
    Column("pipeline", Text),
    Column("pipeline_version", Text),
    Index("ix_assays_laboratory_accepted", "laboratory", "accepted"),
    Index("ix_assays_laboratory_person", "laboratory", "person"),
)

assay_files = Table(
    "assay_files",
    metadata,
    Column("assay", Text, ForeignKey("assays.id"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("sha256", Text, nullable=False, index=True),
    Column("format", Text, nullable=False),
)

# What is known of a laboratory's validation of a pipeline's version, a row for each step; the last begun one holds.
pipeline_steps = Table(
    "pipeline_steps",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("since", Day, nullable=False),
    Column("reference", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
    Index("ix_pipeline_steps_laboratory", "laboratory", "pipeline", "version"),
)

# Material that is not human: kept, counted by itself, linked to nobody.
specimens = Table(
    "specimens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("taxon", Integer, nullable=False),
    Column("organism", Text, nullable=False),
    Column("submission", Text, nullable=False, index=True),
    Column("accepted", UtcTime, nullable=False),
)

genomes = Table(
    "genomes",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("accession", Text, nullable=False, unique=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("case", Text, ForeignKey("cases.id"), nullable=False, index=True),
    Column("sample", Text, ForeignKey("samples.id"), nullable=False),
    Column("laboratory", Text, ForeignKey("laboratories.id"), nullable=False),
    Column("submission", Text, nullable=False, index=True),
    Column("assay", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("karyotype", Text, nullable=False),
    Column("callability", Text, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("pipeline_version", Text, nullable=False),
    Column("source", Text, nullable=False, index=True),
    Column("content", Text, nullable=False, index=True),
    Column("accepted", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended", UtcTime),
    # Countries that data about this person may lie in, as DK or DK,NO.
    Column("residency", Text, nullable=False, server_default="DK"),
    Index("ix_genomes_person_state", "person", "state"),
    Index("ix_genomes_laboratory_accepted", "laboratory", "accepted"),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    Column("person", Text, ForeignKey("persons.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("since", Day, primary_key=True),
    Column("until", Day),
)

# What the opt-out register outside said; beside the marks that were noted here. Replaced each time it is asked.
outside_marks = Table(
    "outside_marks",
    metadata,
    Column("person", Text, ForeignKey("persons.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("since", Day, primary_key=True),
    Column("until", Day),
)

# When the opt-out register was last asked about a person; `known` false: nobody could ask, for want of a number.
outside_asked = Table(
    "outside_asked",
    metadata,
    Column("person", Text, ForeignKey("persons.id"), primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
    Column("known", Boolean, nullable=False),
)

# A register outside (opt-out, consent) that answered: when, of when its answer was, and for how many hours it is fresh.
outside_registers = Table(
    "outside_registers",
    metadata,
    Column("register", Text, primary_key=True),
    Column("asked_at", UtcTime, nullable=False),
    Column("as_of", UtcTime, nullable=False),
    Column("hours", Integer, nullable=False),
)

consents = Table(
    "consents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False, index=True),
    Column("form", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("says", Text, nullable=False),
    Column("day", Day, nullable=False),
    Column("secondary_findings", Text),
    Column("recontact", Boolean),
    Column("storage_told", Boolean),
    Column("opt_out_told", Boolean),
    Column("signed_by", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_at", UtcTime, nullable=False),
)

partners = Table(
    "partners",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("country", Text, nullable=False),
)

agreements = Table(
    "agreements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("partner", Text, ForeignKey("partners.id"), nullable=False, index=True),
    Column("flow", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("drafted", Day, nullable=False),
    Column("signed", Day),
    Column("expires", Day),
    Column("ended", Day),
)

# For whose keys a person's data may be sealed. `partner` says under which agreement, and in which country they open.
environment_keys = Table(
    "environment_keys",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("partner", Text, ForeignKey("partners.id"), nullable=False, index=True),
    Column("public_key", Text, nullable=False),
    Column("registered", Day, nullable=False),
    Column("ended", Day),
)

# People who left. `person` is known here only: the certificate has the id.
erasures = Table(
    "erasures",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, ForeignKey("persons.id"), nullable=False),
    Column("withdrawn_at", UtcTime, nullable=False),
    Column("genomes", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("certified_at", UtcTime),
    Column("certificate", Text, nullable=False),
    # Files in the vault: how many went, and how many stay because they hold others' data, too.
    Column("files", Integer, nullable=False, server_default="0"),
    Column("files_shared", Integer, nullable=False, server_default="0"),
)
