"""A release: who is in it, that its numbers are a recount, and that nothing changes it afterwards."""

import random
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from embla.errors import Broken, Conflict, NotFound, NotPermitted, Refused, UsageError
from embla.frequency import Releases, changed_since, cut_release, live_answer, open_answer, open_region
from embla.frequency.cutting import _masks
from embla.frequency.model.cohorts import plan
from embla.genome import Place, Region, Variant
from embla.genotypes import an_steps
from embla.platform import OPERATOR, Actor, append_event, current_manifest, events_of, verify_chain
from embla.registry import counted_genomes
from tests.frequency.nation import DAY, LABS, Nation, Person, nation

SNV = Variant("chr1", 1500, "A", "G")


def crowd(seed: int, n: int) -> list[Person]:
    """People with random calls at a few places of every kind of contig, holes and failed calls among them."""
    rng = random.Random(seed)
    people = []
    for i in range(n):
        karyotype = rng.choice(["XX", "XY", "XX", "XY", "X0", "XXY", "unknown"])
        calls = []
        for pos in rng.sample(range(1100, 2900, 13), 12):
            alt = rng.choice(["G", "T", "GA", "G,T"])
            gt = rng.choice(["0/1", "0/1", "1/1", "./1", "./."]) if "," not in alt else "1/2"
            more = rng.choice(["", "", "LowQual", "DP=3"])
            calls.append(f"chr1 {pos} A {alt} {gt} {more}")
        for pos in rng.sample(range(3_000_100, 3_000_900, 40), 4):
            calls.append(f"chrX {pos} A C {rng.choice(['0/1', '1/1', '1'])}")
            if karyotype in ("XY", "XXY"):
                calls.append(f"chrY {pos + 7} G C 1")
        calls.append(f"chrX 20000 T C {rng.choice(['0/1', '0/0', '1/1'])}")
        calls.append(
            f"chrM {rng.choice([300, 400])} C T {rng.choice(['0/1', '1/1'])} AF={rng.choice(['0.07', '0.5', '0.99'])}"
        )
        holes = [("chr1", low, low + rng.randrange(1, 300)) for low in rng.sample(range(1001, 2600), 2)]
        holes = [h for h in holes if not any(c.startswith("chr1") and h[1] <= int(c.split()[1]) <= h[2] for c in calls)]
        people.append(
            Person(
                f"p{i}", karyotype, rng.choice(list(LABS)), rng.choice(["heart", "kidney", "liver"]),
                family=f"f{i // 3}" if rng.random() < 0.5 else None, role=["index", "mother", "father"][i % 3],
                opted_out=rng.random() < 0.15, calls=calls, holes=holes,
            )
        )  # fmt: skip
    return people


@pytest.mark.parametrize("seed", [1, 2])
def test_cut_release__counts_of_every_variant_and_stratum_equal_a_recount_from_the_store(
    tmp_path: Path, seed: int
) -> None:
    with nation(tmp_path, *crowd(seed, 24)) as n:
        info = cut_release(n.house, OPERATOR)
        files = Releases(n.house).get(info.number).files
        with n.house.database.reading() as connection:
            people = counted_genomes(connection, on=DAY, with_opted_out=False)
            view = n.house.view(connection)
        strata, _ = _masks(view, people, plan(people, info.groups, 1))
        everybody = strata[0].mask

        checked = 0
        for contig, start, end in [("chr1", 1000, 3000), ("chrX", 10000, 22000), ("chrX", 3_000_000, 3_001_000),
                                   ("chrY", 3_000_000, 3_001_000), ("chrM", 0, 1000)]:  # fmt: skip
            region = Region(contig, start, end)
            listed = view.count(region, everybody)
            swept = files.contig(contig).totals(start, end)
            mine = [swept.alleles(i) for i in range(len(swept)) if swept.carriers[0, i]]
            assert mine == [(c.ref, c.alt) for c in listed]
            for i in range(len(swept)):
                asked = Variant(contig, int(swept.pos[i]), *swept.alleles(i))
                found = files.find(asked)
                for stratum, count in zip(strata, (found.total, *found.strata), strict=True):
                    exact = view.count(asked, stratum.mask)[0]
                    keys = ("status", "ac", "an", "af", "nhet", "nhomalt", "nhemi", "faf95", "faf99", "af_upper95")
                    assert [getattr(count, k) for k in keys] == [getattr(exact, k) for k in keys], (asked, stratum.by)
                    assert count.ac <= count.an
                exact = view.count(asked, everybody)[0]
                assert (found.total.raw, found.total.nfail) == (exact.raw, exact.nfail)
                assert found.total.max_heteroplasmy == exact.max_heteroplasmy
                assert found.total.unknown_sex == exact.unknown_sex
                checked += 1
        assert checked > 60


