"""A clinic: the trio of CSTB (data/clinical: two real ClinVar alleles in trans and one de novo), another carrier, and
two laboratories that conclude. Over the demo's reference, so that names resolve."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from embla.answers import Draft, Said, catch_up, give
from embla.answers.model.answer import Version
from embla.classification import Shown, concluded
from embla.demo.classifying import conclude
from embla.platform import OPERATOR, Actor, House, create_account
from embla.reference import Reference, demo_reference_paths
from embla.registry import Statement, note_consent
from embla.submission import Acknowledgement, receive_many
from tests.support.laboratory import Call, make_single, make_trio

DOCTOR = Actor("doctor", frozenset({"clinician"}))
REGISTRAR = Actor("registrar", frozenset({"clinician"}))
OTHER = Actor("other", frozenset({"clinician"}))
STRANGER = Actor("stranger", frozenset({"clinician"}))
FRAMESHIFT: Call = ("chr21", 43_774_279, "GGA", "G", "0/1")
SPLICE: Call = ("chr21", 43_774_760, "C", "G", "0/1")
DE_NOVO: Call = ("chr21", 43_774_705, "C", "T", "0/1")
CSTB, SPLICED = "chr21-43774279-GGA-G", "chr21-43774760-C-G"
CODES = {
    "P": (("PVS1", "VeryStrong", "Null."), ("PM3", "Moderate", "In trans."), ("PM2", "Supporting", "Absent.")),
    "LP": (("PVS1", "VeryStrong", "Null."), ("PM2", "Supporting", "Absent.")),
    "VUS": (("PM2", "Supporting", "Absent."),),
    "B": (("BA1", "StandAlone", "Common."),),
}
TRIO: dict[str, Iterable[Call]] = {
    "index": [FRAMESHIFT, DE_NOVO, SPLICE], "mother": [SPLICE], "father": [FRAMESHIFT],
}  # fmt: skip


@dataclass(frozen=True)
class Clinic:
    """What was reported, by package."""

    house: House
    folder: Path
    told: dict[str, Acknowledgement]

    def genome(self, package: str = "T1", role: str = "index") -> str:
        return next(one.accession for one in self.told[package].genomes if one.role == role)

    def person(self, package: str = "T1", role: str = "index") -> str:
        return next(one.person for one in self.told[package].genomes if one.role == role)

    def case(self, package: str = "T1") -> str:
        return self.told[package].case

    def consent(self, person: str, *, recontact: bool = True, says: str = "given") -> None:
        day = self.house.clock().date()
        findings = "all" if says == "given" else None
        note_consent(self.house, OPERATOR, Statement(person, "general", "2.1", says, day, findings, recontact))  # type: ignore[arg-type]

    def conclude(self, laboratory: str, class_: str, *, allele: str = CSTB, expected: int = 0) -> None:
        conclude(self.house, laboratory, allele, class_, CODES[class_], on=self.house.clock().date(), expected=expected)

    def shared(self, laboratory: str, allele: str = CSTB) -> Shown:
        return next(
            one for one in concluded(self.house, DOCTOR, allele) if one.record.identity.laboratory == laboratory
        )

    def answered(self, laboratory: str = "capital", *, case: str = "T1", actor: Actor = DOCTOR) -> Version:
        said = Said(CSTB, self.shared(laboratory).record.id)
        return give(self.house, actor, self.case(case), Draft("A cause was looked for.", (said,)))

    def later(self, **days: int) -> None:
        self.house.clock.at += timedelta(**days)  # type: ignore[attr-defined]


def open_clinic(house: House, folder: Path) -> Clinic:
    """Reported, nobody has concluded, nobody has consented."""
    house.__dict__["reference"] = Reference.open(demo_reference_paths().fasta)
    with house.database.transaction() as connection:
        for actor in (DOCTOR, REGISTRAR, OTHER, STRANGER):
            create_account(
                connection, actor.id, display=actor.id.title(), roles=actor.roles, by=OPERATOR, at=house.clock()
            )
    packages = [
        make_trio(folder / "T1", "T1", TRIO, case={"kind": "trio", "clinicians": ["doctor", "registrar"]}),
        make_single(
            folder / "N1",
            "N1",
            [("chr21", 5_030_500, "A", "G", "0/1"), FRAMESHIFT],
            laboratory="south",
            case={"clinicians": ["other"]},
        ),
        make_single(
            folder / "N2", "N2", [("chr21", 5_031_500, "A", "G", "0/1"), SPLICE], case={"clinicians": ["other"]}
        ),
    ]
    told = {}
    for _, outcome in receive_many(house, OPERATOR, packages):
        if isinstance(outcome, Exception):
            raise outcome
        told[outcome.package] = outcome
    catch_up(house)
    return Clinic(house, folder, told)
