"""The loop in the demo: the trio of CSTB is reported and answered, a class changes, and its department closes the loop.

The real variants of a published family stand in made-up people. What is left open is for a visitor: a relative's
follow-up, a colleague's question, and a class that a third laboratory sees otherwise.
"""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from embla.answers import Draft, Said, acknowledge, ask, asked_of_me, catch_up, decide, give, mine, read, reply, whole
from embla.classification import Entry, Panel, approve_panel, concluded, define_panel, draft_panel, put_in_force
from embla.demo.classifying import FRAMESHIFT, SPLICE, conclude
from embla.platform import OPERATOR, Actor, House
from embla.registry import Statement, note_consent
from embla.submission import prepare_sheet, receive_many

DOCTOR: Final = Actor("clinician-capital", frozenset({"clinician"}))
REGISTRAR: Final = Actor("registrar-capital", frozenset({"clinician"}))
NORTH: Final = Actor("clinician-north", frozenset({"clinician"}))
PANEL: Final = "progressive-myoclonus-epilepsy"
# ClinVar 55960 and 8395, and one change that neither parent has (the trio of the slice's example).
_FRAMESHIFT: Final = (43_774_279, "GGA", "G")
_DE_NOVO: Final = (43_774_705, "C", "T")
_SPLICE: Final = (43_774_760, "C", "G")
_MARK: Final = (43_774_500, "G", "C")
# Sample, role, person, karyotype, what is carried; the last is another family in another region.
_PEOPLE: Final = (
    ("cstb-child", "index", "XX", (_FRAMESHIFT, _DE_NOVO, _SPLICE)),
    ("cstb-mother", "mother", "XX", (_SPLICE,)),
    ("cstb-father", "father", "XY", (_FRAMESHIFT,)),
    ("cstb-north", "index", "XY", (_MARK, _SPLICE)),
)  # fmt: skip
_SPAN: Final = (43_770_001, 43_780_000)
_HEAD: Final = """##fileformat=VCFv4.2
##FILTER=<ID=PASS,Description="All filters passed">
##ALT=<ID=NON_REF,Description="Any other allele">
##INFO=<ID=END,Number=1,Type=Integer,Description="End">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">
##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">
##contig=<ID=chr21,length=46709983>
"""


def follow_up(house: House, scratch: Path) -> int:
    """From the report to the closed loop; how many follow-ups are left open."""
    today = house.clock().date()
    case, people = _report(house, scratch, today)
    for person in people:
        note_consent(house, OPERATOR, Statement(
            person, "general", "2.1", "given", today - timedelta(days=9), "all", True, True, True,
        ))  # fmt: skip
    _agree_on_panel(house, today)
    catch_up(house)
    # Zealand calls the splice variant uncertain: so it is answered.
    first = give(house, DOCTOR, case, Draft(
        "One cause of disease and one variant of uncertain significance in CSTB.",
        (Said(FRAMESHIFT, _of(house, FRAMESHIFT, "capital")), Said(SPLICE, _of(house, SPLICE, "zealand"), "candidate")),
        panel=PANEL,
    ))  # fmt: skip
    _deliver(house, case, first.answer, 1)
    codes = (("PVS1", "VeryStrong", "Splice site of a gene where loss of function causes the disease."),
             ("PM2", "Supporting", "Absent from the release."))  # fmt: skip
    conclude(house, "zealand", SPLICE, "LP", codes, on=today, expected=1)
    catch_up(house)
    patient = next(one for one in mine(house, DOCTOR)[1]
                   if whole(house, DOCTOR, one.case, one.id).one.role == "patient")  # fmt: skip
    decide(house, DOCTOR, case, patient.id, "amend", text="Both changes cause the disease together.", expected=1)
    give(house, DOCTOR, case, Draft(
        "Unverricht-Lundborg disease: two changes in CSTB, one from each parent.",
        (Said(FRAMESHIFT, _of(house, FRAMESHIFT, "capital")), Said(SPLICE, _of(house, SPLICE, "zealand"))),
        "amended", "The splice variant was re-classified by Zealand.", PANEL,
    ), answer=first.answer, expected=1, follow_up=patient.id)  # fmt: skip
    _deliver(house, case, first.answer, 2)
    ask(house, DOCTOR, case, SPLICE, "Has anybody seen this variant with another change in CSTB?")
    waiting, _ = asked_of_me(house, NORTH)[0]
    reply(house, NORTH, waiting.case, waiting.question.id, "Alone in a healthy person, found by chance.", "Ward 4")
    conclude(house, "south", SPLICE, "VUS", (("PM2", "Supporting", "Absent."),), on=today)
    catch_up(house)
    return len(mine(house, DOCTOR)[1])


