"""Releases that keep numbers: what readers see, by every door, when few came or left; and how long a leaver waits."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from embla.disclosure import published
from embla.errors import Broken, NotPermitted, Refused
from embla.frequency import (
    Releases,
    annotate_file,
    cut_release,
    live_answer,
    membership,
    open_answer,
    open_batch,
    open_region,
    overdue,
    releases_with,
    waiting,
)
from embla.genome import Region, Variant
from embla.platform import OPERATOR, Actor, events_of
from embla.registry import leavers, withdraw_person
from tests.frequency.nation import DAY, Nation, Person, nation

SNV = Variant("chr1", 1500, "A", "G")
CALL = ("chr1 1500 A G 0/1",)
DPO = Actor("dpo", frozenset({"dpo"}))


def crowd(first: int, n: int, calls: tuple[str, ...] = CALL, region: str = "1081") -> list[Person]:
    return [
        Person(f"p{i}", "XX" if i % 2 else "XY", region, ["heart", "kidney"][i // 2 % 2], calls=calls)
        for i in range(first, first + n)
    ]


def ac(n: Nation, release: str | None = None) -> tuple[int | None, str]:
    answer = open_answer(n.house, SNV, release)
    return answer.headline.ac, answer.how.numbers_from["total"]


def test_release__keeps_its_numbers_until_the_step_came_and_says_from_which_release_they_are(
    tmp_path: Path, database_url: str
) -> None:
    with nation(tmp_path, *crowd(0, 20), step=5, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        before = open_answer(n.house, SNV).to_json()
        n.add(*crowd(20, 4))
        info = cut_release(n.house, OPERATOR)

        assert (info.number, info.people, info.numbers_from["total"]) == ("2026.2", 20, "2026.1")
        assert (ac(n), ac(n, "2026.1")) == ((20, "2026.1"), (20, "2026.1"))
        after = open_answer(n.house, SNV).to_json()
        assert {k: v for k, v in after.items() if k != "how"} == {k: v for k, v in before.items() if k != "how"}
        assert after["how"]["release"] == "2026.2"
        assert open_region(n.house, Region("chr1", 1000, 3000)).variants[0].ac == 20
        assert open_batch(n.house, [str(SNV)])[0].headline.ac == 20
        Releases(n.house).get().own.verify()

        n.add(*crowd(24, 1))
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.3"
        assert ac(n) == (25, "2026.3")
        with n.house.database.reading() as connection:
            assert [c.name for c in published(connection, "total")] == ["2026.1/total", "2026.3/total"]


def test_release__a_table_in_which_one_group_changed_little_keeps_its_numbers_while_the_total_moves(
    tmp_path: Path,
) -> None:
    with nation(tmp_path, *crowd(0, 20), *crowd(20, 20, region="1082"), step=6) as n:
        cut_release(n.house, OPERATOR)
        n.add(*crowd(40, 12), *crowd(52, 2, region="1082"))
        cut_release(n.house, OPERATOR)

        answer = open_answer(n.house, SNV)
        assert (answer.headline.ac, answer.how.numbers_from["total"]) == (54, "2026.2")
        assert answer.how.numbers_from["region"] == "2026.1"
        assert {value: count.ac for value, count in answer.groups["region"].items()} == {"1081": 20, "1082": 20}
        assert answer.how.numbers_from["karyotype"] == "2026.2"
        assert sum(count.ac or 0 for count in answer.groups["karyotype"].values()) == 54


def test_release__who_left_is_out_of_live_counts_at_once_and_of_the_open_number_when_the_step_left(
    tmp_path: Path,
) -> None:
    with nation(tmp_path, *crowd(0, 30), step=4) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p1")
        n.opt_out("p2")

        assert live_answer(n.house, n.clinician, n.case_of["p5"], SNV).headline.ac == 28
        n.add(*crowd(30, 10))
        cut_release(n.house, OPERATOR)
        assert ac(n) == (30, "2026.1")
        n.remove("p3", "p4")
        cut_release(n.house, OPERATOR)
        assert ac(n) == (36, "2026.3")


def test_waiting__tells_the_data_protection_officer_how_many_and_until_when_and_nobody_else(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 30), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        assert waiting(n.house, DPO) == []
        n.wait(10)
        n.remove("p1")

        (total,) = [one for one in waiting(n.house, DPO) if one.part == "total"]
        assert (total.people, total.source, total.since.isoformat(), total.due.isoformat()) == (
            1, "2026.1", "2026-03-11", "2026-06-19",
        )  # fmt: skip
        assert n.accession["p1"] not in json.dumps(total.to_json())
        with pytest.raises(NotPermitted):
            waiting(n.house, n.clinician)


@pytest.mark.parametrize("corrected", [False, True])
def test_waiting__of_who_was_corrected_before_leaving_is_shown_and_ends_as_anybodys(
    tmp_path: Path, database_url: str, corrected: bool
) -> None:
    with nation(tmp_path, *crowd(0, 30), step=4, leaver_days=100, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        if corrected:
            n.wait(5)
            n.correct("p1")
        n.wait(10)
        withdraw_person(n.house, OPERATOR, n.person_of["p1"])

        left = (n.house.clock().date(), n.house.clock().date() + timedelta(days=100))
        assert [(w.part, w.people, w.since, w.due) for w in waiting(n.house, DPO)[:1]] == [("total", 1, *left)]
        n.wait(100)
        assert overdue(n.house) == frozenset()
        n.wait(1)
        assert "2026.1/total" in overdue(n.house)
        with pytest.raises(Refused):
            open_answer(n.house, SNV)


def test_leavers__of_a_person_begin_with_the_first_reason_and_who_was_only_corrected_did_not_leave(
    tmp_path: Path,
) -> None:
    with nation(tmp_path, *crowd(0, 6), step=4) as n:
        before = dict(n.accession)
        n.correct("p1")
        n.correct("p2")
        n.opt_out("p2")
        n.wait(30)
        withdraw_person(n.house, OPERATOR, n.person_of["p2"])
        n.correct("p3")
        withdraw_person(n.house, OPERATOR, n.person_of["p3"])
        n.wait(30)
        n.add(n.people["p3"])  # came back
        with n.house.database.reading() as connection:
            found = leavers(connection, on=n.house.clock().date())

        marked, left = DAY, DAY + timedelta(days=30)
        told = {(one.accession, one.person, one.since, one.why) for one in found}
        assert told == {
            (before["p2"], n.person_of["p2"], marked, "withdrawn"),
            (n.accession["p2"], n.person_of["p2"], marked, "withdrawn"),
            (before["p3"], n.person_of["p3"], left, "withdrawn"),
            ("EMBG00000000009", n.person_of["p3"], left, "withdrawn"),
        }


def test_releases_with__are_all_that_show_the_person_in_the_total_or_in_a_table(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 30), *crowd(30, 12, region="1082"), step=4) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p30")
        cut_release(n.house, OPERATOR)
        n.remove("p0", "p1", "p2")
        third = cut_release(n.house, OPERATOR)

        assert (third.numbers_from["total"], third.numbers_from["region"]) == ("2026.3", "2026.1")
        with n.house.database.reading() as connection:
            gone = releases_with(connection, [n.accession["p30"]])
            kept = membership(connection, "2026.2").regions
            assert kept == membership(connection, "2026.1").regions and len(kept) == 42
            third_members = membership(connection, "2026.3")
            assert third_members.person_of(n.accession["p30"]) not in third_members.regions
        # The third's total is without, its regions are those of the first.
        assert gone == {"2026.1", "2026.2", "2026.3"}


def test_release__sets_others_aside_when_a_wait_is_nearly_over(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 60), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p1")
        n.wait(50)
        cut_release(n.house, OPERATOR)
        assert ac(n) == (60, "2026.1")
        n.wait(30)
        info = cut_release(n.house, OPERATOR)

        # One left; three who are counted keep them company, and come back once that shows nobody.
        assert (info.people, ac(n)) == (56, (56, "2026.3"))
        assert waiting(n.house, DPO) == []
        with n.house.database.reading() as connection:
            assert events_of(connection, "release:2026.3")[0].body["set_aside"] == 3
        assert cut_release(n.house, OPERATOR).people == 56
        n.remove("p3", "p7", "p11", "p15")
        n.add(*crowd(60, 4))
        assert cut_release(n.house, OPERATOR).people == 59


def test_release__that_nobody_could_settle_is_withheld_by_every_door_until_enough_left(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 20), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p1")
        n.wait(100)
        assert ac(n) == (20, "2026.1")
        n.wait(1)
        cut_release(n.house, OPERATOR)

        assert "2026.1/total" in overdue(n.house)
        vcf = tmp_path / "in.vcf"
        vcf.write_text("##fileformat=VCFv4.2\n##contig=<ID=chr1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for ask in (
            lambda: open_answer(n.house, SNV),
            lambda: open_answer(n.house, SNV, "2026.1"),
            lambda: open_region(n.house, Region("chr1", 1000, 3000)),
            lambda: open_batch(n.house, [str(SNV)]),
            lambda: annotate_file(n.house, vcf, tmp_path / "out.vcf"),
        ):
            with pytest.raises(Refused, match="withheld: somebody who left"):
                ask()
        n.remove("p2", "p3", "p4")
        cut_release(n.house, OPERATOR)
        assert ac(n) == (16, "2026.3")


def test_release__a_table_whose_leaver_waited_too_long_is_withheld_and_says_so(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 30), *crowd(30, 12, region="1082"), step=4, leaver_days=100) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p1", "p3", "p5", "p30")
        cut_release(n.house, OPERATOR)
        n.wait(101)

        answer = open_answer(n.house, SNV)
        assert (answer.headline.ac, answer.how.numbers_from["total"]) == (38, "2026.2")
        assert "region" not in answer.groups
        assert any("region" in note and "somebody who left" in note for note in answer.notes)


def test_release__in_which_nothing_is_new_is_broken_when_its_one_file_was_changed(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(0, 20), step=5) as n:
        cut_release(n.house, OPERATOR)
        cut_release(n.house, OPERATOR)
        n.add(*crowd(20, 1))
        cut_release(n.house, OPERATOR)
        path = n.house.home / "releases" / "2026.3" / "release.json"
        path.chmod(0o640)
        path.write_bytes(path.read_bytes().replace(b"2026.3", b"2026.9"))
        from embla.frequency import releases

        releases._OPENED.clear()
        releases._NEWEST.clear()

        with pytest.raises(Broken):
            open_answer(n.house, SNV, "2026.3")
