"""The nation: called once and again when a definition changes; what is open of it gives no small number away."""

import json
import random
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import select

from embla.app import create_app
from embla.errors import Broken, NotPermitted
from embla.pgx import loading, release, tables
from embla.pgx.giving import profiles_for
from embla.pgx.model.passport import summary
from embla.pgx.model.shares import drug_shares, shares
from embla.pgx.nation import recall
from embla.pgx.service import tell_call
from embla.platform import OPERATOR, House, events_since
from embla.policy import Action, permit
from embla.registry import accepted_genomes, kept_lines_of_all, withdraw_person
from tests.pgx.conftest import DOCTOR
from tests.web.clients import Reading, client_of


def test_recall__gives_what_single_calls_give_and_then_nothing_is_due(house: House, case: str) -> None:
    first = recall(house, OPERATOR)
    (profile,) = profiles_for(house, DOCTOR, case)
    with house.database.reading() as connection:
        kept = {row.gene: row for row in connection.execute(select(tables.results))}

    assert (first.genomes, first.older, first.changes) == (1, 0, [])
    for call in profile.calls:
        assert json.loads(kept[call.gene].told) == tell_call(profile.genome.accession, call, release())
        assert kept[call.gene].phenotype == summary(release(), call)
    assert recall(house, OPERATOR).genomes == 0
    with pytest.raises(NotPermitted):
        recall(house, DOCTOR)


