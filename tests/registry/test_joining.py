"""One person under two numbers: the laboratories correct, then every number leads to the one pseudonym."""

from pathlib import Path
from typing import Any

import pytest

from embla.errors import Refused
from embla.identity import Entry, add_alias, find_persons, parse_number, register_persons
from embla.platform import OPERATOR, Actor, House
from embla.policy import Action, permit
from embla.registry import (
    find_person,
    genomes_of_person,
    join_persons,
    opt_outs,
    set_opt_out,
    withdraw_person,
)
from embla.submission import PackageRefused, receive
from tests.submission.checked import edit
from tests.support.laboratory import SITE, START, Call, make_single

NORTH = Actor("lab.north", frozenset({"lab"}), "north")
OTHER: Call = ("chr21", START + 700, "A", "G", "0/1")
OLD, NEW = parse_number("0101013001"), parse_number("0202023002")
CORRECTS: dict[str, Any] = {"type": "correction", "corrects": "N2", "case": {"id": "N2-case"}, "key": "N2-right"}


def named(folder: Path, person: str) -> Path:
    return edit(folder, lambda value: value["persons"][0].update(pseudonym=person))


def found(house: House) -> list[str | None]:
    decision = permit(house.database, OPERATOR, Action.LOOK_UP_IDENTITY, purpose="operation", clock=house.clock)
    return find_persons(house, decision, [OLD, NEW])


def two(house: House, folder: Path) -> tuple[str, str]:
    """A genome under each of two pseudonyms, which are one person."""
    kept, gone = register_persons(house, OPERATOR, [Entry(OLD), Entry(NEW)], purpose="operation")
    receive(house, NORTH, named(make_single(folder / "a"), kept))
    receive(house, NORTH, named(make_single(folder / "b", "N2", [OTHER]), gone))
    return kept, gone


def test_join__waits_for_the_correction_and_then_every_number_leads_to_the_one(tmp_path: Path, house: House) -> None:
    kept, gone = two(house, tmp_path)
    with pytest.raises(Refused, match="embla registry join"):
        add_alias(house, OPERATOR, OLD, NEW)
    with pytest.raises(Refused, match="has genomes"):
        join_persons(house, OPERATOR, gone, kept)
    receive(house, NORTH, named(make_single(tmp_path / "c", "N3", [OTHER], **CORRECTS), kept))

    assert join_persons(house, OPERATOR, gone, kept) == 1

    assert found(house) == [kept, kept] and join_persons(house, OPERATOR, gone, kept) == 0
    with house.database.reading() as connection:
        assert find_person(connection, "north", "N2-p") == kept
        assert len(genomes_of_person(connection, kept)) == 2
    assert add_alias(house, OPERATOR, OLD, NEW) == kept


def test_join__keeps_an_opt_out_of_either(tmp_path: Path, house: House) -> None:
    kept, gone = two(house, tmp_path)
    receive(house, NORTH, named(make_single(tmp_path / "c", "N3", [OTHER], **CORRECTS), kept))
    at = house.clock()
    with house.database.transaction() as connection:
        set_opt_out(connection, gone, "genetic", since=at.date(), by=OPERATOR, at=at)

    join_persons(house, OPERATOR, gone, kept)

    with house.database.reading() as connection:
        assert [(mark.kind, mark.since) for mark in opt_outs(connection, kept)] == [("genetic", at.date())]


def test_join__leaves_no_package_under_the_pseudonym_that_went(tmp_path: Path, house: House) -> None:
    kept, gone = two(house, tmp_path)
    receive(house, NORTH, named(make_single(tmp_path / "c", "N3", [OTHER], **CORRECTS), kept))
    join_persons(house, OPERATOR, gone, kept)

    with pytest.raises(PackageRefused) as told:
        receive(house, NORTH, named(make_single(tmp_path / "d", "N4", [(*SITE[:4], "1/1")]), gone))

    assert [(finding.rule, kept in finding.found) for finding in told.value.findings] == [("person.unknown", True)]


def test_join__of_one_who_withdrew_leaves_no_genome_behind(tmp_path: Path, house: House) -> None:
    kept, gone = two(house, tmp_path)
    withdraw_person(house, OPERATOR, gone)
    with pytest.raises(Refused, match="withdrew"):
        join_persons(house, OPERATOR, gone, kept)

    withdraw_person(house, OPERATOR, kept)

    assert join_persons(house, OPERATOR, gone, kept) == 1
    with pytest.raises(PackageRefused) as told:
        receive(house, NORTH, named(make_single(tmp_path / "d", "N4", key="N4-p"), kept))
    assert [finding.rule for finding in told.value.findings] == ["person.left"]
