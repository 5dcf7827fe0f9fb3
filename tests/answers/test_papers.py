"""The paper of an answer: tagged, in both languages, and what somebody wrote is text in it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from embla.answers.model.answer import Answer, Finding, Version
from embla.answers.model.fhir import bundle
from embla.answers.paper import _told, answer_pdf

FINDING = Finding("chr21-43774279-GGA-G", {"g": "NC_000021.9:g.1del"}, "het", "C1", 2, "north", "P", "MONDO:9698", "AR",
                  "2026-02-01")  # fmt: skip


@pytest.mark.parametrize("language", ["da", "en"])
def test_paper__is_tagged_and_what_was_written_steers_nothing(language: str) -> None:
    pytest.importorskip("typst", reason="typst (extra pdf) is not there")
    hostile = '#panic("no") $ ] \\ #read("/etc/passwd") <b>\u202e'
    content = Answer((FINDING,), hostile, "amended", hostile, panel="p", panel_version="2.0", genome="EMBG1")
    version = Version("A1", 2, content, datetime(2026, 3, 2, tzinfo=UTC), "doctor")

    made = answer_pdf(version, "case #1", language=language)

    assert made.startswith(b"%PDF-1.7") and b"/StructTreeRoot" in made and b"pdfuaid" in made
    assert answer_pdf(version, "case #1", language=language) == made


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        ({"counted": "observed", "ac": 3, "an": 25_000, "af": 3 / 25_000}, ("3", "25,000")),
        ({"counted": "absent", "ac": 0, "an": 25_000, "af": 0.0}, ("not observed in 25,000 alleles",)),
        ({"counted": "suppressed"}, ("few, hidden",)),
        ({"counted": "not_callable", "an": 0}, ("cannot be read here",)),
        ({}, ()),
    ],
)
def test_paper__says_who_answered_and_how_often_the_release_has_it(
    counted: dict[str, Any], words: tuple[str, ...]
) -> None:
    content = Answer((replace(FINDING, **counted),), "Found.", release="2026.4", genome="EMBG1")

    told = _told(Version("A1", 1, content, datetime(2026, 3, 2, tzinfo=UTC), "doctor"), "c", "Dr. Holm", "en", "UTC")

    assert ["Answered by", "Dr. Holm (doctor)"] in told["facts"]
    rows = dict(told["findings"][0]["rows"])
    assert rows["Class"] == "Pathogenic"
    assert all(word in rows.get("How often in the nation, release 2026.4", "") for word in words)
    assert words or "How often in the nation, release 2026.4" not in rows


def test_finding__of_before_frequencies_were_kept_is_read_as_it_was() -> None:
    kept = Answer((FINDING,), "Found.").to_json()
    for name in ("counted", "ac", "an", "af"):
        del kept["findings"][0][name]

    assert Answer.of_json(kept) == Answer((FINDING,), "Found.")


def test_mtdna__has_no_one_or_two_copies() -> None:
    def told(genotype: str) -> tuple[str, str]:
        one = replace(FINDING, allele="chrM-3243-A-G", genotype=genotype)
        version = Version("A1", 1, Answer((one,), "Found."), datetime(2026, 3, 2, tzinfo=UTC), "doctor")
        rows = dict(_told(version, "c", "Dr. Holm", "en", "UTC")["findings"][0]["rows"])
        (variant,) = (one["resource"] for one in bundle(version, "c")["entry"]
                      if one["resource"].get("code", {}).get("coding", [{}])[0].get("code") == "69548-6")  # fmt: skip
        (state,) = (part["valueCodeableConcept"]["coding"][0]["code"] for part in variant["component"]
                    if part["code"]["coding"][0]["code"] == "53034-5")  # fmt: skip
        return rows["Carried"], state

    # LOINC LL381-5.
    assert told("het") == ("in a part of the mitochondrial DNA", "LA6703-8")
    assert told("hom") == ("in all or nearly all mitochondrial DNA", "LA6704-6")
    assert (FINDING.carried, replace(FINDING, allele="chrM-3243-A-G", genotype="half").carried) == ("het", "half")


def test_fhir__a_panel_is_no_gene() -> None:
    content = Answer((), "Nothing.", panel="epilepsy", panel_version="2.0")
    told = bundle(Version("A1", 1, content, datetime(2026, 3, 2, tzinfo=UTC), "doctor"), "c")

    (studied,) = (one["resource"] for one in told["entry"] if "region-studied" in str(one["resource"].get("meta")))
    (part,) = studied["component"]
    # LOINC 81293-3, Description of ranges of DNA sequences examined.
    assert part["code"]["coding"][0]["code"] == "81293-3" and part["valueString"] == "panel epilepsy, version 2.0"


def test_paper__names_laboratories_and_says_when_another_version_took_its_place() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    content = Answer((FINDING,), "Found.", genome="EMBG1", laboratory="north", panel="epi", panel_version="2.0")
    first, second = Version("A1", 1, content, at, "doctor"), Version("A1", 2, content, at, "doctor")

    told = _told(first, "c", "Dr. Holm", "en", "UTC", {"north": "North Hospital"}, "Epilepsy", second)
    facts, rows = dict(told["facts"]), dict(told["findings"][0]["rows"])

    assert facts["Laboratory"] == "North Hospital (north)" and facts["Panel"] == "Epilepsy 2.0"
    assert rows["Stands on"] == "North Hospital (north), C1/2, 1 Feb 2026"
    assert told["facts"][0][0] == "Not in force" and "version 2" in told["facts"][0][1]
    assert "Not in force" not in dict(_told(second, "c", "", "en", "UTC")["facts"])


def test_fhir__says_who_answered_as_the_letter_does() -> None:
    told = bundle(Version("A1", 1, Answer((), "Nothing."), datetime(2026, 3, 2, tzinfo=UTC), "doctor"), "c", by="Holm")

    by_address = {one["fullUrl"]: one["resource"] for one in told["entry"]}
    (who,) = told["entry"][0]["resource"]["resultsInterpreter"]
    assert by_address[who["reference"]]["identifier"] == [{"system": "urn:embla:account", "value": "doctor"}]
    assert by_address[who["reference"]]["name"] == [{"text": "Holm"}]