def test_recall__a_changed_function_names_who_is_changed_and_in_what(
    house: House, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall(house, OPERATOR)
    (profile,) = profiles_for(house, DOCTOR, case)
    diplotype = next(call for call in profile.calls if call.gene == "CYP2C19").diplotypes[0]
    used = release()
    table = used.diplotypes["CYP2C19"] | {tuple(sorted(diplotype)): ("", "Poor Metabolizer")}
    newer = replace(used, id="next", diplotypes=used.diplotypes | {"CYP2C19": table})

    made = recall(house, OPERATOR, release=newer)

    (change,) = made.changes
    assert made.genomes == 1 and change.person == profile.genome.person
    assert [(one["gene"], one["after"]["phenotype"]) for one in change.genes] == [("CYP2C19", "Poor Metabolizer")]
    assert "clopidogrel" in {one["drug"] for one in change.advice}
    assert not {one["drug"] for one in change.advice} & {"warfarin", "capecitabine"}
    assert recall(house, OPERATOR, release=newer).genomes == 0
    with house.database.reading() as connection:
        assert [e.body["changed"] for e in events_since(connection, 0, kinds=("pgx-recalled",))] == [0, 1, 0]
        assert len(list(connection.execute(select(tables.changed)))) == 1
    withdraw_person(house, OPERATOR, change.person)
    with house.database.reading() as connection:
        for one in (tables.results, tables.drugs, tables.changed):
            assert not list(connection.execute(select(one)))


def test_kept_lines_of_all__who_left_meanwhile_is_left_out_and_a_lost_key_is_named(
    house: House, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.database.reading() as connection:
        (genome,) = accepted_genomes(connection)
    decision = permit(house.database, OPERATOR, Action.OPERATE, purpose="operation", clock=house.clock)

    def kept() -> list[tuple[str, dict[str, bytes] | None]]:
        return list(kept_lines_of_all(house, decision, [genome.accession, "EMBG00000000099"], ["chr10"]))

    ((name, told),) = kept()
    assert name == genome.accession and told is not None and told["chr10"].startswith(b"chr10\t")
    with house.database.reading() as connection:
        opened = house.view(connection)
    monkeypatch.setattr(House, "view", lambda *_: opened)  # the state of the store from before
    opened.store.packs.keys.destroy(opened.store.packs.keys.digests())
    with pytest.raises(Broken, match="key"):
        kept()
    withdraw_person(house, OPERATOR, genome.person)
    assert kept() == []


# What is open


def nation(seed: int, people: int) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    parts = rng.choices(["NM", "IM", "PM", "UM"], weights=[rng.random() ** 3 + 0.01 for _ in range(4)], k=people)
    return [(rng.choice(["north", "south", "west"][: rng.randint(1, 3)]), part) for part in parts]


@pytest.mark.parametrize("seed", range(30))
def test_shares__no_number_that_is_shown_or_follows_is_small(seed: int) -> None:
    people = nation(seed, random.Random(seed).randint(5, 120))
    told = shares(people, below=5)
    assert told is not None
    true = Counter(part for _, part in people)
    for part, n in (told["parts"] or {}).items():
        assert n is None or n == true[part] and (n == 0 or n >= 5)
    if told["parts"] is not None:
        hidden = [part for part, n in told["parts"].items() if n is None]
        assert len(hidden) != 1
        # A reader knows the hidden sum; another split of it must be possible for each small part.
        assert not hidden or sum(true[part] for part in hidden) >= 5
    for row in (told["regions"] or {}).values():
        assert all(n == 0 or n >= 5 for n in row.values())
    if told["regions"]:
        for part in next(iter(told["regions"].values())):
            column = sum(row[part] for row in told["regions"].values())
            open_parts = told["parts"]
            assert part == "other" or open_parts[part] == column


@pytest.mark.parametrize("seed", range(10))
def test_drugs__no_difference_of_two_tables_is_small(seed: int) -> None:
    rng = random.Random(seed)
    persons = {f"p{n}": rng.choice(["north", "south"]) for n in range(rng.randint(10, 300))}
    phenotype = {person: rng.choices(["NM", "IM", "PM"], weights=[6, 3, 1])[0] for person in persons}
    score = {person: rng.choices(["1.0", "1.5"], weights=[1, 15])[0] for person in persons}
    rules = {
        "a": lambda one: phenotype[one] != "NM",
        "b": lambda one: phenotype[one] == "PM",
        "c": lambda one: phenotype[one] == "PM" or (phenotype[one] == "IM" and score[one] == "1.0"),
        "d": lambda one: phenotype[one] != "NM" and score[one] == "1.5",
    }
    answers = {drug: {one: "changed" if rule(one) else "standard" for one in persons} for drug, rule in rules.items()}

    told = drug_shares(persons, {"G": phenotype}, answers, dict.fromkeys(rules, ["G"]), below=5)

    shown = [drug for drug, one in told.items() if one is not None]
    if not shown:
        return
    for picks in product(["changed", "standard", None], repeat=len(shown)):
        for kind in ("NM", "IM", "PM", None):
            group = [
                one for one in persons
                if (kind is None or phenotype[one] == kind)
                and all(pick is None or answers[drug][one] == pick for drug, pick in zip(shown, picks, strict=True))
            ]  # fmt: skip
            assert not 0 < len(group) < 5


def test_loading__digest_of_a_gene_follows_its_definition_only(tmp_path: Path) -> None:
    from embla.pgx.nation import _digest

    used = loading.release()
    other = replace(used, functions=used.functions | {"TPMT": {}})

    assert [name for name in used.genes if _digest(used, used.genes[name]) != _digest(other, used.genes[name])] == [
        "TPMT"
    ]


@pytest.mark.parametrize("language", ["en", "da"])
def test_medicines__in_the_nation_are_told_on_an_open_page_as_they_were_published(house: House, language: str) -> None:
    client = client_of(create_app(house.settings, house), language)
    before = client.get("/medicines")
    assert before.status_code == 200 and client.get("/medicines.json").json() == {}
    people = [("1084", "Normal Metabolizer")] * 40 + [("1085", "Normal Metabolizer")] * 30
    people += [("1084", "Poor Metabolizer")] * 12 + [("1085", "Poor Metabolizer")] * 9
    told = {"release": "2026.1", "threshold": 5, "drugs": {"clopidogrel": None}, "phenotypes": {
        "CYP2C19": shares(people, below=5), "TPMT": shares([("1084", "NM")] * 30 + [("1085", "PM")] * 2, below=5),
        "UGT1A1": None,
    }}  # fmt: skip
    with house.database.transaction() as connection:
        values = {"release": "2026.1", "at": house.clock(), "told": json.dumps(told)}
        connection.execute(tables.published.insert().values(**values))

    page = Reading(client.get("/medicines").text)

    assert "CYP2C19" in page.words and "2026.1" in page.words and "clopidogrel" not in page.words
    assert [text for text in ("40", "30", "12", "9", "70", "21") if text not in page.words] == []
    assert not any(mark in page.words for mark in ("None", "{{", "Undefined"))
    assert client.get("/medicines.json").json()["phenotypes"]["CYP2C19"]["regions"]["1085"]["Poor Metabolizer"] == 9
    assert ("skjult" if language == "da" else "hidden") in page.words
