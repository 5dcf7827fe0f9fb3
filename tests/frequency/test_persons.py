"""People who are sequenced again, in releases through the real cut: what a reader who subtracts two releases is left
with is of the step or more persons, and those who were only sequenced again hide nobody."""

from itertools import combinations
from pathlib import Path

from sqlalchemy import text

from embla.frequency import changed_since, cut_release, open_answer, waiting
from embla.genome import Variant
from embla.platform import OPERATOR
from embla.registry import end_genomes, ensure_person, first_numbers
from tests.frequency.nation import Nation, Person, nation

COMMON = ("chr1 1500 A G 0/1",)
OWN = Variant("chr1", 1600, "A", "G")
STEP = 5


def crowd(n: int, first: int = 0, calls: tuple[str, ...] = COMMON) -> list[Person]:
    return [Person(f"p{i}", calls=calls) for i in range(first, first + n)]


def newcomer() -> Person:
    return Person("newcomer", calls=("chr1 1600 A G 1/1",))


def sequence_again(n: Nation, *keys: str) -> None:
    """New genomes of these persons take the place of their old ones, as a correction does."""
    old = [n.accession[key] for key in keys]
    n.add(*[n.people[key] for key in keys])
    with n.house.database.transaction() as connection:
        end_genomes(connection, old, "replaced", at=n.house.clock())


def apart(n: Nation) -> bool:
    """Do every two releases that were cut differ by nobody or the step, whichever way a number goes?"""
    cut: dict[str, dict[str, str]] = {}
    with n.house.database.reading() as connection:
        person = {
            row.accession: row.person for row in connection.execute(text("SELECT accession, person FROM genomes"))
        }
        for release, name in connection.execute(text("SELECT release, accession FROM release_genomes")):
            cut.setdefault(release, {})[person[name]] = name
    for old, new in combinations(cut.values(), 2):
        came, left = new.keys() - old.keys(), old.keys() - new.keys()
        again = {one for one in old.keys() & new.keys() if old[one] != new[one]}
        if any(0 < len(some) < STEP for some in (came, left, came | again, left | again)):
            return False
    return True


def test_release__one_newcomer_among_many_who_were_sequenced_again_waits_for_others(
    tmp_path: Path, database_url: str
) -> None:
    with nation(tmp_path, *crowd(30), step=STEP, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        sequence_again(n, *(f"p{i}" for i in range(STEP)))
        n.add(newcomer())
        kept = cut_release(n.house, OPERATOR)

        assert (kept.people, set(kept.numbers_from.values())) == (30, {"2026.1"})
        assert open_answer(n.house, OWN).headline.ac == 0
        assert changed_since(n.house, "2026.2") == (0, 0)
        n.add(*crowd(STEP - 1, 30))
        moved = cut_release(n.house, OPERATOR)

        assert (moved.people, moved.numbers_from["total"], apart(n)) == (35, "2026.3", True)
        assert changed_since(n.house, "2026.3") == (STEP, 0)


def test_release__one_leaver_among_many_who_were_sequenced_again_waits_for_others(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(29), newcomer(), step=STEP) as n:
        cut_release(n.house, OPERATOR)
        sequence_again(n, *(f"p{i}" for i in range(STEP)))
        n.remove("newcomer")

        assert set(cut_release(n.house, OPERATOR).numbers_from.values()) == {"2026.1"}
        assert open_answer(n.house, OWN).headline.ac == 2
        assert [one.people for one in waiting(n.house, OPERATOR) if one.part == "total"] == [1]


def test_release__moves_when_enough_were_sequenced_again_and_nobody_came_or_left(tmp_path: Path) -> None:
    with nation(tmp_path, *crowd(30), step=STEP) as n:
        cut_release(n.house, OPERATOR)
        sequence_again(n, *(f"p{i}" for i in range(STEP - 1)))
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.1"
        sequence_again(n, f"p{STEP}")

        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.3"
        assert (changed_since(n.house, "2026.3"), apart(n)) == ((0, 0), True)


def test_release__who_is_set_aside_does_not_come_back_by_being_sequenced_again(
    tmp_path: Path, database_url: str
) -> None:
    with nation(tmp_path, *crowd(60), step=STEP, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p0")
        assert cut_release(n.house, OPERATOR, settle=True).people == 55
        with n.house.database.reading() as connection:
            aside = set(connection.execute(text("SELECT accession FROM release_set_aside")).scalars())
        keys = [key for key, name in n.accession.items() if name in aside]
        sequence_again(n, *keys)
        n.add(newcomer())
        kept = cut_release(n.house, OPERATOR)

        assert (len(keys), kept.people, kept.numbers_from["total"]) == (STEP - 1, 55, "2026.2")
        with n.house.database.reading() as connection:
            now = set(connection.execute(text("SELECT accession FROM release_set_aside")).scalars())
        assert now == {n.accession[key] for key in keys}
        n.add(*crowd(STEP, 60))
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.4"
        assert apart(n)


def test_release__settles_one_leaver_beside_one_who_was_sequenced_again(tmp_path: Path) -> None:
    """Who was sequenced again goes with the leaver: the new genome alone would show what changed in it."""
    with nation(tmp_path, *crowd(60), step=STEP) as n:
        cut_release(n.house, OPERATOR)
        n.remove("p0")
        sequence_again(n, "p1")
        n.add(*crowd(STEP, 60))
        info = cut_release(n.house, OPERATOR, settle=True)

        assert (info.numbers_from["total"], info.people, apart(n)) == ("2026.2", 60, True)
        assert waiting(n.house, OPERATOR) == []
        with n.house.database.reading() as connection:
            aside = set(connection.execute(text("SELECT accession FROM release_set_aside")).scalars())
        assert len(aside) == STEP - 1 and n.accession["p1"] in aside


def test_release__who_moved_and_was_sequenced_again_stays_in_the_region_of_before(tmp_path: Path) -> None:
    people = [Person(f"p{i}", region="1081" if i < 15 else "1082", calls=COMMON) for i in range(30)]
    with nation(tmp_path, *people, step=STEP) as n:
        first = cut_release(n.house, OPERATOR)
        sequence_again(n, *(f"p{i}" for i in range(STEP)), *(f"p{i}" for i in range(15, 15 + STEP)))
        with n.house.database.transaction() as connection:
            ensure_person(
                connection, laboratory="north", key="p0", pseudonym=None, region="1082", new_id=n.house.new_id,
                at=n.house.clock(),
            )  # fmt: skip
        second = cut_release(n.house, OPERATOR)

        assert second.numbers_from["region"] == "2026.2"
        assert first.people_by["region"] == second.people_by["region"] == {"1081": 15, "1082": 15}


def test_first_numbers__are_the_lowest_of_each_person_whatever_became_of_it(tmp_path: Path, database_url: str) -> None:
    with nation(tmp_path, *crowd(4), database_url=database_url) as n:
        sequence_again(n, "p1", "p2")
        sequence_again(n, "p2")
        n.remove("p3")
        with n.house.database.reading() as connection:
            assert first_numbers(connection) == {5: 2, 6: 3, 7: 3}
