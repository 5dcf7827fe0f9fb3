"""Frequencies of a release's people: of those who stayed where it kept its numbers, of those who were sequenced again,
and what a reader who subtracts two releases is left with."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, insert, select, text, update

from embla.errors import NotFound
from embla.frequency import cut_release
from embla.pgx import tables
from embla.pgx.counting import frequencies
from embla.pgx.kept_members import kept_members
from embla.platform import OPERATOR
from embla.registry import withdraw_person
from tests.frequency.nation import Nation, Person, nation

PARTS = ["Normal Metabolizer"] * 3 + ["Poor Metabolizer"] * 2


def called(n: Nation, **phenotypes: str) -> None:
    """As after a re-call, with results that are set here; of who is not named by place."""
    rows = [
        {
            "genome": n.accession[key], "gene": "CYP2C19", "person": n.person_of[key], "release": "r", "digest": "d",
            "status": "called", "phenotype": phenotypes.get(key, PARTS[i % 5]), "told": "{}",
        }
        for i, key in enumerate(n.people)
    ]  # fmt: skip
    with n.house.database.transaction() as connection:
        connection.execute(delete(tables.results))
        connection.execute(insert(tables.results), [row for row in rows if row["person"] not in gone(n)])


def gone(n: Nation) -> set[str]:
    with n.house.database.reading() as connection:
        return set(connection.execute(text("SELECT person FROM erasures")).scalars())


def table_of(n: Nation) -> tuple[str, dict[str, int]]:
    """The release that the gene's table is of, and its parts."""
    one = frequencies(n.house)["phenotypes"]["CYP2C19"]
    return one["release"], one["parts"]


def test_frequencies__of_a_release_that_kept_its_numbers_are_of_its_people_who_stayed(tmp_path: Path) -> None:
    people = [Person(f"p{i}") for i in range(55)]
    with nation(tmp_path, *people[:50], suppress_below=5, step=20) as n:
        cut_release(n.house, OPERATOR)
        with pytest.raises(NotFound):
            frequencies(n.house)
        n.opt_out("p0")
        n.add(*people[50:])
        called(n)
        n.wait(1)
        assert cut_release(n.house, OPERATOR).numbers_from["total"] == "2026.1"

        told = frequencies(n.house)

        true = Counter(PARTS[i % 5] for i in range(1, 50))
        # How many the release has is open; that one of them left is not.
        assert (told["release"], told["people"]) == ("2026.2", 50)
        assert (told["phenotypes"]["CYP2C19"]["people"], told["phenotypes"]["CYP2C19"]["parts"]) == (49, true)