def test_live_answer__of_every_variant_is_what_the_store_counts(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(7, 14)) as n:
        with n.house.database.reading() as connection:
            people = counted_genomes(connection, on=DAY, with_opted_out=False)
            view = n.house.view(connection)
        counted = view.cohort(names=[p.accession for p in people])
        asked = [Variant("chr1", 1700, "A", "C"), Variant("chrM", 301, "C", "T"), Variant("chrY", 100, "A", "C")]
        for contig, start, end in [("chr1", 1000, 3000), ("chrX", 19_000, 3_001_000), ("chrY", 3_000_000, 3_001_000),
                                   ("chrM", 0, 1000)]:  # fmt: skip
            swept = view.sweep(contig, start, end, [view.cohort()], carried_only=False, per_base=False)
            asked += [Variant(contig, int(swept.pos[i]), *swept.alleles(i)) for i in range(0, len(swept), 7)]

        patient = next(key for key, name in n.accession.items() if name == people[0].accession)
        for variant in asked:
            answer = live_answer(n.house, n.clinician, n.case_of[patient], variant)
            exact = view.count(variant, counted)[0]
            assert answer.headline == exact
            for by, cells in answer.groups.items():
                for value, count in cells.items():
                    names = [p.accession for p in people if getattr(p, by) == value]
                    assert count == replace(
                        view.count(variant, view.cohort(names=names))[0], notes=(), unknown_sex=None
                    )


