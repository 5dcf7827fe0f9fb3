"""Whose the nation's genomes are: regions, laboratories, patient groups, persons, cases, genomes, opt-outs.

Owns: the registers with their days of validity, persons as random pseudonyms (never a CPR number, never a name),
families, cases, samples, genomes (accession `EMBG` + 11 digits), opt-out marks of two kinds, noted here or told by the
register outside, what persons consented to, agreements with partners, and the rule one person, one vote.
Words: *genome* = one accepted callset; *counted* = the one of a person's genomes that has the vote; *related* = not in
the largest set of counted persons of whom no two share blood that we pick, see model/kinship.py.
Never knows: genotypes, files, how a package is checked, pages. `permit` is the one door to a decision about a person's
data: it gathers the facts, asks `embla.policy` and logs the answer before anything is read.
Start at model/values.py, then counted.py and access.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.registry.access import permit, registry_facts
    from embla.registry.agreements import (
        add_agreement,
        agreement_in_force,
        agreements,
        end_agreement,
        find_partner,
        partners,
        sign_agreement,
    )
    from embla.registry.assays import (
        Assay,
        add_assay,
        add_specimen,
        assays_of_person,
        assays_of_sample,
        assays_of_submission,
        end_assays_of_submission,
        files_of_assays,
        ordered_arrivals,
        reported,
        standing_assays,
    )
    from embla.registry.browsing import Listing, Wanted, person_sheet, persons_listed
    from embla.registry.cases import (
        all_treated_by,
        assign_clinician,
        case_of,
        cases_treated_by,
        close_case,
        ensure_case,
        find_case,
    )
    from embla.registry.consents import consents_of, consents_seen, keep_statement, note_consent, sync_consents
    from embla.registry.counted import counted_genomes, leavers
    from embla.registry.erasing import certify, erase, erasures, find_erasure, tell_certificate
    from embla.registry.fates import FATES, fates_by_month, measures_of
    from embla.registry.genomes import (
        accepted_genomes,
        add_genome,
        end_genomes,
        find_genome,
        genomes_accepted_by,
        genomes_of_case,
        genomes_of_person,
        genomes_of_submission,
        genomes_with_source,
        next_accession,
        withdrawn_accessions,
    )
    from embla.registry.giving import (
        carriers_of,
        genotypes_of,
        kept_lines_of_all,
        read_calls,
        read_kept_lines,
        read_pack,
        read_quality,
    )
    from embla.registry.leaving import forget_with, withdraw_again, withdraw_person
    from embla.registry.model.agreement import Agreement, Partner, nearest_agreement
    from embla.registry.model.consent import Noted, Statement, in_force, must_be_renewed
    from embla.registry.model.equivalents import Equivalent, Growth, Reported, genome_equivalent
    from embla.registry.model.pipeline import MadeBy, Step, states_on
    from embla.registry.model.values import (
        Case,
        CountedGenome,
        Erasure,
        FamilyMember,
        Genome,
        Laboratory,
        Leaver,
        OptOut,
        PatientGroup,
        Region,
        accession,
        looks_like_cpr,
        without_cpr,
    )
    from embla.registry.organisations import (
        accredit,
        add_laboratory,
        days_in_region,
        find_laboratory,
        laboratories,
        patient_groups,
        region_on,
        regions,
        regions_of,
        seed,
        shipped_registers,
    )
    from embla.registry.outside import (
        Asked,
        RegisterState,
        all_marks,
        asked_about,
        before_research,
        register_states,
        research_allowed,
        sync_opt_outs,
        unasked_persons,
    )
    from embla.registry.persons import (
        admit_person,
        end_opt_out,
        ensure_family,
        ensure_person,
        ensure_sample,
        find_person,
        find_sample,
        join_family,
        leave_family,
        opt_outs,
        person_exists,
        sample_person,
        set_opt_out,
    )
    from embla.registry.pipelines import made_by_laboratory, made_of, note_pipeline, pipeline_steps, versions_of
    from embla.registry.relatives import accessions_of, cases_about, families_of, home_region
    from embla.registry.research import ResearchGenomes, research_genomes

_NAMES = {
    "agreements": "add_agreement agreement_in_force agreements end_agreement find_partner partners sign_agreement",
    "consents": "consents_of consents_seen keep_statement note_consent sync_consents",
    "model.agreement": "Agreement Partner nearest_agreement",
    "model.consent": "Noted Statement in_force must_be_renewed",
    "outside": "Asked RegisterState all_marks asked_about before_research register_states"
    " research_allowed sync_opt_outs unasked_persons",
    "access": "permit registry_facts",
    "assays": "Assay add_assay add_specimen assays_of_person assays_of_sample assays_of_submission"
    " end_assays_of_submission files_of_assays ordered_arrivals reported standing_assays",
    "model.equivalents": "Equivalent Growth Reported genome_equivalent",
    "browsing": "Listing Wanted person_sheet persons_listed",
    "pipelines": "made_by_laboratory made_of note_pipeline pipeline_steps versions_of",
    "model.pipeline": "MadeBy Step states_on",
    "cases": "all_treated_by assign_clinician case_of cases_treated_by close_case ensure_case find_case",
    "counted": "counted_genomes leavers",
    "research": "ResearchGenomes research_genomes",
    "erasing": "certify erase erasures find_erasure tell_certificate",
    "leaving": "forget_with withdraw_again withdraw_person",
    "fates": "FATES fates_by_month measures_of",
    "genomes": "accepted_genomes add_genome end_genomes find_genome genomes_accepted_by genomes_of_case"
    " genomes_of_person genomes_of_submission genomes_with_source next_accession withdrawn_accessions",
    "model.values": "Case CountedGenome Erasure FamilyMember Genome Laboratory Leaver OptOut PatientGroup Region"
    " accession looks_like_cpr without_cpr",
    "relatives": "accessions_of cases_about families_of home_region",
    "giving": "carriers_of genotypes_of kept_lines_of_all read_calls read_kept_lines read_pack read_quality",
    "organisations": "add_laboratory days_in_region find_laboratory laboratories patient_groups region_on regions"
    " regions_of seed shipped_registers accredit",
    "persons": "admit_person end_opt_out ensure_family ensure_person ensure_sample find_person join_family leave_family"
    " opt_outs person_exists sample_person find_sample set_opt_out",
}

__all__ = [
    "Listing",
    "MadeBy",
    "Step",
    "Wanted",
    "made_by_laboratory",
    "made_of",
    "note_pipeline",
    "person_sheet",
    "persons_listed",
    "pipeline_steps",
    "states_on",
    "versions_of",
    "Assay",
    "Equivalent",
    "Growth",
    "Reported",
    "accredit",
    "add_assay",
    "add_specimen",
    "assays_of_person",
    "assays_of_sample",
    "assays_of_submission",
    "end_assays_of_submission",
    "FATES",
    "fates_by_month",
    "files_of_assays",
    "find_sample",
    "measures_of",
    "forget_with",
    "genome_equivalent",
    "ordered_arrivals",
    "reported",
    "standing_assays",
    "certify",
    "erase",
    "erasures",
    "find_erasure",
    "tell_certificate",
    "withdraw_again",
    "withdraw_person",
    "all_treated_by",
    "carriers_of",
    "genotypes_of",
    "Agreement",
    "Asked",
    "Case",
    "CountedGenome",
    "Erasure",
    "FamilyMember",
    "Genome",
    "Laboratory",
    "Leaver",
    "Noted",
    "OptOut",
    "Partner",
    "PatientGroup",
    "Region",
    "RegisterState",
    "ResearchGenomes",
    "Statement",
    "accession",
    "add_agreement",
    "accessions_of",
    "add_genome",
    "add_laboratory",
    "admit_person",
    "agreement_in_force",
    "agreements",
    "all_marks",
    "asked_about",
    "assign_clinician",
    "before_research",
    "case_of",
    "cases_about",
    "cases_treated_by",
    "close_case",
    "consents_of",
    "consents_seen",
    "counted_genomes",
    "days_in_region",
    "end_agreement",
    "end_genomes",
    "end_opt_out",
    "ensure_case",
    "ensure_family",
    "ensure_person",
    "ensure_sample",
    "families_of",
    "find_case",
    "find_genome",
    "find_laboratory",
    "find_partner",
    "find_person",
    "genomes_accepted_by",
    "genomes_of_case",
    "genomes_of_person",
    "genomes_of_submission",
    "genomes_with_source",
    "in_force",
    "home_region",
    "join_family",
    "keep_statement",
    "laboratories",
    "leavers",
    "leave_family",
    "looks_like_cpr",
    "must_be_renewed",
    "nearest_agreement",
    "next_accession",
    "note_consent",
    "opt_outs",
    "partners",
    "patient_groups",
    "permit",
    "person_exists",
    "read_calls",
    "accepted_genomes",
    "kept_lines_of_all",
    "read_kept_lines",
    "read_pack",
    "read_quality",
    "region_on",
    "regions",
    "regions_of",
    "register_states",
    "registry_facts",
    "research_allowed",
    "research_genomes",
    "sample_person",
    "seed",
    "set_opt_out",
    "shipped_registers",
    "sign_agreement",
    "sync_consents",
    "sync_opt_outs",
    "unasked_persons",
    "withdrawn_accessions",
    "without_cpr",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
