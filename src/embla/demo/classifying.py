"""Laboratories of the demo share what they concluded: lists, one disagreement resolved, one still open."""

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from embla.classification import (
    Content,
    Evidence,
    Identity,
    Named,
    import_list,
    inbox,
    name_allele,
    save_draft,
    sign,
    triage,
)
from embla.errors import BadInput
from embla.platform import OPERATOR, Actor, House

# Two real variants of CSTB (ClinVar 55960, 8395) that cause Unverricht-Lundborg disease together.
FRAMESHIFT: Final = "NC_000021.9:g.43774280_43774281delGA"
SPLICE: Final = "chr21-43774760-C-G"
DISEASE: Final = ("MONDO:0009698", "Unverricht-Lundborg disease (MONDO:0009698)")
LABS: Final = ("north", "central", "south", "capital", "zealand")


def classify(house: House, sites: Path, *, seed: int = 1) -> None:
    """Five lists of known sites; then two laboratories work on CSTB, each signed by a second person."""
    today = house.clock().date()
    with TemporaryDirectory() as scratch:
        for laboratory in LABS:
            path = Path(scratch) / f"{laboratory}.csv"
            _list(path, sites, Random(f"{seed} {laboratory}"), today)
            import_list(house, OPERATOR, laboratory, path)
    null = (("PVS1", "VeryStrong", "Null variant in a gene where loss of function causes the disease."),
            ("PM3", "Moderate", "Seen in trans with a pathogenic variant in one family."),
            ("PM2", "Supporting", "Absent from the release."))  # fmt: skip
    weak = (("PM2", "Supporting", "Absent from the release."), ("PP4", "Supporting", "One patient with the phenotype."))
    conclude(house, "capital", FRAMESHIFT, "P", null, on=today - timedelta(days=40), share="public")
    conclude(house, "zealand", FRAMESHIFT, "VUS", weak, on=today - timedelta(days=90))
    mine = inbox(house, _who("zealand", "lab"), "zealand")
    open_one = next(one for one in mine if one.allele.startswith("chr21-43774279"))
    said = triage(house, _who("capital", "lab"), "capital", open_one.id, "confident",
                  "Three families; the transcript is degraded.", open_one.revision)  # fmt: skip
    triage(house, _who("zealand", "lab"), "zealand", open_one.id, "will_amend", "", said.revision)
    conclude(house, "zealand", FRAMESHIFT, "LP", null[:1] + null[2:], on=today, expected=1)
    conclude(house, "capital", SPLICE, "P", null, on=today - timedelta(days=30), share="public")
    conclude(house, "zealand", SPLICE, "VUS", weak, on=today - timedelta(days=20))
    _draft(house, "zealand", "chr21-43774705-C-T", "VUS", (("PM2", "Supporting", "Absent."),), today, "labs", 0, True)


def conclude(
    house: House, laboratory: str, text: str, class_: str, evidence: tuple[tuple[str, str, str], ...], *, on: date,
    share: str = "labs", expected: int = 0,
) -> None:  # fmt: skip
    """One person of the laboratory writes, another signs."""
    made, number = _draft(house, laboratory, text, class_, evidence, on, share, expected, False)
    sign(house, _who(laboratory, "second"), made, expected=number, verdict=class_)


def _draft(
    house: House, laboratory: str, text: str, class_: str, evidence: tuple[tuple[str, str, str], ...], on: date,
    share: str, expected: int, blind: bool,
) -> tuple[str, int]:  # fmt: skip
    writer = _who(laboratory, "lab")
    named = name_allele(text, house.names)
    if not isinstance(named, Named):
        raise BadInput(named.said, reason=named.reason)
    content = Content(
        class_, on, writer.id, condition_label=DISEASE[1], share=share, submitted=text, method=named.method,
        blind=blind,
        evidence=tuple(Evidence(code, "met", strength, said) for code, strength, said in evidence),
    )  # fmt: skip
    shown = save_draft(
        house, writer, Identity(laboratory, str(named.variant), DISEASE[0], "AR"), named, content, expected=expected
    )
    return shown.record.id, shown.number


def _who(laboratory: str, part: str) -> Actor:
    return Actor(f"{part}-{laboratory}", frozenset({"lab"}), laboratory)


def _list(path: Path, sites: Path, dice: Random, today: date) -> None:
    """A laboratory's list of common variants: benign for the most part, here and there a doubt."""
    lines = [line.split("\t")[:5] for line in sites.read_text("utf-8").splitlines() if not line.startswith("#")]
    # What is told of CSTB comes after the lists.
    places = [line for line in lines if not line[1].startswith("43774")]
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["variant", "class", "condition", "evaluated", "criteria"])
        for contig, pos, _, ref, alt in dice.sample(places, min(25, len(places))):
            class_ = dice.choices(["B", "LB", "VUS"], [6, 3, 1])[0]
            criteria = {"B": "BA1", "LB": "BS1 BP4", "VUS": ""}[class_]
            day = today - timedelta(days=dice.randrange(1000))
            rows.writerow([f"{contig}-{pos}-{ref}-{alt}", class_, "", day.isoformat(), criteria])
        rows.writerow(["NM_000100.3:c.999del", "P", DISEASE[1], today.isoformat(), "PVS1"])
