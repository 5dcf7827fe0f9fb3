"""The profile of a patient: from the store, for those who treat, in the log before the first byte."""

import pytest

from embla.errors import NotPermitted
from embla.pgx import release
from embla.pgx.giving import Profile, profiles_for
from embla.pgx.service import call_file, genes_of
from embla.platform import House, events_since
from tests.pgx.conftest import COLLEAGUE, DOCTOR, REAL


def told(profile: Profile) -> dict[str, tuple[object, ...]]:
    return {
        call.gene: (call.status, call.diplotypes, call.phenotypes, call.assessed, call.total, call.not_excluded)
        for call in profile.calls
    }


def test_profile__says_out_of_the_store_what_the_file_says(house: House, case: str) -> None:
    (profile,) = profiles_for(house, DOCTOR, case)
    used = release()
    of_file = next(iter(call_file(REAL, used, genes_of(used, None), karyotype="XX"))).calls

    stored = told(profile)
    for name, call in of_file.items():
        here = (call.status, call.diplotypes, call.phenotypes, call.assessed, call.total, call.not_excluded)
        assert stored[name] == here, name
    assert [call.gene for call in profile.silent] == ["CYP2D6"]
    assert {one.guideline.source for one in profile.advice} == {"CPIC", "DPWG"}
    json = profile.to_json()
    assert json["not_assessed"] == ["CYP2D6"] and len(json["genes"]) == 20


def test_profile__is_for_those_who_treat_and_each_look_is_logged(house: House, case: str) -> None:
    (profile,) = profiles_for(house, DOCTOR, case)
    with pytest.raises(NotPermitted):
        profiles_for(house, COLLEAGUE, case)
    with pytest.raises(NotPermitted):
        profiles_for(house, DOCTOR, "C0000000000000000")

    with house.database.reading() as connection:
        granted = [
            e for e in events_since(connection, 0, kinds=("access-granted",)) if e.body["action"] == "read_calls"
        ]
        refused = [
            e for e in events_since(connection, 0, kinds=("access-refused",)) if e.body["action"] == "read_calls"
        ]
    assert [event.subject for event in granted] == [f"genome:{profile.genome.accession}"]
    assert len(refused) == 2