def test_frequencies__count_who_was_sequenced_again_by_todays_genome(tmp_path: Path, database_url: str) -> None:
    people = [Person(f"p{i}") for i in range(50)]
    with nation(tmp_path, *people, suppress_below=5, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        for key in ("p0", "p3", "p3"):
            n.correct(key)
        called(n)

        told = frequencies(n.house)

        gene = told["phenotypes"]["CYP2C19"]
        assert (told["people"], gene["people"]) == (50, 50)
        assert gene["parts"] == {"Normal Metabolizer": 30, "Poor Metabolizer": 20}


def test_frequencies__a_parent_who_was_sequenced_again_is_no_reason_to_count_the_child(tmp_path: Path) -> None:
    family = [Person("child", family="f"), Person("mother", family="f", role="mother")]
    with nation(tmp_path, *(Person(f"p{i}") for i in range(20)), *family, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        n.correct("child")
        called(n)

        assert frequencies(n.house)["people"] == 21


def test_frequencies__of_21_who_came_and_one_who_left_stay_those_of_before(tmp_path: Path, database_url: str) -> None:
    people = [Person(f"p{i}") for i in range(80)]
    with nation(tmp_path, *people[:50], suppress_below=5, database_url=database_url) as n:
        cut_release(n.house, OPERATOR)
        called(n)
        first = frequencies(n.house)["phenotypes"]["CYP2C19"]
        n.add(*people[50:71])
        called(n)
        n.opt_out("p0")
        n.wait(1)
        assert cut_release(n.house, OPERATOR).people == 70

        assert frequencies(n.house)["phenotypes"]["CYP2C19"] == first and first["release"] == "2026.1"
        for key in ("p1", "p2", "p5", "p6"):
            n.opt_out(key)
        n.wait(1)
        cut_release(n.house, OPERATOR)

        parts = Counter(PARTS[i % 5] for i in range(71) if i not in (0, 1, 2, 5, 6))
        assert table_of(n) == ("2026.3", parts)


def test_frequencies__count_two_who_swapped_parts_as_before_until_enough_did(tmp_path: Path) -> None:
    people = [Person(f"p{i}") for i in range(80)]
    with nation(tmp_path, *people[:50], suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        called(n)
        assert table_of(n) == ("2026.1", {"Normal Metabolizer": 30, "Poor Metabolizer": 20})
        n.add(*people[50:])
        n.correct("p0")
        called(n, p0="Poor Metabolizer", p5="Poor Metabolizer", p3="Normal Metabolizer", p4="IM or NM")
        cut_release(n.house, OPERATOR)
        # A reader who subtracts sees those who came, and nothing of p0, p3, p4 and p5.
        assert table_of(n) == ("2026.2", {"Normal Metabolizer": 48, "Poor Metabolizer": 32})
        poor = {f"p{i}": "Poor Metabolizer" for i in (0, 1, 2, 5, 6)}
        called(n, **poor, p3="Normal Metabolizer")
        cut_release(n.house, OPERATOR)

        assert table_of(n) == ("2026.3", {"Normal Metabolizer": 43, "Poor Metabolizer": 37})


def test_frequencies__by_region_are_left_out_where_only_they_would_tell_of_few(tmp_path: Path) -> None:
    people = [Person(f"p{i}", region=["1081", "1082"][i % 2]) for i in range(80)]
    with nation(tmp_path, *people[:60], suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        called(n, **{f"p{i}": PARTS[0] for i in range(60)})
        first = frequencies(n.house)["phenotypes"]["CYP2C19"]
        assert first["regions"] == {"1081": {PARTS[0]: 30}, "1082": {PARTS[0]: 30}}
        for i in (0, 2, 4, 1, 3):
            n.opt_out(f"p{i}")
        n.wait(1)
        cut_release(n.house, OPERATOR)

        gene = frequencies(n.house)["phenotypes"]["CYP2C19"]
        assert (gene["release"], gene["parts"], gene["regions"]) == ("2026.2", {PARTS[0]: 55}, None)


def test_frequencies__are_held_against_every_earlier_table(tmp_path: Path) -> None:
    """Five leave and four come back: the third less the first would show the one who did not."""
    with nation(tmp_path, *(Person(f"p{i}") for i in range(50)), suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        called(n)
        frequencies(n.house)
        called(n, **dict.fromkeys(["p0", "p1", "p2", "p5", "p6"], "IM or NM"))
        cut_release(n.house, OPERATOR)
        second = table_of(n)
        assert second == ("2026.2", {"Normal Metabolizer": 25, "Poor Metabolizer": 20})
        n.add(Person("p50"))
        called(n, p0="IM or NM")
        cut_release(n.house, OPERATOR)

        assert table_of(n) == second


def test_frequencies__after_a_table_of_which_nobody_is_known_are_held_against_its_numbers(tmp_path: Path) -> None:
    people = [Person(f"p{i}") for i in range(80)]
    with nation(tmp_path, *people[:50], suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        called(n)
        frequencies(n.house)
        with n.house.database.transaction() as connection:
            connection.execute(delete(tables.published_cells))
            connection.execute(delete(tables.published_people))
        n.add(people[50])
        called(n)
        cut_release(n.house, OPERATOR)
        assert table_of(n)[0] == "2026.1"
        n.add(*people[51:75])
        called(n)
        cut_release(n.house, OPERATOR)

        assert table_of(n) == ("2026.3", {"Normal Metabolizer": 45, "Poor Metabolizer": 30})


def test_frequencies__of_a_gene_without_results_now_are_kept_and_the_next_held_against_them(tmp_path: Path) -> None:
    people = [Person(f"p{i}") for i in range(50)]
    with nation(tmp_path, *people, suppress_below=5) as n:
        cut_release(n.house, OPERATOR)
        called(n)
        first = table_of(n)
        with n.house.database.transaction() as connection:
            connection.execute(update(tables.results).values(gene="TPMT"))
        cut_release(n.house, OPERATOR)
        assert table_of(n) == first
        called(n)
        n.opt_out("p0")
        n.wait(1)
        cut_release(n.house, OPERATOR)

        assert table_of(n) == first


def test_withdrawing__takes_the_number_out_of_what_was_published_and_the_table_still_counts_it_as_left(
    tmp_path: Path, database_url: str
) -> None:
    people = [Person(f"p{i}") for i in range(80)]
    with nation(tmp_path, *people[:50], suppress_below=5, database_url=database_url) as n:
        n.correct("p0")
        called(n)
        cut_release(n.house, OPERATOR)
        frequencies(n.house)

        def whom() -> np.ndarray:
            with n.house.database.reading() as connection:
                return kept_members(connection)["phenotypes", "CYP2C19"]["2026.1"].who

        assert whom().tolist() == list(range(1, 51))
        withdraw_person(n.house, OPERATOR, n.person_of["p0"])
        withdraw_person(n.house, OPERATOR, n.person_of["p7"])
        assert whom().tolist() == [-2, -1, *(i for i in range(2, 51) if i != 8)]
        n.add(*people[50:])
        called(n)
        cut_release(n.house, OPERATOR)
        assert table_of(n)[0] == "2026.1"
        for key in ("p1", "p2", "p5", "p3", "p4", "p8", "p9", "p13", "p6"):
            withdraw_person(n.house, OPERATOR, n.person_of[key])
        called(n)
        cut_release(n.house, OPERATOR)
        assert table_of(n)[0] == "2026.3"
        with n.house.database.reading() as connection:
            kept = connection.execute(select(tables.published_people.c.release)).scalars()
            assert sorted(kept) == ["2026.1", "2026.3"]
