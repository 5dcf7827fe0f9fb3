"""Pipelines: a version's state on any day, and what a mixed or unvalidated cohort says of itself."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embla.errors import NotFound, UsageError
from embla.platform import OPERATOR, Database, House, events_since
from embla.registry import made_of, note_pipeline, pipeline_steps, states_on, versions_of
from embla.registry.model.pipeline import STATES, Step, made_by
from embla.submission import receive
from tests.registry.nation import Nation
from tests.submission.test_commands import embla as embla
from tests.support.homes import Ticking
from tests.support.laboratory import SITE, START, make_single, manifest, person, write_gvcf, write_manifest

DAY = date(2026, 3, 1)
KEYS = [("north", "gatk", "4.5"), ("north", "gatk", "4.6"), ("south", "gatk", "4.5"), ("south", "deep", "1.6")]
DAYS = st.integers(0, 9).map(lambda n: DAY + timedelta(days=n))


def step(number: int, key: tuple[str, str, str], state: str, since: date) -> Step:
    return Step(number, *key, state, since, "R", "operator", datetime(2026, 3, 1, tzinfo=UTC))


STEPS = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(STATES), DAYS), max_size=8).map(
    lambda said: [step(number, *one) for number, one in enumerate(said, 1)]
)


@given(STEPS, DAYS)
def test_state__is_the_last_begun_step_and_later_days_change_no_earlier_one(steps: list[Step], day: date) -> None:
    held = states_on(steps, day)

    for key in KEYS:
        begun = [one for one in steps if one.key == key and one.since <= day]
        last = max(begun, key=lambda one: (one.since, one.number), default=None)
        assert held.get(key) == last
    assert states_on([one for one in steps if one.since <= day], day) == held


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 9)), STEPS, DAYS, st.integers(1, 10))
def test_made_by__keeps_every_genome_and_names_no_version_that_made_few(
    genomes: dict[tuple[str, str, str], int], steps: list[Step], day: date, below: int
) -> None:
    made = made_by(genomes.items(), steps, day)
    shown = made.shown(below)

    assert made.genomes == sum(genomes.values()) == sum(one.genomes for one in shown.versions)
    assert made.mixed == (len({key[1:] for key in genomes}) > 1)
    assert made.unvalidated == shown.unvalidated
    assert all(one.genomes >= below for one in shown.versions if one.pipeline)


def test_note__stays_beside_earlier_steps_and_is_an_event(database: Database, clock: Ticking) -> None:
    nation = Nation(database, clock)
    del nation
    with database.transaction() as connection:
        for state, since in (("validating", DAY), ("validated", DAY + timedelta(days=9)), ("suspended", DAY)):
            note_pipeline(
                connection, "north", "gatk", "4.5", state=state, since=since, reference="VR-1", by=OPERATOR, at=clock()
            )  # fmt: skip
        told = [e.body["state"] for e in events_since(connection, 0, kinds=("pipeline-noted",))]
        steps = pipeline_steps(connection, "north")

    key = ("north", "gatk", "4.5")
    assert told == ["validating", "validated", "suspended"]
    assert [states_on(steps, DAY + timedelta(days=n))[key].state for n in (0, 8, 9)] == [
        "suspended", "suspended", "validated",
    ]  # fmt: skip
    assert key not in states_on(steps, DAY - timedelta(days=1)) and pipeline_steps_of(database, "south") == []


def pipeline_steps_of(database: Database, laboratory: str) -> list[Step]:
    with database.reading() as connection:
        return pipeline_steps(connection, laboratory)


@pytest.mark.parametrize(
    "said",
    [{"laboratory": "nowhere"}, {"state": "fine"}, {"reference": ""}, {"pipeline": ""}, {"version": "a\nb"},
     {"pipeline": "x" * 201}],
    ids=str,
)  # fmt: skip
def test_note__of_what_cannot_be_is_refused(house: House, said: dict[str, str]) -> None:
    values = {
        "laboratory": "north",
        "pipeline": "gatk",
        "version": "4.5",
        "state": "validated",
        "reference": "R",
    } | said
    laboratory, pipeline, version = (values.pop(name) for name in ("laboratory", "pipeline", "version"))
    with house.database.transaction() as connection, pytest.raises((UsageError, NotFound)):
        note_pipeline(
            connection, laboratory, pipeline, version, since=DAY, by=OPERATOR, at=house.clock(), **values
        )  # fmt: skip


def test_made_of__counts_the_genomes_that_it_is_given(database: Database, clock: Ticking) -> None:
    nation = Nation(database, clock)
    first = nation.genome("a", pipeline_version="1")
    other = nation.genome("b", pipeline_version="2")
    with database.reading() as connection:
        one = made_of(connection, versions_of(connection, [first]), DAY)
        both = made_of(connection, versions_of(connection, [first, other]), DAY)

    assert not one.mixed and one.genomes == 1
    assert both.mixed and both.count("unknown") == 2 and both.to_json()["unknown"]


def test_package__of_a_version_that_is_not_validated_is_accepted_with_a_warning(tmp_path: Path, house: House) -> None:
    def sent(name: str, pos: int) -> tuple[str, ...]:
        folder = tmp_path / name
        write_gvcf(folder / "files" / f"{name}-p.g.vcf", f"{name}-p-B", [("chr21", START + pos, "A", "G", "0/1")])
        return receive(house, OPERATOR, write_manifest(folder, manifest(name, [person(f"{name}-p")], folder))).warnings

    silent = sent("N1", 31)
    with house.database.transaction() as connection:
        note_pipeline(
            connection, "north", "other", "1", state="validated", since=DAY, reference="R", by=OPERATOR,
            at=house.clock(),
        )  # fmt: skip
    told = sent("N2", 41)

    assert not [one for one in silent if "validated" in one]
    assert [one for one in told if "is not validated at north on" in one and "state: unknown" in one]


@pytest.mark.usefixtures("own_surroundings")
def test_commands__note_list_and_say_what_made_the_genomes(tmp_path: Path, embla) -> None:  # type: ignore[no-untyped-def]
    from tests.submission.test_commands import agree

    embla("home", "init")
    agree(embla)
    embla("submission", "send", make_single(tmp_path / "a", calls=[SITE]))
    (made,) = embla("registry", "pipeline", "made", "--json").json
    (version,) = made["versions"]
    note = ["registry", "pipeline", "note", "north", version["pipeline"], version["version"], "--since", "2026-02-01"]

    assert version["states"] == {"unknown": 1} and made["mixed"] is False
    assert embla(*note, "--state", "validated").code != 0
    assert embla(*note, "--state", "validated", "--reference", "VR-1").code == 0
    assert embla("registry", "pipeline", "made", "--lab", "north", "--json").json[0]["unknown"] is False
    assert [one["state"] for one in embla("registry", "pipeline", "list", "--json").json] == ["validated"]
    assert embla("registry", "pipeline", "list", "--on", "2026-01-31", "--json").json == []
