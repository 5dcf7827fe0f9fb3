"""The words of figures, papers and tables in the reader's language. Measures' names in JSON stay English."""

from typing import Final

from embla.platform import translator
from embla.platform.web import N_

# rule -> what a figure is, who owns it, and where it comes from.
RULES: Final = {
    "samples": N_("Genome and RNA samples in the database: the last published count, and on it those accepted here on "
                  "later days; who was withdrawn or replaced is taken out on that day."),
    "sources": N_("The same samples by who paid and why: patient care in the national groups, general purpose "
                  "reporting by the regions, research."),
    "equivalents": N_("A germline genome of 30x is 1, a tumour genome of 90x is 3, an RNA sample is 1. A sample whose "
                      "depth is unknown has none, and is never 0."),
    "growth": N_("From the count at one year's end to the next, in per cent of the first, two decimals."),
    "users": N_("Persons with an account: as published, and from the first account here on those open."),
    "uptime": N_("Share of the year in which the computing center answered, planned and unplanned downtime together."),
    "published": N_("As printed in the annual report; no event here changes it."),
    "acceptance": N_("Packages accepted of all that were judged here, tests left out."),
    "production": N_("Samples accepted less those taken out, by month (UTC), counted here."),
    "turnaround": N_("Days from a sample's receipt to data ready, nearest rank; the goal is 14 days for 90 % of "
                     "samples, 7 for urgent ones."),
    "yield": N_("Positive of all clinical answers of the newest year, as entered by the specialists; patient groups "
                "with few of either are left out."),
    "implementation": N_("Observed of expected genome equivalents by patient group, in the year of the day; a sample "
                         "counts as one, and nothing expected has none."),
    "inhabitants": N_("Genomes counted here per 100,000 inhabitants of the region, with the 95 % interval of a Poisson "
                      "count; inhabitants as entered, with their year and source."),
    "storage": N_("The day on which a place of storage is full, by how it grew between its first and last measurement "
                  "of a year."),
    "co_financing": N_("What of the regions' frame was not needed goes back, divided by the key in force by the "
                       "largest remainder."),
    "goe": N_("Genomes of the Genome of Europe cohort: a counter of its own, in none of the others by itself."),
}  # fmt: skip
NAMES: Final = {
    "genomes": N_("Genomes in the database"), "genomes_by_source": N_("Genomes by source"),
    "genome_equivalents": N_("Genome equivalents"), "growth_year_percent": N_("Growth in the year, per cent"),
    "growth_year_genomes": N_("Growth in the year, genomes"), "users": N_("Users"),
    "users_by_kind": N_("Users by kind"), "uptime_percent": N_("Uptime, per cent"),
    "uptime_hours_down": N_("Hours down in the year"), "pipelines": N_("Pipelines"),
    "tools": N_("Tools for interpretation"), "research_groups": N_("Research groups"),
    "projects": N_("Research projects"), "patient_groups_included": N_("Patient groups included"),
    "patient_groups_approved": N_("Patient groups approved"), "patient_groups_pending": N_("Patient groups pending"),
    "clouds": N_("Clouds"), "acceptance_percent": N_("Packages accepted, per cent"),
    "monthly_production": N_("Monthly production"),
    "uptime_hours_by_plan": N_("Hours down, planned and not"), "turnaround_days": N_("Turnaround, days"),
    "genomes_per_100000": N_("Genomes per 100,000 inhabitants"),
    "implementation_percent": N_("Degree of implementation, per cent"),
    "diagnostic_yield_percent": N_("Diagnostic yield, per cent"), "storage_full_on": N_("Storage is full on"),
    "co_financing_returned": N_("Co-financing that goes back, kroner"),
    "turnaround_urgent_days": N_("Turnaround of urgent samples, days"), "genome_of_europe": N_("Genome of Europe"),
}  # fmt: skip
# rule -> who answers for it, and which query it is.
_CENTER, _HPC = N_("The genome center"), N_("The computing center")
OWNERS: Final = dict.fromkeys(RULES, _CENTER) | {
    "uptime": _HPC, "storage": _HPC, "published": N_("Whoever published it"), "yield": N_("The specialist networks"),
    "implementation": N_("The specialist networks"),
}  # fmt: skip
SOURCES: Final = {
    "samples": "history:genomes@DAY + equivalents-counted, person-withdrawn", "sources": "history:genomes.SOURCE@DAY",
    "equivalents": "equivalents-counted, person-withdrawn", "growth": "the figure genomes, at two year ends",
    "users": "history:users@DAY; account-created, account-closed", "uptime": "history:uptime@DAY; ledger: outage",
    "published": "history:MEASURE@DAY", "acceptance": "equivalents-counted, submission-refused",
    "production": "equivalents-counted, person-withdrawn", "turnaround": "ledger: turnaround",
    "yield": "ledger: yields", "implementation": "ledger: expected_equivalents; release-cut",
    "inhabitants": "ledger: inhabitants; release-cut", "storage": "ledger: storage",
    "co_financing": "ledger: co_financing, key", "goe": "equivalents-counted of the study; release-cut",
}  # fmt: skip
# What the published figures disagree about.
TOPICS: Final = {
    "growth": N_("Growth in 2023"), "patient_groups": N_("Samples of the patient groups"),
    "playbook": N_("Playbook's budget"), "grants": N_("The two budgets"), "new_budget": N_("New budget"),
    "tools": N_("Tools for interpretation"), "clouds": N_("Clouds"), "partners": N_("Strategic partners"),
    "initiatives": N_("Initiatives of the center"), "groups_of_2021": N_("Number of patient groups"),
    "projects": N_("Research projects"), "sixty_thousand": N_("The 60,000"), "conference": N_("Day of the conference"),
    "forums": N_("Forums"), "mandate": N_("The mandate"), "annex_1": N_("Annex 1"),
    "labels": N_("Counts and percentages by group"), "refunds_reported": N_("Paid and not reported"),
    "refunds_published": N_("Paid of published counts"),
}  # fmt: skip
# Parts of a budget of which it is told why they are not known.
REASONS: Final = {
    "parts": N_("Fixed, variable and undisposed parts."), "spend": N_("Spent"), "expected": N_("Expected"),
    "budget": N_("Budget"),
}  # fmt: skip
PAGES: Final = {
    "figure": N_("One figure"), "money": N_("Money"), "decisions": N_("Decisions"),
    "reconciliation": N_("What disagrees"), "group": N_("Evaluation"), "ledger": N_("Ledger"),
    "entry": N_("An entry"), "postings": N_("Postings"),
}  # fmt: skip
CELLS: Final = {
    "clinical": N_("clinical"), "general": N_("general purpose"), "research": N_("research"),
    "clinicians": N_("clinicians"), "researchers": N_("researchers"), "partners": N_("strategic partners"),
    "others": N_("others"), "managed": N_("managed by the center"), "self_managed": N_("self-managed"),
    "production_external": N_("in production externally"), "pipeline_test": N_("pipeline tests"),
    "planned": N_("planned"), "unplanned": N_("unplanned"), "p50": N_("half of the samples"),
    "p90": N_("nine of ten samples"), "goal": N_("goal for nine of ten"),
    "ready": N_("ready for users"), "testing": N_("used for testing"),
}  # fmt: skip
_ANNEX: Final = {
    "title": N_("Annex: status of budget and targets"), "demo": N_("Demo: persons and amounts here are made up."),
    "demo_amount": N_("demo amount"), "unknown": N_("not known"), "made": N_("made"), "money": N_("Budget"),
    "unit_millions": N_("Millions of kroner."), "line": N_("Line"), "amount": N_("Amount"), "budget": N_("Budget"),
    "expected": N_("Expected"), "less": N_("Expected not to be spent"), "spend": N_("Spent"), "rest": N_("Left"),
    "parts": N_("Fixed, variable and undisposed parts."), "part": N_("Part"), "fixed": N_("fixed"),
    "variable": N_("variable"), "undisposed": N_("undisposed"), "lines": N_("Lines"), "explains": N_("What it is"),
    "kroner": N_("Kroner"), "versions": N_("Versions side by side"), "version": N_("Version"),
    "deviation": N_("Accounted less budget"), "target": N_("The 60,000"), "measure": N_("Measure"),
    "count": N_("Count"), "genomes": N_("Genomes in the database"), "equivalents": N_("Genome equivalents"),
    "left": N_("Genomes left that are refunded"), "refunds": N_("Refunds to the regions"), "region": N_("Region"),
    "units": N_("Reported"), "owed_amount": N_("Refund, kroner"), "paid": N_("Paid, kroner"),
    "grant": N_("Set aside by the grant"), "unknowns": N_("What is not known, and why"),
}  # fmt: skip


