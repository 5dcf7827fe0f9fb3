"""News become follow-ups: each once, whatever dies; only for those who may be asked; and they leave with the person."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from embla.answers import (
    Draft,
    Said,
    catch_up,
    decide,
    escalations,
    finding,
    give,
    looking,
    mine,
    register,
    store,
    tables,
    watching,
    whole,
)
from embla.answers.finding import newest_genome
from embla.answers.model.answer import Answer
from embla.answers.model.fhir import bundle
from embla.classification import Entry, Panel
from embla.classification.panels import approve_panel, define_panel, draft_panel, put_in_force
from embla.errors import Conflict, NotPermitted
from embla.genotypes import counting
from embla.platform import OPERATOR, Actor, events_since
from embla.reference import Genes, demo_reference_paths
from embla.registry import withdraw_person
from embla.submission import receive
from tests.answers.clinic import CSTB, DE_NOVO, DOCTOR, FRAMESHIFT, OTHER, SPLICE, STRANGER, Clinic
from tests.support.laboratory import Call, make_single, make_trio, manifest, person, write_gvcf, write_manifest

LAB = Actor("lab-north", frozenset({"lab"}), "north")
ADMIN = Actor("admin", frozenset({"admin"}))


def lines(clinic: Clinic, actor: Actor = DOCTOR) -> list[Any]:
    return mine(clinic.house, actor)[1]


def subjects(clinic: Clinic) -> list[str]:
    with clinic.house.database.reading() as connection:
        return sorted(connection.execute(select(tables.follow_ups.c.subject)).scalars())


def changed(clinic: Clinic) -> None:
    """A class goes from uncertain to pathogenic, and both are seen."""
    clinic.conclude("capital", "VUS")
    catch_up(clinic.house)
    clinic.conclude("capital", "P", expected=1)


def test_news__a_death_before_the_commit_changes_nothing_and_the_next_run_does_it_all(
    clinic_on_both: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic, calls = clinic_on_both, 0
    clinic.consent(clinic.person())
    changed(clinic)
    real = watching.append_event

    def dies(*args: Any, **said: Any) -> Any:
        nonlocal calls
        calls += 1
        raise OSError("the power went")

    monkeypatch.setattr(watching, "append_event", dies)
    with pytest.raises(OSError):
        catch_up(clinic.house)
    assert calls == 1 and not lines(clinic)

    monkeypatch.setattr(watching, "append_event", real)
    assert catch_up(clinic.house).opened == 1
    assert catch_up(clinic.house).opened == 0
    with clinic.house.database.transaction() as connection:  # the same entries read again, as by a fold that is behind
        connection.execute(tables.fold.update().values(number=0))
    assert catch_up(clinic.house).opened == 0
    assert len(lines(clinic)) == 1


def test_news__of_an_entry_with_a_fault_waits_and_everybody_elses_goes_on(
    clinic_on_both: Clinic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clinic, house = clinic_on_both, clinic_on_both.house
    splice = "-".join(str(part) for part in SPLICE[:4])
    clinic.consent(clinic.person())
    clinic.conclude("capital", "VUS")
    clinic.conclude("zealand", "VUS", allele=splice)
    catch_up(house)
    real = looking.touched

    def faulty(connection: Any, event: Any) -> Any:
        found = real(connection, event)
        if CSTB in found:
            raise KeyError("patient 7")
        return found

    monkeypatch.setattr(looking, "touched", faulty)
    caplog.clear()
    clinic.conclude("capital", "P", expected=1)
    clinic.conclude("zealand", "P", allele=splice, expected=1)

    told = catch_up(house)

    assert (told.aside, told.opened) == (1, 1) and subjects(clinic) == [splice]
    assert (catch_up(house).aside, catch_up(house).opened) == (1, 0)
    with house.database.reading() as connection:
        (entry,) = events_since(connection, 0, kinds=("follow-up-entry-aside",))
    assert entry.body == {"kind": "classification-signed", "error": "KeyError"}

    assert "KeyError at test_watching.py" in caplog.text and "patient 7" not in caplog.text

    # Two further changes while it waits: what stands then is asked about, once.
    clinic.conclude("capital", "VUS", expected=2)
    clinic.conclude("capital", "LP", expected=3)
    assert catch_up(house).aside == 3
    monkeypatch.setattr(looking, "touched", real)
    told = catch_up(house)
    assert (told.aside, told.opened, told.joined) == (0, 1, 0)
    assert subjects(clinic) == sorted([CSTB, splice])
    again = catch_up(house)
    assert (again.aside, again.opened, again.news) == (0, 0, 0)


def test_news__that_can_never_be_worked_out_keep_no_other_entry_waiting_for_ever(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    splice = "-".join(str(part) for part in SPLICE[:4])
    real, never = looking.touched, {CSTB, splice}

    def faulty(connection: Any, event: Any) -> Any:
        found = real(connection, event)
        if never.intersection(found):
            raise KeyError("lost")
        return found

    monkeypatch.setattr(looking, "touched", faulty)
    monkeypatch.setattr(watching, "MOST_AGAIN", 1)
    clinic.conclude("capital", "VUS")
    clinic.conclude("zealand", "VUS", allele=splice)
    assert catch_up(clinic.house).aside == 2
    never.remove(splice)

    waiting = []
    for _ in range(8):
        clinic.later(seconds=1)
        waiting.append(catch_up(clinic.house).aside)

    assert waiting[-1] == 1


def test_news__of_a_carrier_in_what_cannot_be_read_wait_alone_and_are_asked_once_it_can(
    clinic_on_both: Clinic, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clinic, house = clinic_on_both, clinic_on_both.house
    splice = "-".join(str(part) for part in SPLICE[:4])
    calls = [("chr21", 5_032_500, "A", "G", "0/1"), FRAMESHIFT]
    late = receive(house, OPERATOR, make_single(clinic.folder / "N3", "N3", calls, case={"clinicians": ["other"]}))
    for who in (clinic.person("T1"), clinic.person("N2"), late.genomes[0].person):
        clinic.consent(who)
    clinic.conclude("capital", "VUS")
    clinic.conclude("zealand", "VUS", allele=splice)
    catch_up(house)
    real, lost = counting._hit, late.genomes[0].accession  # in a segment of its own

    def unreadable(view: Any, segment: Any, variant: Any) -> Any:
        if lost in segment.table.names:
            raise OSError("Input/output error")
        return real(view, segment, variant)

    monkeypatch.setattr(counting, "_hit", unreadable)
    clinic.conclude("capital", "P", expected=1)  # carried by T1, N1, N3
    clinic.conclude("zealand", "P", allele=splice, expected=1)  # by T1 and N2

    caplog.clear()
    told = catch_up(house)

    assert (told.opened, told.aside) == (3, 2), "of both news those who can be read are asked at once"
    assert "waits for carriers in what cannot be read" in caplog.text and CSTB not in caplog.text
    assert subjects(clinic) == [CSTB, splice, splice]
    assert (catch_up(house).opened, catch_up(house).aside) == (0, 2)
    with house.database.reading() as connection:
        said = [entry.body for entry in events_since(connection, 0, kinds=("follow-up-entry-aside",))]
    assert said == [{"kind": "classification-signed", "error": "unread"}] * 2

    monkeypatch.setattr(counting, "_hit", real)
    told = catch_up(house)

    assert (told.opened, told.aside) == (1, 0) and subjects(clinic) == [CSTB, CSTB, splice, splice]
    assert [one.kind for one in lines(clinic, OTHER)] == ["class", "class"]
    with house.database.reading() as connection:
        rows = {row.subject: (row.concerned, row.asked) for row in store.newest_triggers(connection).items}
    assert rows[CSTB] == (4, 2)
    again = catch_up(house)
    assert (again.opened, again.aside, again.news) == (0, 0, 0)


def test_news__of_a_store_that_cannot_be_opened_wait_and_others_go_on(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    splice = "-".join(str(part) for part in SPLICE[:4])
    clinic.consent(clinic.person())
    clinic.conclude("capital", "VUS")
    clinic.conclude("zealand", "VUS", allele=splice)
    catch_up(clinic.house)
    real = finding.carriers_of

    def lost(house: Any, decision: Any, variant: Any, unread: Any) -> Any:
        if str(variant) == CSTB:
            raise FileNotFoundError("a pack")
        return real(house, decision, variant, unread)

    monkeypatch.setattr(finding, "carriers_of", lost)
    clinic.conclude("capital", "P", expected=1)
    clinic.conclude("zealand", "P", allele=splice, expected=1)

    told = catch_up(clinic.house)

    assert (told.opened, told.aside) == (1, 1) and subjects(clinic) == [splice]
    monkeypatch.setattr(finding, "carriers_of", real)
    assert (catch_up(clinic.house).opened, catch_up(clinic.house).aside) == (1, 0)


def test_news__who_did_not_agree_is_a_number_and_nothing_else(clinic: Clinic) -> None:
    clinic.consent(clinic.person(), recontact=False)
    changed(clinic)

    told = catch_up(clinic.house)

    assert (told.opened, told.refused) == (0, 3)
    with clinic.house.database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(tables.follow_ups)).scalar() == 0
        (row,) = store.newest_triggers(connection).items
    assert (row.concerned, row.asked, row.refused) == (3, 0, 3)


def test_news__more_of_it_joins_what_stands_and_asks_anew_once_it_was_decided(clinic: Clinic) -> None:
    clinic.consent(clinic.person())
    changed(clinic)
    catch_up(clinic.house)
    clinic.conclude("zealand", "VUS")
    catch_up(clinic.house)
    clinic.conclude("zealand", "LP", expected=1)

    assert (catch_up(clinic.house).joined, len(lines(clinic))) == (1, 1)
    (line,) = lines(clinic)
    found = whole(clinic.house, DOCTOR, line.case, line.id)
    assert [one.because for one in found.news] == ["capital", "zealand"]
    decide(clinic.house, DOCTOR, line.case, line.id, "amend", expected=found.one.revision)
    clinic.conclude("zealand", "VUS", expected=2)
    assert catch_up(clinic.house).opened == 1
    assert [one.state for one in lines(clinic)] == ["asked"]
    assert mine(clinic.house, DOCTOR, closed=True)[1][0].reason == "new knowledge"


def test_consent__taken_back_ends_what_was_not_decided(clinic: Clinic) -> None:
    clinic.consent(clinic.person())
    changed(clinic)
    catch_up(clinic.house)
    clinic.later(days=1)
    clinic.consent(clinic.person(), says="withdrawn")

    assert catch_up(clinic.house).ended == 1
    assert not lines(clinic)


def test_withdrawal__takes_answers_follow_ups_and_their_news_away_in_its_commit(clinic_on_both: Clinic) -> None:
    clinic = clinic_on_both
    clinic.consent(clinic.person())
    clinic.conclude("capital", "VUS")
    answer = clinic.answered().answer
    catch_up(clinic.house)
    clinic.conclude("capital", "P", expected=1)
    catch_up(clinic.house)
    assert len(lines(clinic)) == 1

    withdraw_person(clinic.house, OPERATOR, clinic.person())

    assert not lines(clinic)
    with clinic.house.database.reading() as connection:
        assert store.report_of(connection, answer) is None
        for table in (tables.follow_ups, tables.answer_versions, tables.answer_findings, tables.causes):
            assert connection.execute(select(func.count()).select_from(table)).scalar() == 0, table.name
    assert catch_up(clinic.house).opened == 0


def test_clock__past_its_day_the_laboratory_sees_it_and_two_weeks_later_the_administrators(clinic: Clinic) -> None:
    clinic.consent(clinic.person())
    changed(clinic)
    catch_up(clinic.house)
    assert catch_up(clinic.house).escalated == 0

    clinic.later(days=15)
    assert (catch_up(clinic.house).escalated, catch_up(clinic.house).escalated) == (1, 0)
    assert [one.level for one in escalations(clinic.house, LAB)[1]] == [1]
    assert not escalations(clinic.house, Actor("lab-south", frozenset({"lab"}), "south"))[1]
    assert not escalations(clinic.house, ADMIN)[1]
    clinic.later(days=15)
    assert catch_up(clinic.house).escalated == 1
    assert [one.level for one in escalations(clinic.house, ADMIN)[1]] == [2]
    for actor in (DOCTOR, STRANGER):
        with pytest.raises(NotPermitted):
            escalations(clinic.house, actor)
    assert register(clinic.house, OPERATOR) == {"north": {"asked": 1, "overdue": 1}}


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ([], "absent"),
        ([("chr21", 43_774_279, "GGA", "G", "./.")], "not called"),
        ([("chr21", 43_774_280, "G", "T", "./.")], "not called"),  # inside REF
    ],
)
def test_correction__of_the_genome_asks_whoever_answered_on_it_also_without_consent(
    clinic: Clinic, tmp_path: Path, own: list[Call], told: str
) -> None:
    clinic.conclude("capital", "P")
    clinic.answered()
    calls = {"index": [*own, DE_NOVO, SPLICE], "mother": [SPLICE], "father": [FRAMESHIFT]}
    package = make_trio(
        tmp_path / "again", "T1", calls, package="T1-again", type="correction", corrects="T1",
        case={"kind": "trio", "clinicians": ["doctor", "registrar"]},
    )  # fmt: skip
    receive(clinic.house, OPERATOR, package)

    assert catch_up(clinic.house).opened == 1
    (line,) = lines(clinic)
    found = whole(clinic.house, DOCTOR, line.case, line.id)
    assert (found.one.kind, found.one.recontact) == ("correction", False)
    with clinic.house.database.reading() as connection:
        assert found.one.genome == newest_genome(connection, clinic.person())
    decide(clinic.house, DOCTOR, line.case, line.id, "amend", expected=1)
    said = Said(CSTB, clinic.shared("capital").record.id)
    draft_ = Draft("It is not there.", (said,), "corrected", "Samples were swapped.")
    made = give(clinic.house, DOCTOR, line.case, draft_, answer=found.reports[0].id, expected=1,
                follow_up=line.id)  # fmt: skip
    assert [one.genotype for one in made.content.findings] == [told]
    # What nobody called is not "Absent" (LA9634-2) in the record system either, but "No call".
    (found_,) = (one["resource"]["valueCodeableConcept"]["coding"][0]["code"] for one in bundle(made, "c")["entry"]
                 if "/variant" in str(one["resource"].get("meta")))  # fmt: skip
    assert found_ == {"absent": "LA9634-2", "not called": "LA18198-4"}[told]


def test_panel__that_asks_for_more_concerns_who_was_answered_on_the_older_version(clinic: Clinic) -> None:
    house, day = clinic.house, clinic.house.clock().date()
    south = Actor("lab-south", frozenset({"lab"}), "south")
    define_panel(house, OPERATOR, Panel("epilepsy", "Epilepsy", "GenNet", "rare-diseases", ("north", "south"), 1))
    draft_panel(house, LAB, "epilepsy", [Entry("HGNC:2482", "CSTB", "minimum", "AR")], "The first.", expected=0)
    approve_panel(house, south, "epilepsy", 1)
    put_in_force(house, LAB, "epilepsy", 1, day)
    clinic.consent(clinic.person())
    give(house, DOCTOR, clinic.case(), Draft("Nothing was found.", panel="epilepsy"))
    catch_up(house)
    clinic.later(days=2)
    more = [Entry("HGNC:2482", "CSTB", "minimum", "AR"), Entry("HGNC:11138", "SON", "minimum", "AD")]
    draft_panel(house, south, "epilepsy", more, "SON is asked for.", expected=1)
    with pytest.raises(Conflict):
        draft_panel(house, LAB, "epilepsy", more, "At the same time.", expected=1)
    approve_panel(house, LAB, "epilepsy", 2)
    assert put_in_force(house, south, "epilepsy", 2, day + timedelta(days=2)).number == "2.0"

    assert catch_up(house).opened == 1
    (line,) = lines(clinic)
    assert whole(house, DOCTOR, line.case, line.id).news[0].because == "SON"


@pytest.mark.parametrize(("spans", "gaps"), [((43_770_000, 43_780_000), ()), ((43_775_000, 43_780_000), ("CSTB",))])
def test_panel__genes_that_the_genome_does_not_cover_are_named_in_the_answer(
    clinic: Clinic, tmp_path: Path, spans: tuple[int, int], gaps: tuple[str, ...]
) -> None:
    house = clinic.house
    house.__dict__["genes"] = Genes.open(demo_reference_paths().genes)
    define_panel(house, OPERATOR, Panel("epilepsy", "Epilepsy", "GenNet", "rare-diseases", ("north", "south"), 0))
    draft_panel(house, LAB, "epilepsy", [Entry("HGNC:2482", "CSTB", "minimum", "AR")], "The first.", expected=0)
    put_in_force(house, LAB, "epilepsy", 1, house.clock().date())
    write_gvcf(tmp_path / "G1" / "files" / "G1-p.g.vcf", "G1-p-B", [], spans={"chr21": spans})
    said = manifest("G1", [person("G1-p")], tmp_path / "G1", case={"clinicians": ["doctor"]})
    told = receive(house, OPERATOR, write_manifest(tmp_path / "G1", said))

    made = give(house, DOCTOR, told.case, Draft("Nothing was found.", panel="epilepsy"))
    other = give(house, DOCTOR, told.case, Draft("No panel was asked for."))

    assert (made.content.gaps, other.content.gaps) == (gaps, ())
    assert (made.content.unmeasured, other.content.unmeasured) == ((), ())
    assert ("CSTB" in json.dumps(bundle(made, told.case))) == bool(gaps)
    assert "CSTB" not in json.dumps(bundle(other, told.case))


@pytest.mark.parametrize(
    ("karyotype", "unmeasured"), [("unknown", ("DMD", "NOWHERE", "SRY")), ("XX", ("NOWHERE",)), ("XY", ("NOWHERE",))]
)
def test_panel__genes_of_which_nothing_can_be_told_are_named_apart(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch, karyotype: str, unmeasured: tuple[str, ...]
) -> None:
    house = clinic.house
    gff = clinic.folder / "xy.gff3"
    gff.write_text("".join(
        f"{contig}\t.\t{kind}\t{start}\t{end}\t.\t+\t{'0' if kind == 'CDS' else '.'}\t{said}\n"
        for contig, name, start, end in (("21", "CSTB", 43_772_600, 43_772_700), ("X", "DMD", 31_200_001, 31_200_300),
                                         ("Y", "SRY", 2_790_001, 2_790_300))
        for kind, said in (("gene", f"ID=gene:G{name};Name={name};gene_id=G{name}"),
                           ("mRNA", f"ID=transcript:T{name};Parent=gene:G{name}"),
                           ("CDS", f"ID=CDS:P{name};Parent=transcript:T{name}"))
    ))  # fmt: skip
    house.__dict__["genes"] = Genes.open(gff)
    define_panel(house, OPERATOR, Panel("epilepsy", "Epilepsy", "GenNet", "rare-diseases", ("north", "south"), 0))
    entries = [
        Entry("HGNC:2482", "CSTB", "minimum", "AR"),
        Entry("HGNC:2928", "DMD", "minimum", "XL"),
        Entry("HGNC:9999", "NOWHERE", "minimum", "AD"),
        Entry("HGNC:11311", "SRY", "recommended", "OTHER"),
    ]
    draft_panel(house, LAB, "epilepsy", entries, "The first.", expected=0)
    put_in_force(house, LAB, "epilepsy", 1, house.clock().date())
    spans = {"chr21": (43_770_000, 43_780_000), "chrX": (31_000_000, 31_400_000), "chrY": (2_785_000, 2_795_000)}
    index = person("K1-p", karyotype=karyotype)
    write_gvcf(clinic.folder / "K1" / "files" / "K1-p.g.vcf", "K1-p-B", [], spans=spans)
    said = manifest("K1", [index], clinic.folder / "K1", case={"clinicians": ["doctor"]})
    told = receive(house, OPERATOR, write_manifest(clinic.folder / "K1", said))

    made = give(house, DOCTOR, told.case, Draft("Nothing was found.", panel="epilepsy"))

    assert made.content.unmeasured == unmeasured
    assert Answer.of_json(made.content.to_json()) == made.content
    assert ("NOWHERE" in json.dumps(bundle(made, told.case))) and "NOWHERE" not in made.content.gaps


def test_lists__show_nothing_of_others_and_nothing_of_what_a_patient_carries(clinic: Clinic) -> None:
    clinic.consent(clinic.person())
    changed(clinic)
    catch_up(clinic.house)
    (line,) = lines(clinic)

    assert CSTB not in str(line.to_json())
    assert not lines(clinic, OTHER) and not lines(clinic, STRANGER)
    for actor in (OTHER, STRANGER, LAB, ADMIN):
        with pytest.raises(NotPermitted):
            whole(clinic.house, actor, line.case, line.id)
        with pytest.raises(NotPermitted):
            decide(clinic.house, actor, line.case, line.id, "amend", expected=1)
    with pytest.raises(NotPermitted):  # through a case of one's own
        whole(clinic.house, OTHER, clinic.case("N2") + "x", line.id)
