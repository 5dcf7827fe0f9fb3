"""Whose the nation's genomes are: regions, laboratories, patient groups, persons, cases, genomes, opt-outs.

Owns: the registers with their days of validity, persons as random pseudonyms (never a CPR number, never a name),
families, cases, samples, genomes (accession `EMBG` + 11 digits), opt-out marks of two kinds, and the rule one person,
one vote. Words: *genome* = one accepted callset; *counted* = the one of a person's genomes that has the vote; *related*
= not in the largest set of counted persons of whom no two share blood that we pick, see model/kinship.py.
Never knows: genotypes, files, how a package is checked, pages. `permit` is the one door to a decision about a person's
data: it gathers the facts, asks `embla.policy` and logs the answer before anything is read.
Start at model/values.py, then counted.py and access.py.
"""

from typing import TYPE_CHECKING

from embla.face import lazy

if TYPE_CHECKING:
    from embla.registry.access import permit, registry_facts
    from embla.registry.cases import assign_clinician, case_of, cases_treated_by, close_case, ensure_case, find_case
    from embla.registry.counted import counted_genomes
    from embla.registry.genomes import (
        add_genome,
        end_genomes,
        find_genome,
        genomes_of_case,
        genomes_of_person,
        genomes_of_submission,
        genomes_with_source,
        next_accession,
    )
    from embla.registry.model.values import (
        Case,
        CountedGenome,
        FamilyMember,
        Genome,
        Laboratory,
        OptOut,
        PatientGroup,
        Region,
        accession,
        looks_like_cpr,
    )
    from embla.registry.organisations import (
        add_laboratory,
        find_laboratory,
        laboratories,
        patient_groups,
        region_on,
        regions,
        seed,
        shipped_registers,
    )
    from embla.registry.persons import (
        end_opt_out,
        ensure_family,
        ensure_person,
        ensure_sample,
        find_person,
        join_family,
        leave_family,
        opt_outs,
        person_exists,
        sample_person,
        set_opt_out,
    )

_NAMES = {
    "access": "permit registry_facts",
    "cases": "assign_clinician case_of cases_treated_by close_case ensure_case find_case",
    "counted": "counted_genomes",
    "genomes": "add_genome end_genomes find_genome genomes_of_case genomes_of_person"
    " genomes_of_submission genomes_with_source next_accession",
    "model.values": "Case CountedGenome FamilyMember Genome Laboratory OptOut PatientGroup Region accession"
    " looks_like_cpr",
    "organisations": "add_laboratory find_laboratory laboratories patient_groups region_on regions seed"
    " shipped_registers",
    "persons": "end_opt_out ensure_family ensure_person ensure_sample find_person join_family leave_family opt_outs"
    " person_exists sample_person set_opt_out",
}

__all__ = [
    "Case",
    "CountedGenome",
    "FamilyMember",
    "Genome",
    "Laboratory",
    "OptOut",
    "PatientGroup",
    "Region",
    "accession",
    "add_genome",
    "add_laboratory",
    "assign_clinician",
    "case_of",
    "cases_treated_by",
    "close_case",
    "counted_genomes",
    "end_genomes",
    "end_opt_out",
    "ensure_case",
    "ensure_family",
    "ensure_person",
    "ensure_sample",
    "find_case",
    "find_genome",
    "find_laboratory",
    "find_person",
    "genomes_of_case",
    "genomes_of_person",
    "genomes_of_submission",
    "genomes_with_source",
    "join_family",
    "laboratories",
    "leave_family",
    "looks_like_cpr",
    "next_accession",
    "opt_outs",
    "patient_groups",
    "permit",
    "person_exists",
    "region_on",
    "regions",
    "registry_facts",
    "sample_person",
    "seed",
    "shipped_registers",
    "set_opt_out",
]

__getattr__ = lazy(__name__, {name: module for module, names in _NAMES.items() for name in names.split()})