def test_cut_release__an_of_every_base_and_stratum_equals_the_store(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(3, 16)) as n:
        info = cut_release(n.house, OPERATOR)
        files = Releases(n.house).get(info.number).files
        with n.house.database.reading() as connection:
            people = counted_genomes(connection, on=DAY, with_opted_out=False)
            view = n.house.view(connection)
        strata, karyotypes = _masks(view, people, plan(people, info.groups, 1))

        stretches = [
            ("chr1", 0, 70_000), ("chrX", 5000, 80_000), ("chrX", 2_760_000, 3_002_000), ("chrY", 2_990_000, 3_002_000),
            ("chrM", 0, 16_569), ("chr7", 100, 200),
        ]  # fmt: skip
        for contig, start, end in stretches:
            file = files.contig(contig)
            cohorts = [s.mask for s in strata] + (list(karyotypes.values()) if file.karyotypes else [])
            swept = view.sweep(contig, start, end, cohorts, carried_only=False)
            for track in range(len(strata)):
                assert np.array_equal(file.per_base(track, start, end), swept.per_base_an[track])
            assert np.array_equal(file.per_base(len(strata), start, end), swept.per_base_raw_an[0])
            for i in range(len(file.karyotypes)):
                track = len(strata) + 1 + i
                assert np.array_equal(file.per_base(track, start, end), swept.per_base_an[len(strata) + i])
            for pos0 in (start, (start + end) // 2, end - 1):
                assert file.an_at(pos0)[0] == swept.per_base_an[0, pos0 - start]


def test_an_steps__equal_the_per_base_an_of_a_sweep(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(4, 12)) as n:
        with n.house.database.reading() as connection:
            view = n.house.view(connection)
        halves = [view.cohort('karyotype == "XX"'), view.cohort(), view.cohort('karyotype != "XX"')]

        for contig, start, end in [("chr1", 900, 3100), ("chrX", 9000, 3_002_000), ("chrY", 0, 60_000), ("chr2", 5, 9)]:
            steps = an_steps(view, contig, start, end, halves)
            swept = view.sweep(contig, start, end, halves, carried_only=False)
            lengths = np.diff(np.append(steps.at, end))
            assert np.array_equal(np.repeat(steps.adj, lengths, axis=1), swept.per_base_an)
            assert np.array_equal(np.repeat(steps.raw, lengths, axis=1), swept.per_base_raw_an)


def test_cut_release__leaves_out_who_opted_out_and_the_live_count_of_others_too(tmp_path: Path) -> None:
    own = Variant("chr1", 1700, "C", "T")
    people = [Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(6)]
    people.append(
        Person("out", calls=["chr1 1500 A G 0/1", "chr1 1700 C T 0/1", "chr1 1800 C T 0/1 LowQual"], opted_out=True)
    )
    with nation(tmp_path, *people) as n:
        info = cut_release(n.house, OPERATOR)

        answer = open_answer(n.house, own)
        assert (answer.headline.status, answer.headline.an, answer.people) == ("absent", 12, 6)
        assert open_answer(n.house, SNV).headline.ac == 6
        assert [c.pos for c in open_region(n.house, Region("chr1", 1000, 3000)).variants] == [1500]
        # Not a key of theirs is in any file, not even one that nobody else could be seen to carry.
        files = Releases(n.house).get(info.number).files
        assert [int(p) for p in files.contig("chr1").totals(0, 4000).pos] == [1500]
        assert live_answer(n.house, n.clinician, n.case_of["p1"], own).headline.status == "absent"
        live = live_answer(n.house, n.clinician, n.case_of["out"], own)
        assert (live.headline.status, live.headline.ac, live.headline.an, live.people) == ("observed", 1, 14, 7)


def test_cut_release__who_opts_out_later_is_gone_from_the_next(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(7))) as n:
        first = cut_release(n.house, OPERATOR)
        n.opt_out("p3")
        second = cut_release(n.house, OPERATOR)

        assert (first.number, second.number) == ("2026.1", "2026.2")
        assert (first.people, second.people) == (7, 6)
        assert open_answer(n.house, SNV, "2026.1").headline.ac == 7
        assert open_answer(n.house, SNV).headline.ac == 6
        assert changed_since(n.house, "2026.2") == (0, 1)


def test_release__is_the_same_after_removal_and_compaction(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(5, 12)) as n:
        info = cut_release(n.house, OPERATOR)
        before = hashes(n)
        answers = [open_answer(n.house, SNV).to_json(), open_region(n.house, Region("chr1", 1000, 3000)).to_json()]

        n.remove("p1", "p2")
        n.compact()
        n.add(Person("new", calls=["chr1 1500 A G 1/1"]))

        assert hashes(n) == before
        assert [
            open_answer(n.house, SNV).to_json(),
            open_region(n.house, Region("chr1", 1000, 3000)).to_json(),
        ] == answers
        Releases(n.house).get(info.number).files.verify()


def hashes(n: Nation) -> dict[str, str]:
    folder = n.house.home / "releases"
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_cut_release__names_nobody_in_its_files(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(6, 8)) as n:
        cut_release(n.house, OPERATOR)

        everything = b"".join(p.read_bytes() for p in (n.house.home / "releases").rglob("*") if p.is_file())
        for key in n.people:
            assert n.accession[key].encode() not in everything
            assert n.person_of[key].encode() not in everything


def test_cut_release__is_refused_to_a_clinician_and_the_refusal_is_logged(tmp_path: Path) -> None:
    with nation(tmp_path, Person("p")) as n:
        with pytest.raises(NotPermitted):
            cut_release(n.house, n.clinician)

        with n.house.database.reading() as connection:
            assert [e.kind for e in events_of(connection, "database")] == ["access-refused"]
        assert Releases(n.house).list() == []


