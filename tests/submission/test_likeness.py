"""One person under two keys, and a swapped sample: told by the genotype print, and told as a warning."""

from pathlib import Path
from typing import Any

from embla.platform import Actor, House
from embla.submission import receive, receive_many
from tests.submission.checked import called, family
from tests.submission.receiving import NORTH
from tests.support.laboratory import make_single

SOUTH = Actor("lab.south", frozenset({"lab"}), "south")
PEOPLE = family(3)
ONE, CHILD = called(PEOPLE["mother"]), called(PEOPLE["index"])


def rules(warnings: tuple[str, ...]) -> list[str]:
    return [rule for rule in ("genome.alike", "genome.unlike") for warning in warnings if f"[{rule}]" in warning]


def test_one_person__under_the_keys_of_two_laboratories_is_told(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a", calls=ONE))

    # Read again by another pipeline: not the very same calls, which are refused.
    said = receive(house, SOUTH, make_single(tmp_path / "b", "S1", ONE[3:], laboratory="south"))

    assert rules(said.warnings) == ["genome.alike"]
    assert "EMBG00000000001 of laboratory north" in said.warnings[-1]


def test_one_person__in_two_packages_of_one_batch_is_told(tmp_path: Path, house: House) -> None:
    packages = [make_single(tmp_path / "a", calls=ONE), make_single(tmp_path / "b", "N2", ONE[3:])]

    said = [outcome for _, outcome in receive_many(house, NORTH, packages)]

    assert [rules(one.warnings) for one in said] == [[], ["genome.alike"]]  # type: ignore[union-attr]


def test_same_person__sequenced_again_and_a_child_are_nobody_elses(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a", calls=ONE))
    again: dict[str, Any] = {"key": "N1-p", "sample": {"id": "N1-second"}}

    said = receive(house, NORTH, make_single(tmp_path / "b", "N2", ONE[3:], **again))
    child = receive(house, NORTH, make_single(tmp_path / "c", "N3", CHILD))

    assert rules(said.warnings) == rules(child.warnings) == []


def test_swapped_sample__of_a_known_person_is_told_also_where_it_is_a_relatives(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a", calls=ONE))
    again: dict[str, Any] = {"key": "N1-p", "sample": {"id": "N1-second"}}

    said = receive(house, NORTH, make_single(tmp_path / "b", "N2", CHILD, **again))

    assert rules(said.warnings) == ["genome.unlike"]


def test_correction__of_a_swapped_sample_is_held_against_what_stays(tmp_path: Path, house: House) -> None:
    receive(house, NORTH, make_single(tmp_path / "a", calls=ONE))
    corrects: dict[str, Any] = {"type": "correction", "corrects": "N1", "key": "N1-p", "case": {"id": "N1-case"}}

    said = receive(house, NORTH, make_single(tmp_path / "b", "N2", CHILD, **corrects))

    assert rules(said.warnings) == []