def annex_words(language: str) -> dict[str, str]:
    """The annex's words."""
    say = translator(language).gettext
    return {name: say(text) for name, text in _ANNEX.items()}


_SHARED: Final = {
    "demo": _ANNEX["demo"], "unknown": _ANNEX["unknown"], "made": _ANNEX["made"], "region": _ANNEX["region"],
}  # fmt: skip
_STATEMENT: Final = _SHARED | {
    "title": N_("Account statement of the regions"), "unit": N_("Unit"), "genomes": N_("reported genomes"),
    "equivalents": N_("genome equivalents"), "accounts": N_("What each region is due"), "reported": N_("Reported"),
    "rate": N_("Rate"), "amount": N_("Refund, kroner"), "paid": N_("Paid, kroner"), "owed": N_("Owed, kroner"),
    "left": N_("What is left"), "line": N_("Line"), "value": N_("Value"), "all": N_("Reported in all"),
    "rest_units": N_("Genomes left that are refunded"), "grant": N_("Set aside by the grant"),
    "paid_all": N_("Paid in all, kroner"), "rest": N_("Left"),
    "cap": N_("Genome 60,000 is refunded, 60,001 is not. A genome is accounted when a release first tells of it; small "
              "numbers of a region are hidden."),
    "entries": N_("Payments of the period"), "none": N_("None."), "entry": N_("Entry"), "day": N_("Day"),
    "numbers": N_("Units by number"), "decision": N_("Decision"), "takes_back": N_("takes back entry"),
}  # fmt: skip
_EVALUATION: Final = _SHARED | {
    "title": N_("Evaluation of a patient group"), "count": N_("How many were sequenced"), "samples": N_("Samples"),
    "degree": N_("At least, of the expected genome equivalents"),
    "no_degree": N_("Degree of implementation: not known, because no expected number was entered or no sample is "
                    "shown."),
    "process_time": N_("From receipt to data ready"), "urgent": N_("Urgent samples"), "plain": N_("Samples"),
    "p50": N_("half of the samples within days:"), "p90": N_("nine of ten:"), "goal": N_("goal:"),
    "of_group": N_("Of this group alone. Where its own days were not entered, or are of too few samples, they are "
                   "not known; those of all groups are not given in their place."),
    "international": N_("International experience"), "literature": N_("Systematic literature review"),
    "interviews": N_("Interviews with clinicians"), "cases": N_("Patient cases"), "missing": N_("not written yet"),
}  # fmt: skip


def statement_words(language: str) -> dict[str, str]:
    """The account statement's words."""
    say = translator(language).gettext
    return {name: say(text) for name, text in _STATEMENT.items()}


def evaluation_words(language: str) -> dict[str, str]:
    """The evaluation's words."""
    say = translator(language).gettext
    return {name: say(text) for name, text in _EVALUATION.items()}