def test_cut_release__is_one_event_and_one_row(tmp_path: Path) -> None:
    with nation(tmp_path, Person("p")) as n:
        info = cut_release(n.house, Actor("root", frozenset({"admin"})))

        with n.house.database.reading() as connection:
            (event,) = events_of(connection, f"release:{info.number}")
            assert verify_chain(connection) > 0
        assert (event.kind, event.actor, event.body["digest"]) == ("release-cut", "root", info.digest)
        assert [i.number for i in Releases(n.house).list()] == ["2026.1"]


def test_cut_release__keeps_nothing_when_somebody_opts_out_meanwhile(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}") for i in range(3))) as n:

        def leave_during(contig: str, done: int, length: int) -> None:
            if contig == "chr5" and done == length:
                n.opt_out("p1")

        with pytest.raises(Conflict, match="1 of the people"):
            cut_release(n.house, OPERATOR, progress=leave_during)

        assert Releases(n.house).list() == []
        assert hashes(n) in ({}, {".cutting": sha256(b"").hexdigest()})
        assert cut_release(n.house, OPERATOR).people == 2


def test_cut_release__is_not_disturbed_by_a_compaction_that_takes_its_files_away(tmp_path: Path) -> None:
    with nation(
        tmp_path, *(Person(f"p{i}", calls=["chr1 1500 A G 0/1", "chrM 300 C T 1/1 AF=0.99"]) for i in range(3))
    ) as n:
        n.add(Person("q", calls=["chrM 300 C T 1/1 AF=0.99"]))
        before = set(n.house.store.folder.list())

        def compact_during(contig: str, done: int, length: int) -> None:
            if contig == "chr1" and done == length:
                n.compact()
                with n.house.database.reading() as connection:
                    n.house.store.tidy(keep=[current_manifest(connection)])

        cut_release(n.house, OPERATOR, progress=compact_during)

        assert before - set(n.house.store.folder.list())
        assert open_answer(n.house, SNV).headline.ac == 3
        assert open_answer(n.house, Variant("chrM", 300, "C", "T")).headline.ac == 4


def test_cut_release__after_a_crash_takes_the_place_of_what_was_left(tmp_path: Path) -> None:
    with nation(tmp_path, Person("p", calls=["chr1 1500 A G 0/1"])) as n:

        class Dead(BaseException):
            pass

        def die(contig: str, done: int, length: int) -> None:
            if contig == "chrX":
                raise Dead

        with pytest.raises(Dead):
            cut_release(n.house, OPERATOR, progress=die)
        n.remove("p")
        n.add(Person("q"))

        assert cut_release(n.house, OPERATOR).number == "2026.1"
        assert open_answer(n.house, SNV).headline.status == "absent"


def test_cut_release__needs_as_many_people_as_the_threshold(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}") for i in range(4)), suppress_below=5) as n:
        with pytest.raises(Refused, match="5 people or more"):
            cut_release(n.house, OPERATOR)


def test_open_answer__that_was_given_before_follows_a_stricter_threshold_and_a_newer_release(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(6)), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        first = [open_answer(n.house, SNV) for _ in range(2)]
        assert first[0] == first[1]
        assert first[0].headline.ac == 6
        stricter = replace(n.house, settings=replace(n.house.settings, suppress_below=7))
        assert open_answer(stricter, SNV).headline.status == "suppressed"
        for i in range(6, 9):
            n.add(Person(f"p{i}", calls=["chr1 1500 A G 0/1"]))
        cut_release(n.house, OPERATOR)
        assert open_answer(n.house, SNV).headline.ac == 9
        assert open_answer(n.house, SNV, "2026.1").headline.ac == 6