def _report(house: House, scratch: Path, today: date) -> tuple[str, list[str]]:
    columns = ("sample", "file", "package", "laboratory", "case", "kind", "patient_group", "opened", "clinicians",
               "role", "person", "karyotype", "callability", "pipeline", "pipeline_version")  # fmt: skip
    sheet = scratch / "cstb.tsv"
    with sheet.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, columns, delimiter="\t")
        table.writeheader()
        for name, role, karyotype, calls in _PEOPLE:
            trio = name != "cstb-north"
            table.writerow({
                "sample": name, "file": str(_gvcf(scratch / f"{name}.g.vcf", name, calls)),
                "package": "cstb-trio" if trio else name, "laboratory": "capital" if trio else "north",
                "case": "CSTB-1" if trio else "CSTB-2", "kind": "trio" if trio else "single",
                "patient_group": "rare-diseases", "opened": (today - timedelta(days=9)).isoformat(),
                "clinicians": "clinician-capital;registrar-capital" if trio else "clinician-north", "role": role,
                "person": name, "karyotype": karyotype, "callability": "gvcf", "pipeline": "gatk",
                "pipeline_version": "4.5.0",
            })  # fmt: skip
    case, people = "", []
    for _, outcome in receive_many(house, OPERATOR, prepare_sheet(sheet, scratch / "cstb").packages):
        if isinstance(outcome, Exception):
            raise outcome
        people += [one.person for one in outcome.genomes if one.role != "father"]
        case = outcome.case if outcome.laboratory == "capital" else case
    return case, people


def _gvcf(path: Path, sample: str, calls: tuple[tuple[int, str, str], ...]) -> Path:
    """Reference blocks over the gene, with the calls between them."""
    lines, at = [], _SPAN[0]
    for pos, ref, alt in calls:
        lines.append(f"chr21\t{at}\t.\tN\t<NON_REF>\t.\t.\tEND={pos - 1}\tGT:DP:GQ\t0/0:32:90")
        lines.append(f"chr21\t{pos}\t.\t{ref}\t{alt},<NON_REF>\t.\tPASS\t.\tGT:DP:GQ\t0/1:31:90")
        at = pos + len(ref)
    lines.append(f"chr21\t{at}\t.\tN\t<NON_REF>\t.\t.\tEND={_SPAN[1]}\tGT:DP:GQ\t0/0:32:90")
    head = "\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", sample])
    path.write_text(f"{_HEAD}{head}\n" + "\n".join(lines) + "\n")
    return path


def _agree_on_panel(house: House, today: date) -> None:
    capital, zealand = (Actor(f"lab-{name}", frozenset({"lab"}), name) for name in ("capital", "zealand"))
    define_panel(house, OPERATOR, Panel(
        PANEL, "Progressive myoclonus epilepsy", "GenNet rare diseases", "rare-diseases", ("capital", "zealand"), 1,
    ))  # fmt: skip
    genes = [Entry("HGNC:2482", "CSTB", "minimum", "AR", evidence="Unverricht-Lundborg disease."),
             Entry("HGNC:3413", "EPM2A", "minimum", "AR", evidence="Lafora disease."),
             Entry("HGNC:21576", "NHLRC1", "minimum", "AR", evidence="Lafora disease."),
             Entry("HGNC:14203", "KCTD7", "recommended", "AR")]  # fmt: skip
    draft_panel(house, capital, PANEL, genes, "What each laboratory's test must hold.", expected=0)
    approve_panel(house, zealand, PANEL, 1)
    put_in_force(house, capital, PANEL, 1, today)


def _of(house: House, text: str, laboratory: str) -> str:
    """The classification that a laboratory shares of an allele."""
    allele = "chr21-43774279-GGA-G" if text == FRAMESHIFT else text
    return next(one.record.id for one in concluded(house, DOCTOR, allele)
                if one.record.identity.laboratory == laboratory)  # fmt: skip


def _deliver(house: House, case: str, answer: str, number: int) -> None:
    """The record system takes it in, and another clinician than the one who wrote it reads it."""
    acknowledge(house, REGISTRAR, case, answer, number, f"EPJ-{number}-{answer[-4:]}")
    read(house, REGISTRAR, case, answer, number)
