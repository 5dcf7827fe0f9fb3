"""From packages to numbers, on both engines: acceptance, live answers, withdrawal, correction, releases."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from embla.frequency import Releases, cut_release
from embla.frequency.live import live_structural
from embla.frequency.structural import open_events, open_structural
from embla.genome import GRCH38, Region
from embla.platform import OPERATOR, Actor, House
from embla.registry import CountedGenome, ensure_person, withdraw_again, withdraw_person
from embla.structural import CallerSet, called, clusters_in, keep_set
from embla.structural import tables as own
from embla.structural.gathering import every_cluster, touches
from embla.structural.model.values import CALL, RUN, Rows
from embla.structural.sealing import LOOKED
from embla.submission import PackageRefused, accept, receive
from tests.structural.nation import DEL, LOSS, REPEAT, REPORTER, package, report

PLACE = Region("chr21", 5_030_000, 5_040_000)
DOCTOR = Actor("doctor", frozenset({"clinician"}))
CASE = {"case": {"clinicians": ["doctor"]}}


def deletion(shift: int = 0, gt: str = "0/1") -> str:
    return DEL.format(pos=5_031_000 + shift, end=5_032_000 + shift, gt=gt)


def few(house: House, tmp_path: Path) -> list[Any]:
    """Four people: two share a deletion 40 bases apart, one has none, for one nothing of the kind was called."""
    repeat = [REPEAT.format(own=own) for own in ("0/1:11/16:.", "1/1:16/40:.", "0/0:11/11:.")]
    return [
        report(house, tmp_path, 1, sv=[deletion()], cnv=[LOSS.format(pos=5_031_000, end=5_039_000)],
               repeats=repeat[:1], **CASE),
        report(house, tmp_path, 2, sv=[deletion(40, "1/1")], cnv=[], repeats=repeat[1:2]),
        report(house, tmp_path, 3, sv=[], repeats=repeat[2:]),
        report(house, tmp_path, 4),
    ]  # fmt: skip


def live(house: House, acks: list[Any]) -> Any:
    return live_structural(house, DOCTOR, acks[0].case, PLACE)


def rows_of(house: House) -> int:
    with house.database.reading() as connection:
        return sum(
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (own.sets, own.calls)
        )


def test_acceptance__counts_each_kind_over_those_for_whom_it_was_called(house_on_both: House, tmp_path: Path) -> None:
    house = house_on_both
    found = live(house, few(house, tmp_path))

    deleted, lost = found.events
    assert (deleted.kind, deleted.count.ac, deleted.count.an, deleted.carriers, deleted.people) == ("sv", 3, 6, 2, 3)
    assert (lost.kind, lost.count.ac, lost.count.an, lost.copies) == ("cnv", 1, 4, {1: 1})
    assert {by: sum(c.an or 0 for c in cells.values()) for by, cells in deleted.groups.items()} == dict.fromkeys(
        deleted.groups, 6
    )
    (repeat,) = found.repeats
    assert {bar.low: bar.count.ac for bar in repeat.bars} == {11: 3, 16: 2, 40: 1}
    # A name that three files give is told nobody.
    assert (repeat.name, repeat.an, repeat.share_from(40)) == ("chr21-5031000-5031032-AGC", 6, (1, 1 / 6))
    assert int(found.event) > 0


def test_withdrawal__is_out_of_every_answer_and_of_the_tables_at_once(house_on_both: House, tmp_path: Path) -> None:
    house = house_on_both
    acks = few(house, tmp_path)

    withdraw_person(house, OPERATOR, acks[1].genomes[0].person)

    found = live(house, acks)
    assert (found.events[0].count.ac, found.events[0].count.an) == (1, 4)
    assert {bar.low: bar.count.ac for bar in found.repeats[0].bars} == {11: 3, 16: 1}
    with house.database.reading() as connection:
        left = set(connection.execute(select(own.calls.c.accession)).scalars())
    assert acks[1].genomes[0].accession not in left


def test_withdrawal__left_out_of_an_older_backup_is_made_up_for_when_that_is_restored(
    house: House, tmp_path: Path
) -> None:
    acks = few(house, tmp_path)
    gone = acks[1].genomes[0].accession

    withdraw_again(house, OPERATOR, [gone])  # what a restore does, before it is done

    with house.database.reading() as connection:
        for table in (own.sets, own.calls):
            assert gone not in set(connection.execute(select(table.c.accession)).scalars())


def test_withdrawal__takes_along_where_a_callers_segments_ended(house: House, tmp_path: Path) -> None:
    normal = "chr21 {pos} n N . . PASS END={end} GT:CN 0/0:2"
    acks = [
        report(
            house, tmp_path, n, cnv=[normal.format(pos=5_000_000, end=end), normal.format(pos=8_000_000, end=9_000_000)]
        )
        for n, end in enumerate((6_000_000, 6_000_000, 7_000_000))
    ]

    def kept() -> tuple[list[str], list[str]]:
        with house.database.reading() as connection:
            looked = select(own.calls.c.accession).where(own.calls.c.contig == LOOKED)
            profiles = connection.execute(select(own.profiles.c.digest)).scalars()
            return list(profiles), sorted(connection.execute(looked).scalars())

    names = [ack.genomes[0].accession for ack in acks]
    assert kept() == (["own"], names)
    withdraw_person(house, OPERATOR, acks[0].genomes[0].person)
    assert kept() == (["own"], names[1:])
    for ack in acks[1:]:
        withdraw_person(house, OPERATOR, ack.genomes[0].person)
    assert kept() == ([], [])


def test_the_same_package_again__changes_nothing(house: House, tmp_path: Path) -> None:
    acks = few(house, tmp_path)
    before, rows = live(house, acks).to_json()["events"], rows_of(house)

    receive(house, REPORTER, tmp_path / "N1")

    assert (live(house, acks).to_json()["events"], rows_of(house)) == (before, rows)


def test_a_correction__removes_and_adds_in_one_commit(house: House, tmp_path: Path) -> None:
    acks = few(house, tmp_path)

    report(house, tmp_path, 2, name="N2b", sv=[deletion(40, "0/1")], type="correction", corrects="N2",
           case={"id": "N2-case"})  # fmt: skip

    found = live(house, acks)
    assert (found.events[0].count.ac, found.events[0].count.an) == (2, 6)
    assert {kind.kind: kind.people for kind in found.kinds} == {"sv": 3, "cnv": 1, "str": 2}


def test_a_kind_that_nobody_was_called_for__is_not_loaded_and_never_zero(house: House, tmp_path: Path) -> None:
    ack = report(house, tmp_path, 1, sv=[], **CASE)

    told = live(house, [ack]).to_json()["kinds"]

    assert {kind: one["status"] for kind, one in told.items()} == {
        "sv": "loaded", "cnv": "not_loaded", "str": "not_loaded",
    }  # fmt: skip


def test_a_commit_that_dies__leaves_nothing(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: Any, **__: Any) -> None:
        raise OSError("power")

    with monkeypatch.context() as cut:
        cut.setattr(accept, "save_accepted", die)
        with pytest.raises(OSError, match="power"):
            report(house, tmp_path, 1, sv=[deletion()])

    assert rows_of(house) == 0
    receive(house, REPORTER, tmp_path / "N1")
    assert rows_of(house) == 2


def test_faults__of_callers_files_come_with_all_others(house: House, tmp_path: Path) -> None:
    folder = package(tmp_path, 1, sv=["chr21 5031000 m N <DEL> . PASS END=5 GT 0/1"], repeats=["chr21 9 x"])

    with pytest.raises(PackageRefused) as refused:
        receive(house, REPORTER, folder)

    told = [(one.rule, one.file, one.line) for one in refused.value.findings]
    assert ("structural.refused", "files/p1.structural.vcf", 8) in told
    assert ("structural.refused", "files/p1.repeats.vcf", 8) in told
    assert rows_of(house) == 0


@pytest.fixture
def small(house: House) -> House:
    """A home in which three people are enough."""
    return replace(house, settings=replace(house.settings, suppress_below=3, release_step=3))


def many(house: House, tmp_path: Path, carriers: int, people: int) -> list[Any]:
    rare = "0/1:11/40:."
    return [
        report(
            house, tmp_path, n, sv=[deletion(n)] if n <= carriers else [],
            repeats=[REPEAT.format(own=rare if n <= 2 else "0/0:11/11:.")], **(CASE if n == 1 else {}),
        )
        for n in range(1, people + 1)
    ]  # fmt: skip


@pytest.mark.parametrize("carriers,shown", [(2, False), (4, True)])
def test_release__hides_what_few_carry(small: House, tmp_path: Path, carriers: int, shown: bool) -> None:
    many(small, tmp_path, carriers, 6)
    cut_release(small, OPERATOR)

    found = open_structural(small, PLACE)

    (event,), (repeat,) = found.events, found.repeats
    told = event.to_json()
    if shown:
        assert (told["ac"], told["an"], told["carriers"]) == (carriers, 12, carriers)
    else:
        assert (told["status"], told["ac"], told["carriers"], told["start_range"]) == ("suppressed", None, None, None)
    # Two carriers of 40 repeats are taken together with everybody else.
    assert [(bar.low, bar.high, bar.count.ac) for bar in repeat.bars or ()] == [(11, None, 12)]
    assert found.kinds[1].to_json()["status"] == "not_loaded"


def test_release__a_kind_moves_only_when_enough_people_of_that_kind_differ(small: House, tmp_path: Path) -> None:
    many(small, tmp_path, 4, 6)
    first = cut_release(small, OPERATOR)
    # Enough people come for a new total; of one of them alone structural variants were called.
    for n in range(100, 103):
        report(small, tmp_path, n, sv=[deletion()] if n == 100 else None)
    second = cut_release(small, OPERATOR)

    kept = open_structural(small, PLACE, second.number)

    assert second.people == first.people + 3
    assert (kept.kinds[0].source, kept.kinds[0].people, kept.events[0].count.ac) == (first.number, 6, 4)


def test_release__a_kind_that_keeps_its_numbers_hides_what_hid_them(small: House, tmp_path: Path) -> None:
    strict = replace(small, settings=replace(small.settings, suppress_below=6))
    many(strict, tmp_path, 4, 7)
    first = cut_release(strict, OPERATOR)
    for n in range(100, 103):
        report(small, tmp_path, n, sv=[deletion()] if n == 100 else None)
    second = cut_release(small, OPERATOR)

    kept = open_structural(small, PLACE, second.number)

    assert (first.threshold, second.threshold, second.numbers_from["total"]) == (6, 3, second.number)
    (event,), (_, *_) = kept.events, kept.repeats
    assert (kept.kinds[0].source, event.count.status, event.carriers, event.below) == (
        first.number,
        "suppressed",
        None,
        6,
    )
    (whole,) = open_events(small, Releases(small).get(second.number)).events
    assert (whole.count.status, whole.carriers) == ("suppressed", None)


def test_release__numbers_of_somebody_who_left_are_not_carried_on(small: House, tmp_path: Path) -> None:
    acks = many(small, tmp_path, 4, 5)
    acks += [report(small, tmp_path, n) for n in (50, 51)]
    cut_release(small, OPERATOR)
    withdraw_person(small, OPERATOR, acks[0].genomes[0].person)
    first = open_structural(small, PLACE)
    # Two more leave, so that the total may move; structural variants were called of one of the three only.
    for ack in acks[-2:]:
        withdraw_person(small, OPERATOR, ack.genomes[0].person)
    release = cut_release(small, OPERATOR)

    assert first.kinds[0].people == 5
    assert release.numbers_from["total"] == release.number
    assert [one.source for one in open_structural(small, PLACE, release.number).kinds] == [None, None, None]


def test_release__a_kind_does_not_move_for_one_newcomer_among_many_who_were_sequenced_again(
    small: House, tmp_path: Path
) -> None:
    many(small, tmp_path, 4, 6)
    first = cut_release(small, OPERATOR)
    for n in range(1, 4):  # the same persons, with new genomes
        report(small, tmp_path, n, name=f"N{n}b", sv=[deletion()], type="correction", corrects=f"N{n}")
    # Of the three who come structural variants were called for one.
    for n in range(100, 103):
        report(small, tmp_path, n, sv=[deletion()] if n == 100 else None)
    second = cut_release(small, OPERATOR)

    kept = open_structural(small, PLACE, second.number)

    assert second.numbers_from["total"] == second.number
    assert (kept.kinds[0].source, kept.kinds[0].people, kept.events[0].count.ac) == (first.number, 6, 4)


def person(number: int, karyotype: str = "XX") -> CountedGenome:
    return CountedGenome(f"EMBG{number:011d}", f"P{number}", None, "1081", "heart", karyotype, False, False, False,
                         "north", "genome", "C1")  # fmt: skip


def test_a_region__is_answered_as_the_count_of_everything_has_it(house: House) -> None:
    rng = np.random.default_rng(7)
    people = [person(n, "XY" if n % 2 else "XX") for n in range(1, 13)]
    everywhere = np.array([(place, 0, contig.length) for place, contig in enumerate(GRCH38.contigs)], RUN)
    with house.database.transaction() as connection:
        for one in people:
            name = ensure_person(connection, laboratory="north", key=one.person, pseudonym=None, region=None,
                                 new_id=house.new_id, at=house.clock())  # fmt: skip
            found = CallerSet("sv", _calls(rng), everywhere, "t", {})
            keep_set(connection, house.wrapping, one.accession, name, found, house.clock())
        regions = [Region("chr21", s, s + n) for s, n in ((3_990_000, 9_000), (4_000_500, 1), (7_999_000, 900_000),
                                                          (12_000_000, 5_000), (30_000_000, 10))]  # fmt: skip
        who = called(connection, house.wrapping, "sv", people)
        everything = [one for batch in every_cluster(connection, who) for one in batch]

        for region in regions:
            found = clusters_in(connection, who, region)
            assert sorted(found, key=repr) == sorted((x for x in everything if touches(x, region)), key=repr)
    assert sum(touches(one, regions[0]) for one in everything) > 5


def _calls(rng: np.random.Generator) -> Rows:
    """Chains of calls over the border of pieces of 4 million bases, long ones, junctions."""
    n = 60
    rows = np.zeros(n, CALL)
    rows["contig"] = rows["mate"] = 20
    rows["type"] = rng.integers(1, 6, n)
    near = rng.choice([4_000_000, 8_000_000, 12_000_000], n)
    rows["start"] = near + rng.integers(-9_000, 9_000, n) // 300 * 300
    size = rng.choice([100, 700, 900, 1_950_000, 2_000_000, 2_100_000, 20_000_000], n)
    rows["end"] = np.where(rows["type"] == 4, rows["start"], rows["start"] + size)
    rows["length"] = np.where(rows["type"] == 4, rng.choice([0, 60, 300], n), 0)
    rows["alleles"] = rng.integers(0, 3, n)
    rows["state"] = rng.choice([0, 0, 0, 1, 2], n)
    between = (rows["type"] == 5) & (rng.random(n) < 0.5)
    rows["mate"][between] = 21
    return rows


def test_check__a_callers_file_must_be_listed_as_vcf_and_stand_beside_calls(house: House, tmp_path: Path) -> None:
    folder = package(tmp_path, 1, sv=[deletion()])
    value = json.loads((folder / "manifest.json").read_text())
    value["files"][-1]["format"] = "other"
    value["persons"][0]["samples"][0]["assay"] = "other"
    (folder / "manifest.json").write_text(json.dumps(value))

    with pytest.raises(PackageRefused) as refused:
        receive(house, REPORTER, folder)

    assert [one.rule for one in refused.value.findings].count("sample.structural") == 2
