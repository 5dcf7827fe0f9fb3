"""The table: who may do what, for which purposes, when which conditions hold. To change what Embla allows, change a
row; nothing else in the program says who may do what.

An account may have several roles; each row stands for one. `operator` is whoever runs commands on the machine that
holds the home; no account has it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from embla.policy.conditions import (
    AGREEMENT_VALID,
    ENVIRONMENT_VALID,
    GLASS_OPEN,
    IN_DATA_SET,
    IN_PERMIT,
    INSIDE_ZONE,
    LABORATORY_VALID,
    OF_CASE,
    OPEN_CASE,
    OTHERS_DOING,
    OWN_LABORATORY,
    OWN_REGION,
    PERMIT_VALID,
    PROJECT_MEMBER,
    REASON_GIVEN,
    RECIPIENT_VALID,
    REPORTING_AGREED,
    RESEARCH_ALLOWED,
    STEPPED_UP,
    STUDY_VALID,
    TREATS,
    Condition,
)
from embla.policy.model import Action
from embla.policy.rules import Rule


def _row(name: str, action: Action, role: str | None, purposes: str, text: str, *conditions: Condition) -> Rule:
    return Rule(name, action, role, frozenset(purposes.split()), conditions, text)


# What ties a clinician to a person: an open case of that person's, which the clinician treats.
_TREATMENT: Final = (TREATS, OPEN_CASE, OF_CASE)
# What ties a researcher to a person, all of it, always.
_PERMIT: Final = (PROJECT_MEMBER, PERMIT_VALID, IN_PERMIT, IN_DATA_SET, RESEARCH_ALLOWED, INSIDE_ZONE)
# What ties a person's data that leave to where they go.
_SEALED: Final = (ENVIRONMENT_VALID, INSIDE_ZONE)

REPORTING: Final = (
    _row("submit.lab", Action.SUBMIT, "lab", "reporting",
         "A laboratory reports its own genomes under an agreement.", OWN_LABORATORY, LABORATORY_VALID,
         REPORTING_AGREED),
    _row("submit.operator", Action.SUBMIT, "operator", "reporting",
         "The operator takes in a laboratory's package at the machine.", LABORATORY_VALID, REPORTING_AGREED),
    _row("see_own_submissions.lab", Action.SEE_OWN_SUBMISSIONS, "lab", "reporting",
         "A laboratory sees its own submissions.", OWN_LABORATORY),
    _row("see_own_submissions.admin", Action.SEE_OWN_SUBMISSIONS, "admin", "operation",
         "Administrators see how submissions fare."),
    _row("see_own_submissions.operator", Action.SEE_OWN_SUBMISSIONS, "operator", "reporting operation",
         "The operator sees how submissions fare."),
    _row("fetch_deposit.lab", Action.FETCH_DEPOSIT, "lab", "reporting",
         "A laboratory gets back the files it sent, byte for byte.", OWN_LABORATORY, LABORATORY_VALID,
         REPORTING_AGREED),
    _row("browse_registry.lab", Action.BROWSE_REGISTRY, "lab", "reporting",
         "A laboratory leafs through the persons, cases, samples and files that it reported.", OWN_LABORATORY),
    _row("browse_registry.operator", Action.BROWSE_REGISTRY, "operator", "reporting operation",
         "The operator leafs through the registry, at the machine."),
    _row("see_region_submissions.coordinator", Action.SEE_REGION_SUBMISSIONS, "coordinator", "reporting",
         "A regional coordinator follows how the own region's laboratories report, in numbers.", OWN_REGION),
    _row("see_region_submissions.operator", Action.SEE_REGION_SUBMISSIONS, "operator", "reporting operation",
         "The operator sees how a region reports, at the machine."),
)  # fmt: skip

COUNTS: Final = (
    _row("live_count.clinician", Action.LIVE_COUNT, "clinician", "care",
         "A clinician with an open case counts live for the patient's care.", TREATS, OPEN_CASE),
    _row("see_own_cases.clinician", Action.SEE_OWN_CASES, "clinician", "care",
         "A clinician lists the open cases under own treatment."),
    _row("see_case.clinician", Action.SEE_CASE, "clinician", "care",
         "A clinician opens a case under own treatment.", TREATS, OPEN_CASE),
    _row("read_release.anyone", Action.READ_RELEASE, None, "care statistics",
         "Releases are public."),
    _row("cut_release.admin", Action.CUT_RELEASE, "admin", "operation statistics",
         "Administrators cut releases."),
    _row("cut_release.operator", Action.CUT_RELEASE, "operator", "operation statistics",
         "The operator cuts releases at the machine."),
    _row("export_release.admin", Action.EXPORT_RELEASE, "admin", "statistics",
         "Administrators hand a release to a recipient under agreement.", RECIPIENT_VALID, STEPPED_UP),
    _row("export_release.operator", Action.EXPORT_RELEASE, "operator", "statistics",
         "The operator hands a release to a recipient under agreement.", RECIPIENT_VALID),
)  # fmt: skip

CLASSIFIED: Final = (
    _row("classify.lab", Action.CLASSIFY, "lab", "care",
         "A laboratory keeps its own classified variants.", OWN_LABORATORY, LABORATORY_VALID),
    _row("classify.operator", Action.CLASSIFY, "operator", "care operation",
         "The operator takes in a laboratory's list, at the machine.", LABORATORY_VALID),
    _row("see_classifications.lab", Action.SEE_CLASSIFICATIONS, "lab", "care",
         "A laboratory sees what others share about variants."),
    _row("see_classifications.clinician", Action.SEE_CLASSIFICATIONS, "clinician", "care",
         "A clinician sees what laboratories share about variants."),
    _row("see_classifications.operator", Action.SEE_CLASSIFICATIONS, "operator", "care operation",
         "The operator sees what laboratories share about variants."),
)  # fmt: skip

ANSWERED: Final = (
    # Not only in an open case: what was answered is mended after the case is closed, too.
    _row("answer.clinician", Action.ANSWER, "clinician", "care",
         "A clinician answers about a patient under own treatment and follows it up, after the case as well.", TREATS,
         OF_CASE),
    _row("see_follow_ups.clinician", Action.SEE_FOLLOW_UPS, "clinician", "care",
         "A clinician lists which answers about own patients wait for somebody."),
    _row("see_escalations.lab", Action.SEE_ESCALATIONS, "lab", "care",
         "A laboratory lists which follow-ups of its own cases are overdue.", OWN_LABORATORY),
    _row("see_escalations.admin", Action.SEE_ESCALATIONS, "admin", "care operation",
         "Administrators see which follow-ups nobody moved."),
    _row("see_escalations.operator", Action.SEE_ESCALATIONS, "operator", "care operation",
         "The operator sees how follow-ups stand, at the machine."),
    _row("find_carriers.operator", Action.FIND_CARRIERS, "operator", "care operation",
         "The machine finds whom news concern, so that those who treat are asked; it gives out numbers."),
    _row("ask_colleagues.clinician", Action.ASK_COLLEAGUES, "clinician", "care",
         "A clinician asks, through the database, whoever treats another carrier of a patient's variant.",
         *_TREATMENT),
)  # fmt: skip

PERSONS: Final = (
    _row("read_calls.clinician", Action.READ_CALLS, "clinician", "care",
         "A clinician reads the calls of a patient under treatment.", *_TREATMENT),
    _row("read_calls.break_glass", Action.READ_CALLS, "clinician", "care",
         "A clinician reads a person's calls in an emergency; it is reviewed.", GLASS_OPEN),
    _row("read_calls.researcher", Action.READ_CALLS, "researcher", "research",
         "A researcher reads calls that the project's permit covers.", *_PERMIT),
    _row("read_file.clinician", Action.READ_FILE, "clinician", "care",
         "A clinician reads the files of a patient under treatment.", *_TREATMENT),
    _row("read_file.break_glass", Action.READ_FILE, "clinician", "care",
         "A clinician reads a person's files in an emergency; it is reviewed.", GLASS_OPEN),
    _row("read_file.researcher", Action.READ_FILE, "researcher", "research",
         "A researcher reads files that the project's permit covers.", *_PERMIT),
    _row("read_qc.clinician", Action.READ_QC, "clinician", "care",
         "A clinician sees how well a patient's genome was read.", *_TREATMENT),
    _row("read_qc.break_glass", Action.READ_QC, "clinician", "care",
         "A clinician sees how well a genome was read in an emergency; it is reviewed.", GLASS_OPEN),
    _row("read_qc.lab", Action.READ_QC, "lab", "reporting",
         "A laboratory sees how well the genomes it reported were read.", OWN_LABORATORY),
    _row("send_person_data.admin", Action.SEND_PERSON_DATA, "admin", "care",
         "Administrators send a person's data to a treating partner in the zone.",
         *_SEALED, AGREEMENT_VALID, STEPPED_UP),
    _row("send_person_data.operator", Action.SEND_PERSON_DATA, "operator", "care",
         "The operator sends a person's data to a treating partner in the zone.", *_SEALED, AGREEMENT_VALID),
    _row("send_person_data.clinician", Action.SEND_PERSON_DATA, "clinician", "care",
         "A clinician has a patient's data sealed for a treating partner's secure environment in the zone.",
         *_TREATMENT, *_SEALED, AGREEMENT_VALID),
    _row("send_person_data.researcher", Action.SEND_PERSON_DATA, "researcher", "research",
         "A researcher has data that the permit covers sealed for a secure environment in the zone.",
         *_PERMIT, *_SEALED, STUDY_VALID),
    # Opt-outs and residency are asked of each genome there (registry/research.py), as one row cannot stand for all.
    _row("research_freeze.operator", Action.RESEARCH_FREEZE, "operator", "research",
         "The operator freezes genotypes for a study under agreement, at the machine.", STUDY_VALID),
    _row("break_glass.clinician", Action.BREAK_GLASS, "clinician", "care",
         "A clinician reaches a person in an emergency, states why, and is reviewed.", REASON_GIVEN, STEPPED_UP),
    _row("read_consent.clinician", Action.READ_CONSENT, "clinician", "care consent",
         "A clinician reads what a patient under treatment decided.", *_TREATMENT),
    _row("read_consent.dpo", Action.READ_CONSENT, "dpo", "supervision consent",
         "The data protection officer reads what a person decided."),
    _row("read_consent.operator", Action.READ_CONSENT, "operator", "supervision consent",
         "The operator reads what a person decided, at the machine."),
    _row("manage_consent.clinician", Action.MANAGE_CONSENT, "clinician", "care consent",
         "A clinician notes what a patient under treatment decided.", *_TREATMENT),
    _row("manage_consent.lab", Action.MANAGE_CONSENT, "lab", "reporting consent",
         "A laboratory reports the consent that came with its genomes.", OWN_LABORATORY, LABORATORY_VALID,
         REPORTING_AGREED),
    _row("manage_consent.operator", Action.MANAGE_CONSENT, "operator", "consent operation",
         "The operator notes what a person decided, at the machine."),
    _row("withdraw_person.admin", Action.WITHDRAW_PERSON, "admin", "consent",
         "Administrators take out who withdrew.", STEPPED_UP),
    _row("withdraw_person.operator", Action.WITHDRAW_PERSON, "operator", "consent operation",
         "The operator takes out who withdrew, at the machine."),
)  # fmt: skip

IDENTITY: Final = (
    _row("register_identity.lab", Action.REGISTER_IDENTITY, "lab", "reporting",
         "A laboratory registers the persons it reports.", OWN_LABORATORY, LABORATORY_VALID, REPORTING_AGREED),
    _row("register_identity.zone", Action.REGISTER_IDENTITY, "zone", "reporting operation",
         "Keepers of the identity zone register persons."),
    _row("register_identity.operator", Action.REGISTER_IDENTITY, "operator", "reporting operation",
         "The operator registers persons, at the machine."),
    _row("look_up_identity.lab", Action.LOOK_UP_IDENTITY, "lab", "reporting",
         "A laboratory finds the pseudonyms of the persons it reports.", OWN_LABORATORY, LABORATORY_VALID,
         REPORTING_AGREED),
    _row("look_up_identity.zone", Action.LOOK_UP_IDENTITY, "zone", "reporting operation rights",
         "Keepers of the identity zone find a person."),
    _row("look_up_identity.dpo", Action.LOOK_UP_IDENTITY, "dpo", "rights",
         "The data protection officer finds a person who asked for their rights.", STEPPED_UP),
    _row("look_up_identity.operator", Action.LOOK_UP_IDENTITY, "operator", "reporting operation rights",
         "The operator finds a person, at the machine."),
    _row("manage_identity.zone", Action.MANAGE_IDENTITY, "zone", "operation",
         "Keepers of the identity zone keep numbers and names right."),
    _row("manage_identity.operator", Action.MANAGE_IDENTITY, "operator", "operation",
         "The operator keeps the identity zone, at the machine."),
    _row("give_project_pseudonym.zone", Action.GIVE_PROJECT_PSEUDONYM, "zone", "research",
         "Keepers of the identity zone give a project its pseudonyms."),
    _row("give_project_pseudonym.operator", Action.GIVE_PROJECT_PSEUDONYM, "operator", "research",
         "The operator gives a project its pseudonyms, at the machine."),
)  # fmt: skip

OVERSIGHT: Final = (
    _row("see_leavers.dpo", Action.SEE_LEAVERS, "dpo", "supervision",
         "The data protection officer sees how long those who left wait for the open numbers."),
    _row("see_leavers.operator", Action.SEE_LEAVERS, "operator", "supervision",
         "The operator sees how long those who left wait for the open numbers."),
    _row("see_access_log.dpo", Action.SEE_ACCESS_LOG, "dpo", "supervision",
         "The data protection officer reads the access log."),
    _row("see_access_log.operator", Action.SEE_ACCESS_LOG, "operator", "supervision",
         "The operator reads the access log at the machine."),
    _row("extract_log.dpo", Action.EXTRACT_LOG, "dpo", "rights",
         "The data protection officer extracts a person's log for that person."),
    _row("extract_log.operator", Action.EXTRACT_LOG, "operator", "rights",
         "The operator extracts a person's log, at the machine."),
    _row("see_proof.dpo", Action.SEE_PROOF, "dpo", "supervision rights",
         "The data protection officer sees when a decision took effect."),
    _row("see_proof.operator", Action.SEE_PROOF, "operator", "supervision rights",
         "The operator sees when a decision took effect."),
    _row("watch_log.dpo", Action.WATCH_LOG, "dpo", "supervision",
         "The data protection officer judges what is unusual."),
    _row("watch_log.operator", Action.WATCH_LOG, "operator", "supervision",
         "The operator sees what is unusual, at the machine."),
    _row("erase_log.dpo", Action.ERASE_LOG, "dpo", "rights",
         "The data protection officer ends what the log says in words about a person, and states why.",
         REASON_GIVEN, STEPPED_UP),
    _row("erase_log.operator", Action.ERASE_LOG, "operator", "rights",
         "The operator does so for the officer, at the machine, and states why.", REASON_GIVEN),
    _row("review_break_glass.dpo", Action.REVIEW_BREAK_GLASS, "dpo", "supervision",
         "The data protection officer reviews emergency access.", OTHERS_DOING),
    _row("review_break_glass.admin", Action.REVIEW_BREAK_GLASS, "admin", "supervision",
         "An administrator reviews emergency access.", OTHERS_DOING),
    _row("review_break_glass.operator", Action.REVIEW_BREAK_GLASS, "operator", "supervision",
         "The operator notes a review, at the machine.", OTHERS_DOING),
    _row("see_rules.dpo", Action.SEE_RULES, "dpo", "supervision",
         "The data protection officer sees who may do what."),
    _row("see_rules.admin", Action.SEE_RULES, "admin", "supervision",
         "Administrators see who may do what."),
    _row("see_rules.operator", Action.SEE_RULES, "operator", "supervision",
         "The operator sees who may do what."),
    _row("see_processing.dpo", Action.SEE_PROCESSING, "dpo", "supervision",
         "The data protection officer keeps the record of processing."),
    _row("see_processing.operator", Action.SEE_PROCESSING, "operator", "supervision",
         "The operator prints the record of processing."),
    _row("manage_incidents.dpo", Action.MANAGE_INCIDENTS, "dpo", "security supervision",
         "The data protection officer keeps incidents."),
    _row("manage_incidents.admin", Action.MANAGE_INCIDENTS, "admin", "security",
         "Administrators report and mend incidents."),
    _row("manage_incidents.operator", Action.MANAGE_INCIDENTS, "operator", "security supervision",
         "The operator keeps incidents, at the machine."),
)  # fmt: skip

HOUSE: Final = (
    _row("manage_registry.admin", Action.MANAGE_REGISTRY, "admin", "operation",
         "Administrators keep the registers."),
    _row("manage_registry.operator", Action.MANAGE_REGISTRY, "operator", "operation",
         "The operator keeps the registers at the machine."),
    _row("manage_agreements.admin", Action.MANAGE_AGREEMENTS, "admin", "operation",
         "Administrators keep the agreements."),
    _row("manage_agreements.operator", Action.MANAGE_AGREEMENTS, "operator", "operation",
         "The operator keeps the agreements, at the machine."),
    _row("count_people.researcher", Action.COUNT_PEOPLE, "researcher", "research",
         "A researcher counts whom a study would find, rounded and within a budget; it names nobody."),
    _row("manage_datasets.admin", Action.MANAGE_DATASETS, "admin", "operation",
         "Administrators keep the data sets of the catalogue."),
    _row("manage_datasets.operator", Action.MANAGE_DATASETS, "operator", "operation",
         "The operator keeps the data sets of the catalogue, at the machine."),
    _row("sync_opt_outs.admin", Action.SYNC_OPT_OUTS, "admin", "consent",
         "Administrators ask the opt-out register."),
    _row("sync_opt_outs.operator", Action.SYNC_OPT_OUTS, "operator", "consent",
         "The operator asks the opt-out register, at the machine."),
    _row("manage_accounts.admin", Action.MANAGE_ACCOUNTS, "admin", "operation",
         "Administrators open and close accounts.", STEPPED_UP),
    _row("manage_accounts.operator", Action.MANAGE_ACCOUNTS, "operator", "operation",
         "The operator opens and closes accounts, at the machine."),
    _row("operate.operator", Action.OPERATE, "operator", "operation security",
         "The operator runs the machine."),
    _row("operate.admin", Action.OPERATE, "admin", "operation security",
         "Administrators see how the machine runs."),
    _row("back_up.operator", Action.BACK_UP, "operator", "security operation",
         "The operator makes and restores backups."),
)  # fmt: skip

BOARD: Final = (
    _row("see_board.board", Action.SEE_BOARD, "board", "statistics",
         "Members of the board see its figures, money and decisions; no person is in them."),
    _row("see_board.secretary", Action.SEE_BOARD, "secretary", "statistics operation",
         "The board's secretary prepares its papers."),
    _row("see_board.admin", Action.SEE_BOARD, "admin", "statistics operation",
         "Administrators prepare the board's papers."),
    _row("see_board.operator", Action.SEE_BOARD, "operator", "statistics operation",
         "The operator prepares the board's papers, at the machine."),
    _row("manage_board.secretary", Action.MANAGE_BOARD, "secretary", "operation",
         "The board's secretary writes what it decided, planned and paid; each entry is in the log with its hash."),
    _row("manage_board.admin", Action.MANAGE_BOARD, "admin", "operation",
         "Administrators write what the board decided, planned and paid; each entry is in the log with its hash."),
    _row("manage_board.operator", Action.MANAGE_BOARD, "operator", "operation",
         "The operator writes what the board decided, planned and paid, at the machine."),
)  # fmt: skip

RULES: Final[tuple[Rule, ...]] = (
    *REPORTING, *COUNTS, *CLASSIFIED, *ANSWERED, *PERSONS, *IDENTITY, *OVERSIGHT, *HOUSE, *BOARD,
)  # fmt: skip

_BY_ACTION: Final[Mapping[Action, Sequence[Rule]]] = {
    action: tuple(rule for rule in RULES if rule.action == action) for action in Action
}


def rules_of(action: Action) -> Sequence[Rule]:
    """The rows of one action, in the order in which they are tried."""
    return _BY_ACTION[action]
