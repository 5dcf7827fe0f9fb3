"""Categories of data for the record of processing (GDPR article 30): what, about whom, in which tables, how long. Pure.

The tables are named, so that the record is held against the running database: a table that no category names is told as
not described, on the page and by `embla dpo processing`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Category:
    """`keeps` is a sentence; {setting} in it is filled with the setting's value."""

    name: str
    subjects: str
    tables: frozenset[str]
    keeps: str


def _of(name: str, subjects: str, tables: str, keeps: str) -> Category:
    return Category(name, subjects, frozenset(tables.split()), keeps)


CATEGORIES: Final = (
    _of("Genomes, samples and cases under pseudonyms", "Patients and their relatives",
      "persons person_keys families family_members cases case_clinicians samples genomes assays assay_files "
      "pack_keys genome_keys structural_sets structural_calls structural_profiles",
      "Until the person withdraws; then physically gone at the next merging of files."),
    _of("Pharmacogenetic passports and results per gene", "Patients",
      "pgx_passports pgx_results pgx_drugs pgx_recalls pgx_changed",
      "Until the person withdraws; of a passport then only its number stays, so that it is refused when shown."),
    _of("Whom published tables of medicines counted, by number", "Patients",
      "pgx_published_people pgx_published_cells",
      "Until the person withdraws; then a number stays that is nobody's."),
    _of("Material that is not human", "Nobody", "specimens", "Always."),
    _of("Files as laboratories sent them", "Patients and their relatives",
      "submissions submission_files deposits vault_files vault_subjects vault_holders vault_gone",
      "As long as the genome made from them; deleted when the person withdraws, of which only the hash is kept."),
    _of("Decisions of persons: consents and opt-outs", "Patients and their relatives",
      "opt_outs consents erasures outside_asked outside_marks outside_registers",
      "Always: a decision must be provable."),
    _of("Emergency accesses and their reviews", "Patients, clinicians",
      "emergencies", "With the log; the stated reason until the person's key is destroyed."),
    _of("The log: who did what, when, why", "Patients, staff",
      "events event_head event_nodes log_persons log_fold log_checkpoints subject_keys",
      "Always: nothing is taken out of the chain; personal fields are erased by destroying their key."),
    _of("Alerts and incidents", "Staff, patients",
      "alerts incidents", "With the log."),
    _of("Classified variants and what laboratories say of them", "Staff",
      "alleles classifications classification_versions classification_steps classification_names discordances "
      "discordance_labs",
      "Always: a version never changes; no patient is in them."),
    _of("Gene panels that networks agreed on", "Staff",
      "panels panel_versions panel_approvals",
      "Always: a version never changes; no patient is in them."),
    _of("Answers, what became of them, and what new knowledge asks of those who treat", "Patients, clinicians",
      "answers answer_versions answer_findings follow_ups follow_up_causes colleague_questions colleagues_asked",
      "Until the person withdraws; what went out before lies in the hospital's record system."),
    _of("News about variants, and how many they concerned", "Nobody",
      "answer_triggers answer_fold answer_seen_classes", "Always: numbers alone."),
    _of("What readers asked of Beacon and feasibility, as digests with prices", "Staff, researchers",
      "query_spending", "Until the reader asks again after the budget's days."),
    _of("Data sets of the catalogue", "Nobody", "data_sets", "Always: a withdrawn one leaves a tombstone."),
    _of("Accounts, sessions and tokens", "Staff, laboratories' machines",
      "accounts sessions api_tokens login_states",
      "Sessions end after 10 hours, tokens after a year, accounts when they are closed."),
    _of("Registers of organisations and agreements", "Nobody",
      "regions laboratories patient_groups partners agreements environment_keys pipeline_steps", "Always."),
    _of("The board's figures, money and decisions", "Members of forums",
      "board_fold board_ledger", "Always: a correction is an entry that takes back another."),
    _of("Releases: counts without persons", "Nobody",
      "pgx_published releases release_genomes release_parts release_set_aside published_cohorts store_pointer "
      "structural_parts structural_published",
      "Always: a release never changes."),
)  # fmt: skip


def category_of(table: str) -> Category | None:
    """The category that names a table."""
    return next((category for category in CATEGORIES if table in category.tables), None)
