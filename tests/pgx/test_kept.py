"""Frequencies of a release that kept the numbers of an earlier one: of the same people, less those who left."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import insert

from embla.errors import NotFound
from embla.frequency import cut_release
from embla.pgx import tables
from embla.pgx.counting import frequencies
from embla.platform import OPERATOR
from tests.frequency.nation import Nation, Person, nation

PARTS = ["Normal Metabolizer"] * 3 + ["Poor Metabolizer"] * 2


def called(n: Nation) -> None:
    """As after a re-call, with results that are set here."""
    rows = [
        {
            "genome": n.accession[key], "gene": "CYP2C19", "person": n.person_of[key], "release": "r", "digest": "d",
            "status": "called", "phenotype": PARTS[i % 5], "told": "{}",
        }
        for i, key in enumerate(n.people)
    ]  # fmt: skip
    with n.house.database.transaction() as connection:
        connection.execute(insert(tables.results), rows)


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
