"""News from releases, from re-called drug profiles and from lists; and loops that many hands move at once."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from embla.answers import Draft, Said, acknowledge, catch_up, decide, give, looking, mine, read, store, whole
from embla.answers.model import follow_up as rules
from embla.answers.model.trigger import class_changes
from embla.errors import Refused
from embla.frequency import Answer, cut_release, open_answer
from embla.genome import Variant
from embla.pgx import release
from embla.pgx.nation import recall
from embla.platform import OPERATOR, House
from embla.registry import genomes_of_person
from embla.submission import receive_many
from tests.answers.clinic import CSTB, DOCTOR, FRAMESHIFT, OTHER, REGISTRAR, SPLICE, SPLICED, Clinic
from tests.support.laboratory import make_single, manifest, person, write_manifest

NOT_THERE = (*FRAMESHIFT[:4], "0/0")
REAL = Path(__file__).parents[1] / "data" / "gvcf" / "HG00276.g.vcf.gz"


def reported(clinic: Clinic, *packages: Path) -> list[Any]:
    told = [outcome for _, outcome in receive_many(clinic.house, OPERATOR, packages)]
    for one in told:
        if isinstance(one, Exception):
            raise one
    return told


def singles(clinic: Clinic, folder: Path, name: str, count: int, *calls: Any) -> None:
    """Persons with these calls, whom nobody treats."""
    first = 5_033_000 + 100 * len(name)  # nobody's calls are another's
    reported(clinic, *(
        make_single(folder / f"{name}{n}", f"{name}{n}", [("chr21", first + n, "A", "G", "0/1"), *calls])
        for n in range(count)
    ))  # fmt: skip


def cut(house: House) -> str:
    """The next release, of which a few people more are enough to change it."""
    few = replace(house, settings=replace(house.settings, release_step=3))
    return cut_release(few, OPERATOR).number


def test_drift__of_a_release_asks_who_was_answered_with_more_than_benign(clinic: Clinic, tmp_path: Path) -> None:
    house = clinic.house
    for one in (clinic.person(), clinic.person("N1"), clinic.person(role="father")):
        clinic.consent(one)
    clinic.conclude("capital", "P")
    clinic.conclude("capital", "B", allele=SPLICED)
    clinic.answered()
    other = give(house, OTHER, clinic.case("N1"), Draft("Found.", (Said(CSTB, clinic.shared("capital").record.id),)))
    benign = Said(SPLICED, clinic.shared("capital", SPLICED).record.id, "candidate")
    give(house, OTHER, clinic.case("N2"), Draft("Nothing to act on.", (benign,)))
    singles(clinic, tmp_path, "before", 5, NOT_THERE)
    cut(house)
    assert catch_up(house).opened == 0  # of the first release nothing can be said
    singles(clinic, tmp_path, "after", 6, FRAMESHIFT, SPLICE)
    number = cut(house)

    told = catch_up(house)

    # Both carriers who were answered are asked; the father carries it but was told nothing, SPLICED was called benign.
    assert (told.news, told.opened, told.refused) == (1, 2, 0)
    for actor, case in ((DOCTOR, clinic.case()), (OTHER, clinic.case("N1"))):
        (line,) = mine(house, actor)[1]
        found = whole(house, actor, case, line.id)
        assert (line.kind, found.one.subject) == ("drift", CSTB)
        assert [(one.after, one.because) for one in found.news] == [("BA1", number)]
        assert other.answer in [one.id for one in found.reports] or actor is DOCTOR
    singles(clinic, tmp_path, "afterwards", 3, FRAMESHIFT)
    cut(house)
    assert catch_up(house).opened == 0  # it was too common already


def test_drift__passes_over_releases_that_are_withheld_and_the_log_is_read_on(
    clinic: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = clinic.house
    clinic.consent(clinic.person())
    clinic.conclude("capital", "P")
    clinic.answered()
    singles(clinic, tmp_path, "before", 5, NOT_THERE)
    first = cut(house)
    singles(clinic, tmp_path, "between", 3, NOT_THERE)
    second = cut(house)
    singles(clinic, tmp_path, "after", 8, FRAMESHIFT)
    third = cut(house)
    asked: list[str] = []

    def withheld(house: House, variant: Variant, release: str) -> Answer:
        asked.append(release)
        if release == second:
            raise Refused("Somebody who left is in those numbers.")
        return open_answer(house, variant, release)

    monkeypatch.setattr(looking, "open_answer", withheld)

    told = catch_up(house)

    # Of the second release nothing is known: it asks nobody, and the third is held against the first.
    assert (told.news, told.opened) == (1, 1) and set(asked) == {first, second, third}
    (line,) = mine(house, DOCTOR)[1]
    found = whole(house, DOCTOR, clinic.case(), line.id)
    assert [(one.before, one.after, one.because) for one in found.news] == [(first, "BA1", third)]
    assert catch_up(house).opened == 0


def test_recall__asks_once_for_each_person_whose_profile_changed_also_where_two_genomes_did(
    clinic: Clinic, tmp_path: Path
) -> None:
    house, text = clinic.house, gzip.decompress(REAL.read_bytes()).decode()
    packages: list[Path] = []
    for name, key, assay in (("G1", "both", "genome"), ("G2", "both", "exome"), ("G3", "refuses", "genome")):
        folder = tmp_path / name
        (folder / "files").mkdir(parents=True)
        # Nobody's file is another's: one site of each is missing.
        lines = [line for line in text.splitlines() if not line.startswith(f"chr{len(packages) + 1}\t")]
        written = "\n".join(lines).replace("\tHG00276\n", f"\t{name}-B\n", 1) + "\n"
        (folder / "files" / f"{key}.g.vcf").write_text(written)
        about = person(key, id=f"{name}-B", assay=assay)
        write_manifest(folder, manifest(name, [about], folder, case={"clinicians": ["other"]}))
        packages.append(folder)
    first, _, third = reported(clinic, *packages)
    someone, silent = first.genomes[0].person, third.genomes[0].person
    with house.database.reading() as connection:
        assert len(genomes_of_person(connection, someone)) == 2
    clinic.consent(someone)
    clinic.consent(silent, recontact=False)
    recall(house, OPERATOR)
    assert catch_up(house).opened == 0  # called for the first time, nothing changed
    used = release()
    table = dict.fromkeys(used.diplotypes["CYP2C19"], ("", "Poor Metabolizer"))
    newer = replace(used, id="next", diplotypes=used.diplotypes | {"CYP2C19": table})

    made = recall(house, OPERATOR, release=newer)

    assert sorted(one.person for one in made.changes) == sorted([someone, someone, silent])
    told = catch_up(house)
    assert (told.news, told.opened, told.refused, catch_up(house).opened) == (1, 1, 1, 0)
    (line,) = mine(house, OTHER)[1]
    found = whole(house, OTHER, line.case, line.id)
    assert (line.kind, found.one.person, found.one.subject) == ("pgx", someone, "pgx")
    assert [(one.after, one.because) for one in found.news] == [("next", made.id)]
    assert not mine(house, DOCTOR)[1]


def test_classes__of_one_entry_that_differ_in_origin_or_axis_alone_are_news_each() -> None:
    allele = f"chr21-1-A-{'ACGT' * 200}"
    seats = [(allele, "MONDO:1", origin, axis, "north")
             for origin in ("germline", "unknown") for axis in ("acmg", "cnv")]  # fmt: skip

    found = class_changes(dict.fromkeys(seats, "VUS"), dict.fromkeys(seats, "P"), 7)

    assert len({one.id for one in found}) == len(seats)
    assert {one.subject for one in found} == {allele}


def test_clock__those_that_were_escalated_and_wait_do_not_hide_those_that_were_not(clinic: Clinic) -> None:
    for role in ("index", "father"):
        clinic.consent(clinic.person(role=role))
    clinic.conclude("capital", "VUS")
    catch_up(clinic.house)
    clinic.conclude("capital", "P", expected=1)
    catch_up(clinic.house)
    with clinic.house.database.transaction() as connection:
        day = store.of_person(connection, clinic.person())[0].due + timedelta(days=1)
        for _ in range(2):
            (one,) = store.late(connection, day, limit=1)
            after = rules.escalated(one, day)
            assert after is not None
            store.save_follow_up(connection, one, after)
        assert not store.late(connection, day, limit=1)


def test_classes__that_changed_while_nobody_read_the_log_are_news_all_the_same(clinic: Clinic) -> None:
    clinic.consent(clinic.person())
    clinic.consent(clinic.person("N1"))
    clinic.conclude("capital", "VUS")
    clinic.answered()
    clinic.conclude("capital", "P", expected=1)

    assert catch_up(clinic.house).opened == 2  # who was answered, and who carries it and was not

    (line,) = mine(clinic.house, DOCTOR)[1]
    (news,) = whole(clinic.house, DOCTOR, line.case, line.id).news
    assert (news.before, news.after) == ("VUS", "P/LP")


def sent(clinic: Clinic) -> tuple[str, str]:
    """(answer, follow-up): version 2 went out and waits to be acknowledged and read."""
    clinic.consent(clinic.person())
    clinic.conclude("capital", "VUS")
    first = clinic.answered()
    clinic.conclude("capital", "P", expected=1)
    catch_up(clinic.house)
    (line,) = mine(clinic.house, DOCTOR)[1]
    decide(clinic.house, DOCTOR, line.case, line.id, "amend", expected=1)
    amended(clinic, first.answer, 1, line.id)
    return first.answer, line.id


def amended(clinic: Clinic, answer: str, expected: int, follow_up: str = "") -> None:
    said = (Said(CSTB, clinic.shared("capital").record.id),)
    draft = Draft("The cause is found.", said, "amended", "It was classified anew.")
    give(clinic.house, DOCTOR, clinic.case(), draft, answer=answer, expected=expected, follow_up=follow_up)


def test_loop__a_receipt_and_a_reading_at_the_same_moment_close_it(
    clinic_on_both: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, case, (answer, loop) = clinic_on_both.house, clinic_on_both.case(), sent(clinic_on_both)
    both, real = Barrier(2), store.note_delivery

    def meets_the_other(*args: Any, **said: Any) -> None:
        try:
            both.wait(timeout=0.5)
        except BrokenBarrierError:
            pass  # the other waits for this one's commit, as it should
        real(*args, **said)

    monkeypatch.setattr(store, "note_delivery", meets_the_other)
    with ThreadPoolExecutor(2) as hands:
        receipt = hands.submit(acknowledge, house, REGISTRAR, case, answer, 2, "EPJ-1")
        reading = hands.submit(read, house, REGISTRAR, case, answer, 2)
        receipt.result(), reading.result()

    found = whole(house, DOCTOR, case, loop).one
    assert (found.state, found.reason) == ("closed", "delivered")


def test_loop__whose_answer_was_amended_once_more_closes_by_the_newest(clinic: Clinic) -> None:
    answer, loop = sent(clinic)
    amended(clinic, answer, 2)

    acknowledge(clinic.house, REGISTRAR, clinic.case(), answer, 3, "EPJ-2")
    read(clinic.house, REGISTRAR, clinic.case(), answer, 3)

    assert whole(clinic.house, DOCTOR, clinic.case(), loop).one.state == "closed"