def test_cut_release__of_nobody_is_refused(tmp_path: Path) -> None:
    with nation(tmp_path) as n:
        with pytest.raises(Refused, match="Nobody is counted"):
            cut_release(n.house, OPERATOR)
        with pytest.raises(NotFound, match="no release yet"):
            open_answer(n.house, SNV)


def test_cut_release__by_an_unknown_grouping_is_wrong_use(tmp_path: Path) -> None:
    with nation(tmp_path, Person("p")) as n, pytest.raises(UsageError, match="cannot be grouped by 'shoe'"):
        cut_release(n.house, OPERATOR, groups=["shoe"])


@pytest.mark.parametrize("name", ["release.json", "chr1.release"])
def test_release__that_was_changed_is_broken(tmp_path: Path, name: str) -> None:
    with nation(tmp_path, Person("p", calls=["chr1 1500 A G 0/1"])) as n:
        cut_release(n.house, OPERATOR)
        path = n.house.home / "releases" / "2026.1" / name
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 3] ^= 4
        path.chmod(0o640)
        path.write_bytes(bytes(raw))
        from embla.frequency import releases

        releases._OPENED.clear()
        releases._NEWEST.clear()

        with pytest.raises(Broken):
            Releases(n.house).get().files.verify()


def test_releases__one_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with nation(tmp_path, Person("p")) as n:
        cut_release(n.house, OPERATOR)

        with pytest.raises(NotFound, match="no such release"):
            open_answer(n.house, Place("chr1", 1500), "2025.9")


def test_releases__live_the_same_life_on_both_engines(tmp_path: Path, database_url: str) -> None:
    people = [Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(3)]
    with nation(tmp_path, *people, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        n.add(Person("new", calls=["chr1 1500 A G 1/1"]))
        n.opt_out("p0")
        cut_release(n.house, OPERATOR)

        assert [(i.number, i.people) for i in Releases(n.house).list()] == [("2026.2", 3), ("2026.1", 3)]
        assert changed_since(n.house, "2026.2") == (1, 1)
        assert [open_answer(n.house, SNV, number).headline.ac for number in ("2026.1", None)] == [3, 4]
        assert live_answer(n.house, n.clinician, n.case_of["new"], SNV).headline.ac == 4


def test_cut_release__with_a_clock_that_ran_back_is_refused_and_numbers_go_up_once_it_was_checked(
    tmp_path: Path,
) -> None:
    with nation(tmp_path, *(Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(7))) as n:
        first = cut_release(n.house, OPERATOR)
        n.wait(-400)

        with pytest.raises(Refused, match="2026.1 was cut on 2026-03-01") as told:
            cut_release(n.house, OPERATOR)
        later = cut_release(n.house, OPERATOR, clock_checked=True)

        assert "Set the clock (NTP)" in told.value.mend and "--clock-checked" in told.value.mend
        assert (first.number, later.number, later.cut_at.year) == ("2026.1", "2026.2", 2025)
        assert [one.number for one in Releases(n.house).list()] == ["2026.2", "2026.1"]
        n.wait(400)
        assert cut_release(n.house, OPERATOR).number == "2026.3"


def test_cut_release__with_a_clock_behind_the_log_is_refused_as_opt_outs_since_would_not_hold(tmp_path: Path) -> None:
    with nation(tmp_path, *(Person(f"p{i}", calls=["chr1 1500 A G 0/1"]) for i in range(7))) as n:
        n.opt_out("p3")
        n.wait(-1)

        with pytest.raises(Refused, match="the log has an entry of 2026-03-01"):
            cut_release(n.house, OPERATOR)
        for number in range(250):  # a busy morning under the wrong clock
            with n.house.database.transaction() as connection:
                append_event(connection, at=n.house.clock(), actor="x", kind="looked", subject=f"look:{number}")
        with pytest.raises(Refused, match="the log has an entry of 2026-03-01"):
            cut_release(n.house, OPERATOR)
        n.wait(1)
        assert cut_release(n.house, OPERATOR).people == 6
